package ical

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"almanac/contentline"
	"almanac/ical/recur"
	"almanac/ical/zone"
)

// A Finding is one thing about a stored object that is odd.
type Finding struct {
	Line     int    // physical line of the object's text, counted from 1
	UID      string // of the object
	Rule     string // a short name, one of the lint rules: unknown-zone
	RFC      string // what says otherwise: "RFC 5545 section 3.3.10"
	Text     string // what was found
	Handling string // what almanac does about it
}

// maxFindings bounds what Lint reports about one object for one rule.
const maxFindings = 20

// A lintRule is one thing that Lint looks for.
type lintRule struct {
	name, rfc, handling string
	check               func(l *linter)
}

// lintRules are what Lint looks for, a row each.
var lintRules = []lintRule{
	{"repaired", "RFC 5545 section 3.1", "read as mended; stored and served as it came", lintRepairs},
	{"control-character", "RFC 5545 section 3.1", "stored and served as it came; left out where XML carries the text", lintControls},
	{"missing-property", "RFC 5545 section 3.6", "stored and served without it", lintMissing},
	{"duplicate-property", "RFC 5545 section 3.6", "the first one counts", lintDuplicates},
	{"unreadable-value", "RFC 5545 section 3.3", "the value is ignored when times are asked for", lintValues},
	{"unreadable-rule", "RFC 5545 section 3.3.10", "treated as if it did not recur", lintRRule},
	{"unsupported-scale", "RFC 7529 section 4", "treated as if it did not recur", lintScale},
	{"until-type", "RFC 5545 section 3.3.10", "UNTIL is converted: a DATE includes its whole day, a local time is on the clock of DTSTART", lintUntil},
	{"end-type", "RFC 5545 section 3.8.2.2", "both are read as they are written", lintEndType},
	{"end-before-start", "RFC 5545 section 3.8.2.2", "the end is ignored", lintEnd},
	{"end-and-duration", "RFC 5545 section 3.6.1", "the end counts", lintEndAndDuration},
	{"unknown-zone", "RFC 5545 section 3.2.19", "treated as floating time", lintUnknownZone},
	{"missing-vtimezone", "RFC 5545 section 3.2.19", "the zone is found by its name", lintMissingZone},
	{"unused-vtimezone", "RFC 5545 section 3.6.5", "ignored", lintUnusedZone},
	{"orphan-override", "RFC 5545 section 3.8.4.4", "treated as an instance of its own", lintOrphans},
	{"no-instances", "RFC 5545 section 3.8.5.3", "found by no time range; stored and synced", lintNoInstances},
	{"incomplete-alarm", "RFC 5545 section 3.6.6", "the alarm is ignored", lintAlarms},
	{"too-many-alarms", "RFC 5545 section 3.6.6", "the first 500 of a component go off", lintManyAlarms},
	{"alarm-repetition", "RFC 5545 section 3.8.6.2", "without a pause it goes off once; at most 100 000 times in all", lintRepeats},
	{"alarm-moment", "RFC 5545 section 3.8.6.3", "what is past goes off no more; what is far ahead waits", lintFarAlarms},
	{"frequent-alarm", "RFC 5545 section 3.6.6", "of what goes off between two looks the last is told, and 200 messages at most", lintFrequentAlarms},
	{"insist-value", "RFC 5545 section 3.3.6", "the alarm does not insist", lintInsists},
}

