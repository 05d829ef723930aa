package ical

import (
	"cmp"
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/ical/recur"
	"almanac/ical/zone"
)

// maxValues bounds the RDATE and EXDATE values read from one object, and the
// alarms of a component.
const maxValues = 100_000

// maxRules bounds the RRULEs and EXRULEs of a component; RFC 5545 section 3.8.5.3
// wants one.
const maxRules = 16

// Compile reads the times of an object. It cannot fail: a value that cannot be
// read is as good as missing, a rule that cannot be read leaves a single
// instance, and a TZID nobody knows makes the time floating. Lint tells of each.
func Compile(o *Object, zones *zone.Resolver) *Series {
	c := compiler{o, zones}
	s := &Series{Object: o}
	master := o.Main
	if master == nil {
		master = ruled(o.Overrides)
	}
	var overrides []*item
	for _, comp := range o.Overrides {
		if comp != master {
			overrides = append(overrides, c.item(comp))
		}
	}
	if master == nil {
		s.loose = overrides
		return s
	}
	main := c.item(master)
	if !main.shape.dated() {
		s.loose = append(overrides, main)
		return s
	}
	s.main = main
	c.readRules(s)
	c.readDates(s)
	c.readExclusions(s)
	if len(overrides) == 0 && !s.Recurs() && len(s.excluded)+len(s.offDays) == 0 {
		s.main, s.dates, s.loose = nil, nil, []*item{main}
		return s
	}
	c.placeOverrides(s, overrides)
	return s
}

// ruled returns the first component with an RRULE, if any. Where there is no master
// it is taken for one: Connect Daily exports each series with a RECURRENCE-ID.
func ruled(overrides []*contentline.Component) *contentline.Component {
	for _, c := range overrides {
		if c.Prop("RRULE") != nil {
			return c
		}
	}
	return nil
}

type compiler struct {
	o     *Object
	zones *zone.Resolver
}

// moment reads a date property; ok is false when it is missing or unreadable.
func (c *compiler) moment(comp *contentline.Component, name string) (m Moment, ok bool) {
	p := comp.Prop(name)
	if p == nil {
		return m, false
	}
	d, reason := scanDateTime(p.Value, p.Param("TZID"))
	if reason != "" {
		return m, false
	}
	return momentOf(c.o, c.zones, d), true
}

func (c *compiler) duration(comp *contentline.Component) (l length, ok bool) {
	p := comp.Prop("DURATION")
	if p == nil {
		return l, false
	}
	d, reason := scanDuration(p.Value)
	if reason != "" {
		return l, false
	}
	return length{d.Days, d.Seconds}, true
}

// between returns the length from start to end: days between dates, else exact
// seconds (RFC 5545 section 3.8.5.3: an instance of a series that has DTEND lasts
// as many seconds as the first, unlike one that has DURATION).
func between(start, end Moment) length {
	if start.Date && end.Date {
		return length{days: end.Civil.Day() - start.Civil.Day()}
	}
	if start.Zone != nil && end.Zone != nil {
		return length{seconds: end.Zone.Instant(end.Civil) - start.Zone.Instant(start.Civil)}
	}
	return length{seconds: int64(end.Civil - start.Civil)}
}

// followsZones reports whether a length between two moments is another when the
// rules of their zones are others.
func followsZones(start, end Moment, l length) bool {
	return start.Zone != nil && end.Zone != nil && (start.Zone != end.Zone || l.seconds != int64(end.Civil-start.Civil))
}

// item reads the times of a component.
func (c *compiler) item(comp *contentline.Component) *item {
	it := &item{comp: comp}
	it.rid, it.hasRID = c.moment(comp, "RECURRENCE-ID")
	start, hasStart := c.moment(comp, "DTSTART")
	if !hasStart && it.hasRID && comp.Name != "VTODO" {
		// A cancelled instance is sometimes sent with its RECURRENCE-ID alone.
		start, hasStart = it.rid, true
	}
	it.start = start
	switch comp.Name {
	case "VTODO":
		c.readTodo(it, hasStart)
	case "VJOURNAL":
		switch {
		case !hasStart:
			it.shape = shapeNever
		case start.Date:
			it.shape, it.length = shapeEvent, length{days: 1}
		default:
			it.shape = shapePoint
		}
	case "VFREEBUSY":
		c.readFreeBusy(it, hasStart)
	default:
		c.readEvent(it, hasStart)
	}
	c.readAlarms(it)
	return it
}

