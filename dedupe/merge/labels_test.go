package merge_test

import (
	"testing"

	"almanac/dedupe/merge"
)

// TestTwoLabelsOfOneNumber: a line has one label. What another card calls the number
// goes into the note; the reference's own two lines stay, for neither name of the
// number is more right than the other, and nobody asked to tidy them.
func TestTwoLabelsOfOneNumber(t *testing.T) {
	text := func(uid, lines string) string {
		return "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nN:Example;Anna;;;\r\nFN:Anna Example\r\n" + lines + "END:VCARD\r\n"
	}
	const (
		home = "item1.TEL:+41 79 123 45 67\r\nitem1.X-ABLabel:_$!<Home>!$_\r\n"
		boat = "item2.TEL:079 123 45 67\r\nitem2.X-ABLabel:boat\r\n"
	)
	for _, tc := range []struct{ reference, other, want string }{
		{home, boat, home + "NOTE:boat: +41 79 123 45 67\r\n"},
		{boat, home, "item2.TEL:+41 79 123 45 67\r\nitem2.X-ABLabel:boat\r\nNOTE:Home: +41 79 123 45 67\r\n"},
		{home + boat, boat, home + boat},
		{home, home, home},
	} {
		got, _, err := merge.Merge([]byte(text("a", tc.reference)), [][]byte{[]byte(text("b", tc.other))}, merge.Options{})
		if err != nil || string(got) != text("a", tc.want) {
			t.Errorf("%q with %q is\n%s (%v), want\n%s", tc.reference, tc.other, got, err, text("a", tc.want))
		}
		again, _, err := merge.Merge(got, [][]byte{[]byte(text("b", tc.other))}, merge.Options{})
		if err != nil || string(again) != string(got) {
			t.Errorf("once more it is\n%s (%v)", again, err)
		}
	}
}
