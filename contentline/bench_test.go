package contentline

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func event(b testing.TB) []byte {
	src, err := os.ReadFile("testdata/event.ics")
	if err != nil {
		b.Fatal(err)
	}
	return bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))
}

// A typical object has to cost few allocations: importing and indexing parse
// every object once.
func TestParseAllocations(t *testing.T) {
	src := event(t)
	n := testing.AllocsPerRun(100, func() {
		if _, err := Parse(src, Limits{}); err != nil {
			t.Fatal(err)
		}
	})
	if n > 60 {
		t.Errorf("%v allocations for an event of %d octets", n, len(src))
	}
}

func BenchmarkParseEvent(b *testing.B) {
	src := event(b)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParsePhoto(b *testing.B) {
	var card strings.Builder
	card.WriteString("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nPHOTO;ENCODING=b;TYPE=JPEG:\r\n")
	for range 1000 {
		card.WriteString(" " + strings.Repeat("A", 74) + "\r\n")
	}
	card.WriteString("END:VCARD\r\n")
	src := []byte(card.String())
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScanner(b *testing.B) {
	src := bytes.Repeat(event(b), 1000)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner(bytes.NewReader(src), "VCALENDAR")
		for {
			if _, _, err := s.Next(); err != nil {
				break
			}
		}
	}
}

func BenchmarkAppendProperty(b *testing.B) {
	p := Property{Name: "ATTENDEE", Params: []Param{{"CN", []string{"Doe, Ann"}}, {"ROLE", []string{"REQ-PARTICIPANT"}}, {"PARTSTAT", []string{"ACCEPTED"}}}, Value: "mailto:ann.doe@example.org"}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendProperty(dst[:0], p)
	}
}
