package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// dump writes a tree in one line: {space}name[attr=value]"text"(children).
func dump(e *Elem) string {
	var b strings.Builder
	var walk func(*Elem)
	walk = func(e *Elem) {
		b.WriteString(e.Name.String())
		for _, a := range e.Attrs {
			fmt.Fprintf(&b, "[%s=%q]", a.Name, a.Value)
		}
		if e.Text != "" {
			fmt.Fprintf(&b, "%q", e.Text)
		}
		if len(e.Children) > 0 {
			b.WriteByte('(')
			for i, c := range e.Children {
				if i > 0 {
					b.WriteByte(' ')
				}
				walk(c)
			}
			b.WriteByte(')')
		}
	}
	walk(e)
	return b.String()
}

func parse(t testing.TB, src string) *Elem {
	t.Helper()
	e, err := Parse(strings.NewReader(src), Limits{})
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	return e
}

var wellFormed = []struct{ name, src, want string }{
	{"empty element", `<a/>`, `a`},
	{"end tag with space", "<a ></a\n>", `a`},
	{"default namespace", `<propfind xmlns="DAV:"><allprop/></propfind>`, `{DAV:}propfind({DAV:}allprop)`},
	{"prefixes", `<D:propfind xmlns:D="DAV:" xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><C:calendar-data/></D:prop></D:propfind>`,
		`{DAV:}propfind({DAV:}prop({urn:ietf:params:xml:ns:caldav}calendar-data))`},
	{"prefix declared on its own element after its use", `<p:a p:b="1" xmlns:p="u"/>`, `{u}a[{u}b="1"]`},
	{"prefix redeclared inside", `<p:a xmlns:p="u"><p:b xmlns:p="v"><p:c/></p:b><p:d/></p:a>`, `{u}a({v}b({v}c) {u}d)`},
	// macOS Calendar puts <NO/> in C:calendar-free-busy-set.
	{"no namespace inside a default one", `<a xmlns="u"><NO xmlns=""/></a>`, `{u}a(NO)`},
	{"unprefixed attributes have no namespace", `<a xmlns="u" b="1"/>`, `{u}a[b="1"]`},
	{"xml:lang", `<a xml:lang="de"/>`, `a[{http://www.w3.org/XML/1998/namespace}lang="de"]`},
	{"xml declared as itself", `<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang=""/>`, `a[{http://www.w3.org/XML/1998/namespace}lang=""]`},
	{"same local name in two namespaces", `<a b="1" p:b="2" xmlns:p="u"/>`, `a[b="1"][{u}b="2"]`},
	{"declaration", `<?xml version="1.0" encoding="UTF-8" standalone='yes' ?>` + "\n<a/>", `a`},
	{"declaration without encoding", `<?xml version = '1.0' standalone="no"?><a/>`, `a`},
	{"ascii", `<?xml version="1.0" encoding="us-ascii"?><a/>`, `a`},
	{"byte order mark", "\uFEFF<?xml version=\"1.0\"?><a/>", `a`},
	{"references", `<a b="&lt;&#x41;&quot;&#10;">&lt;&gt;&amp;&apos;&quot;&#65;&#x1F600;&#0000000065;</a>`, `a[b="<A\"\n"]"<>&'\"A😀A"`},
	{"line ends", "<a b=\"1\r\n2\t3\r4\n5\">1\r\n2\r3\n4\r\r\n</a>", `a[b="1 2 3 4 5"]"1\n2\n3\n4\n\n"`},
	// iOS writes C:calendar-timezone so.
	{"carriage return by reference", "<a>BEGIN:VCALENDAR&#13;\nEND:VCALENDAR&#xD;\n</a>", `a"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"`},
	{"quotes in quotes", `<a b='"' c="'"/>`, `a[b="\""][c="'"]`},
	{"CDATA", "<a>x<![CDATA[<b>&amp;]] >\r\n]]>y</a>", `a"x<b>&amp;]] >\ny"`},
	{"brackets in text", `<a>]]]</a>`, `a"]]]"`},
	{"comment in text", `<!-- - --><a>x<!---->y</a><!--z-->`, `a"xy"`},
	{"processing instruction", `<?p?><?xml-stylesheet href="x"?><a>1<?b ? > ?>2</a><?c d?>` + "\n", `a"12"`},
	{"layout is not text", "<a>\n  <b> </b>\n\t<c/>\r\n</a>", `a(b" " c)`},
	{"mixed content", "<a> one <b>two</b> three<c/>\n</a>", `a" one  three\n"(b"two" c)`},
	{"text around deep children", "<a>1<b>2<c>3</c>4</b>5<d>6<e/>7</d>8</a>", `a"158"(b"24"(c"3") d"67"(e))`},
	{"characters beyond ASCII", "<ä·1 é='ü'>日本\U0001F600\uFFFD</ä·1>", `ä·1[é="ü"]"日本😀�"`},
	{"gt in text and attribute", `<a b=">">></a>`, `a[b=">"]">"`},
}

