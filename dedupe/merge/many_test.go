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

// TestManyTypes: a number keeps all types and parameters, however many.
func TestManyTypes(t *testing.T) {
	line := func(kind string) (l string) {
		l = "TEL"
		for i := range 300 {
			l += fmt.Sprintf(";TYPE=%s%d;X-%s%d=1", kind, i, kind, i)
		}
		return l + ":+41791234567"
	}
	card := func(uid, line string) []byte {
		return []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:a\r\nN:a;;;;\r\n" + line + "\r\nEND:VCARD\r\n")
	}
	merged, _, err := Merge(card("a", line("a")), [][]byte{card("b", line("b"))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(merged), "\r\n ", "")
	for i := range 300 {
		for _, kind := range []string{"a", "b"} {
			if param := fmt.Sprintf(";TYPE=%s%d;", kind, i); !strings.Contains(text, param) {
				t.Fatalf("lacks %s:\n%.2000s", param, text)
			}
			if param := fmt.Sprintf(";X-%s%d=1", strings.ToUpper(kind), i); !strings.Contains(strings.ToUpper(text), param) {
				t.Fatalf("lacks %s:\n%.2000s", param, text)
			}
		}
	}
}

// TestLongLists: lists that are too long for one line become two, and notes that are
// too many to be searched are not taken twice.
func TestLongLists(t *testing.T) {
	card := func(uid, form, sep string, n int) []byte {
		var texts []string
		for i := range n {
			texts = append(texts, fmt.Sprintf("%s%d", uid, i))
		}
		return []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:a\r\nN:a;;;;\r\n" + form + strings.Join(texts, sep) + "\r\nEND:VCARD\r\n")
	}
	for _, c := range []struct {
		form, sep string
		n         int
	}{{"CATEGORIES:", ",", 40000}, {"NOTE:", "\r\nNOTE:", 6000}} {
		a, b := card("a", c.form, c.sep, c.n), card("b", c.form, c.sep, c.n)
		once, _, err := Merge(a, [][]byte{b}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{fmt.Sprint("a", c.n-1), fmt.Sprint("b", c.n-1)} {
			if !strings.Contains(strings.ReplaceAll(string(once), "\r\n ", ""), want) {
				t.Errorf("%s lacks %s", c.form, want)
			}
		}
		if twice, _, err := Merge(once, [][]byte{b, a}, Options{}); err != nil || string(twice) != string(once) {
			t.Errorf("%s twice: %v, %d octets after %d", c.form, err, len(twice), len(once))
		}
	}
}
