package wire

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const header = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

// written returns what write writes.
func written(write func(w *Writer)) string {
	w := NewWriter()
	defer w.Release()
	write(w)
	return string(w.Buffered())
}

// The answer to a poll, with everything a multistatus is made of.
func TestMultistatus(t *testing.T) {
	root := D("multistatus")
	got := written(func(w *Writer) {
		w.Begin(root, CalDAV, CS, DAV, "u", CS)
		w.StartResponse("/dav/ann%40example.org/work/")
		w.StartPropstat()
		w.Open(D("resourcetype"))
		w.Empty(D("collection"))
		w.Empty(C("calendar"))
		w.Close(D("resourcetype"))
		w.Element(D("displayname"), "Ann & Bob's <work>")
		w.Element(CalendarServer("getctag"), "")
		w.ElementBytes(AppleICal("calendar-color"), []byte("#FF2968FF"))
		w.ElementBytes(D("getetag"), nil)
		w.Element(D("quota-used-bytes"), "-12")
		w.Open(D("owner"))
		w.Href("/dav/ann%40example.org/")
		w.Close(D("owner"))
		w.Empty(C("schedule-inbox-URL"))
		w.Open(C("supported-calendar-component-set"))
		w.Empty(C("comp"), Attr{Name{Local: "name"}, "VEVENT"})
		w.Close(C("supported-calendar-component-set"))
		w.Raw(`<x:tag xmlns:x="http://org.tasks/ns/">1</x:tag>`)
		w.Raw(`<NO/>`)
		w.EndPropstat(200)
		w.StartPropstat()
		w.Empty(Card("max-image-size"))
		w.Empty(Name{"http://example.org/?a=1&b=\"2\"", "unknown"})
		w.Empty(Name{Local: "none"})
		w.EndPropstat(404)
		w.EndResponse()
		w.StatusResponse("/dav/gone.ics", 404)
		w.StatusResponse("/dav/ann%40example.org/work/", 507, Condition{Name: D("number-of-matches-within-limits")})
		w.Element(D("sync-token"), "https://example.org/ns/sync/1")
		w.End(root)
	})
	want := header +
		`<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/">` +
		`<d:response><d:href>/dav/ann%40example.org/work/</d:href>` +
		`<d:propstat><d:prop>` +
		`<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>` +
		`<d:displayname>Ann &amp; Bob's &lt;work&gt;</d:displayname>` +
		`<cs:getctag/>` +
		`<ical:calendar-color xmlns:ical="http://apple.com/ns/ical/">#FF2968FF</ical:calendar-color>` +
		`<d:getetag/>` +
		`<d:quota-used-bytes>-12</d:quota-used-bytes>` +
		`<d:owner><d:href>/dav/ann%40example.org/</d:href></d:owner>` +
		`<c:schedule-inbox-URL/>` +
		`<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>` +
		`<x:tag xmlns:x="http://org.tasks/ns/">1</x:tag>` +
		`<NO/>` +
		`</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>` +
		`<d:propstat><d:prop>` +
		`<card:max-image-size xmlns:card="urn:ietf:params:xml:ns:carddav"/>` +
		`<x:unknown xmlns:x="http://example.org/?a=1&amp;b=&#34;2&#34;"/>` +
		`<none/>` +
		`</d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>` +
		`</d:response>` +
		`<d:response><d:href>/dav/gone.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>` +
		`<d:response><d:href>/dav/ann%40example.org/work/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status>` +
		`<d:error><d:number-of-matches-within-limits/></d:error></d:response>` +
		`<d:sync-token>https://example.org/ns/sync/1</d:sync-token>` +
		`</d:multistatus>`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if _, err := parseStdlib(got); err != nil {
		t.Error(err)
	}
}

