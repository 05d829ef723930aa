package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"almanac/dav/davtest"
	"almanac/ical"
	"almanac/store"
	"almanac/vcard"
)

// drawLines is text that clients write as part of a component.
func drawLines(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		"", "SUMMARY:Lunch\r\n", "DESCRIPTION:folded\r\n  over lines\r\n and words\r\n", "X-ODD;X-P=\"a;b:c\":kept, as; it is\r\n",
		"LOCATION:Café\\, Zürich\r\n", "x-lower:case\r\n", "CATEGORIES:a,b\r\n", "X-EMPTY:\r\n", "X-LONG:" + strings.Repeat("x", 200) + "\r\n",
	}).Draw(t, "lines")
}

// drawBreaks writes a text with the line ends of one program or another, and
// now and then a byte order mark or a missing last line break.
func drawBreaks(t *rapid.T, text string) string {
	switch rapid.SampledFrom([]string{"crlf", "lf", "cr", "bom", "open"}).Draw(t, "breaks") {
	case "lf":
		return strings.ReplaceAll(text, "\r\n", "\n")
	case "cr":
		return strings.ReplaceAll(text, "\r\n", "\r")
	case "bom":
		return "\ufeff" + text
	case "open":
		return strings.TrimSuffix(text, "\r\n")
	}
	return text
}

func drawCalendarObject(t *rapid.T, uid string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n")
	zone, param := rapid.SampledFrom([]string{"", "", "Europe/Zurich", "Office"}).Draw(t, "zone"), ""
	if zone != "" {
		param = ";TZID=" + zone
		fmt.Fprintf(&b, "BEGIN:VTIMEZONE\r\nTZID:%s\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n", zone)
	}
	kind := rapid.SampledFrom([]string{"VEVENT", "VTODO", "VJOURNAL"}).Draw(t, "kind")
	for i := range rapid.IntRange(1, 3).Draw(t, "components") {
		fmt.Fprintf(&b, "BEGIN:%s\r\nUID:%s\r\nDTSTAMP:20260101T000000Z\r\nDTSTART%s:2026050%dT100000\r\n", kind, uid, param, i+1)
		if i > 0 {
			fmt.Fprintf(&b, "RECURRENCE-ID%s:2026050%dT100000\r\n", param, i+1)
		} else {
			b.WriteString("RRULE:FREQ=DAILY;COUNT=9\r\n")
		}
		b.WriteString(drawLines(t))
		if rapid.Bool().Draw(t, "alarm") && kind != "VJOURNAL" {
			b.WriteString("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n")
		}
		fmt.Fprintf(&b, "END:%s\r\n", kind)
	}
	b.WriteString("END:VCALENDAR\r\n")
	return drawBreaks(t, b.String())
}

func drawCard(t *rapid.T, uid string) string {
	version := rapid.SampledFrom([]string{"3.0", "4.0"}).Draw(t, "version")
	return drawBreaks(t, "BEGIN:VCARD\r\nVERSION:"+version+"\r\nUID:"+uid+"\r\nFN:Somebody\r\n"+drawLines(t)+drawLines(t)+"END:VCARD\r\n")
}

