package contentline

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// scanAll runs a scanner to its end and prints what it says.
func scanAll(s *Scanner) string {
	var b strings.Builder
	for {
		block, line, err := s.Next()
		var syntax *SyntaxError
		switch {
		case err == io.EOF:
			for _, r := range s.Repairs() {
				fmt.Fprintf(&b, "! %d %s\n", r.Line, r.What)
			}
			return b.String()
		case errors.As(err, &syntax):
			fmt.Fprintf(&b, "error %v\n", err)
		case err != nil:
			fmt.Fprintf(&b, "reader %v\n", err)
			return b.String()
		default:
			fmt.Fprintf(&b, "%d %q\n", line, block)
		}
	}
}

func TestScanner(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct{ name, want, src, out string }{
		{"empty", "", "", ""},
		{"cards", "VCARD", "BEGIN:VCARD\r\nN:1\r\nEND:VCARD\r\n\r\nbegin:vcard\r\nend:vcard", "1 \"BEGIN:VCARD\\r\\nN:1\\r\\nEND:VCARD\\r\\n\"\n5 \"begin:vcard\\r\\nend:vcard\"\n"},
		{"byte order mark", "VCARD", "\ufeffBEGIN:VCARD\nEND:VCARD\n", "1 \"BEGIN:VCARD\\nEND:VCARD\\n\"\n"},
		{"junk between", "VCARD", "junk\nmore\n\nBEGIN:VCARD\nEND:VCARD\nX:1\nBEGIN:VCARD\nEND:VCARD\n", "4 \"BEGIN:VCARD\\nEND:VCARD\\n\"\n7 \"BEGIN:VCARD\\nEND:VCARD\\n\"\n! 1 text outside of a component skipped\n! 6 text outside of a component skipped\n"},
		{"other components", "VCALENDAR", "BEGIN:VCARD\nEND:VCARD\nBEGIN:VCALENDAR\nEND:VCALENDAR\n", "3 \"BEGIN:VCALENDAR\\nEND:VCALENDAR\\n\"\n! 1 text outside of a component skipped\n"},
		{"any component", "", "BEGIN:VCARD\nEND:VCARD\nBEGIN:VCALENDAR\nEND:VCALENDAR\n", "1 \"BEGIN:VCARD\\nEND:VCARD\\n\"\n3 \"BEGIN:VCALENDAR\\nEND:VCALENDAR\\n\"\n"},
		{"nested", "VCALENDAR", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n", "1 \"BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nEND:VEVENT\\nEND:VCALENDAR\\n\"\n"},
		{"agent", "VCARD", "BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\n", "1 \"BEGIN:VCARD\\nAGENT:\\nBEGIN:VCARD\\nEND:VCARD\\nEND:VCARD\\n\"\n"},
		{"END missing", "VCARD", "BEGIN:VCARD\nN:1\nBEGIN:VCARD\nN:2\nEND:VCARD\nBEGIN:VCARD\n", "error line 1: BEGIN:VCARD without END before line 3\n3 \"BEGIN:VCARD\\nN:2\\nEND:VCARD\\n\"\nerror line 6: BEGIN:VCARD without END\n"},
		{"folded frame lines are text", "VCARD", "BEGIN:VCARD\nNOTE:a\n END:VCARD\nEND:VCARD\n", "1 \"BEGIN:VCARD\\nNOTE:a\\n END:VCARD\\nEND:VCARD\\n\"\n"},
		{"CR alone", "VCARD", "BEGIN:VCARD\rN:1\rEND:VCARD\rBEGIN:VCARD\rEND:VCARD\r", "1 \"BEGIN:VCARD\\rN:1\\rEND:VCARD\\r\"\n4 \"BEGIN:VCARD\\rEND:VCARD\\r\"\n"},
		{"too long", "VCARD", "BEGIN:VCARD\nPHOTO:" + long + "\nEND:VCARD\nBEGIN:VCARD\n" + strings.Repeat("X:1\n", 60) + "END:VCARD\nBEGIN:VCARD\nEND:VCARD\n",
			"error line 1: component of more than 200 octets\nerror line 4: component of more than 200 octets\n66 \"BEGIN:VCARD\\nEND:VCARD\\n\"\n"},
		{"long junk", "VCARD", long + "\nBEGIN:VCARD\nEND:VCARD\n", "2 \"BEGIN:VCARD\\nEND:VCARD\\n\"\n! 1 text outside of a component skipped\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := NewScanner(strings.NewReader(tt.src), tt.want)
			s.Limit(200)
			if got := scanAll(s); got != tt.out {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.out)
			}
			s = NewScanner(iotest.OneByteReader(strings.NewReader(tt.src)), tt.want)
			s.Limit(200)
			if got := scanAll(s); got != tt.out {
				t.Errorf("read by octets, got:\n%s\nwant:\n%s", got, tt.out)
			}
		})
	}
}

// An error of the reader is not taken for the end of the stream.
func TestScannerReadError(t *testing.T) {
	broken := errors.New("cable pulled")
	for _, src := range []string{"", "BEGIN:VCARD\n", "BEGIN:VCARD\nN:", "junk"} {
		s := NewScanner(io.MultiReader(strings.NewReader(src), iotest.ErrReader(broken)), "VCARD")
		for range 3 {
			if _, _, err := s.Next(); !errors.Is(err, broken) {
				t.Errorf("%q: %v", src, err)
			}
		}
	}
}

// A stream is never held in memory: lines longer than the limit pass through.
func TestScannerMemory(t *testing.T) {
	const size = 32 << 20
	endless := io.MultiReader(strings.NewReader("BEGIN:VCARD\nNOTE:"), io.LimitReader(repeat('x'), size), strings.NewReader("\nEND:VCARD\n"))
	s := NewScanner(endless, "VCARD")
	s.Limit(1 << 20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if got, want := scanAll(s), "error line 1: component of more than 1048576 octets\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
		t.Errorf("%d octets allocated for a stream of %d", n, size)
	}
}

type repeat byte

func (r repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}