func (c *compiler) readEvent(it *item, hasStart bool) {
	if !hasStart {
		it.shape = shapeNever
		if it.comp.Name != "VEVENT" {
			it.shape = shapeAlways // VAVAILABILITY without DTSTART has no beginning (RFC 7953 section 3.1)
		}
		return
	}
	it.shape = shapeEvent
	if it.start.Date {
		it.length.days = 1 // RFC 5545 section 3.6.1, when nothing else is said
	}
	if end, ok := c.moment(it.comp, "DTEND"); ok {
		if l := between(it.start, end); l.days > 0 || l.seconds > 0 {
			it.length, it.zonedLength = l, followsZones(it.start, end, l)
		}
	} else if l, ok := c.duration(it.comp); ok && l.days >= 0 && l.seconds >= 0 {
		if !it.start.Date || l.days > 0 || l.seconds > 0 {
			it.length = l
		}
	}
}

// readTodo chooses the row of RFC 4791 section 9.9 for a VTODO.
func (c *compiler) readTodo(it *item, hasStart bool) {
	due, hasDue := c.moment(it.comp, "DUE")
	l, hasDuration := c.duration(it.comp)
	completed, hasCompleted := c.moment(it.comp, "COMPLETED")
	created, hasCreated := c.moment(it.comp, "CREATED")
	// COMPLETED and CREATED are UTC by definition; a floating one is taken so.
	done, made := completed.Instant(zone.UTC), created.Instant(zone.UTC)
	switch {
	case hasStart && hasDue:
		it.shape, it.length = shapeTodoDue, between(it.start, due)
		it.zonedLength = followsZones(it.start, due, it.length)
	case hasStart && hasDuration:
		it.shape, it.length = shapeTodoDuration, l
	case hasStart:
		it.shape = shapePoint
	case hasDue:
		// Apple Reminders and Tasks.org repeat tasks that have no DTSTART.
		it.shape, it.start = shapeDue, due
	case it.hasRID:
		// An override that says nothing of times keeps those of its instance.
		it.shape, it.start = shapeDue, it.rid
	case hasCompleted && hasCreated:
		it.shape, it.static = shapeStatic, []Span{{min(done, made) - 1, max(done, made) + 1}}
	case hasCompleted:
		it.shape, it.static = shapeStatic, []Span{{done - 1, done + 1}}
	case hasCreated:
		it.shape, it.static = shapeStatic, []Span{{made, AllTime.End}}
	default:
		it.shape = shapeAlways
	}
}

func (c *compiler) readFreeBusy(it *item, hasStart bool) {
	if end, ok := c.moment(it.comp, "DTEND"); ok && hasStart {
		it.shape, it.length = shapeFreeBusy, between(it.start, end)
		it.zonedLength = followsZones(it.start, end, it.length)
		return
	}
	it.shape = shapeStatic
	eachFreeBusy(it.comp, func(s Span, _ *contentline.Property) {
		if len(it.static) < maxValues {
			it.static = append(it.static, s)
		}
	})
	if len(it.static) == 0 {
		it.shape = shapeNever
	}
}

