package account

import (
	"errors"
	"testing"
)

func TestParseCountry(t *testing.T) {
	for text, want := range map[string]string{"": "", "ch": "CH", "CH": "CH", "US": "US", "gb": "GB"} {
		if got, err := ParseCountry(text); got != want || err != nil {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"XX", "CHE", "756", "EU", "UK", "c", "Schweiz", "ZZ"} {
		if got, err := ParseCountry(text); !errors.Is(err, ErrCountry) {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}
