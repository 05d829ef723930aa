package merge

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"almanac/vcard"
	"pgregory.net/rapid"
)

// drawCards draws a reference and others of one person.
func drawCards(t *rapid.T) (reference []byte, others [][]byte) {
	who := pick(t, "person", people)
	cards := make([][]byte, rapid.IntRange(2, 4).Draw(t, "cards"))
	for i := range cards {
		cards[i] = drawCard(t, who, i)
	}
	return cards[0], cards[1:]
}

func mustMerge(t *rapid.T, reference []byte, others [][]byte) []byte {
	merged, _, err := Merge(reference, others, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

func show(cards ...[]byte) string {
	return string(bytes.Join(cards, []byte("----\r\n")))
}

// TestNothingLostNothingInvented holds merges against the checker.
func TestNothingLostNothingInvented(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, others := drawCards(t)
		merged := mustMerge(t, reference, others)
		if faults := check(append([][]byte{reference}, others...), merged); len(faults) > 0 {
			t.Fatalf("%s\n%s>>>>\n%s", strings.Join(faults, "\n"), show(append([][]byte{reference}, others...)...), merged)
		}
		c, err := vcard.Validate(merged, 0)
		if err != nil || len(c.Doc.Repairs) > 0 {
			t.Fatalf("%v, %v in\n%s", err, c.Doc.Repairs, merged)
		}
	})
}

// TestOrderOfOthers: the result is the same whatever the order.
func TestOrderOfOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, others := drawCards(t)
		want := mustMerge(t, reference, others)
		got := mustMerge(t, reference, rapid.Permutation(others).Draw(t, "order"))
		if !bytes.Equal(got, want) {
			t.Fatalf("%s>>>>\n%s>>>> in another order\n%s", show(append([][]byte{reference}, others...)...), want, got)
		}
	})
}

// TestTwiceIsOnce: merging the same again changes nothing, nor does the reference
// as it was.
func TestTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, others := drawCards(t)
		once := mustMerge(t, reference, others)
		for _, again := range [][][]byte{others, append(slices.Clone(others), reference), {reference}, {once}} {
			if twice := mustMerge(t, once, again); !bytes.Equal(twice, once) {
				t.Fatalf("%s>>>>\n%s>>>> again\n%s", show(append([][]byte{reference}, others...)...), once, twice)
			}
		}
	})
}

// TestUntouched: a merge leaves the lines of the reference that it does not change
// as they were, in their order.
func TestUntouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, others := drawCards(t)
		if bytes.Contains(reference, []byte("VERSION:2.1")) {
			t.Skip("an upgrade writes every line anew")
		}
		merged := mustMerge(t, reference, others)
		if alone := mustMerge(t, reference, nil); len(others) == 0 && !bytes.Equal(alone, reference) {
			t.Fatalf("%s became %s", reference, alone)
		}
		pos := 0
		for _, l := range []string{"UID:", "X-KUNDENNUMMER:", "GEO:", "LANG:"} {
			for line := range strings.Lines(string(reference)) {
				if strings.HasPrefix(line, l) && !bytes.Contains(merged[pos:], []byte(line)) {
					t.Fatalf("%q is gone from\n%s", line, merged)
				}
			}
		}
	})
}

// TestUnmerge: taking a merge back gives octet for octet what was there.
func TestUnmerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, others := drawCards(t)
		merged := mustMerge(t, reference, others)
		back, sources, err := Unmerge(reference, merged, merged, others)
		if err != nil || !bytes.Equal(back, reference) || len(sources) != len(others) {
			t.Fatalf("%v, %d sources\n%s", err, len(sources), back)
		}
		for i := range sources {
			if !bytes.Equal(sources[i], others[i]) {
				t.Fatalf("source %d is\n%s", i, sources[i])
			}
		}
	})
}

// An editing is what somebody does to a card, in a way that does the same to the
// card before the merge.
var editings = map[string]func(card string) string{
	"add a line": func(c string) string { return strings.Replace(c, "END:VCARD", "X-NEW:1\r\nEND:VCARD", 1) },
	"add a phone": func(c string) string {
		return strings.Replace(c, "END:VCARD", "TEL;TYPE=CELL:+49 30 5550 1234\r\nEND:VCARD", 1)
	},
	"remove a line": func(c string) string { return strings.Replace(c, "X-OWN:mine\r\n", "", 1) },
	"change a line": func(c string) string { return strings.Replace(c, "X-OWN:mine\r\n", "X-OWN:changed\r\n", 1) },
	"change a name": func(c string) string {
		return strings.Replace(c, "X-OWN:mine\r\n", "X-OWN:mine\r\nX-PHONETIC-FIRST-NAME:Zo\r\n", 1)
	},
}

// TestUnmergeEdited: edits since the merge stay, and the rest is as it was.
func TestUnmergeEdited(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference, others := drawCards(t)
		reference = bytes.Replace(reference, []byte("END:VCARD"), []byte("X-OWN:mine\r\nEND:VCARD"), 1)
		// What a card of 2.1 becomes is what the edits are made to.
		plain, _, err := Merge(reference, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		reference = plain
		merged := mustMerge(t, reference, others)
		now, want := string(merged), string(reference)
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"add a line", "add a phone", "remove a line", "change a line", "change a name"}), 1, 3, rapid.ID).Draw(t, "edits") {
			now, want = editings[name](now), editings[name](want)
		}
		got, _, err := Unmerge(reference, merged, []byte(now), others)
		if err != nil {
			t.Fatal(err)
		}
		if !sameLines(string(got), want) {
			t.Fatalf("%s>>>> merged\n%s>>>> edited\n%s>>>> back\n%s>>>> want\n%s", show(append([][]byte{reference}, others...)...), merged, now, got, want)
		}
	})
}

// sameLines compares cards line by line, in any order of the lines.
func sameLines(a, b string) bool {
	x, y := slices.Sorted(strings.Lines(a)), slices.Sorted(strings.Lines(b))
	return slices.Equal(x, y)
}

var book = flag.String("book", "", "write a book of drawn cards into this folder")

// TestBook writes drawn cards as a data set, for other checkers.
func TestBook(t *testing.T) {
	if *book == "" {
		t.Skip("no -book")
	}
	cards, err := os.Create(*book + "/cards.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	labels, err := os.Create(*book + "/labels.csv")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(labels, "book,href,cluster,tags")
	gen := rapid.Custom(func(t *rapid.T) [][]byte {
		reference, others := drawCards(t)
		return append([][]byte{reference}, others...)
	})
	enc := json.NewEncoder(cards)
	for i := range 2000 {
		for j, card := range gen.Example(i) {
			href := fmt.Sprintf("%d-%d.vcf", i, j)
			if err := enc.Encode(map[string]string{"book": "drawn", "href": href, "vcard": string(card)}); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(labels, "drawn,%s,p%d,\n", href, i)
		}
	}
	if err := cards.Close(); err != nil {
		t.Fatal(err)
	}
	if err := labels.Close(); err != nil {
		t.Fatal(err)
	}
}
