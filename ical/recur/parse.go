package recur

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrUnsupportedScale is returned for an RSCALE other than GREGORIAN. The
// caller must treat the object as one whose instances are not known.
var ErrUnsupportedScale = errors.New("unsupported calendar scale")

// maxRule bounds the text of a rule. The longest sensible one lists every second,
// minute, hour, day and position, and stays below 8 KiB.
const maxRule = 16 << 10

// maxNumber is where INTERVAL and COUNT saturate: more periods or instances than
// there are seconds in thirty years mean the same as this many.
const maxNumber = 1 << 30

// Parse reads an RRULE value. It is tolerant where the meaning is plain: any
// case, blanks, empty parts, a trailing semicolon, unknown X- parts, INTERVAL=0
// (read as 1), both COUNT and UNTIL (the earlier ends the set), UNTIL of any
// type. A number out of its range, an unknown part or weekday is an error.
func Parse(s string) (*Rule, error) {
	if len(s) > maxRule {
		return nil, fmt.Errorf("recurrence rule of %d octets is too long", len(s))
	}
	r := &Rule{Interval: 1, WeekStart: time.Monday}
	hasFreq := false
	for part := range strings.SplitSeq(s, ";") {
		name, value, found := strings.Cut(part, "=")
		name = strings.ToUpper(strings.TrimSpace(name))
		value = strings.ToUpper(strings.TrimSpace(value))
		if name == "" && value == "" {
			continue
		}
		if !found {
			return nil, fmt.Errorf("recurrence rule part %q has no value", clip(part))
		}
		if value == "" {
			continue
		}
		hasFreq = hasFreq || name == "FREQ"
		if err := r.setPart(name, value); err != nil {
			return nil, fmt.Errorf("recurrence rule part %s: %w", clip(name), err)
		}
	}
	if !hasFreq {
		return nil, errors.New("recurrence rule has no FREQ")
	}
	return r, nil
}

// listParts are the BYxxx parts that hold plain numbers.
var listParts = map[string]struct {
	min, max int
	signed   bool // negative values count from the end
	list     func(*Rule) *[]int
}{
	"BYSECOND":   {0, 60, false, func(r *Rule) *[]int { return &r.BySecond }},
	"BYMINUTE":   {0, 59, false, func(r *Rule) *[]int { return &r.ByMinute }},
	"BYHOUR":     {0, 23, false, func(r *Rule) *[]int { return &r.ByHour }},
	"BYMONTHDAY": {1, 31, true, func(r *Rule) *[]int { return &r.ByMonthDay }},
	"BYYEARDAY":  {1, 366, true, func(r *Rule) *[]int { return &r.ByYearDay }},
	"BYWEEKNO":   {1, 53, true, func(r *Rule) *[]int { return &r.ByWeekNo }},
	"BYMONTH":    {1, 12, false, func(r *Rule) *[]int { return &r.ByMonth }},
	"BYSETPOS":   {1, 366, true, func(r *Rule) *[]int { return &r.BySetPos }},
}

func (r *Rule) setPart(name, value string) error {
	if p, ok := listParts[name]; ok {
		list, err := parseList(value, p.min, p.max, p.signed)
		*p.list(r) = list
		return err
	}
	var err error
	switch name {
	case "FREQ":
		var i int
		i, err = indexOf(freqNames[:], value)
		r.Freq = Freq(i)
	case "INTERVAL":
		r.Interval, err = parseNumber(value)
		r.Interval = max(r.Interval, 1)
	case "COUNT":
		r.Count, err = parseNumber(value)
		if err == nil && r.Count == 0 {
			err = errors.New("must be at least 1")
		}
	case "UNTIL":
		r.Until, r.UntilKind, err = parseUntil(value)
	case "WKST":
		var i int
		i, err = indexOf(dayNames[:], value)
		r.WeekStart = time.Weekday(i)
	case "BYDAY", "BYWEEKDAY": // BYWEEKDAY is what python-dateutil prints.
		r.ByDay, err = parseDays(value)
	case "RSCALE":
		if value != "GREGORIAN" {
			return fmt.Errorf("%w %q", ErrUnsupportedScale, clip(value))
		}
		r.Scale = value
	case "SKIP":
		var i int
		i, err = indexOf(skipNames[:], value)
		r.Skip = Skip(i)
	default:
		if !strings.HasPrefix(name, "X-") {
			return errors.New("unknown part")
		}
	}
	return err
}

