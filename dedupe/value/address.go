package value

import "strings"

// streetWords are words for kinds of streets and their usual short forms. Rarer
// ones are left alone: two addresses that are taken for one lose a line.
var streetWords = func() map[string]string {
	m := map[string]string{}
	for _, row := range []string{
		"str strasse", "st street", "av avenue ave", "bd boulevard blvd", "ch chemin", "rd road", "r rue", "pl place platz", "v viale via",
		"c corso", "sq square", "ln lane", "dr drive",
	} {
		words := strings.Fields(row)
		for _, w := range words {
			m[w] = words[0]
		}
	}
	return m
}()

// StreetWord returns a folded word of an address in the one spelling of its kind
// of street: "street" is "st". Another word is returned as it is.
func StreetWord(word string) string {
	if short, ok := streetWords[word]; ok {
		return short
	}
	return word
}

// StreetWords returns the words of a part of an address, those for kinds of streets
// in one spelling, also at the end of a word: "Bahnhofstrasse 3" and "Bahnhofstr. 3"
// are the same.
func StreetWords(s string) []string {
	words := Words(s)
	for i, w := range words {
		words[i] = StreetWord(w)
		if head, ok := strings.CutSuffix(w, "strasse"); ok && head != "" {
			words[i] = head + "str"
		}
	}
	return words
}
