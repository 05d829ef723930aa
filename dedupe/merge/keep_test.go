package merge_test

import (
	"strings"
	"testing"

	"almanac/dedupe/merge"
)

func TestKeep(t *testing.T) {
	card := func(lines ...string) []byte {
		return []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nN:Example;Ann;;;\r\nFN:Ann Example\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n")
	}
	now := card("TEL;TYPE=CELL:+41 79 000 00 01", "item1.URL:https://example.org/a", "item1.X-ABLabel:Blog", "CATEGORIES:Friends,Club", "NOTE:likes tea", "EMAIL:a@example.org")
	after := card("CATEGORIES:Friends", "EMAIL:a@example.org")
	owner := card("TEL:+41790000001", "URL:https://example.org/a", "CATEGORIES:Club", "NOTE:likes tea", "TEL:+41 44 000 00 02")
	got, err := merge.Keep(now, after, [][]byte{owner})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"TEL;TYPE=CELL:+41 79 000 00 01", ".URL:https://example.org/a", ".X-ABLabel:Blog", "Club", "NOTE:likes tea"} {
		if !strings.Contains(string(got), line) {
			t.Errorf("lacks %s:\n%s", line, got)
		}
	}
	if strings.Contains(string(got), "000 00 02") || strings.Count(string(got), "EMAIL") != 1 {
		t.Errorf("has too much:\n%s", got)
	}
	if again, err := merge.Keep(now, got, [][]byte{owner}); string(again) != string(got) || err != nil {
		t.Errorf("a second time it is (%v)\n%s", err, again)
	}
	if same, err := merge.Keep(now, after, nil); string(same) != string(after) || err != nil {
		t.Errorf("without owners it is (%v)\n%s", err, same)
	}
}
