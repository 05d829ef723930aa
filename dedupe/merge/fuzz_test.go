package merge

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"almanac/contentline"
	"almanac/vcard"
	"pgregory.net/rapid"
)

// stored makes of a text what an address book would hold of it, nil when it would
// not take it.
func stored(src []byte) []byte {
	if v := vcard.VersionOf(src); v == vcard.V21 || v == "" {
		if _, err := vcard.Upgrade(src); err != nil {
			return nil
		}
		return src
	}
	if _, err := vcard.Validate(src, 0); err != nil {
		return nil
	}
	return src
}

// FuzzMerge: any two cards merge into one that can be stored, once and again, and
// come apart as they were.
func FuzzMerge(f *testing.F) {
	var cards [][]byte
	for _, pattern := range []string{"testdata/golden/*/*.vcf", "../../vcard/testdata/*/*.vcf"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			cards = append(cards, vcard.WithUID(src, "fuzz@example.org"))
		}
	}
	for i := range cards {
		f.Add(cards[i], cards[(i+7)%len(cards)], cards[(i+3)%len(cards)])
	}
	f.Fuzz(func(t *testing.T, a, b, edited []byte) { mergeAnything(t, a, b, edited) })
}

// A tester fails a test.
type tester interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

// mergeAnything holds what is true of any two cards.
func mergeAnything(t tester, a, b, edited []byte) {
	if stored(a) == nil || stored(b) == nil {
		return
	}
	merged, report, err := Merge(a, [][]byte{b}, Options{})
	if errors.Is(err, ErrSeveral) {
		return
	}
	if err != nil {
		t.Fatalf("%q and %q: %v", a, b, err)
	}
	if report == nil {
		t.Fatal("no report")
	}
	if _, err := vcard.Validate(merged, 0); err != nil {
		t.Fatalf("%q and %q are %q: %v", a, b, merged, err)
	}
	again, _, err := Merge(merged, [][]byte{b}, Options{})
	if err != nil {
		t.Fatalf("%q and %q: %v", merged, b, err)
	}
	if !bytes.Equal(again, merged) && !odd(a) && !odd(b) {
		t.Fatalf("%q and %q are %q, then %q", a, b, merged, again)
	}
	back, sources, err := Unmerge(a, merged, merged, [][]byte{b})
	if err != nil || !bytes.Equal(back, a) || !bytes.Equal(sources[0], b) {
		t.Fatalf("%q back is %q: %v", a, back, err)
	}
	if stored(edited) != nil {
		if back, _, err = Unmerge(a, merged, edited, nil); err == nil {
			if _, err := vcard.Parse(back); err != nil {
				t.Fatalf("%q, %q, %q back is %q: %v", a, merged, edited, back, err)
			}
		}
	}
	if linked, err := Relink(merged, map[string]string{"a": "b", "b": "c", "c": "a"}); err != nil {
		t.Fatal(err)
	} else if _, err := vcard.Validate(linked, 0); err != nil {
		t.Fatalf("%q relinked is %q: %v", merged, linked, err)
	}
}

// odd reports whether a text is one that reading had to mend: what is written of it
// is read without mending, and can be another value then.
func odd(src []byte) bool {
	parse := contentline.Parse
	if v := vcard.VersionOf(src); v == vcard.V21 || v == "" {
		parse = contentline.ParseV21
	}
	doc, err := parse(src, contentline.Limits{})
	return err != nil || len(doc.Repairs) > 0
}

// TestDamaged: cards with lines doubled, lost, cut and changed merge all the same.
func TestDamaged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who := pick(t, "person", people)
		cards := make([][]byte, 3)
		for i := range cards {
			cards[i] = damage(t, drawCard(t, who, i))
		}
		mergeAnything(t, cards[0], cards[1], cards[2])
	})
}

// oddities are lines that nobody should write.
var oddities = []string{
	"NOTE:", "N:;;;;", "FN:", "TEL:", "TEL;TYPE=:1", "TEL;;TYPE=home:12345678", "EMAIL;=x:a@example.org", "ADR:;;;;;;", "NICKNAME:,,a,,", "CATEGORIES:;",
	"item1.X-ABLabel:alone", "item1.TEL:1234567", "item1.EMAIL:b@example.org", "item1.X-ABLabel:again", "ITEM1.URL:u", "X-A;P=\"a\nb\":v", "X-A;P=^n^':v", "BDAY:never",
	"BDAY;VALUE=text:circa 1800", "BDAY:19850412", "N:One;Two;;;", "UID:card-0@example.org", "REV:now", "GENDER:M;x", "GENDER;ALTID=2:F", "PHOTO:", "PHOTO;ENCODING=b:%%%",
	"PHOTO:data:,x", "KEY;VALUE=text:k", "X-ALMANAC-N:a;b", "NOTE:Birthday: 1985-04-13", "TEL:+", "TEL:+41", "TEL:++41 79 123 45 67", "X-VCARD4-FN:f", "X-VCARD4-:f",
	"MEMBER:urn:uuid:a", "RELATED:urn:uuid:b", "LABEL;TYPE=HOME:l", "AGENT:BEGIN:VCARD\\nEND:VCARD", "KIND:group", "KIND:org", "SORT-STRING:s", "CLASS:PRIVATE",
	"a.b.c.TEL:7654321", "FN;ENCODING=QUOTED-PRINTABLE:=C3=A9", "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab=", "ORG:;;", "ORG:;x", "X-B", "  folded", "\tfolded", "URL:/", "URL:http://",
}

// damage changes a few lines of a card.
func damage(t *rapid.T, card []byte) []byte {
	lines := strings.SplitAfter(string(card), "\r\n")
	for range rapid.IntRange(0, 6).Draw(t, "faults") {
		at := rapid.IntRange(2, max(2, len(lines)-3)).Draw(t, "line")
		switch pick(t, "fault", []string{"odd", "odd", "odd", "double", "drop", "swap", "octet", "cut", "break"}) {
		case "odd":
			lines = slices.Insert(lines, at, pick(t, "oddity", oddities)+"\r\n")
		case "double":
			lines = slices.Insert(lines, at, lines[at])
		case "drop":
			lines = slices.Delete(lines, at, at+1)
		case "swap":
			lines[at], lines[at-1] = lines[at-1], lines[at]
		case "octet":
			if l := []byte(lines[at]); len(l) > 2 {
				l[rapid.IntRange(0, len(l)-3).Draw(t, "place")] = pick(t, "octet", []byte("\\;:,=.\"^ \tA1+-\r\n\x01"))
				lines[at] = string(l)
			}
		case "cut":
			lines[at] = lines[at][:len(lines[at])/2] + "\r\n"
		case "break":
			lines[at] = strings.TrimSuffix(lines[at], "\r\n") + pick(t, "break", []string{"\n", "\r\n\r\n", "\r\n \r\n", "\r"})
		}
		if len(lines) < 5 {
			break
		}
	}
	return []byte(strings.Join(lines, ""))
}
