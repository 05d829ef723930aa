package merge

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"almanac/vcard"

	"pgregory.net/rapid"
)

var (
	itemGroup = regexp.MustCompile(`(?i)^item(\d+)\.`)
	typeList  = regexp.MustCompile(`(?i);TYPE="?([^";:]*)"?`)
)

// rewritten is a card as a program saves it that reads every line and writes it anew:
// in another order, with other names of groups, types in capitals and apart.
func rewritten(t *rapid.T, card string) string {
	lines := strings.Split(strings.ReplaceAll(strings.TrimSuffix(card, "\r\n"), "\r\n ", ""), "\r\n")
	head, body, end := lines[:2], lines[2:len(lines)-1], lines[len(lines)-1]
	capitals := rapid.Bool().Draw(t, "capitals")
	body = rapid.Permutation(body).Draw(t, "order of lines")
	for i, l := range body {
		l = itemGroup.ReplaceAllString(l, "item9$1.")
		name, value, _ := strings.Cut(l, ":")
		if !strings.Contains(strings.ToUpper(name), "PHOTO") {
			name = typeList.ReplaceAllStringFunc(name, func(types string) string {
				out := ""
				for kind := range strings.SplitSeq(typeList.FindStringSubmatch(types)[1], ",") {
					if capitals {
						kind = strings.ToUpper(kind)
					}
					out += ";type=" + kind
				}
				return out
			})
		}
		body[i] = name + ":" + value
	}
	return strings.Join(slices.Concat(head, []string{"PRODID:-//Example Inc.//Phone//EN"}, body, []string{end}), "\r\n") + "\r\n"
}

// TestUnmergeRewritten: a phone that writes the merged card anew, in the version that it
// likes, and a line of its own with it, does not keep what came with the merge.
func TestUnmergeRewritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, others := drawCards(t)
		merged := mustMerge(t, reference, others)
		version := pick(t, "version now", []string{vcard.V30, vcard.V40})
		now, err := vcard.Convert([]byte(strings.Replace(string(merged), "END:VCARD", "X-OWN:mine\r\nEND:VCARD", 1)), version)
		if err != nil {
			t.Fatal(err)
		}
		now = []byte(rewritten(t, string(now)))
		got, _, err := Unmerge(reference, merged, now, others)
		if err != nil {
			t.Fatal(err)
		}
		before, err := readAs(reference, version)
		if err != nil {
			t.Fatal(err)
		}
		want := facts(before.src + "X-OWN:mine\r\n")
		if is := facts(string(got)); !slices.Equal(is, want) {
			t.Fatalf("%s>>>> merged\n%s>>>> rewritten\n%s>>>> back\n%s\n%q\n%q", show(append([][]byte{reference}, others...)...), merged, now, got, is, want)
		}
	})
}

// facts are all that a card says, for comparison.
func facts(card string) (out []string) {
	for _, f := range factsOf(card) {
		slices.Sort(f.types)
		f.types = slices.Compact(f.types)
		f.shown = f.key
		out = append(out, f.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}
