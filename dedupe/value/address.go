package value

import (
	"slices"
	"strings"
)

// streetWords are words of addresses and the short forms that people use for them.
var streetWords = func() map[string]string {
	m := map[string]string{}
	for _, row := range []string{
		"str strasse", "st street saint sankt", "av avenue ave avda avenida aven", "bd boulevard blvd boul bld", "ch chemin", "rd road", "r rue rua",
		"pl place platz plaza plz", "v viale via", "c corso calle", "sq square", "ln lane", "dr drive", "ct court crt", "hwy highway",
		"pkwy parkway", "ter terrace", "cir circle", "cres crescent", "rte route", "imp impasse", "all allee", "w weg", "ap apt apartment appartement app",
	} {
		words := strings.Fields(row)
		for _, w := range words {
			m[w] = words[0]
		}
	}
	return m
}()

// StreetWords returns the words of a part of an address, those for kinds of streets
// in one spelling: "Bahnhofstrasse 3" and "Bahnhofstr. 3" are the same.
func StreetWords(s string) []string {
	words := Words(s)
	for i, w := range words {
		if short, ok := streetWords[w]; ok {
			words[i] = short
		} else if head, ok := strings.CutSuffix(w, "strasse"); ok {
			words[i] = head + "str"
		}
	}
	return words
}

// Address returns the normal form of the components of an ADR (RFC 6350 section
// 6.3.1) without the country: their words in one spelling and in order of the
// alphabet. It is "" when there are none.
func Address(components []string) string {
	var words []string
	for _, c := range components[:min(len(components), 6)] {
		words = append(words, StreetWords(c)...)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}