func parseList(value string, lo, hi int, signed bool) ([]int, error) {
	var list []int
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		digits, negative := strings.TrimPrefix(item, "+"), false
		if signed && strings.HasPrefix(item, "-") {
			digits, negative = item[1:], true
		}
		n, err := parseNumber(digits)
		if err != nil || n < lo || n > hi {
			return nil, fmt.Errorf("%q is not a number from %d to %d", clip(item), lo, hi)
		}
		if negative {
			n = -n
		}
		list = append(list, n)
	}
	return list, nil
}

func parseDays(value string) ([]Weekday, error) {
	var list []Weekday
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		if len(item) < 2 {
			return nil, fmt.Errorf("%q is not a weekday", item)
		}
		day, err := indexOf(dayNames[:], item[len(item)-2:])
		if err != nil {
			return nil, err
		}
		d := Weekday{Day: time.Weekday(day)}
		if ordinal := strings.TrimSpace(item[:len(item)-2]); ordinal != "" {
			n, err := parseList(ordinal, 1, 53, true)
			if err != nil || len(n) != 1 {
				return nil, fmt.Errorf("%q is not a weekday with an ordinal from -53 to 53", clip(item))
			}
			d.N = n[0]
		}
		list = append(list, d)
	}
	return list, nil
}

// parseUntil reads DATE, local DATE-TIME and UTC DATE-TIME.
func parseUntil(value string) (Civil, UntilKind, error) {
	text, utc := strings.CutSuffix(value, "Z")
	date, clock, timed := strings.Cut(text, "T")
	c, ok := parseCivil(date, clock, timed)
	switch {
	case !ok:
		return 0, NoUntil, fmt.Errorf("%q is not a date or date-time", clip(value))
	case !timed:
		return c, UntilDate, nil
	case utc:
		return c, UntilUTC, nil
	}
	return c, UntilLocal, nil
}

// parseCivil reads YYYYMMDD and, when timed, HHMMSS.
func parseCivil(date, clock string, timed bool) (Civil, bool) {
	if len(date) != 8 || timed && len(clock) != 6 {
		return 0, false
	}
	n, err := parseNumber(date)
	if err != nil || !ValidDate(n/10000, n/100%100, n%100) {
		return 0, false
	}
	c := Date(n/10000, n/100%100, n%100)
	if !timed {
		return c, true
	}
	t, err := parseNumber(clock)
	h, m, s := t/10000, t/100%100, t%100
	if err != nil || h > 23 || m > 59 || s > 60 {
		return 0, false
	}
	return c + Civil(h*3600+m*60+min(s, 59)), true
}

// parseNumber reads unsigned decimal digits, saturating at maxNumber.
func parseNumber(s string) (int, error) {
	if s == "" {
		return 0, errors.New("number missing")
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, fmt.Errorf("%q is not a number", clip(s))
		}
		n = min(n*10+int(s[i]-'0'), maxNumber)
	}
	return n, nil
}

func indexOf(names []string, value string) (int, error) {
	for i, n := range names {
		if n == value {
			return i, nil
		}
	}
	return 0, fmt.Errorf("unknown value %q", clip(value))
}

// clip shortens text of unknown length for an error message.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}

// ParseCivil reads a DATE or a DATE-TIME without Z (RFC 5545 sections 3.3.4 and
// 3.3.5).
func ParseCivil(s string) (c Civil, ok bool) {
	date, clock, timed := strings.Cut(s, "T")
	return parseCivil(date, clock, timed)
}
