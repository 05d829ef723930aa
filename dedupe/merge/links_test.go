package merge_test

import (
	"strings"
	"testing"

	"almanac/dedupe/merge"
)

func TestUnlinkTakesRelinkBack(t *testing.T) {
	card := func(lines ...string) []byte {
		return []byte("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:g\r\nFN:G\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n")
	}
	before := card("MEMBER:urn:uuid:A", "MEMBER:b", "RELATED;TYPE=friend:a", "MEMBER:c")
	after, err := merge.Relink(before, map[string]string{"a": "r"})
	if err != nil {
		t.Fatal(err)
	}
	links, err := merge.Links(before)
	if err != nil {
		t.Fatal(err)
	}
	want := []merge.Link{
		{"a", "MEMBER", "MEMBER:urn:uuid:A\r\n"}, {"b", "MEMBER", "MEMBER:b\r\n"},
		{"a", "RELATED friend", "RELATED;TYPE=friend:a\r\n"}, {"c", "MEMBER", "MEMBER:c\r\n"},
	}
	var add, drop []merge.Link
	for i, l := range links {
		if l != want[i] {
			t.Errorf("link %d is %+v, want %+v", i, l, want[i])
		}
		if l.UID == "a" {
			add = append(add, l)
			drop = append(drop, merge.Link{UID: "r", Kind: l.Kind})
		}
	}
	got, err := merge.Unlink(after, drop, add)
	if string(got) != string(before) || err != nil {
		t.Errorf("got %s (%v), want %s", got, err, before)
	}
	if again, err := merge.Unlink(got, drop, add); string(again) != string(got) || err != nil {
		t.Errorf("a second time it is %s (%v)", again, err)
	}
}

// TestLinkKeyStays: stores keep it.
func TestLinkKeyStays(t *testing.T) {
	for _, uid := range []string{"4fbe8971-0bc3-424c-9c26-36c3e1eff6b1", "urn:uuid:4FBE8971-0bc3-424c-9c26-36c3e1eff6b1", " URN:UUID:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1"} {
		if got := merge.LinkKey(uid); got != 0x82045bcf15650000 {
			t.Errorf("the key of %q is %#x", uid, got)
		}
	}
}