func TestPropstat(t *testing.T) {
	cases := []struct {
		name  string
		write func(w *Writer)
		want  string
	}{
		{"an empty propstat is taken back", func(w *Writer) {
			w.StartPropstat()
			w.Empty(D("owner"))
			if !w.EndPropstat(200) {
				t.Error("a propstat with a property was taken back")
			}
			w.StartPropstat()
			if w.EndPropstat(404) {
				t.Error("an empty propstat was kept")
			}
		}, `<d:propstat><d:prop><d:owner/></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>`},
		{"a response without any gets an empty one", func(w *Writer) {
			w.StartPropstat()
			w.EndPropstat(404)
		}, `<d:propstat><d:prop/><d:status>HTTP/1.1 200 OK</d:status></d:propstat>`},
		{"conditions follow the status", func(w *Writer) {
			w.StartPropstat()
			w.Empty(D("getetag"))
			w.EndPropstat(403, Condition{Name: D("cannot-modify-protected-property")})
		}, `<d:propstat><d:prop><d:getetag/></d:prop><d:status>HTTP/1.1 403 Forbidden</d:status>` +
			`<d:error><d:cannot-modify-protected-property/></d:error></d:propstat>`},
	}
	for _, c := range cases {
		got := written(func(w *Writer) {
			w.Begin(D("multistatus"))
			w.Discard()
			w.StartResponseBytes([]byte("/"))
			c.write(w)
			w.EndResponse()
		})
		if want := `<d:response><d:href>/</d:href>` + c.want + `</d:response>`; got != want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, want)
		}
	}
}

func TestStatusLines(t *testing.T) {
	for code, want := range map[int]string{
		200: "HTTP/1.1 200 OK", 404: "HTTP/1.1 404 Not Found", 424: "HTTP/1.1 424 Failed Dependency", 599: "HTTP/1.1 599 Unknown",
	} {
		got := written(func(w *Writer) { w.Status(code) })
		if want = "<d:status>" + want + "</d:status>"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNames(t *testing.T) {
	cases := []struct {
		name Name
		want string
	}{
		{Name{DAV, "a"}, `<d:a xmlns:d="DAV:"></d:a>`},
		{Name{"", "a"}, `<a></a>`},
		{Name{"", "größe-1.0"}, `<größe-1.0></größe-1.0>`},
		{Name{XML, "a"}, `<xml:a></xml:a>`},
		{Name{xmlnsSpace, "a"}, `<a></a>`},
		{Name{"u\n<", "a"}, `<x:a xmlns:x="u&#10;&lt;"></x:a>`},
		{Name{"", ""}, `<_></_>`},
		{Name{"", "1"}, `<_></_>`},
		{Name{"", "a b>é\xff\x00:"}, "<a_b_é\uFFFD__></a_b_é\uFFFD__>"},
	}
	for _, c := range cases {
		got := written(func(w *Writer) {
			w.Open(c.name)
			w.Close(c.name)
		})
		if got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestAttributes(t *testing.T) {
	got := written(func(w *Writer) {
		w.Open(Name{"u", "a"},
			Attr{Name{"", "b"}, "<>&\"'\t\n\r\x00é"},
			Attr{Name{XML, "lang"}, "de"},
			Attr{Name{"v", "b"}, ""},
			Attr{Name{DAV, "b"}, "1"})
		w.Close(Name{"u", "a"})
	})
	want := `<x:a xmlns:x="u" b="&lt;&gt;&amp;&#34;'&#9;&#10;&#13;` + "\uFFFD" + `é" xml:lang="de" a2:b="" xmlns:a2="v" a3:b="1" xmlns:a3="DAV:"></x:a>`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestText(t *testing.T) {
	in := "a<b>&\"'\t\r\n]]>\x00\x0b\x7fé\xff\xed\xa0\x80\uFFFE\uFFFD\U0001F600\xe2\x82"
	want := "a&lt;b&gt;&amp;\"'\t&#13;\n]]&gt;\uFFFD\uFFFD\x7fé\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\U0001F600\uFFFD\uFFFD"
	for _, got := range []string{
		written(func(w *Writer) { w.Text(in) }),
		written(func(w *Writer) { w.TextBytes([]byte(in)) }),
	} {
		if got != want {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
	}
}

// Text is written by words; here it is written character by character.
func TestTextAtAnyPlace(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"a", "plain text", "0123456", "01234567", "012345678", "\r\n", "\n", "\t", "\r", "<", ">", "&", "\"", "=", "%", "'", "\x7f", "~", " ",
		"\x00", "\x1f", "\x80", "\xc1\xbf", "é", "\xc3", "Ω", "Встреча", "日本", "\ufffd", "\ufffe", "\ufeff", "\u2028", "\U0001f600", "\xf0\x9f", "\xed\xa0\x80",
	})
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), "")
		want, clean := "", true
		for i, r := range in {
			_, size := utf8.DecodeRuneInString(in[i:])
			switch {
			case r == utf8.RuneError && size == 1, !isChar(r):
				want, clean = want+"\uFFFD", false
			case r == 0x7f:
				want, clean = want+"\x7f", false
			default:
				want += strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;").Replace(string(r))
			}
		}
		if got := string(appendText([]byte("before"), in)); got != "before"+want {
			t.Errorf("%q\n got %q\nwant %q", in, got, "before"+want)
		}
		if !clean {
			want = ""
		}
		if got, ok := appendCleanText([]byte("before"), []byte(in)); string(got) != "before"+want || ok != clean {
			t.Errorf("clean: %q\n got %q, %v\nwant %q, %v", in, got, ok, "before"+want, clean)
		}
	})
}

