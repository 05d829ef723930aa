package davtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// variables are the texts that $names stand for.
type variables map[string]string

var variable = regexp.MustCompile(`\$[a-z][a-zA-Z0-9]*`)

// fill puts the values of known variables into a text.
func (v variables) fill(text string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := v[name]; ok {
			return value
		}
		return name
	})
}

// match compares a text with one that has variables, and learns the values of
// those it met for the first time. When it returns false it has learnt nothing.
func (v variables) match(want, got string) bool {
	want = v.fill(want)
	var pattern strings.Builder
	var names []string
	pattern.WriteString(`\A`)
	for {
		at := variable.FindStringIndex(want)
		if at == nil {
			break
		}
		pattern.WriteString(regexp.QuoteMeta(want[:at[0]]) + `([^<>\n]+?)`)
		names = append(names, want[at[0]:at[1]])
		want = want[at[1]:]
	}
	pattern.WriteString(regexp.QuoteMeta(want) + `\z`)
	m := regexp.MustCompile(pattern.String()).FindStringSubmatch(got)
	if m == nil {
		return false
	}
	learnt := variables{}
	for i, name := range names {
		if before, ok := learnt[name]; ok && before != m[i+1] {
			return false
		}
		learnt[name] = m[i+1]
	}
	for name, value := range learnt {
		v[name] = value
	}
	return true
}

// show puts the names of known variables into a text, longer values first.
func (v variables) show(text string) string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := len(v[b]) - len(v[a]); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		text = strings.ReplaceAll(text, v[name], name)
	}
	return text
}

// varying are the texts that -update gives a name: entity tags, sync-tokens and
// the names that the server makes.
var varying = []struct {
	name string
	form *regexp.Regexp
}{
	{"$etag", regexp.MustCompile(`"[A-Za-z0-9_-]{20}"`)},
	{"$token", regexp.MustCompile(`urn:almanac:sync:[0-9a-zA-Z]+:[0-9a-z]+:[0-9a-z]+`)},
	{"$name", regexp.MustCompile(`\b[a-z2-7]{26}\.(ics|vcf)\b`)},
}

// name shows a text with variables, inventing what is new.
func (v variables) name(text string) string {
	text = v.show(text)
	for _, kind := range varying {
		text = kind.form.ReplaceAllStringFunc(text, func(value string) string {
			for n := 1; ; n++ {
				name := fmt.Sprintf("%s%d", kind.name, n)
				switch old, taken := v[name]; {
				case !taken:
					v[name] = value
					return name
				case old == value:
					return name
				}
			}
		})
	}
	return text
}
