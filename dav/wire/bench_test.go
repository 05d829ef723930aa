package wire

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// propfindPoll is what DAVx5 asks of each collection at each poll.
var propfindPoll = []byte(`<?xml version='1.0' encoding='UTF-8' ?><propfind xmlns="DAV:" xmlns:CAL="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav"><prop><supported-report-set /><sync-token /><n0:getctag xmlns:n0="http://calendarserver.org/ns/" /><CAL:max-resource-size /><CARD:max-resource-size /><CARD:supported-address-data /></prop></propfind>`)

// multiget is a calendar-multiget for n hrefs.
func multiget(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>
<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop>
    <D:getetag/>
    <C:calendar-data/>
  </D:prop>
`)
	for i := range n {
		fmt.Fprintf(&b, "  <D:href>/dav/ann/work/%08X-5C3E-4A8B-9D0E-1F2A3B4C5D6E.ics</D:href>\n", i)
	}
	b.WriteString("</C:calendar-multiget>\n")
	return b.Bytes()
}

func benchmarkParse(b *testing.B, body []byte) {
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	r := bytes.NewReader(nil)
	for b.Loop() {
		r.Reset(body)
		if _, err := Parse(r, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParsePoll(b *testing.B)         { benchmarkParse(b, propfindPoll) }
func BenchmarkParseMultiget5000(b *testing.B) { benchmarkParse(b, multiget(5000)) }

func BenchmarkParseStdlibMultiget5000(b *testing.B) {
	body := string(multiget(5000))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := parseStdlib(body); err != nil {
			b.Fatal(err)
		}
	}
}

// A body that costs the most for its length: tiny elements, each with a prefix that
// is found last among all that may be in force.
func BenchmarkParseHostile(b *testing.B) {
	var body bytes.Buffer
	body.WriteString("<z:a xmlns:z='u'")
	for i := range maxBindings - 1 {
		fmt.Fprintf(&body, " xmlns:%c='u%d'", 'Ā'+i, i)
	}
	body.WriteString(">" + strings.Repeat("<z:b/>", 100_000) + "</z:a>")
	b.SetBytes(int64(body.Len()))
	for b.Loop() {
		if _, err := Parse(bytes.NewReader(body.Bytes()), Limits{Attrs: 100}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFragment(b *testing.B) {
	e, err := Parse(strings.NewReader(`<D:propertyupdate xmlns:D="DAV:" xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop>`+
		`<A:calendar-color symbolic-color="custom">#FF2968FF</A:calendar-color></D:prop></D:set></D:propertyupdate>`), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	color := e.Child(D("set")).Child(D("prop")).Child(AppleICal("calendar-color"))
	b.ReportAllocs()
	for b.Loop() {
		color.Fragment()
	}
}

// An answer with one etag per member, as a listing of a collection.
func BenchmarkWriteMember(b *testing.B) {
	w := NewWriter()
	defer w.Release()
	w.Begin(D("multistatus"), CalDAV)
	collection := appendPath(nil, "dav", "ann@example.org", "work")
	collection = append(collection, '/')
	var href []byte
	b.ReportAllocs()
	start := w.Mark()
	for b.Loop() {
		href = AppendSegment(append(href[:0], collection...), "0C3E4A8B-5C3E-4A8B-9D0E-1F2A3B4C5D6E.ics")
		w.StartResponseBytes(href)
		w.StartPropstat()
		w.Element(D("getetag"), `"3f2a-18"`)
		w.Element(D("getcontenttype"), "text/calendar; charset=utf-8; component=vevent")
		w.Empty(D("resourcetype"))
		w.EndPropstat(200)
		w.StartPropstat()
		w.EndPropstat(404)
		w.EndResponse()
		if len(w.Buffered()) >= 32<<10 {
			w.Discard()
		}
	}
	b.SetBytes(int64(w.Mark()-start) / int64(b.N))
}

// Calendar data is where the octets of an answer are.
func BenchmarkWriteText(b *testing.B) {
	for name, line := range map[string]string{
		"ascii":     "DESCRIPTION:Bring what was agreed\\, and call ahead when late & wet.\r\n",
		"accents":   "DESCRIPTION:Résumé of the week\\, and what follows from it & more\r\n",
		"cyrillic":  "DESCRIPTION:Встреча перенесена на следующую неделю\r\n",
		"no breaks": strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo", 20),
	} {
		b.Run(name, func(b *testing.B) {
			data := bytes.Repeat([]byte(line), 50)
			w := NewWriter()
			defer w.Release()
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				w.CleanText(data)
				w.Discard()
			}
		})
	}
}

func BenchmarkDecodePath(b *testing.B) {
	for name, path := range map[string]string{
		"plain":   "/dav/ann/work/0C3E4A8B-5C3E-4A8B-9D0E-1F2A3B4C5D6E.ics",
		"escaped": "/dav/ann%40example.org/work/0C3E4A8B%205C3E.ics",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := DecodePath(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseETags(b *testing.B) {
	lines := []string{`"3f2a-18"`}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseETags("If-Match", lines); err != nil {
			b.Fatal(err)
		}
	}
}