// parts returns what an object says, component by component, with the line ends
// that joining gives it.
func parts(t *rapid.T, kind store.Kind, body string) []string {
	text := withLineFeeds([]byte(body))
	var out []string
	add := func(src string, start, end int) {
		part := src[start:end]
		if !strings.HasSuffix(part, "\n") {
			part += "\r\n"
		}
		out = append(out, part)
	}
	if kind == store.AddressBook {
		c, err := vcard.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		add(c.Doc.Src, c.Root.Start, c.Root.End)
		return out
	}
	o, err := ical.ParseObject(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range o.Root.Children {
		add(o.Doc.Src, c.Start, c.End)
		if c.Name == "VTIMEZONE" { // one of several that say the same
			out[len(out)-1] = strings.ReplaceAll(out[len(out)-1], "\r", "")
		}
	}
	return out
}

// TestExportImport: what an export writes, an import into an empty collection
// makes into the same objects; and importing again changes nothing.
func TestExportImport(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		from, to := newAccount(t), newAccount(t)
		kind, coll, file := store.Calendar, "all", filepath.Join(dir, "x.ics")
		if rapid.Bool().Draw(rt, "cards") {
			kind, file = store.AddressBook, filepath.Join(dir, "x.vcf")
		}
		for _, p := range []*place{from, to} {
			c := store.Collection{Kind: kind, Name: coll}
			if kind == store.Calendar {
				c.Components = []string{"VEVENT", "VTODO", "VJOURNAL"}
			}
			p.apply(store.CreateCollection{Collection: c})
		}
		want := map[string][]string{}
		for i := range rapid.IntRange(0, 6).Draw(rt, "objects") {
			uid := fmt.Sprintf("%d@example.org", i)
			draw := drawCalendarObject
			if kind == store.AddressBook {
				draw = drawCard
			}
			body := draw(rt, uid)
			from.put(coll, fmt.Sprintf("%s %d", uid, i), body)
			want[uid] = parts(rt, kind, body)
		}
		if code, _, stderr := from.run("", "export", "ann", coll, "-o", file); code != 0 {
			rt.Fatalf("export: %s", stderr)
		}
		if len(want) == 0 {
			return
		}
		for range 2 {
			if code, _, stderr := to.run("", "import", "ann", coll, file); code != 0 {
				text, _ := os.ReadFile(file)
				rt.Fatalf("import: %s\n%q", stderr, text)
			}
		}
		if code, stdout, _ := to.run("", "import", "ann", coll, file); stdout != fmt.Sprintf("0 new, 0 changed, %d as before\n", len(want)) {
			rt.Fatalf("again: %d, %s", code, stdout)
		}
		got := map[string][]string{}
		for name, body := range to.objects() {
			uid := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(name, coll+"/"), ".ics"), ".vcf")
			got[uid] = parts(rt, kind, body)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// TestImportBesideAClient: a member that a client writes between planning and
// storing is not overwritten, and what is imported goes in beside it.
func TestImportBesideAClient(t *testing.T) {
	here := newAccount(t)
	here.store = &overtaken{Store: here.store, first: func() { here.put("calendar", "a@example.org.ics", event("b@example.org", "A client's")) }}
	file := filepath.Join(t.TempDir(), "a.ics")
	if err := os.WriteFile(file, []byte(event("a@example.org", "Imported")), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := here.run("", "import", "ann", "calendar", file)
	if code != 0 || stdout != "1 new, 0 changed, 0 as before\n" {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
	got := here.objects()
	if len(got) != 2 || got["calendar/a@example.org.ics"] != event("b@example.org", "A client's") {
		t.Errorf("the objects are %q", got)
	}
}

// An overtaken store does something else before its first import.
type overtaken struct {
	store.Store
	first func()
}

func (o *overtaken) Apply(ctx context.Context, b *store.Batch) (*store.Result, error) {
	if first := o.first; first != nil {
		o.first = nil
		first()
	}
	return o.Store.Apply(ctx, b)
}

func BenchmarkImport(b *testing.B) {
	const n = 10_000
	var cards, events bytes.Buffer
	events.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//bench//EN\r\n")
	for i := range n {
		fmt.Fprintf(&cards, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%d@example.org\r\nN:Person %d;Ann;;;\r\nFN:Ann Person %d\r\nEMAIL:ann%d@example.org\r\nTEL;TYPE=CELL:+41 44 000 %d\r\nNOTE:%s\r\nEND:VCARD\r\n",
			i, i, i, i, i, strings.Repeat("some words ", 5))
		fmt.Fprintf(&events, "BEGIN:VEVENT\r\nUID:%d@example.org\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Zurich:202605%02dT100000\r\nDURATION:PT1H\r\nSUMMARY:Meeting %d\r\nDESCRIPTION:%s\r\nEND:VEVENT\r\n",
			i, 1+i%28, i, strings.Repeat("some words ", 5))
	}
	events.WriteString("END:VCALENDAR\r\n")
	for _, bench := range []struct {
		name, coll string
		text       []byte
	}{{"10000cards", "contacts", cards.Bytes()}, {"10000events", "calendar", events.Bytes()}} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.text)))
			for b.Loop() {
				here := newPlace(b, withAccount(b, davtest.OpenBolt(b)))
				if code, _, stderr := here.run(string(bench.text), "import", "ann", bench.coll, "-"); code != 0 {
					b.Fatal(stderr)
				}
			}
		})
	}
}
