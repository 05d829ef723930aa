package zone

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"almanac/contentline"
	"almanac/ical/recur"
)

func component(t testing.TB, text string) *contentline.Component {
	t.Helper()
	doc, err := contentline.Parse([]byte(text), contentline.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Roots[0]
}

func vtimezone(lines ...string) string {
	return "BEGIN:VTIMEZONE\r\nTZID:x\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VTIMEZONE\r\n"
}

// central is what Outlook writes for a zone with the rules of central Europe.
var central = vtimezone(
	"BEGIN:STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10", "END:STANDARD",
	"BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT")

func TestResolve(t *testing.T) {
	located := vtimezone("X-LIC-LOCATION:Asia/Tokyo", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000", "TZOFFSETTO:+0000", "END:STANDARD")
	for _, c := range []struct {
		tzid, vtimezone string
		match           Match
		zone            string
	}{
		{"Europe/Zurich", "", Exact, "Europe/Zurich"},
		{"Europe/Zurich", located, Exact, "Europe/Zurich"},
		{"Etc/GMT+2", "", Exact, "Etc/GMT+2"},
		{"/freeassociation.sourceforge.net/Europe/Zurich", "", Prefixed, "Europe/Zurich"},
		{"/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires", "", Prefixed, "America/Argentina/Buenos_Aires"},
		{"/mozilla.org/20050126_1/Europe/Zurich", "", Prefixed, "Europe/Zurich"},
		{"/softwarestudio.org/Tzfile/America/New_York", "", Prefixed, "America/New_York"},
		{"/softwarestudio.org/Olson_20011030_5/UTC", "", Prefixed, "UTC"},
		{"Tzfile/Europe/Zurich", "", Prefixed, "Europe/Zurich"},
		{"europe/zurich ", "", Alias, "Europe/Zurich"},
		{"\"Europe/Zurich\"", "", Alias, "Europe/Zurich"},
		{"America/New York", "", Alias, "America/New_York"},
		{"US/Pacific-New", "", Alias, "America/Los_Angeles"},
		{"Z", "", Alias, "UTC"},
		{"W. Europe Standard Time", "", Windows, "Europe/Berlin"},
		{"W. Europe Standard Time 1", "", Windows, "Europe/Berlin"},
		{"w. europe  standard time ", "", Windows, "Europe/Berlin"},
		{"Pacific Daylight Time", "", Windows, "America/Los_Angeles"},
		{"tzone://Microsoft/Utc", "", Windows, "Etc/UTC"},
		{"UTC-11", "", Windows, "Etc/GMT+11"},
		{"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "", Display, "Europe/Amsterdam"},
		{"(GMT+01.00) Sarajevo/Warsaw/Zagreb", central, Interpreted, "(GMT+01.00) Sarajevo/Warsaw/Zagreb"},
		{"(UTC-08:00) Pacific Time (US & Canada)", "", Display, "America/Los_Angeles"},
		{"(UTC) Coordinated Universal Time", "", Display, "UTC"},
		{"(UTC-07:00) Chihuahua, La Paz, Mazatlan", "", Display, "America/Mazatlan"},
		{"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "", Display, "Asia/Kolkata"},
		{"Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "", Display, "Europe/Amsterdam"},
		{"(UTC+03:15) Nowhere", "", Offset, "UTC+03:15"},
		{"My own zone", located, Location, "Asia/Tokyo"},
		{"My own zone", central, Interpreted, "My own zone"},
		{"GMT+0100", central, Interpreted, "GMT+0100"},
		{"GMT+0200", "", Offset, "UTC+02:00"},
		{"UTC+1", "", Offset, "UTC+01:00"},
		{"GMT -03.30", "", Offset, "UTC-03:30"},
		{"+0530", "", Offset, "UTC+05:30"},
		{"CEST", "", Offset, "Europe/Berlin"},
		{"My own zone", "", Unknown, ""},
		{"My own zone", vtimezone("BEGIN:STANDARD", "TZOFFSETTO:abc", "END:STANDARD"), Unknown, ""},
		{"", "", Unknown, ""},
		{"Local", "", Unknown, ""},
		{"../../etc/passwd", "", Unknown, ""},
		{"right/Europe/Zurich", "", Prefixed, "Europe/Zurich"},
		{"GMT+99", "", Unknown, ""},
		{strings.Repeat("Europe/", 200) + "Zurich", "", Unknown, ""},
	} {
		var vtz *contentline.Component
		if c.vtimezone != "" {
			vtz = component(t, c.vtimezone)
		}
		resolvers := map[string]*Resolver{"with memory": NewResolver(4), "without": nil}
		for name, r := range resolvers {
			for range 2 {
				z, got := r.Resolve(c.tzid, vtz)
				if want := (Finding{c.tzid, c.match, c.zone}); got != want || (z == nil) != (c.zone == "") {
					t.Errorf("%s: Resolve(%.70q) = %+v, want %+v", name, c.tzid, got, want)
				}
			}
		}
	}
}

// TestTablesName: every zone a table names exists.
func TestTablesName(t *testing.T) {
	for _, table := range []map[string]string{aliases, abbreviations, displays, windowsZones} {
		for name, iana := range table {
			if _, err := Load(iana); err != nil {
				t.Errorf("%q: %v", name, err)
			}
			if name != fold(name) {
				t.Errorf("%q is not folded", name)
			}
		}
	}
}

// TestWindowsDisplayNames: what Windows 10 and 11 show, as Outlook and Exchange
// write it into TZID.
func TestWindowsDisplayNames(t *testing.T) {
	for _, name := range []string{
		"(UTC-10:00) Hawaii", "(UTC-09:00) Alaska", "(UTC-07:00) Arizona", "(UTC-06:00) Central Time (US & Canada)",
		"(UTC-05:00) Bogota, Lima, Quito, Rio Branco", "(UTC-05:00) Eastern Time (US & Canada)", "(UTC-04:00) Atlantic Time (Canada)",
		"(UTC-04:00) Georgetown, La Paz, Manaus, San Juan", "(UTC-04:00) Santiago", "(UTC-03:30) Newfoundland", "(UTC-03:00) Brasilia",
		"(UTC-03:00) Cayenne, Fortaleza", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "(UTC+00:00) Monrovia, Reykjavik",
		"(UTC+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague", "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
		"(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb", "(UTC+02:00) Athens, Bucharest", "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
		"(UTC+02:00) Jerusalem", "(UTC+02:00) Harare, Pretoria", "(UTC+03:00) Moscow, St. Petersburg", "(UTC+03:00) Kuwait, Riyadh",
		"(UTC+03:30) Tehran", "(UTC+04:00) Abu Dhabi, Muscat", "(UTC+05:45) Kathmandu", "(UTC+07:00) Bangkok, Hanoi, Jakarta",
		"(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi", "(UTC+08:00) Kuala Lumpur, Singapore", "(UTC+09:00) Osaka, Sapporo, Tokyo",
		"(UTC+09:30) Adelaide", "(UTC+10:00) Canberra, Melbourne, Sydney", "(UTC+12:00) Auckland, Wellington",
	} {
		z, got := (*Resolver)(nil).Resolve(name, nil)
		if got.Match != Display {
			t.Errorf("%s: %v %s", name, got.Match, got.Zone)
			continue
		}
		if want, _ := parseNamedOffset(fold(name[1:10])); z.standardOffset() != want {
			t.Errorf("%s: %s has standard offset %d", name, got.Zone, z.standardOffset())
		}
	}
}

// sameFrom reports where two zones differ between two years.
func differ(a, b *Zone, from, to int) string {
	begin, end := recur.Date(from, 1, 2), recur.Date(to, 12, 30)
	for c := begin; c < end; c += 1800 {
		if x, y := a.Instant(c), b.Instant(c); x != y {
			return fmt.Sprintf("%v: %d and %d", c, int64(c)-x, int64(c)-y)
		}
	}
	return ""
}

func TestInterpret(t *testing.T) {
	for _, c := range []struct {
		name, text, same string
		from, to         int
	}{
		{"Outlook's rules from 1601", central, "Europe/Berlin", 1996, 2040},
		{"far in the future", central, "Europe/Berlin", 3000, 3002},
		{"UNTIL in UTC and a second set of rules", vtimezone(
			"BEGIN:DAYLIGHT", "DTSTART:19870405T020000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z", "END:DAYLIGHT",
			"BEGIN:STANDARD", "DTSTART:19671029T020000", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z", "END:STANDARD",
			"BEGIN:DAYLIGHT", "DTSTART:20070311T020000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "END:DAYLIGHT",
			"BEGIN:STANDARD", "DTSTART:20071104T020000", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "END:STANDARD"),
			"America/New_York", 1988, 2030},
		{"single dates", vtimezone(
			"BEGIN:STANDARD", "DTSTART:20231029T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "RDATE:20241027T030000,20251026T030000", "END:STANDARD",
			"BEGIN:DAYLIGHT", "DTSTART:20240331T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "RDATE:20250330T020000", "END:DAYLIGHT"),
			"Europe/Zurich", 2024, 2025},
	} {
		z, err := Interpret("x", component(t, c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if at := differ(z, load(t, c.same), c.from, c.to); at != "" {
			t.Errorf("%s: differs from %s at %s", c.name, c.same, at)
		}
	}
}

// TestInterpretHostile: damaged and malicious VTIMEZONEs end in bounded time and
// keep the table ordered.
func TestInterpretHostile(t *testing.T) {
	many := []string{}
	for i := range 3000 {
		many = append(many, "BEGIN:STANDARD", fmt.Sprintf("DTSTART:2000%02d%02dT000000", i%12+1, i%28+1), "TZOFFSETFROM:+2300", "TZOFFSETTO:-2300", "RRULE:FREQ=SECONDLY", "END:STANDARD")
	}
	for name, text := range map[string]string{
		"every second":  vtimezone("BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "RRULE:FREQ=SECONDLY", "END:STANDARD"),
		"never":         vtimezone("BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "RRULE:FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=31", "END:STANDARD"),
		"year 9999":     vtimezone("BEGIN:STANDARD", "DTSTART:99991231T235959", "TZOFFSETFROM:+2359", "TZOFFSETTO:-2359", "RRULE:FREQ=YEARLY", "END:STANDARD"),
		"many":          vtimezone(many...),
		"no RRULE text": vtimezone("BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETTO:+0200", "RRULE:nonsense", "END:STANDARD"),
	} {
		z, err := Interpret("x", component(t, text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, s := range z.steps[1:] {
			if s.from < z.steps[i].from || s.wall < z.steps[i].wall {
				t.Errorf("%s: step %d not in order", name, i+1)
				break
			}
		}
		if z.Size() > 1<<20 {
			t.Errorf("%s: %d octets", name, z.Size())
		}
		z.Instant(recur.MaxCivil)
		z.Civil(1 << 60)
	}
	if _, err := Interpret("x", component(t, vtimezone("COMMENT:nothing"))); err == nil {
		t.Error("a VTIMEZONE without observances was accepted")
	}
}

// TestVTimezone is the text for a well-known zone.
func TestVTimezone(t *testing.T) {
	want := strings.Join([]string{
		"BEGIN:VTIMEZONE", "TZID:America/New_York",
		"BEGIN:STANDARD", "DTSTART:20050101T000000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0500", "TZNAME:EST", "END:STANDARD",
		"BEGIN:DAYLIGHT", "DTSTART:20050403T020000", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400", "TZNAME:EDT", "END:DAYLIGHT",
		"BEGIN:STANDARD", "DTSTART:20051030T020000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "TZNAME:EST", "END:STANDARD",
		"BEGIN:DAYLIGHT", "DTSTART:20070311T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400", "TZNAME:EDT", "END:DAYLIGHT",
		"BEGIN:STANDARD", "DTSTART:20071104T020000", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "TZNAME:EST", "END:STANDARD",
		"END:VTIMEZONE", "",
	}, "\r\n")
	if diff := cmp.Diff(want, string(load(t, "America/New_York").VTimezone(2005, 2030))); diff != "" {
		t.Error(diff)
	}
}

// TestVTimezoneSaysTheSame: a written VTIMEZONE, interpreted, is the zone again,
// and beyond the years asked for when its rules are endless.
func TestVTimezoneSaysTheSame(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	names := []string{"Europe/Zurich", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Gaza", "America/Sao_Paulo", "Europe/Dublin", "UTC", "America/Santiago", "Asia/Tehran", "Africa/Cairo"}
	for range 25 {
		names = append(names, ianaNames[rnd.IntN(len(ianaNames))])
	}
	for _, name := range names {
		z := load(t, name)
		text := z.VTimezone(1995, 2037)
		again, err := Interpret(name, component(t, string(text)))
		if err != nil {
			t.Fatal(err)
		}
		to := 2045
		if name == "Africa/Casablanca" || name == "Africa/El_Aaiun" || name == "Asia/Gaza" || name == "Asia/Hebron" {
			to = 2037 // their transitions follow the moon and are listed one by one
		}
		if at := differ(z, again, 1995, to); at != "" {
			t.Errorf("%s differs at %s:\n%s", name, at, text)
		}
	}
}

func TestResolverConcurrently(t *testing.T) {
	r := NewResolver(3)
	vtz := component(t, central)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				if z, _ := r.Resolve(fmt.Sprint("own ", (i+j)%5), vtz); z == nil || z.Offset(1720000000) != 7200 {
					t.Error("wrong zone")
				}
			}
		})
	}
	wg.Wait()
}

func FuzzInterpret(f *testing.F) {
	f.Add(central, int64(0))
	f.Add(vtimezone("BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETTO:-033015", "RDATE:19710101T000000/PT1H", "END:STANDARD"), int64(1<<40))
	f.Fuzz(func(t *testing.T, text string, at int64) {
		doc, err := contentline.Parse([]byte(text), contentline.DefaultLimits)
		if err != nil || len(doc.Roots) == 0 || at < -1<<50 || at > 1<<50 {
			return
		}
		z, err := Interpret("x", doc.Roots[0])
		if err != nil {
			return
		}
		c := z.Civil(at)
		if d := int64(c) - at; d <= -86400 || d >= 86400 {
			t.Fatalf("offset %d", d)
		}
		z.Instant(c)
		if len(z.steps) < 200 {
			z.VTimezone(1990, 2030)
		}
	})
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{"Europe/Zurich", "/a/b/Europe/Zurich", "(UTC+01:00) Berlin", "GMT+0200", "W. Europe Standard Time 1", "UTC-", "(", "utc+:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, tzid string) {
		z, got := (*Resolver)(nil).Resolve(tzid, nil)
		if (z == nil) != (got.Match == Unknown) {
			t.Fatalf("%q: %v %v", tzid, z, got)
		}
	})
}

// TestPlaces: what people choose from is known, and no name of old programs.
func TestPlaces(t *testing.T) {
	places := Places()
	for i, name := range places {
		if _, err := Load(name); err != nil || i > 0 && places[i-1] >= name {
			t.Errorf("%q: %v", name, err)
		}
		if got, ok := Spelled(" " + strings.ToUpper(strings.ReplaceAll(name, "_", " "))); !ok || got != name {
			t.Errorf("%q is spelled %q", name, got)
		}
	}
	for name, want := range map[string]bool{"Europe/Zurich": true, "UTC": true, "America/Argentina/Buenos_Aires": true, "US/Pacific": false, "EST5EDT": false, "Etc/GMT+5": false} {
		if slices.Contains(places, name) != want {
			t.Errorf("%q is among them: %t", name, !want)
		}
	}
	for _, typed := range []string{"", "Mars/Olympus", strings.Repeat("x", 1000)} {
		if got, ok := Spelled(typed); ok {
			t.Errorf("%.40q is spelled %q", typed, got)
		}
	}
}