func TestParse(t *testing.T) {
	for _, c := range wellFormed {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, dump(parse(t, c.src))); diff != "" {
				t.Errorf("Parse(%q) -want +got\n%s", c.src, diff)
			}
		})
	}
}

func TestParseUTF16(t *testing.T) {
	src := "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<a>ö\U0001F600</a>"
	units := utf16.Encode([]rune("\uFEFF" + src))
	var big, little []byte
	for _, u := range units {
		big = append(big, byte(u>>8), byte(u))
		little = append(little, byte(u), byte(u>>8))
	}
	for _, body := range [][]byte{big, little} {
		e, err := Parse(bytes.NewReader(body), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := dump(e), `a"ö😀"`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestParseFaults(t *testing.T) {
	cases := []struct {
		src    string
		line   int
		column int
		reason string
	}{
		{"<?xml version=\"1.0\"?>\n", 2, 1, "no root element"},
		{"x", 1, 1, "text outside the root element"},
		{"<a/>\n x", 2, 2, "text outside the root element"},
		{"<a/>&amp;", 1, 5, "text outside the root element"},
		{"<![CDATA[x]]><a/>", 1, 1, "text outside the root element"},
		{"<a/><b/>", 1, 5, "second root element"},
		{"<a></a><b></b>", 1, 8, "second root element"},
		{"<a>\n<b></a>", 2, 4, "expected </b>"},
		{"<a></ab>", 1, 4, "expected </a>"},
		{"<a></a", 1, 4, "expected </a>"},
		{"</a>", 1, 1, "end tag without a start tag"},
		{"<a>ö", 1, 5, "ends before </a>"},
		{"<a", 1, 3, "ends inside a tag"},
		{"<a/", 1, 4, "/ inside a tag"},
		{"<", 1, 1, "ends inside a tag"},
		{"< a/>", 1, 2, "expected a name"},
		{"<1a/>", 1, 2, "expected a name"},
		{"<:a/>", 1, 2, "expected a name"},
		{"<a:/>", 1, 2, "expected a name"},
		{"<a:b:c xmlns:a='u'/>", 1, 5, "expected white space before an attribute"},
		{"<a b/>", 1, 5, "attribute without a value"},
		{"<a b=1/>", 1, 6, "attribute value without quotes"},
		{"<a b='1/>", 1, 6, "attribute value without end"},
		{"<a b='<'/>", 1, 7, "< in an attribute value"},
		{"<a b='1'c='2'/>", 1, 9, "expected white space before an attribute"},
		{"<a b='1' b='2'/>", 1, 10, "attribute b given twice"},
		{"<a p:b='1' q:b='2' xmlns:p='u' xmlns:q='u'/>", 1, 12, "attribute b given twice"},
		{"<p:a/>", 1, 1, "undeclared prefix p"},
		{"<a p:b='1'/>", 1, 4, "undeclared prefix p"},
		{"<a><p:b xmlns:p='u'/><p:c/></a>", 1, 22, "undeclared prefix p"},
		// litmus, propfind_invalid2
		{`<D:propfind xmlns:D="DAV:"><D:prop><bar:foo xmlns:bar=""/></D:prop></D:propfind>`, 1, 45, "prefix bar declared without a namespace"},
		{"<a xmlns:xmlns='u'/>", 1, 4, "reserved namespace or prefix declared"},
		{"<a xmlns:xml='u'/>", 1, 4, "reserved namespace or prefix declared"},
		{"<a xmlns='http://www.w3.org/2000/xmlns/'/>", 1, 4, "reserved namespace or prefix declared"},
		{"<a xmlns:p='u' xmlns:p='u'/>", 1, 16, "namespace prefix declared twice"},
		{"<a xmlns='u' xmlns='v'/>", 1, 14, "namespace prefix declared twice"},
		{"<a>&b;</a>", 1, 4, "undeclared entity &b;"},
		{"<a>&</a>", 1, 4, "& without a reference"},
		{"<a>&;</a>", 1, 4, "undeclared entity &;"},
		{"<a>&#;</a>", 1, 4, "malformed character reference"},
		{"<a>&#x;</a>", 1, 4, "malformed character reference"},
		{"<a>&#xG;</a>", 1, 4, "malformed character reference"},
		{"<a>&#0;</a>", 1, 4, "reference to a character not allowed in XML"},
		{"<a>&#xD800;</a>", 1, 4, "reference to a character not allowed in XML"},
		{"<a b='&#x110000;'/>", 1, 7, "reference to a character not allowed in XML"},
		{"<a>]]></a>", 1, 4, "]]> in text"},
		{"<a>\x01</a>", 1, 4, "control character"},
		{"<a>\x00</a>", 1, 4, "control character"},
		{"<a>\xff</a>", 1, 4, "not UTF-8"},
		{"<a>\xed\xa0\x80</a>", 1, 4, "not UTF-8"},
		{"<a>\uFFFF</a>", 1, 4, "character not allowed in XML"},
		{"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 1, 1, "document type declaration is not accepted"},
		{"<a><!ELEMENT b></a>", 1, 4, "malformed markup after <!"},
		{"<a><!-- -- --></a>", 1, 9, "-- inside a comment"},
		{"<a><!-- ", 1, 4, "comment without end"},
		{"<a><![CDATA[ ", 1, 4, "CDATA section without end"},
		{"<a><?b", 1, 4, "processing instruction without end"},
		{"<a><??></a>", 1, 4, "malformed processing instruction"},
		{" <?xml version='1.0'?><a/>", 1, 2, "XML declaration not at the very beginning"},
		{"<?XML version='1.0'?><a/>", 1, 1, "XML declaration not at the very beginning"},
		{"<?xml version='1.1'?><a/>", 1, 7, "unsupported version 1.1"},
		{"<?xml encoding='utf-8'?><a/>", 1, 7, "malformed XML declaration"},
		{"<?xml ?><a/>", 1, 7, "XML declaration without version"},
		{"<?xml version='1.0'", 1, 20, "malformed XML declaration"},
		{"<?xml version='1.0' standalone='yes' encoding='utf-8'?><a/>", 1, 38, "malformed XML declaration"},
		{"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe4</a>", 1, 47, "not UTF-8"},
		{"<?xml version='1.0' encoding='iso-8859-1'?><a/>", 1, 21, "unsupported encoding iso-8859-1"},
		{"<?xml version='1.0' encoding='utf-16'?><a/>", 1, 21, "unsupported encoding utf-16"},
		{"<\x00a\x00/\x00>\x00", 1, 1, "UTF-16 without byte order mark"},
		{"\xFF\xFE<\x00a", 1, 1, "UTF-16 of an odd number of octets"},
		{"\xFF\xFE<\x00\x00\xd8", 1, 2, "unpaired UTF-16 surrogate"},
	}
	for _, c := range cases {
		_, err := Parse(strings.NewReader(c.src), Limits{})
		var got *SyntaxError
		if !errors.As(err, &got) {
			t.Errorf("Parse(%q): error %v, want a SyntaxError", c.src, err)
			continue
		}
		if want := (SyntaxError{c.line, c.column, c.reason}); *got != want {
			t.Errorf("Parse(%q):\n got %+v\nwant %+v", c.src, *got, want)
		}
	}
}

func TestParseEmpty(t *testing.T) {
	for _, src := range []string{"", " \r\n\t", "\uFEFF", "\uFEFF\n"} {
		if _, err := Parse(strings.NewReader(src), Limits{}); err != ErrEmpty {
			t.Errorf("Parse(%q): error %v, want ErrEmpty", src, err)
		}
	}
}

func TestParseReader(t *testing.T) {
	long := "<a>" + strings.Repeat("x", 200<<10) + "</a>"
	for _, r := range []io.Reader{
		strings.NewReader(long),
		iotest.HalfReader(strings.NewReader(long)),
		iotest.DataErrReader(strings.NewReader(long)),
	} {
		e, err := Parse(r, Limits{})
		if err != nil || len(e.Text) != 200<<10 {
			t.Fatalf("long body: %v", err)
		}
	}
	broken := errors.New("connection reset")
	if _, err := Parse(iotest.ErrReader(broken), Limits{}); !errors.Is(err, broken) {
		t.Errorf("the reader's error is lost: %v", err)
	}
	if _, err := Parse(stuckReader{}, Limits{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("reader without progress: %v", err)
	}
}

type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

func TestParseLimits(t *testing.T) {
	lim := Limits{Octets: 1000, Depth: 4, Elements: 10, Attrs: 3, Text: 20}
	twenty := strings.Repeat("x", 20)
	decls := func(from, to int) (s string) {
		for i := from; i < to; i++ {
			s += fmt.Sprintf(" xmlns:p%d='u%d'", i, i)
		}
		return s
	}
	cases := []struct {
		name   string
		lim    Limits
		ok, no string
	}{
		{"octets", lim, "<a/>" + strings.Repeat("\n", 996), "<a/>" + strings.Repeat("\n", 997)},
		{"depth", lim, "<a><a><a><a/></a></a></a>", "<a><a><a><a><a/></a></a></a></a>"},
		{"elements", lim, "<a>" + strings.Repeat("<b/>", 9) + "</a>", "<a>" + strings.Repeat("<b/>", 10) + "</a>"},
		{"attributes", lim, "<a b='' c='' d=''/>", "<a b='' c='' d='' e=''/>"},
		{"declarations are attributes", lim, "<a b='' c='' xmlns='u'/>", "<a b='' c='' d='' xmlns='u'/>"},
		{"text", lim, "<a>" + twenty + "</a>", "<a>" + twenty + "x</a>"},
		{"text in pieces", lim, "<a>" + twenty[:18] + "<b/>x<b/>y</a>", "<a>" + twenty[:18] + "<b/>x<b/>&amp;<![CDATA[z]]></a>"},
		{"attribute value", lim, "<a b='" + twenty + "'/>", "<a b='" + twenty + "x'/>"},
		{"name", Limits{}, "<" + strings.Repeat("a", 256) + "/>", "<" + strings.Repeat("a", 257) + "/>"},
		{"prefix", Limits{}, "<a xmlns:" + strings.Repeat("a", 256) + "='u'/>", "<a xmlns:" + strings.Repeat("a", 257) + "='u'/>"},
		{"namespace", Limits{}, "<a xmlns='" + strings.Repeat("a", 512) + "'/>", "<a xmlns='" + strings.Repeat("a", 513) + "'/>"},
		{"declarations in force", Limits{},
			"<a" + decls(0, 40) + "><b" + decls(40, 64) + "/><b" + decls(40, 64) + "/></a>",
			"<a" + decls(0, 40) + "><b" + decls(40, 64) + "/><b" + decls(40, 65) + "/></a>"},
	}
	for _, c := range cases {
		if _, err := Parse(strings.NewReader(c.ok), c.lim); err != nil {
			t.Errorf("%s: at the limit: %v", c.name, err)
		}
		if _, err := Parse(strings.NewReader(c.no), c.lim); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: beyond the limit: error %v, want ErrTooLarge", c.name, err)
		}
	}
}

func TestElem(t *testing.T) {
	e := parse(t, `<a xmlns:p="u">
  <b n="1" N="2" p:x="3">one</b><c Content-Type=" t "/>
  <b> two
</b></a>`)
	b, c := Name{Local: "b"}, Name{Local: "c"}
	var texts []string
	for child := range e.ChildrenNamed(b) {
		texts = append(texts, child.TrimmedText())
	}
	if diff := cmp.Diff([]string{"one", "two"}, texts); diff != "" {
		t.Error(diff)
	}
	attr := func(e *Elem, local string) string {
		v, ok := e.Attr(local)
		return fmt.Sprint(v, ok)
	}
	var none *Elem
	for _, q := range []struct{ got, want any }{
		{attr(e.Child(b), "n"), "1true"},
		{attr(e.Child(b), "N"), "2true"},
		{attr(e.Child(b), "x"), "false"},
		{attr(e.Child(c), "content-type"), " t true"},
		{attr(none, "x"), "false"},
		{e.Is(Name{Local: "a"}), true},
		{none.Is(Name{}), false},
		{e.Child(c).Child(b), none},
		{e.Child(c).Child(b).Child(b).TrimmedText(), ""},
	} {
		if q.got != q.want {
			t.Errorf("got %#v, want %#v", q.got, q.want)
		}
	}
	for range none.ChildrenNamed(b) {
		t.Error("nil has a child")
	}
	if line, column := e.Child(c).Pos(); line != 2 || column != 33 {
		t.Errorf("position %d:%d", line, column)
	}
}

// What the pool keeps must not show in the next tree.
func TestParseKeepsNothing(t *testing.T) {
	for range 3 {
		for _, c := range wellFormed {
			first := parse(t, c.src)
			for _, bad := range []string{"<a x='1' y='&lt;2'>t<b>&amp;u<c xmlns='v'>", "<a>x&lt;y"} {
				if _, err := Parse(strings.NewReader(bad), Limits{}); err == nil {
					t.Fatal("accepted")
				}
			}
			if dump(first) != c.want || dump(parse(t, c.src)) != c.want {
				t.Fatalf("%s: the tree changed", c.name)
			}
		}
	}
}

// Bodies made to cost more than their length. Each takes milliseconds; what is
// quadratic anywhere would take minutes.
func TestParseHostile(t *testing.T) {
	const n = 1_000_000
	cases := map[string]string{
		"text in many pieces":    "<a>" + strings.Repeat("x<b/>", 190_000) + "</a>",
		"references":             "<a>" + strings.Repeat("&amp;", n/5) + "</a>",
		"carriage returns":       "<a>" + strings.Repeat("\r", n) + "</a>",
		"CDATA returns":          "<a><![CDATA[" + strings.Repeat("\r", n) + "]]></a>",
		"CDATA sections":         "<a>" + strings.Repeat("<![CDATA[]]>", n/12) + "</a>",
		"brackets":               "<a>" + strings.Repeat("]", n) + "</a>",
		"ampersands":             "<a>" + strings.Repeat("&", n),
		"comments":               strings.Repeat("<!---->", n/7) + "<a/>",
		"open comments":          "<a>" + strings.Repeat("<!--", n/4),
		"instructions":           strings.Repeat("<?p?>", n/5) + "<a/>",
		"open instructions":      strings.Repeat("<?p ", n/4),
		"angle brackets":         strings.Repeat("<", n),
		"attributes":             "<a>" + strings.Repeat("<b c='1' d='2' e='&lt;'/>", n/25) + "</a>",
		"layout":                 "<a>" + strings.Repeat("\n", n-190_000) + strings.Repeat("<b/>\n", 190_000) + "</a>",
		"up and down":            strings.Repeat("<a>", 62) + strings.Repeat("<b>x<c/>y</b>", 90_000) + strings.Repeat("</a>", 62),
		"long name":              "<" + strings.Repeat("a", n) + "/>",
		"long undeclared prefix": "<a " + strings.Repeat("b", n) + ":c='1'/>",
	}
	for name, body := range cases {
		start := time.Now()
		Parse(strings.NewReader(body), Limits{})
		t.Logf("%-24s %v", name, time.Since(start).Round(time.Millisecond))
	}
}
