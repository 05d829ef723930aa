package duplicates

import (
	"fmt"
	"slices"
	"testing"

	"almanac/dedupe"
)

// TestAtHome: a record that was made without a country has the numbers that it would
// have, had the country been known.
func TestAtHome(t *testing.T) {
	numbers := []string{
		"+41 79 123 45 67", "0041 79 123 45 67", "079 123 45 67", "79 123 45 67", "044 123 45 67", "011 41 79 123 45 67", "0011 41 79 123 45 67",
		"(212) 555-0123", "1 212 555 0123", "001 212 555 0123", "06 12 34 56 78", "347 123 4567", "02 1234567", "00 39 02 1234567",
		"0171 2345678", "020 7946 0958", "8 912 345 67 89", "8 10 41 44 123 45 67", "010 81 3 1234 5678", "112", "0333",
	}
	changed := false
	for _, country := range []string{"", "CH", "US", "AU", "IT", "FR", "DE", "GB", "RU", "JP", "BR", "XX"} {
		for _, n := range numbers {
			card := fmt.Appendf(nil, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Example\r\nTEL:%s\r\nTEL:+41 79 123 45 67\r\nEND:VCARD\r\n", n)
			rec, err := dedupe.Read(card, "")
			if err != nil {
				t.Fatal(err)
			}
			want, err := dedupe.Read(card, country)
			if err != nil {
				t.Fatal(err)
			}
			before := slices.Clone(rec.Phones)
			if got := atHome(rec, country).Phones; !slices.Equal(got, want.Phones) {
				t.Errorf("%s in %s: %v, want %v", n, country, got, want.Phones)
			} else if !slices.Equal(before, got) {
				changed = true
			}
		}
	}
	if !changed {
		t.Error("the country made no difference")
	}
}