func TestWriterInPieces(t *testing.T) {
	root := D("multistatus")
	long := strings.Repeat("x", 1000)
	var sent strings.Builder
	pieces := 0
	w := NewWriter()
	w.Begin(root)
	for range 100 {
		w.StartResponse("/a")
		w.StartPropstat()
		w.Element(D("displayname"), long)
		mark := w.Mark()
		w.Element(D("getetag"), "on second thoughts, no")
		w.Truncate(mark)
		w.EndPropstat(200)
		w.EndResponse()
		if len(w.Buffered()) >= 32<<10 {
			sent.Write(w.Buffered())
			w.Discard()
			pieces++
		}
	}
	w.End(root)
	sent.Write(w.Buffered())
	if pieces < 2 {
		t.Errorf("sent in %d pieces", pieces)
	}
	e := parse(t, sent.String())
	if len(e.Children) != 100 {
		t.Errorf("%d responses", len(e.Children))
	}
	for _, r := range e.Children {
		prop := r.Child(D("propstat")).Child(D("prop"))
		if len(prop.Children) != 1 || prop.Children[0].Text != long {
			t.Fatalf("response %s", r.Fragment())
		}
	}
	w.Discard()
	defer func() {
		if recover() == nil {
			t.Error("truncated behind what was discarded")
		}
	}()
	w.Truncate(0)
}

