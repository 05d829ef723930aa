package davtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const script = `# Two exchanges.
ann> PUT /dav/calendars/ann/calendar/1.ics
If-None-Match: *

BEGIN:VCALENDAR
END:VCALENDAR
<- 201
ETag: $etag1
Allow: -

# And another.
> GET /a?b
<- 401

"\x00"

ann:secret> PROPFIND /
Depth: 0
<- aborted

# The end.
`

func TestParse(t *testing.T) {
	s, err := parseTranscript(script)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(script, s.String()); d != "" {
		t.Errorf("printed (-want +got)\n%s", d)
	}
	first := s.exchanges[0]
	if want := (Request{User: "ann", Method: "PUT", Target: "/dav/calendars/ann/calendar/1.ics", Header: []string{"If-None-Match: *"}, Body: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"}); !cmp.Equal(first.Request, want) {
		t.Errorf("%+v", first.Request)
	}
	if first.status != 201 || len(s.exchanges) != 3 || s.exchanges[2].User != "ann:secret" || !s.exchanges[2].aborted {
		t.Errorf("%+v", s)
	}
	if _, err := parseTranscript("hello\n"); err == nil {
		t.Error("a line that is nothing was read")
	}
}

// TestBodies writes bodies as a file shows them and reads them back.
func TestBodies(t *testing.T) {
	for _, body := range []string{
		"", "one line", "two\nlines", "BEGIN:A\r\nEND:A\r\n", "BEGIN:A\nEND:A\n", "BEGIN:A\r\nEND:A", "BEGIN:A\r\nX:\tb\r\n",
		"ends with a line end\n", "\"quoted\"", "`back`", "# a comment\nor not", "<- 200", "\ufeffBEGIN:A\r\n", "\xff\x00", "a\r\nb", "\n",
	} {
		got, err := plainBody(shownBody(body))
		if err != nil || got != body {
			t.Errorf("%q became %q (%v) by way of %q", body, got, err, shownBody(body))
		}
	}
}

// TestCanonicalXML makes documents equal that mean the same, and no others.
func TestCanonicalXML(t *testing.T) {
	const document = `<d:a xmlns:d="DAV:" xmlns:x="urn:x&amp;" z="1" x:y="&quot;2&#10;"><d:b>te&amp;xt&#13;
</d:b><x:c/><q/><d:m>mi<d:i/>xed </d:m></d:a>`
	want := strings.Join([]string{
		`<a xmlns="DAV:" xmlns:n1="urn:x&amp;" xmlns:none="" z="1" n1:y="&quot;2&#10;">`,
		"  <b>te&amp;xt&#13;\n</b>",
		`  <n1:c/>`, `  <none:q/>`, `  <m>mi<i/>xed </m>`, `</a>`,
	}, "\n")
	got, err := canonicalXML(document)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if again, err := canonicalXML(got); again != got {
		t.Errorf("not stable: %v\n%s", err, again)
	}
	for _, bad := range []string{"", "<a>", "<a/><b/>", "text"} {
		if _, err := canonicalXML(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	a, _ := canonicalXML(`<a xmlns="DAV:"> x </a>`)
	b, _ := canonicalXML(`<a xmlns="DAV:">x</a>`)
	if a == b {
		t.Error("white space in text is not seen")
	}
}

// TestMatch compares with variables, which are learnt only from what matches.
func TestMatch(t *testing.T) {
	v := variables{"$old": "123"}
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"plain", "plain", true},
		{"plain", "plainer", false},
		{"a.c", "abc", false},
		{"<e>$old</e>", "<e>123</e>", true},
		{"<e>$old</e>", "<e>124</e>", false},
		{"$new and $new", "x and y", false},
		{"$new and $new", "x and x", true},
		{"$new", "y", false},
		{"<e>$other</e>", "<e></e>", false},
		{"<e>$other</e>", "<e><f/></e>", false},
		{"$A $1 $", "$A $1 $", true},
	} {
		if ok := v.match(c.want, c.got); ok != c.ok {
			t.Errorf("%q and %q: %v", c.want, c.got, ok)
		}
	}
	if want := (variables{"$old": "123", "$new": "x"}); !cmp.Equal(v, want) {
		t.Errorf("learnt %v", v)
	}
	text := v.name(`ETag: "abcdefghijklmnopqrst", "abcdefghijklmnopqrsT", 123`)
	if want := "ETag: $etag1, $etag2, $old"; text != want {
		t.Errorf("named %q, want %q", text, want)
	}
}
