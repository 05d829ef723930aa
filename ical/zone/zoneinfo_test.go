package zone

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"almanac/ical/recur"
)

// TestZoneinfo compares with Python's zoneinfo, both ways, at transitions and at
// random moments; testdata/gen.py says what the file holds.
func TestZoneinfo(t *testing.T) {
	f, err := os.Open("testdata/zoneinfo.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var z *Zone
	zones, moments := 0, 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		at, value, _ := strings.Cut(lines.Text(), " ")
		if at == "ZONE" {
			z = load(t, value)
			zones++
			continue
		}
		moments++
		want, err := strconv.Atoi(value)
		if err != nil {
			t.Fatalf("bad line %q", lines.Text())
		}
		if unix, ok := strings.CutPrefix(at, "@"); ok {
			n, err := strconv.ParseInt(unix, 10, 64)
			if err != nil {
				t.Fatalf("bad line %q", lines.Text())
			}
			if got := z.Offset(n); got != want {
				t.Errorf("%s: Offset(%d) = %d, want %d", z, n, got, want)
			}
			continue
		}
		c, ok := recur.ParseCivil(at)
		if !ok {
			t.Fatalf("bad line %q", lines.Text())
		}
		if got := int(int64(c) - z.Instant(c)); got != want {
			t.Errorf("%s: %v is read with offset %d, want %d", z, c, got, want)
		}
	}
	if err := lines.Err(); err != nil || zones < 14 || moments < 4000 {
		t.Errorf("%d zones and %d moments read: %v", zones, moments, err)
	}
}