func (c *compiler) readRules(s *Series) {
	start := s.main.start
	limit := func(unix int64) recur.Civil {
		if start.Zone == nil {
			return recur.Civil(unix)
		}
		return start.Zone.Civil(unix)
	}
	for i := range s.main.comp.Props {
		p := &s.main.comp.Props[i]
		if p.Name != "RRULE" && p.Name != "EXRULE" {
			continue
		}
		r, err := recur.Parse(p.Value)
		if err != nil {
			continue
		}
		seq := recur.New(r, start.Civil, r.Limit(limit))
		switch {
		case p.Name == "RRULE" && len(s.rules) < maxRules:
			s.rules = append(s.rules, seq)
		case p.Name == "EXRULE" && len(s.exrules) < maxRules:
			s.exrules = append(s.exrules, seq)
		}
	}
}

func (c *compiler) readDates(s *Series) {
	if len(s.rules) == 0 {
		s.dates = append(s.dates, slot{civil: s.main.start.Civil})
	}
	for p := range s.main.comp.PropsNamed("RDATE") {
		if len(s.dates) >= maxValues {
			break
		}
		if IsPeriod(p) {
			periods, _ := ParsePeriods(p)
			for _, v := range periods {
				from := momentOf(c.o, c.zones, v.Start)
				l := length{v.Duration.Days, v.Duration.Seconds}
				if v.HasEnd {
					l = between(from, momentOf(c.o, c.zones, v.End))
				}
				s.dates = append(s.dates, slot{s.place(from), l, true})
			}
			continue
		}
		values, _ := ParseDateTime(p)
		for _, d := range values {
			m := momentOf(c.o, c.zones, d)
			if m.Date && !s.main.start.Date {
				// A date for a series of times means the usual time of that day.
				m = Moment{Civil: m.Civil + recur.Civil(s.main.start.Civil.SecondOfDay())}
			}
			s.dates = append(s.dates, slot{civil: s.place(m)})
		}
	}
	// Of equal ones the first counts, and a PERIOD before a plain one.
	slices.SortStableFunc(s.dates, func(a, b slot) int {
		if a.civil != b.civil {
			return cmp.Compare(a.civil, b.civil)
		}
		if a.hasLength != b.hasLength && a.hasLength {
			return -1
		}
		if a.hasLength != b.hasLength {
			return 1
		}
		return 0
	})
	s.dates = slices.CompactFunc(s.dates, func(a, b slot) bool { return a.civil == b.civil })
	for _, d := range s.dates {
		s.longest = max(s.longest, d.length.reach())
	}
}

func (c *compiler) readExclusions(s *Series) {
	for p := range s.main.comp.PropsNamed("EXDATE") {
		if len(s.excluded)+len(s.offDays) >= maxValues {
			break
		}
		values, _ := ParseDateTime(p)
		for _, d := range values {
			m := momentOf(c.o, c.zones, d)
			if m.Date && !s.main.start.Date {
				s.offDays = append(s.offDays, m.Civil)
			} else {
				s.excluded = append(s.excluded, s.keyOf(m))
			}
		}
	}
	slices.Sort(s.excluded)
	slices.Sort(s.offDays)
}

// placeOverrides finds the key of each override. Those whose RECURRENCE-ID
// cannot be read are loose. Of two for one instance the later in the text
// counts.
func (c *compiler) placeOverrides(s *Series, items []*item) {
	for _, it := range items {
		if !it.hasRID {
			s.loose = append(s.loose, it)
			continue
		}
		rid := it.rid
		if rid.Date && !s.main.start.Date {
			rid = Moment{Civil: s.onDay(rid.Civil), Zone: s.main.start.Zone}
		}
		future := strings.EqualFold(it.comp.Prop("RECURRENCE-ID").Param("RANGE"), "THISANDFUTURE") && it.shape.dated()
		s.overrides = append(s.overrides, override{s.keyOf(rid), s.place(rid), it, future})
	}
	slices.SortStableFunc(s.overrides, func(a, b override) int { return cmp.Compare(a.key, b.key) })
	kept := s.overrides[:0]
	for i, o := range s.overrides {
		if i+1 == len(s.overrides) || s.overrides[i+1].key != o.key {
			kept = append(kept, o)
		}
	}
	s.overrides = kept
	for _, o := range kept {
		if o.future {
			s.futures = append(s.futures, o)
		}
	}
}
