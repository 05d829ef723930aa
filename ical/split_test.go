package ical

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// splitAll gives every item of a text.
func splitAll(t testing.TB, text string) []*SplitItem {
	t.Helper()
	s, err := NewSplitter(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	var items []*SplitItem
	for it, err := range s.Items() {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, it)
	}
	return items
}

// report writes items as short lines, for comparing.
func report(items []*SplitItem) []string {
	var out []string
	for _, it := range items {
		line := fmt.Sprintf("%d %s %s", it.Line, it.Kind, it.UID)
		if it.Err != nil {
			line += ": " + it.Err.Error()
		}
		if it.Again > 0 {
			line += fmt.Sprintf(" again after %d", it.Again)
		}
		out = append(out, line)
	}
	return out
}

func TestSplitGathersEachUIDWithItsZones(t *testing.T) {
	zone := func(name string) string { return crlf("BEGIN:VTIMEZONE", "TZID:"+name, "END:VTIMEZONE") }
	master := crlf("BEGIN:VEVENT", "UID:a", "DTSTART;TZID=Z/One:20240101T100000", "RRULE:FREQ=DAILY", "END:VEVENT")
	todo := crlf("begin:vtodo", "summary:one", "uid:b", "end:vtodo")
	override := crlf("BEGIN:VEVENT", "RECURRENCE-ID;TZID=Z/One:20240102T100000", "UID:a", "DTSTART;TZID=", " \"Z/Two\":20240102T110000",
		"BEGIN:VALARM", "UID:alarm", "END:VALARM", "END:VEVENT")
	text := "BEGIN:VCALENDAR\r\nPRODID:-//example.org//x//EN\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:Home\r\n" +
		zone("Z/Two") + zone("Z/One") + zone("Z/Unused") + master + todo + override + "END:VCALENDAR\r\n"
	items := splitAll(t, text)
	if diff := cmp.Diff([]string{"15 VEVENT a", "20 VTODO b"}, report(items)); diff != "" {
		t.Fatal(diff)
	}
	head := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//x//EN\r\n"
	want := head + zone("Z/One") + zone("Z/Two") + master + override + "END:VCALENDAR\r\n"
	if diff := cmp.Diff(want, string(items[0].Data)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(head+todo+"END:VCALENDAR\r\n", string(items[1].Data)); diff != "" {
		t.Error(diff)
	}
	// Line 10 of the object is the BEGIN of its master, 15 that of the override.
	got := []int{items[0].SourceLine(2), items[0].SourceLine(4), items[0].SourceLine(7), items[0].SourceLine(10), items[0].SourceLine(12), items[0].SourceLine(16)}
	if diff := cmp.Diff([]int{15, 9, 6, 15, 17, 25}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSplitFaultsStayWithTheirComponent(t *testing.T) {
	ok := func(uid string) string { return "BEGIN:VEVENT\nUID:" + uid + "\nEND:VEVENT\n" }
	open, shut := "BEGIN:VCALENDAR\nVERSION:2.0\n", "END:VCALENDAR\n"
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"blank lines", "\r\n\r\n\x1a", nil},
		{"prose", "Dear all,\nplease import\n" + open + ok("a") + shut + "Regards\n", []string{
			"1  : line 1: text outside of a VCALENDAR", "5 VEVENT a", "9  : line 9: text outside of a VCALENDAR"}},
		{"byte order mark", "\ufeff" + open + ok("a") + shut, []string{"3 VEVENT a"}},
		{"two calendars", open + ok("a") + shut + open + ok("b") + ok("a") + shut, []string{"3 VEVENT a", "9 VEVENT b"}},
		{"no final line break", strings.TrimSuffix(open+ok("a")+shut, "\n"), []string{"3 VEVENT a"}},
		{"a truncated file", open + ok("a") + "BEGIN:VEVENT\nUID:b\nSUMM", []string{"3 VEVENT a", "6 VEVENT b: line 6: VEVENT without END"}},
		{"cut behind an event", strings.TrimSuffix(open+ok("a"), "\n"), []string{"3 VEVENT a"}},
		{"an event without END", open + "BEGIN:VEVENT\nUID:x\n" + ok("a") + shut, []string{"3 VEVENT x: line 3: VEVENT without END", "5 VEVENT a"}},
		{"an event without END before the end", open + ok("a") + "BEGIN:VEVENT\nUID:x\n" + shut + open + ok("b") + shut, []string{
			"3 VEVENT a", "6 VEVENT x: line 6: VEVENT without END", "11 VEVENT b"}},
		{"an alarm without END", open + "BEGIN:VEVENT\nUID:x\nBEGIN:VALARM\nEND:VEVENT\n" + ok("a") + shut, []string{
			"3 VEVENT x: line 3: END:VEVENT where END:VALARM is due", "7 VEVENT a"}},
		{"a calendar without END", open + ok("a") + open + ok("b") + shut, []string{"3 VEVENT a", "8 VEVENT b"}},
		{"a stray END", open + "BEGIN:VEVENT\nUID:x\nEND:VTODO\nEND:VEVENT\n" + ok("a") + "END:VEVENT\n" + shut, []string{
			"3 VEVENT x: line 3: END:VTODO without BEGIN", "7 VEVENT a"}},
		{"events without calendar", ok("a") + ok("b"), []string{"1 VEVENT a", "4 VEVENT b"}},
		{"a card", "BEGIN:VCARD\nFN:x\nEND:VCARD\n" + open + ok("a") + shut, []string{"1 VCARD : line 1: VCARD outside of a VCALENDAR", "6 VEVENT a"}},
		{"a line that is none", open + "BEGIN:VEVENT\nUID:x\nBAD\x01LINE:1\nEND:VEVENT\n" + ok("a") + shut, []string{
			"3 VEVENT x: line 5: control character in a property name", "7 VEVENT a"}},
		{"a deep nest", open + "BEGIN:VEVENT\n" + strings.Repeat("BEGIN:A\n", 50) + strings.Repeat("END:A\n", 50) + "END:VEVENT\n" + ok("a") + shut, []string{
			"3 VEVENT : line 3: components nested too deep", "105 VEVENT a"}},
		{"polls hold events", open + "BEGIN:VPOLL\nUID:p\n" + ok("a") + ok("b") + "END:VPOLL\n" + shut, []string{"3 VPOLL p"}},
		{"a repeated event", open + ok("a") + ok("a") + shut, []string{"3 VEVENT a"}},
		{"another event of the same UID", open + ok("a") + "BEGIN:VEVENT\nUID:a\nSEQUENCE:1\nEND:VEVENT\n" + shut, []string{"3 VEVENT a", "6 VEVENT a again after 3"}},
		{"carriage returns", strings.ReplaceAll(open+ok("a")+ok("b")+shut, "\n", "\r"), []string{"3 VEVENT a", "6 VEVENT b"}},
	}
	for _, test := range tests {
		items := splitAll(t, test.text)
		if diff := cmp.Diff(test.want, report(items)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
		for _, it := range items {
			if it.Err == nil {
				if _, err := Validate(it.Data, Rules{}); err != nil {
					t.Errorf("%s: %s does not validate: %v\n%s", test.name, it.UID, err, it.Data)
				}
			}
		}
	}
}

func TestSplitGivesEventsWithoutUIDAStableOne(t *testing.T) {
	text := func(stamp, eol string) string {
		return strings.ReplaceAll("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTAMP:"+stamp+"\nSUMMARY:one\nEND:VEVENT\n"+
			"BEGIN:VEVENT\nUID:\nSUMMARY:two\nEND:VEVENT\nBEGIN:VEVENT\nDTSTAMP:"+stamp+"\nSUMMARY:one\nEND:VEVENT\nEND:VCALENDAR\n", "\n", eol)
	}
	first, second := splitAll(t, text("20240101T000000Z", "\r\n")), splitAll(t, text("20250101T000000Z", "\n"))
	if len(first) != 2 || len(second) != 2 {
		t.Fatalf("%q, %q", report(first), report(second))
	}
	for i := range first {
		a, b := first[i], second[i]
		if a.UID != b.UID || !a.NewUID || len(a.UID) != 36 {
			t.Errorf("UID %q, then %q", a.UID, b.UID)
		}
		o, err := Validate(a.Data, Rules{})
		if err != nil || o.UID != a.UID {
			t.Errorf("%v\n%s", err, a.Data)
		}
	}
	if first[0].UID == first[1].UID {
		t.Error("different events have the same UID")
	}
	want := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:" + ProdID + "\r\nBEGIN:VEVENT\r\nSUMMARY:two\r\nUID:" + first[1].UID + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if diff := cmp.Diff(want, string(first[1].Data)); diff != "" {
		t.Error(diff)
	}
}

func TestSplitErrorsNameTheLineOfTheFile(t *testing.T) {
	text := calendar("BEGIN:VEVENT", "UID:a", "END:VEVENT", "BEGIN:VEVENT", "UID:b", "SUMMARY:x\xff", "END:VEVENT")
	items := splitAll(t, text)
	_, err := Validate(items[1].Data, Rules{})
	if err = items[1].InSource(err); err == nil || err.Error() != "line 9: text is not valid UTF-8" {
		t.Errorf("error %v", err)
	}
}

// Ensure that every component of a file comes out in exactly one item, octet
// for octet.
func TestSplitKeepsEveryComponent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eol := rapid.SampledFrom([]string{"\r\n", "\n"}).Draw(t, "line end")
		n := rapid.IntRange(0, 20).Draw(t, "components")
		var file strings.Builder
		file.WriteString("BEGIN:VCALENDAR" + eol)
		want := map[string]string{} // by UID
		for i := range n {
			kind := rapid.SampledFrom([]string{"VEVENT", "VTODO"}).Draw(t, "kind")
			uid := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "uid") + kind
			summary := rapid.StringMatching(`[ -~]{0,20}`).Draw(t, "summary")
			comp := strings.Join([]string{"BEGIN:" + kind, "X-N:" + summary, " " + summary, "UID:" + uid,
				fmt.Sprintf("RECURRENCE-ID:2024%02d01", i%12+1), fmt.Sprintf("X-COUNT:%d", i), "END:" + kind}, eol) + eol
			if i >= 12 {
				comp = strings.Replace(comp, "RECURRENCE-ID:2024", "RECURRENCE-ID:2025", 1)
			}
			want[uid] += comp
			file.WriteString(comp)
		}
		file.WriteString("END:VCALENDAR" + eol)
		s, err := NewSplitter(strings.NewReader(file.String()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for it, err := range s.Items() {
			if err != nil || it.Err != nil {
				t.Fatal(err, it.Err)
			}
			if _, err := Validate(it.Data, Rules{}); err != nil {
				t.Fatal(err)
			}
			body := strings.TrimPrefix(string(it.Data), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"+ProdID+"\r\n")
			got[it.UID] += strings.TrimSuffix(body, "END:VCALENDAR\r\n")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzSplit(f *testing.F) {
	for _, s := range hostile(200) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := NewSplitter(strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		for it, err := range s.Items() {
			switch {
			case err != nil:
				t.Fatal(err)
			case it.Err != nil:
				continue
			}
			o, err := Validate(it.Data, Rules{})
			if err == nil && (o.Kind != it.Kind || o.UID != it.UID) {
				t.Fatalf("item of line %d says %s %q, its text %s %q:\n%s", it.Line, it.Kind, it.UID, o.Kind, o.UID, it.Data)
			}
			if err != nil && it.InSource(err).(*Invalid).Line < 1 {
				t.Fatalf("item of line %d: %v", it.Line, it.InSource(err))
			}
		}
	})
}

// manyEvents is a file of one VCALENDAR with n events of about a kilobyte.
func manyEvents(n int) []byte {
	var b bytes.Buffer
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Zurich\r\nEND:VTIMEZONE\r\n")
	for i := range n {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d-3b1f4c6e-2a57-4d0b@example.org\r\nDTSTART;TZID=Europe/Zurich:20240101T100000\r\n", i)
		b.WriteString("DESCRIPTION:" + strings.Repeat("some words that a person wrote ", 28) + "\r\nEND:VEVENT\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.Bytes()
}

func TestSplitMemoryIsBoundedByTheIndex(t *testing.T) {
	const n = 20_000
	file := manyEvents(n)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	s, err := NewSplitter(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	items := 0
	for it, err := range s.Items() {
		if err != nil || it.Err != nil {
			t.Fatal(err, it.Err)
		}
		items++
	}
	after := heap()
	if items != n || s.Len() != n {
		t.Errorf("%d items of %d, want %d", items, s.Len(), n)
	}
	per := (int64(after) - int64(before)) / n
	t.Logf("%d octets for each component", per)
	if per > 400 {
		t.Errorf("the index keeps %d octets for each component", per)
	}
	runtime.KeepAlive(s)
}

func BenchmarkSplit(b *testing.B) {
	file := manyEvents(10_000)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := NewSplitter(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			b.Fatal(err)
		}
		for it := range s.Items() {
			if it.Err != nil {
				b.Fatal(it.Err)
			}
		}
	}
}
