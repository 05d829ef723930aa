package near

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSimilarity(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float32
	}{
		{"meier", "meier", 1},
		{"", "", 1},
		{"meier", "meire", 0.85},       // two letters swapped
		{"meier", "meiier", 1 - 0.5/6}, // one doubled
		{"meier", "mejer", 0.9},        // i and j look alike
		{"meier", "meixr", 0.8},
		{"abc", "xyz", 0},
	} {
		if got := Similarity(c.a, c.b); got < c.want-0.001 || got > c.want+0.001 {
			t.Errorf("Similarity(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestSimilarityIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching(`[a-z0-9]{0,50}`).Draw(t, "a")
		b := rapid.StringMatching(`[a-z0-9]{0,50}`).Draw(t, "b")
		if x, y := Similarity(a, b), Similarity(b, a); x != y || x < 0 || x > 1 {
			t.Errorf("%v and %v", x, y)
		}
		if d := Distance(a, b); !Within(a, b, d) || d > 0 && Within(a, b, d-0.25) {
			t.Errorf("Within does not agree with distance %v", d)
		}
		least := rapid.Float32Range(0.3, 1).Draw(t, "least")
		want := Similarity(a, b)
		if want < least {
			want = 0
		}
		if got := AtLeast(a, b, least); got != want {
			t.Errorf("AtLeast %v is %v, not %v", least, got, want)
		}
	})
}

func TestSound(t *testing.T) {
	for _, same := range [][]string{
		{"muller", "mueller", "miller"},
		{"yusuf", "youssef", "jusuf"},
		{"khaled", "chaled", "khld", "kalid"},
		{"schmidt", "shmidt", "schmitt"[:5] + "dt"},
		{"philippe", "filip"},
	} {
		for _, w := range same[1:] {
			if Sound(w) != Sound(same[0]) {
				t.Errorf("%q sounds %q, %q sounds %q", same[0], Sound(same[0]), w, Sound(w))
			}
		}
	}
}

func TestNearDigits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"41791234567", "41791234567", false},
		{"41791234567", "41791234576", true},
		{"41791234567", "41791234568", true},
		{"41791234567", "4179123456", true},
		{"41791234567", "41791324576", false},
		{"12345", "12346", false},
	} {
		if got := NearDigits(c.a, c.b); got != c.want {
			t.Errorf("NearDigits(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

// TestSoundOfMany: a letter that is two sounds makes no more of a word than it has
// letters at most.
func TestSoundOfMany(t *testing.T) {
	for c := 'a'; c <= 'z'; c++ {
		word := strings.Repeat(string(c), 2*MaxLen)
		if s := Sound(word); len(s) > MaxLen {
			t.Errorf("the sound of %s has %d letters", word, len(s))
		}
	}
	if s := Sound(strings.Repeat("xa", MaxLen)); s != strings.Repeat("ks", MaxLen/2) {
		t.Errorf("the sound of xaxa... is %s", s)
	}
}
