package contentline

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing to do", "A:x\nB:ä\r\n y\n", "A:x\nB:ä\r\n y\n"},
		{"split character", "A:x\nB:\xc3\r\n \xa4\r\nC:y\n", "A:x\nB:ä\r\nC:y\n"},
		{"control characters", "A:x\x00\x0by\x7f\nB:\ty\n", "A:xy\r\nB:\ty\n"},
		{"no UTF-8", "A:x\xe4y\r\n z\nB:y", "A:x\ufffdyz\r\nB:y"},
	}
	for _, tt := range tests {
		if got := string(Clean([]byte(tt.in))); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	src := []byte("A:x\n")
	if got := Clean(src); &got[0] != &src[0] {
		t.Error("clean text was copied")
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out := Clean(src)
		if !utf8.Valid(out) {
			t.Fatalf("%q is not valid", out)
		}
		if again := Clean(out); !bytes.Equal(again, out) {
			t.Fatalf("%q cleaned again is %q", out, again)
		}
	})
}
