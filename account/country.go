package account

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"almanac/store"
)

// ErrCountry is met when a text is no country's code.
var ErrCountry = errors.New("not a country's two letters, such as CH")

// ParseCountry returns the name of ISO 3166 in capitals: CH for ch; "" for "".
func ParseCountry(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	code := strings.ToUpper(text)
	if r, err := language.ParseRegion(code); err != nil || len(code) != 2 || !r.IsCountry() || r.Canonicalize().String() != code {
		return "", fmt.Errorf("%q: %w", text, ErrCountry)
	}
	return code, nil
}

// A Country is where somebody is at home: phone numbers that do not say their country
// are dialled there.
type Country struct{ Code string }

// CountryOps are the operations, on an account's home, that give it a country; with
// "" none.
func CountryOps(home store.HomeID, code string) []store.Op {
	if code == "" {
		return []store.Op{store.DeleteRecord{Kind: factCountry, Key: homeKey(home)}}
	}
	return []store.Op{fact(factCountry, homeKey(home), Country{code})}
}

// CountryOf returns the country that an account was given, "" for none.
func CountryOf(snap store.Snapshot, home store.HomeID) (string, error) {
	c, _, err := factOf[Country](snap, factCountry, homeKey(home))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return c.Code, nil
}
