package duplicates

import (
	"cmp"
	"slices"
	"strings"

	"almanac/dedupe"
	"almanac/dedupe/value"
)

// atHome has a record's numbers that do not say their country dialled in one. The
// store keeps records as the card alone says them; what country its reader is in is
// known only here. A number of that country stays as it is, for comparing knows that
// it may lack the country's code; others, which are dialled with that country's
// prefixes for abroad, now say theirs.
func atHome(rec *dedupe.Record, country string) *dedupe.Record {
	if rec == nil || country == "" {
		return rec
	}
	for i := range rec.Phones {
		p := &rec.Phones[i]
		if p.Abroad {
			continue
		}
		for _, dialled := range []string{p.Digits, "0" + p.Digits} { // the record has no trunk prefix
			home, _, ok := value.Phone(dialled, country)
			if digits, abroad := strings.CutPrefix(home, "+"); ok && abroad {
				if strings.HasSuffix(digits, p.Digits) {
					break
				}
				p.Digits, p.Abroad = digits, true
				break
			}
		}
	}
	seen := map[[2]string]bool{}
	rec.Phones = slices.DeleteFunc(rec.Phones, func(p dedupe.Phone) bool {
		key := [2]string{p.Digits, p.Ext}
		again := seen[key]
		seen[key] = true
		return again
	})
	slices.SortFunc(rec.Phones, func(a, b dedupe.Phone) int { // the order of a record
		return cmp.Or(strings.Compare(a.Digits, b.Digits), strings.Compare(a.Ext, b.Ext))
	})
	return rec
}
