package wire

import "testing"

func TestTextFragment(t *testing.T) {
	for _, c := range []struct{ space, local, text, want string }{
		{DAV, "displayname", "Work", `<d:displayname xmlns:d="DAV:">Work</d:displayname>`},
		{Apple, "calendar-color", "#FF0000FF", `<ical:calendar-color xmlns:ical="http://apple.com/ns/ical/">#FF0000FF</ical:calendar-color>`},
		{"urn:a&b", "p", "x", `<x:p xmlns:x="urn:a&amp;b">x</x:p>`},
		{"", "bare", "x", `<bare>x</bare>`},
		{DAV, "displayname", "a<b> & \"c\"\r\x01\xff", `<d:displayname xmlns:d="DAV:">a&lt;b&gt; &amp; "c"&#13;` + "\uFFFD\uFFFD" + `</d:displayname>`},
	} {
		if got := TextFragment(c.space, c.local, c.text); got != c.want {
			t.Errorf("TextFragment(%q, %q, %q)\n got %s\nwant %s", c.space, c.local, c.text, got, c.want)
		}
	}
}

func TestFragmentText(t *testing.T) {
	for _, c := range []struct{ xml, want string }{
		{"", ""},
		{"no element", ""},
		{TextFragment(DAV, "displayname", "Äpfel & <Birnen>"), "Äpfel & <Birnen>"},
		{"<a:b xmlns:a='u'>\n  spaced \n</a:b>", "spaced"},
	} {
		if got := FragmentText(c.xml); got != c.want {
			t.Errorf("FragmentText(%q) = %q, want %q", c.xml, got, c.want)
		}
	}
}
