package zone

import (
	"strconv"
	"strings"
)

// aliases are names, folded, that neither the IANA data nor Windows knows.
var aliases = map[string]string{
	"z": "UTC", "utc time": "UTC", "coordinated universal time": "UTC", "gmt standard": "Europe/London",
	"us pacific": "America/Los_Angeles", "us mountain": "America/Denver", "us central": "America/Chicago", "us eastern": "America/New_York",
	"us-pacific": "America/Los_Angeles", "us-mountain": "America/Denver", "us-central": "America/Chicago", "us-eastern": "America/New_York",
	"us/pacific-new": "America/Los_Angeles", // dropped from the IANA data in 2020
	"asia/beijing":   "Asia/Shanghai", "america/new york city": "America/New_York", "europe/kyiv": "Europe/Kyiv",
	"india": "Asia/Kolkata", "calcutta standard time": "Asia/Kolkata",
	// Renamed by Windows since; CLDR lists the present name only.
	"mid-atlantic standard time": "Etc/GMT+2", "kamchatka standard time": "Asia/Kamchatka", "armenian standard time": "Asia/Yerevan",
	"mexico standard time": "America/Mexico_City", "mexico standard time 2": "America/Mazatlan", "u.s. eastern standard time": "America/Indiana/Indianapolis",
	"gmt daylight time": "Europe/London", "malay peninsula standard time": "Asia/Singapore", "russia time zone 1": "Europe/Samara",
	"jerusalem standard time": "Asia/Jerusalem", "prague bratislava": "Europe/Prague", "korea": "Asia/Seoul",
}

// abbreviations are tried last: the same letters mean several zones, and those
// that are truly ambiguous (IST, CST of China) are left out or read as America.
var abbreviations = map[string]string{
	"pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pacific": "America/Los_Angeles",
	"mdt": "America/Denver", "mountain": "America/Denver",
	"cst": "America/Chicago", "cdt": "America/Chicago", "central": "America/Chicago",
	"edt": "America/New_York", "eastern": "America/New_York",
	"cest": "Europe/Berlin", "mez": "Europe/Berlin", "mesz": "Europe/Berlin",
	"eest": "Europe/Helsinki", "west": "Europe/Lisbon", "bst": "Europe/London", "msk": "Europe/Moscow",
	"jst": "Asia/Tokyo", "kst": "Asia/Seoul", "hkt": "Asia/Hong_Kong", "sgt": "Asia/Singapore",
	"aest": "Australia/Sydney", "aedt": "Australia/Sydney", "awst": "Australia/Perth", "acst": "Australia/Adelaide",
	"nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland", "akst": "America/Anchorage", "akdt": "America/Anchorage",
}

// displays are the texts Windows shows behind "(UTC+hh:mm)" in which no city of
// the IANA data occurs, folded.
var displays = map[string]string{
	"international date line west": "Etc/GMT+12", "aleutian islands": "America/Adak", "hawaii": "Pacific/Honolulu",
	"marquesas islands": "Pacific/Marquesas", "alaska": "America/Anchorage", "baja california": "America/Tijuana",
	"tijuana, baja california": "America/Tijuana", "pacific time (us & canada)": "America/Los_Angeles",
	"pacific time (us & canada); tijuana": "America/Los_Angeles", "arizona": "America/Phoenix",
	"mountain time (us & canada)": "America/Denver", "yukon": "America/Whitehorse", "central america": "America/Guatemala",
	"central time (us & canada)": "America/Chicago", "easter island": "Pacific/Easter", "saskatchewan": "America/Regina",
	"eastern time (us & canada)": "America/New_York", "haiti": "America/Port-au-Prince", "indiana (east)": "America/Indiana/Indianapolis",
	"turks and caicos": "America/Grand_Turk", "atlantic time (canada)": "America/Halifax", "newfoundland": "America/St_Johns",
	"newfoundland and labrador": "America/St_Johns", "brasilia": "America/Sao_Paulo", "city of buenos aires": "America/Argentina/Buenos_Aires",
	"buenos aires": "America/Argentina/Buenos_Aires", "buenos aires, georgetown": "America/Argentina/Buenos_Aires",
	"greenland": "America/Nuuk", "saint pierre and miquelon": "America/Miquelon", "salvador": "America/Bahia",
	"mid-atlantic": "Etc/GMT+2", "cabo verde is.": "Atlantic/Cape_Verde", "cape verde is.": "Atlantic/Cape_Verde",
	"coordinated universal time": "UTC", "west central africa": "Africa/Lagos", "islamabad, karachi": "Asia/Karachi",
	"chennai, kolkata, mumbai, new delhi": "Asia/Kolkata", "mumbai, kolkata, chennai, new delhi": "Asia/Kolkata",
	"sri jayawardenepura": "Asia/Colombo", "yangon (rangoon)": "Asia/Yangon", "solomon is., new caledonia": "Pacific/Guadalcanal",
	"magadan, solomon is., new caledonia": "Asia/Magadan", "lord howe island": "Australia/Lord_Howe", "bougainville island": "Pacific/Bougainville",
	"norfolk island": "Pacific/Norfolk", "chatham islands": "Pacific/Chatham", "nuku'alofa": "Pacific/Tongatapu",
	"samoa": "Pacific/Apia", "kiritimati island": "Pacific/Kiritimati", "petropavlovsk-kamchatsky": "Asia/Kamchatka",
	"petropavlovsk-kamchatsky - old": "Asia/Kamchatka", "fiji": "Pacific/Fiji", "astana": "Asia/Almaty", "abu dhabi, muscat": "Asia/Dubai",
	"guadalajara, mexico city, monterrey": "America/Mexico_City",
}

