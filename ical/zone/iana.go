package zone

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// loaded keeps the zones read so far by IANA name. Names are checked against
// the files of the IANA data, so there are at most some six hundred.
var loaded sync.Map // string -> *Zone

// Load returns the zone of an IANA name in its exact spelling.
func Load(name string) (*Zone, error) {
	if z, ok := loaded.Load(name); ok {
		return z.(*Zone), nil
	}
	if !plausible(name) {
		return nil, fmt.Errorf("load time zone: no IANA name %.60q", name)
	}
	loc, err := newest()(name)
	if err != nil {
		return nil, fmt.Errorf("load time zone %.60q: %w", name, err)
	}
	z, _ := loaded.LoadOrStore(strings.Clone(name), FromLocation(loc))
	return z.(*Zone), nil
}

// plausible reports whether a name may be looked up in the machine's zone
// files. "Local" is the server's own zone and never what a file means; the
// trees posix and right are copies, the latter with leap seconds.
func plausible(name string) bool {
	if len(name) == 0 || len(name) > 64 || name == "Local" || strings.HasPrefix(name, "posix") || strings.HasPrefix(name, "right/") {
		return false
	}
	if c := name[0]; c < 'A' || c > 'Z' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '/' || c == '_' || c == '-' || c == '+':
		default:
			return false
		}
	}
	return true
}

// Tables begin in 1800, before the first zone had a law, and end one cycle
// behind 2100: Morocco's transitions are listed one by one until 2087.
const steadyYear = 2100

// FromLocation turns a location of package time into a Zone.
func FromLocation(loc *time.Location) *Zone {
	t := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	end := time.Date(steadyYear+400, 1, 1, 0, 0, 0, 0, time.UTC)
	var names []string
	var steps []step
	last := false
	for t.Before(end) {
		abbreviation, offset := t.Zone()
		from := t.Unix()
		if len(steps) == 0 {
			from = before
		}
		steps = append(steps, step{from: from, offset: int32(offset), dst: t.IsDST(), name: intern(&names, abbreviation)})
		_, next := t.ZoneBounds()
		if last = next.IsZero(); last {
			break
		}
		// Behind the listed transitions package time takes each year to have 365
		// days, and on the last day of a leap year returns that day as its own end.
		if !next.After(t) {
			next = t.AddDate(0, 0, 1)
		}
		t = next.In(loc)
	}
	cycleEnd := int64(math.MaxInt64)
	if !last {
		cycleEnd = end.Unix()
	}
	return newZone(loc.String(), steps, names, cycleEnd)
}

// intern returns the index of an abbreviation; the 256th and later share one.
func intern(names *[]string, s string) uint8 {
	for i, n := range *names {
		if n == s {
			return uint8(i)
		}
	}
	if len(*names) == 256 {
		return 255
	}
	*names = append(*names, s)
	return uint8(len(*names) - 1)
}

// canonical maps names in lower case, blanks for underscores, to IANA names.
var canonical = sync.OnceValue(func() map[string]string {
	m := make(map[string]string, len(ianaNames))
	for _, n := range ianaNames {
		m[fold(n)] = n
	}
	return m
})

// cities maps the last part of IANA names, folded, to the names: where Windows
// shows "(UTC+01:00) Amsterdam, Berlin", one of the cities is likely among them.
var cities = sync.OnceValue(func() map[string]string {
	m := make(map[string]string, len(ianaNames))
	for _, n := range ianaNames {
		if city, ok := placeIn(n); ok && !strings.Contains(city, "/") {
			m[fold(city)] = n
		}
	}
	return m
})

// fold brings a name into the form in which names are compared: lower case,
// single blanks, no underscores.
func fold(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(strings.ToLower(s), "_", " ")), " ")
}

// placeIn is what a name has after the part of the world, for one of a place. Others are
// kept for old programs.
func placeIn(name string) (place string, ok bool) {
	area, place, _ := strings.Cut(name, "/")
	switch area {
	case "Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific":
		return place, place != ""
	}
	return "", false
}

// Places are the IANA names of places, and UTC, in alphabetical order: what people choose
// their zone from.
var Places = sync.OnceValue(func() []string {
	places := []string{"UTC"}
	for _, n := range ianaNames {
		if _, ok := placeIn(n); ok {
			places = append(places, n)
		}
	}
	slices.Sort(places)
	return places
})

// Spelled is an IANA name as it is spelled, for one that somebody typed in another case
// or with blanks; ok is false when there is none.
func Spelled(typed string) (name string, ok bool) {
	if len(typed) > 64 {
		return "", false
	}
	name, ok = canonical()[fold(typed)]
	return name, ok
}