// Lint tells what is odd about an object, in the order of its lines. zones is
// what times are resolved with.
func Lint(o *Object, zones *zone.Resolver) []Finding {
	l := &linter{o: o, zones: zones, comps: o.Components()}
	l.eachRule(func(_ *contentline.Component, _ *contentline.Property, _ *recur.Rule, err error) {
		l.badRule = l.badRule || err != nil
	})
	for i := range lintRules {
		l.rule, l.count = &lintRules[i], 0
		lintRules[i].check(l)
	}
	slices.SortStableFunc(l.findings, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	return l.findings
}

type linter struct {
	o        *Object
	zones    *zone.Resolver
	comps    []*contentline.Component
	badRule  bool // some RRULE cannot be read
	findings []Finding
	rule     *lintRule
	count    int // findings of this rule
}

func (l *linter) report(line int, format string, args ...any) {
	if l.count++; l.count > maxFindings {
		return
	}
	r := l.rule
	l.findings = append(l.findings, Finding{line, l.o.UID, r.name, r.rfc, fmt.Sprintf(format, args...), r.handling})
}

func lintRepairs(l *linter) {
	for _, r := range l.o.Doc.Repairs {
		if r.What != contentline.RepairControl && r.What != contentline.RepairSplitRune {
			l.report(r.Line, "%s", r.What)
		}
	}
}

func lintControls(l *linter) {
	for _, r := range l.o.Doc.Repairs {
		if r.What == contentline.RepairControl {
			l.report(r.Line, "%s", r.What)
		}
	}
}

// requiredProps are the properties that a component has to have. RFC 5545
// sections 3.6 and 3.6.1 to 3.6.4.
var requiredProps = map[string][]string{
	"VCALENDAR": {"PRODID", "VERSION"},
	"VEVENT":    {"UID", "DTSTAMP", "DTSTART"},
	"VTODO":     {"UID", "DTSTAMP"},
	"VJOURNAL":  {"UID", "DTSTAMP"},
	"VFREEBUSY": {"UID", "DTSTAMP"},
}

func lintMissing(l *linter) {
	for _, c := range append([]*contentline.Component{l.o.Root}, l.comps...) {
		for _, name := range requiredProps[c.Name] {
			if c.Prop(name) == nil {
				l.report(c.Line, "%s without %s", c.Name, name)
			}
		}
	}
}

// singleProps are the properties that may occur once: RFC 5545 sections 3.6.1 to
// 3.6.4 list them for each component.
var singleProps = []string{
	"CLASS", "COMPLETED", "CREATED", "DTEND", "DTSTAMP", "DTSTART", "DUE", "DURATION", "GEO", "LAST-MODIFIED", "LOCATION",
	"ORGANIZER", "PERCENT-COMPLETE", "PRIORITY", "RECURRENCE-ID", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "URL",
}

func lintDuplicates(l *linter) {
	for _, c := range l.comps {
		first := make(map[string]int)
		for i := range c.Props {
			p := &c.Props[i]
			if _, single := slices.BinarySearch(singleProps, p.Name); !single {
				continue
			}
			if line, double := first[p.Name]; double {
				l.report(p.Line, "a second %s, the first is on line %d", p.Name, line)
			} else {
				first[p.Name] = p.Line
			}
		}
	}
}

// eachProp calls fn with the properties of the object's components and of the
// components inside, as deep as contentline lets them nest.
func (l *linter) eachProp(fn func(c *contentline.Component, p *contentline.Property)) {
	var visit func(comps []*contentline.Component)
	visit = func(comps []*contentline.Component) {
		for _, c := range comps {
			for i := range c.Props {
				fn(c, &c.Props[i])
			}
			visit(c.Children)
		}
	}
	visit(l.comps)
}

func lintValues(l *linter) {
	l.eachProp(func(c *contentline.Component, p *contentline.Property) {
		if err := readValue(p); err != nil {
			err.Line = 0 // the finding has it
			l.report(p.Line, "%s", err)
		}
	})
}

// readValue tries to read a property that says when.
func readValue(p *contentline.Property) *ValueError {
	var (
		err    error
		reason string
	)
	switch p.Name {
	case "DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "COMPLETED", "CREATED", "DTSTAMP", "LAST-MODIFIED", "ACKNOWLEDGED":
		_, reason = scanDateTime(p.Value, "")
	case "EXDATE":
		_, err = ParseDateTime(p)
	case "RDATE":
		if IsPeriod(p) {
			_, err = ParsePeriods(p)
		} else {
			_, err = ParseDateTime(p)
		}
	case "FREEBUSY":
		_, err = ParsePeriods(p)
	case "DURATION":
		_, reason = scanDuration(p.Value)
	case "TRIGGER":
		if _, reason = scanDuration(p.Value); reason != "" {
			if _, other := scanDateTime(p.Value, ""); other == "" {
				reason = ""
			}
		}
	}
	if reason != "" {
		return valueError(p, p.Value, reason)
	}
	var ve *ValueError
	errors.As(err, &ve)
	return ve
}

func lintRRule(l *linter) {
	l.eachRule(func(_ *contentline.Component, p *contentline.Property, _ *recur.Rule, err error) {
		if err != nil && !errors.Is(err, recur.ErrUnsupportedScale) {
			l.report(p.Line, "%s", err)
		}
	})
}

func lintScale(l *linter) {
	l.eachRule(func(_ *contentline.Component, p *contentline.Property, _ *recur.Rule, err error) {
		if errors.Is(err, recur.ErrUnsupportedScale) {
			l.report(p.Line, "%s", err)
		}
	})
}

// eachRule calls fn with every RRULE.
func (l *linter) eachRule(fn func(c *contentline.Component, p *contentline.Property, r *recur.Rule, err error)) {
	for _, c := range l.comps {
		for p := range c.PropsNamed("RRULE") {
			r, err := recur.Parse(p.Value)
			fn(c, p, r, err)
		}
	}
}

// date gives the value of a date property, nil when it is missing or unreadable.
func date(c *contentline.Component, name string) *DateTime {
	p := c.Prop(name)
	if p == nil {
		return nil
	}
	d, reason := scanDateTime(p.Value, p.Param("TZID"))
	if reason != "" {
		return nil
	}
	return &d
}

func lintUntil(l *linter) {
	l.eachRule(func(c *contentline.Component, p *contentline.Property, r *recur.Rule, err error) {
		start := date(c, "DTSTART")
		if err != nil || start == nil || r.UntilKind == recur.NoUntil {
			return
		}
		want, form := recur.UntilUTC, "a time in UTC"
		switch {
		case start.IsDate:
			want, form = recur.UntilDate, "a date"
		case start.Floating():
			want, form = recur.UntilLocal, "a local time"
		}
		if r.UntilKind != want {
			l.report(p.Line, "UNTIL has to be %s, because DTSTART is %s", form, start)
		}
	})
}

// endOf gives a component's DTEND, or the DUE of a VTODO.
func endOf(c *contentline.Component) (*contentline.Property, *DateTime) {
	name := "DTEND"
	if c.Name == "VTODO" {
		name = "DUE"
	}
	return c.Prop(name), date(c, name)
}

func lintEndType(l *linter) {
	for _, c := range l.comps {
		p, end := endOf(c)
		start := date(c, "DTSTART")
		if end != nil && start != nil && (end.IsDate != start.IsDate || end.Floating() != start.Floating()) {
			l.report(p.Line, "DTSTART is %s, but %s %s", start, p.Name, end)
		}
	}
}

func lintEnd(l *linter) {
	for _, c := range l.comps {
		p, end := endOf(c)
		start := date(c, "DTSTART")
		if end == nil || start == nil {
			continue
		}
		if l.instant(*end) < l.instant(*start) {
			l.report(p.Line, "%s %s is before DTSTART %s", p.Name, end, start)
		}
	}
}

// instant gives Unix seconds; floating values are taken as UTC.
func (l *linter) instant(d DateTime) int64 {
	if d.TZID != "" {
		if z, _ := l.zones.Resolve(d.TZID, l.o.Zones[d.TZID]); z != nil {
			return z.Instant(recur.Civil(d.CivilSeconds()))
		}
	}
	return d.CivilSeconds()
}

func lintEndAndDuration(l *linter) {
	for _, c := range l.comps {
		if p, _ := endOf(c); p != nil && c.Prop("DURATION") != nil {
			l.report(c.Prop("DURATION").Line, "%s and DURATION in one %s", p.Name, c.Name)
		}
	}
}

// eachZone calls fn once for each TZID that a property names.
func (l *linter) eachZone(fn func(tzid string, p *contentline.Property)) {
	seen := make(map[string]bool)
	l.eachProp(func(_ *contentline.Component, p *contentline.Property) {
		if tzid := p.Param("TZID"); tzid != "" && !seen[tzid] {
			seen[tzid] = true
			fn(tzid, p)
		}
	})
}

func lintUnknownZone(l *linter) {
	l.eachZone(func(tzid string, p *contentline.Property) {
		if z, _ := l.zones.Resolve(tzid, l.o.Zones[tzid]); z == nil {
			l.report(p.Line, "nothing is known about the time zone %.80q", tzid)
		}
	})
}

func lintMissingZone(l *linter) {
	l.eachZone(func(tzid string, p *contentline.Property) {
		if l.o.Zones[tzid] == nil {
			if z, f := l.zones.Resolve(tzid, nil); z != nil {
				l.report(p.Line, "no VTIMEZONE for %.80q, read as %s (%s)", tzid, f.Zone, f.Match)
			}
		}
	})
}

func lintUnusedZone(l *linter) {
	used := make(map[string]bool)
	l.eachZone(func(tzid string, _ *contentline.Property) { used[tzid] = true })
	for c := range l.o.Root.ChildrenNamed("VTIMEZONE") {
		if tzid := c.Value("TZID"); !used[tzid] {
			l.report(c.Line, "no property names the time zone %.80q", tzid)
		}
	}
}
