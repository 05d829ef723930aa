package merge

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"almanac/vcard"
)

// TestManyOfOne: cards with thousands of properties of one kind merge, and what
// follows from each other property is bounded.
func TestManyOfOne(t *testing.T) {
	for _, line := range []string{
		"TEL:1%06d23456", "ADR:;;Street %d;Town;;;", "ORG:a;b%d", "FN:x y%d", "N:x;y%d;;;", "BDAY:%04d-01-01", "BDAY:day %d", "NOTE:text number %d",
		"NICKNAME:n%d", "GENDER:%d", "RELATED:urn:uuid:%d", "g.TEL:1%06d\r\ng.X-ABLabel:l", "item1%d.EMAIL:a@example.org\r\nitem1%[1]d.X-ABLabel:l%[1]d", "TEL;X-P%d=1;TYPE=t%[1]d:1234567", "X-A%d:1",
	} {
		card := func(version, uid string, from int) []byte {
			var b strings.Builder
			fmt.Fprintf(&b, "BEGIN:VCARD\r\nVERSION:%s\r\nUID:%s\r\nFN:a\r\nN:a;;;;\r\n", version, uid)
			for i := range 1500 {
				fmt.Fprintf(&b, line+"\r\n", from+i)
			}
			return []byte(b.String() + "END:VCARD\r\n")
		}
		a, b := card("3.0", "a", 0), card("4.0", "b", 700)
		once, _, err := Merge(a, [][]byte{b}, Options{})
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if back, _, err := Unmerge(a, once, append(once[:len(once)-len("END:VCARD\r\n"):len(once)], "X-N:1\r\nEND:VCARD\r\n"...), nil); err != nil {
			t.Errorf("%s: %v, %q", line, err, back)
		}
	}
}

// TestTooLarge: photos that a book does not take together are an error.
func TestTooLarge(t *testing.T) {
	card := func(uid, photo string) []byte {
		return []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:a\r\nN:a;;;;\r\nPHOTO;ENCODING=b:" + strings.Repeat(photo, 1000) + "\r\nEND:VCARD\r\n")
	}
	_, _, err := Merge(card("a", "AAAA"), [][]byte{card("b", "BBBB")}, Options{MaxSize: 6000})
	var invalid *vcard.Invalid
	if !errors.As(err, &invalid) || invalid.Precondition != vcard.MaxResourceSize {
		t.Errorf("%v", err)
	}
	if _, _, err = Merge(card("a", "AAAA"), [][]byte{card("b", "AAAA")}, Options{MaxSize: 6000}); err != nil {
		t.Errorf("one photo: %v", err)
	}
}
