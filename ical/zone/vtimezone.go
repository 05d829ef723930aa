package zone

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/ical/recur"
)

// Bounds of what Interpret takes from one VTIMEZONE: real ones have at most some
// two hundred observances (a full history written as single dates), and about
// two transitions a year.
const (
	maxObservances = 2000
	maxOnsets      = 8000
)

// earliest is where expansion begins: Outlook's rules start in 1601.
var earliest = recur.Date(1900, 1, 1)

// An observance is a STANDARD or DAYLIGHT component (RFC 5545 section 3.6.5).
type observance struct {
	start    recur.Civil // first onset, on the clock of from
	from, to int
	rule     *recur.Rule
	dates    []recur.Civil // RDATE
	dst      bool
	name     string
}

// Interpret makes a zone of a VTIMEZONE (RFC 5545 section 3.6.5). Observances that
// cannot be read are left out; it is an error if none remains.
func Interpret(name string, vtimezone *contentline.Component) (*Zone, error) {
	var list []observance
	for _, c := range vtimezone.Children {
		if c.Name != "STANDARD" && c.Name != "DAYLIGHT" {
			continue
		}
		if len(list) == maxObservances {
			break // far from any real one, and each adds at least one onset
		}
		if o, ok := readObservance(c); ok {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("interpret VTIMEZONE %.60q: no usable STANDARD or DAYLIGHT", name)
	}
	return build(strings.Clone(name), list)
}

func readObservance(c *contentline.Component) (o observance, ok bool) {
	to, ok := parseOffset(c.Value("TZOFFSETTO"))
	if !ok {
		return o, false
	}
	from, ok := parseOffset(c.Value("TZOFFSETFROM"))
	if !ok {
		from = to
	}
	start, utc, ok := parseOnset(c.Value("DTSTART"))
	if !ok {
		return o, false
	}
	if utc {
		start += recur.Civil(from)
	}
	o = observance{start: start, from: from, to: to, dst: c.Name == "DAYLIGHT", name: strings.Clone(c.Value("TZNAME"))}
	if text := c.Value("RRULE"); text != "" {
		// A rule that cannot be read leaves the first onset.
		o.rule, _ = recur.Parse(text)
	}
	for p := range c.PropsNamed("RDATE") {
		for value := range strings.SplitSeq(p.Value, ",") {
			value, _, _ = strings.Cut(value, "/") // a PERIOD has no meaning here
			if at, utc, ok := parseOnset(value); ok && len(o.dates) < maxOnsets {
				if utc {
					at += recur.Civil(from)
				}
				o.dates = append(o.dates, at)
			}
		}
	}
	return o, true
}

// build lists the onsets of all observances as steps.
func build(name string, list []observance) (*Zone, error) {
	// Beyond the last single date or bounded rule only endless rules act.
	steady := earliest
	endless := false
	for _, o := range list {
		steady = max(steady, o.start)
		for _, d := range o.dates {
			steady = max(steady, d)
		}
		if o.rule != nil && o.rule.Bounded() {
			last, _ := o.sequence().Last()
			steady = max(steady, last)
		}
		endless = endless || o.rule != nil && !o.rule.Bounded()
	}
	year, _, _ := steady.Date()
	end := recur.Date(min(year+1+400, 9999), 1, 1)

	var names []string
	type onset struct {
		step
		before int
	}
	var onsets []onset
	budget := &recur.Budget{Left: 20 * maxOnsets}
	full := false
	for _, o := range list {
		dst, abbreviation := o.dst, intern(&names, o.name)
		add := func(at recur.Civil) bool {
			if len(onsets) == maxOnsets {
				full = true
				return false
			}
			onsets = append(onsets, onset{step{from: int64(at) - int64(o.from), offset: int32(o.to), dst: dst, name: abbreviation}, o.from})
			return true
		}
		add(o.start) // A rule that yields it once more does no harm.
		if o.rule != nil {
			if err := o.sequence().Each(earliest, end, budget, add); errors.Is(err, recur.ErrBudget) {
				full = true
			}
		}
		for _, d := range o.dates {
			add(d)
		}
	}
	slices.SortStableFunc(onsets, func(a, b onset) int { return cmp.Compare(a.from, b.from) })

	first := onsets[0]
	steps := make([]step, 1, len(onsets)+1)
	// Before the first onset its TZOFFSETFROM holds.
	steps[0] = step{from: before, offset: int32(first.before), name: intern(&names, "")}
	for _, o := range onsets {
		steps = append(steps, o.step)
	}
	cycleEnd := int64(math.MaxInt64)
	if endless && !full {
		cycleEnd = int64(end)
	}
	return newZone(name, steps, names, cycleEnd), nil
}

func (o *observance) sequence() *recur.Sequence {
	until := o.rule.Limit(func(unix int64) recur.Civil { return recur.Civil(unix + int64(o.from)) })
	return recur.New(o.rule, o.start, until)
}

// parseOnset reads a DATE-TIME, local as the standard has it or UTC, or a DATE.
func parseOnset(s string) (at recur.Civil, utc, ok bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	s, utc = strings.CutSuffix(s, "Z")
	at, ok = recur.ParseCivil(s)
	return at, utc, ok
}

// parseOffset reads UTC-OFFSET (RFC 5545 section 3.3.14): +0100, -033030; a colon
// and a missing sign are tolerated.
func parseOffset(s string) (seconds int, ok bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ":", "")
	sign := 1
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if len(s) != 4 && len(s) != 6 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	if len(s) == 4 {
		n *= 100
	}
	if n/10000 > 23 || n/100%100 > 59 || n%100 > 59 {
		return 0, false
	}
	return sign * (n/10000*3600 + n/100%100*60 + n%100), true
}