// lookupName finds the zone for a TZID by the name alone.
func lookupName(tzid string) (*Zone, Match) {
	if z, err := Load(tzid); err == nil {
		return z, Exact
	}
	name := strings.Trim(strings.TrimSpace(tzid), `"'`)
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxName {
		return nil, Unknown
	}
	if z, err := Load(name); err == nil {
		return z, Alias
	}
	folded := fold(name)
	if iana, ok := canonical()[folded]; ok {
		return mustLoad(iana, Alias)
	}
	if z := tailOf(name); z != nil {
		return z, Prefixed
	}
	if iana, ok := aliases[folded]; ok {
		return mustLoad(iana, Alias)
	}
	if iana, ok := windowsZones[windowsName(folded)]; ok {
		return mustLoad(iana, Windows)
	}
	if z := displayed(folded); z != nil {
		return z, Display
	}
	return nil, Unknown
}

// maxName is where a TZID is no longer taken for a name.
const maxName = 128

// mustLoad loads a name out of one of the tables. On a machine whose own zone
// data is older than the tables the zone may be missing.
func mustLoad(iana string, m Match) (*Zone, Match) {
	z, err := Load(iana)
	if err != nil {
		return nil, Unknown
	}
	return z, m
}

// tailOf finds the IANA name at the end of a path: libical, Mozilla, Evolution and
// KDE put their vendor's name and a version before it.
func tailOf(name string) *Zone {
	rest := name
	for parts := 0; parts < 8; parts++ {
		_, tail, ok := strings.Cut(rest, "/")
		if !ok {
			return nil
		}
		rest = tail
		// A single word such as GMT or Cuba at the end is a name only behind the
		// leading slash of a global TZID (RFC 5545 section 3.2.19).
		if !strings.Contains(tail, "/") && name[0] != '/' {
			return nil
		}
		if iana, ok := canonical()[fold(tail)]; ok {
			z, err := Load(iana)
			if err != nil {
				return nil
			}
			return z
		}
	}
	return nil
}

// windowsName undoes what Outlook and Exchange do to the names of zones: numbers
// them ("W. Europe Standard Time 1"), puts them in a URL, names the summer half.
func windowsName(folded string) string {
	folded = strings.TrimPrefix(folded, "tzone://microsoft/")
	folded = strings.TrimPrefix(folded, "/microsoft/")
	if _, ok := windowsZones[folded]; ok {
		return folded
	}
	folded = strings.TrimRight(strings.TrimRight(folded, "0123456789"), " ")
	if head, ok := strings.CutSuffix(folded, " daylight time"); ok {
		return head + " standard time"
	}
	return folded
}

// displayed finds the zone for a text such as "(utc+01:00) amsterdam, berlin".
func displayed(folded string) *Zone {
	offset, hasOffset := 0, false
	text := folded
	if strings.HasPrefix(folded, "(") {
		head, tail, ok := strings.Cut(folded[1:], ")")
		if !ok {
			return nil
		}
		if offset, hasOffset = parseNamedOffset(head); !hasOffset {
			return nil
		}
		text = strings.TrimSpace(tail)
	}
	if iana, ok := displays[text]; ok {
		z, _ := mustLoad(iana, Display)
		return z
	}
	var first *Zone
	for city := range strings.SplitSeq(text, ",") {
		iana, ok := cities()[strings.TrimSpace(city)]
		if !ok {
			continue
		}
		z, err := Load(iana)
		if err != nil {
			continue
		}
		if !hasOffset || z.standardOffset() == offset {
			return z
		}
		if first == nil {
			first = z
		}
	}
	return first
}

// standardOffset returns the smaller of the zone's offsets of January and July
// 2024, which is what Windows shows.
func (z *Zone) standardOffset() int {
	return min(z.Offset(1704067200), z.Offset(1719792000))
}

// lookupOffset reads a TZID that is an offset or a mere abbreviation.
func lookupOffset(tzid string) (*Zone, Match) {
	folded := fold(strings.Trim(strings.TrimSpace(tzid), `"'`))
	if len(folded) > maxName {
		return nil, Unknown
	}
	if iana, ok := abbreviations[folded]; ok {
		return mustLoad(iana, Offset)
	}
	text := folded
	if strings.HasPrefix(text, "(") {
		text, _, _ = strings.Cut(text[1:], ")")
	}
	if offset, ok := parseNamedOffset(text); ok {
		return Fixed(offsetName(offset), offset), Offset
	}
	return nil, Unknown
}

// parseNamedOffset reads "utc", "gmt+0200", "utc+1", "gmt -03.30", "+01:00". East
// is positive, unlike in the IANA names Etc/GMT+2, which are found before.
func parseNamedOffset(s string) (seconds int, ok bool) {
	s = strings.TrimSpace(s)
	named := false
	for _, prefix := range []string{"utc", "gmt"} {
		if tail, found := strings.CutPrefix(s, prefix); found {
			s, named = strings.TrimSpace(tail), true
			break
		}
	}
	if s == "" {
		return 0, named
	}
	sign := 1
	switch s[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	digits := strings.NewReplacer(":", "", ".", "").Replace(s[1:])
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) > 4 || digits[0] < '0' {
		return 0, false
	}
	if len(digits) <= 2 {
		n *= 100
	}
	if n/100 > 14 || n%100 > 59 {
		return 0, false
	}
	return sign * (n/100*3600 + n%100*60), true
}