func TestWriterAllocatesNothing(t *testing.T) {
	w := NewWriter()
	defer w.Release()
	foreign := Name{"urn:example:x", "y"}
	data := []byte("BEGIN:VCALENDAR\r\nÜ\r\nEND:VCALENDAR\r\n")
	if n := testing.AllocsPerRun(100, func() {
		w.Begin(D("multistatus"), CalDAV)
		w.StartResponse("/dav/ann/work/1.ics")
		w.StartPropstat()
		w.ElementBytes(C("calendar-data"), data)
		w.Empty(C("comp"), Attr{Name{Local: "name"}, "VEVENT"})
		w.EndPropstat(200)
		w.StartPropstat()
		w.Empty(foreign)
		w.EndPropstat(404)
		w.EndResponse()
		w.End(D("multistatus"))
		w.Discard()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever names and text are written, any reader gets them back.
func TestWriterRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.SampledFrom([]string{"a", "prop", "x-y.z_1", "_"})
		space := rapid.SampledFrom([]string{"", DAV, CalDAV, CS, Tasks, "u", "v&<\"'>\r\n\t", "日本"})
		text := rapid.Custom(func(t *rapid.T) string {
			return strings.Map(func(r rune) rune {
				if !isChar(r) {
					return -1
				}
				return r
			}, rapid.String().Draw(t, "text"))
		})
		name := rapid.Custom(func(t *rapid.T) Name { return Name{space.Draw(t, "space"), local.Draw(t, "local")} })
		var tree func(depth int) *Elem
		tree = func(depth int) *Elem {
			e := &Elem{Name: name.Draw(t, "name")}
			for n := rapid.IntRange(0, 2).Draw(t, "attributes"); n > 0; n-- {
				a := Attr{name.Draw(t, "attribute"), text.Draw(t, "value")}
				if _, twice := e.Attr(a.Name.Local); !twice && (len(e.Attrs) == 0 || e.Attrs[0].Name != a.Name) {
					e.Attrs = append(e.Attrs, a)
				}
			}
			children := 0
			if depth < 4 {
				children = rapid.IntRange(0, 3).Draw(t, "children")
			}
			if children == 0 {
				e.Text = text.Draw(t, "text")
			}
			for range children {
				e.Children = append(e.Children, tree(depth+1))
			}
			return e
		}
		want := tree(0)
		var write func(w *Writer, e *Elem)
		write = func(w *Writer, e *Elem) {
			w.Open(e.Name, e.Attrs...)
			w.Text(e.Text)
			for _, c := range e.Children {
				write(w, c)
			}
			w.Close(e.Name)
		}
		declared := rapid.SliceOfN(space, 0, 4).Draw(t, "declared")
		root := D("multistatus")
		out := written(func(w *Writer) {
			w.Begin(root, declared...)
			write(w, want)
			w.End(root)
		})
		got, err := Parse(strings.NewReader(out), Limits{})
		if err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		theirs, err := parseStdlib(out)
		if err != nil {
			t.Fatalf("encoding/xml: %v in %s", err, out)
		}
		for _, e := range []*Elem{got, theirs} {
			if got, want := dump(e.Children[0]), dump(want); got != want {
				t.Fatalf("\n got %s\nwant %s", got, want)
			}
		}
	})
}

// Whatever is written, however damaged, comes out well-formed.
func FuzzWriter(f *testing.F) {
	f.Add("DAV:", "href", "name", "text")
	f.Add("", "", "1", "\r\x00\xff<&>\"]]>")
	f.Add("http://example.org/\"<&>\r", "a b:c", "é\xff", "\xed\xa0\x80")
	f.Add(XML, "lang", "xml:lang", "\uFFFE")
	f.Add(xmlnsSpace, "xmlns", "x", "")
	f.Fuzz(func(t *testing.T, space, local, attr, text string) {
		n := Name{space, local}
		if attr == "xmlns" || local == "xmlns" || attr == local {
			return // a declaration, or the same attribute twice
		}
		root := D("multistatus")
		out := written(func(w *Writer) {
			w.Begin(root, space)
			w.StartResponse(text)
			w.StartPropstat()
			w.Open(n, Attr{Name{Local: attr}, text}, Attr{n, text})
			w.Text(text)
			w.Close(n)
			w.TextBytes([]byte(text))
			w.Empty(n)
			w.EndPropstat(200, Condition{Name: n, Text: text})
			w.EndResponse()
			w.End(root)
		})
		if _, err := Parse(strings.NewReader(out), Limits{}); err != nil && !errors.Is(err, ErrTooLarge) && !strings.Contains(err.Error(), "given twice") {
			t.Fatalf("%v\n%s", err, out)
		}
		if !isASCII(local) || !isASCII(attr) {
			return // encoding/xml knows fewer name characters
		}
		d := xml.NewDecoder(strings.NewReader(out))
		for {
			_, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("encoding/xml: %v\n%s", err, out)
			}
		}
	})
}

func TestTagsAreWhatOpenAndCloseWrite(t *testing.T) {
	for _, n := range []Name{D("getetag"), C("calendar-data"), {"urn:example:other", "a"}, {"", "bare"}} {
		w := NewWriter()
		w.Begin(D("multistatus"))
		start := w.Mark()
		w.Open(n)
		w.Text("x")
		w.Close(n)
		want := string(w.Buffered()[start:])
		w.Truncate(start)
		open, end := w.Tags(n)
		if got := open + "x" + end; got != want || w.Mark() != start {
			t.Errorf("%v: got %s, want %s, at %d of %d", n, got, want, w.Mark(), start)
		}
		w.Release()
	}
}
