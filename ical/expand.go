package ical

import (
	"cmp"
	"slices"

	"almanac/contentline"
	"almanac/ical/recur"
	"almanac/ical/zone"
)

// Expand returns the object with its recurrence set written out (RFC 4791 section
// 9.6.5): one component for each instance that overlaps the range, with a
// RECURRENCE-ID and without RRULE, RDATE and EXDATE, overrides applied. Times
// with a zone are turned into UTC and VTIMEZONEs left out; dates stay dates, and
// floating times floating. An object that does not recur is returned whether or
// not it overlaps, in UTC too. All other lines keep their octets.
//
// The result may hold no component at all when no instance lies in the range.
func (s *Series) Expand(w Span, env Env) ([]byte, error) {
	o := s.Object
	x := expander{series: s, src: o.Doc.Src, zones: env.Zones}
	x.out = make([]byte, 0, len(o.Doc.Src)+512)
	x.line("BEGIN:VCALENDAR")
	for i := range o.Root.Props {
		x.raw(o.Root.Props[i].Start, o.Root.Props[i].End)
	}
	for _, c := range o.Root.Children {
		if c.Name != "VTIMEZONE" && c.Name != o.Kind {
			x.raw(c.Start, c.End)
		}
	}
	var err error
	if s.main == nil && !slices.ContainsFunc(s.loose, func(it *item) bool { return it.hasRID }) {
		w = AllTime
	}
	handed := map[*contentline.Component]bool{} // only for what has no start
	err = s.Instances(w, env, func(i *Instance) bool {
		x.instance(i)
		if i.From == (Moment{}) {
			handed[i.Comp] = true
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	if s.main == nil {
		// What matches no range at all is still the object.
		for _, it := range s.loose {
			if !it.shape.dated() && !it.hasRID && !handed[it.comp] {
				x.instance(&Instance{Comp: it.comp, item: it})
			}
		}
	}
	x.line("END:VCALENDAR")
	return x.out, nil
}

type expander struct {
	series *Series
	zones  *zone.Resolver
	src    string
	out    []byte
}

func (x *expander) line(s string) { x.out = contentline.AppendLine(x.out, s) }

// raw copies octets of the source, adding the line break that the last line of a
// file may lack.
func (x *expander) raw(start, end int) {
	x.out = append(x.out, x.src[start:end]...)
	if n := len(x.out); n > 0 && x.out[n-1] != '\n' {
		x.out = append(x.out, "\r\n"...)
	}
}

// instance writes one component with the times of an instance.
func (x *expander) instance(i *Instance) {
	c := i.Comp
	x.line("BEGIN:" + c.Name)
	timed := false // whether the instance's own times have been written
	keepDuration := i.keepsDuration()
	for n := range c.Props {
		p := &c.Props[n]
		switch p.Name {
		case "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID":
			continue
		case "DTSTART", "DTEND", "DUE":
			if i.From == (Moment{}) {
				break // unreadable: copied
			}
			if !timed {
				timed = true
				x.times(i)
			}
			continue
		case "DURATION":
			if !keepDuration {
				continue
			}
		}
		x.property(p)
	}
	if !timed && i.From != (Moment{}) {
		x.times(i) // an override that has nothing but its RECURRENCE-ID
	}
	for _, child := range c.Children {
		x.raw(child.Start, child.End)
	}
	x.line("END:" + c.Name)
}

// times writes DTSTART, the end and RECURRENCE-ID.
func (x *expander) times(i *Instance) {
	c := i.Comp
	endName := "DTEND"
	if c.Name == "VTODO" {
		endName = "DUE"
	}
	hasStart, hasEnd := c.Prop("DTSTART") != nil, c.Prop(endName) != nil
	if hasStart || !hasEnd {
		x.line("DTSTART" + instantText(i.From, i.Start))
	}
	if hasEnd || c.Prop("DURATION") != nil && !i.keepsDuration() || i.length != i.item.length {
		end := i.From
		end.Civil += recur.Civil(i.length.days*86400 + i.length.seconds)
		x.line(endName + instantText(end, i.End))
	}
	if i.Recurring {
		r := i.RecurrenceID
		at := int64(0)
		if r.Zone != nil {
			at = r.Zone.Instant(r.Civil)
		}
		x.line("RECURRENCE-ID" + instantText(r, at))
	}
}

// keepsDuration reports whether the DURATION line still is right. In UTC each day
// has 24 hours, so that a DURATION with days becomes an end.
func (i *Instance) keepsDuration() bool {
	l := i.length
	return l == i.item.length && (l.days == 0 || i.From.Zone == nil)
}

// instantText prints the parameters and value of a date property: a date, a
// floating time, or UTC.
func instantText(m Moment, unix int64) string {
	switch {
	case m.Date:
		return ";VALUE=DATE:" + m.Civil.String()[:8]
	case m.Zone == nil:
		return ":" + m.Civil.String()
	}
	return ":" + utcText(unix)
}

// property copies a property, its times turned into UTC when they name a zone.
func (x *expander) property(p *contentline.Property) {
	if tzid := p.Param("TZID"); tzid != "" {
		if d, reason := scanDateTime(p.Value, tzid); reason == "" && !d.IsDate {
			if m := momentOf(x.series.Object, x.zones, d); m.Zone != nil {
				utc := *p
				utc.Params = slices.DeleteFunc(slices.Clone(p.Params), func(q contentline.Param) bool { return q.Name == "TZID" })
				utc.Value = utcText(m.Zone.Instant(m.Civil))
				x.out = contentline.AppendProperty(x.out, utc)
				return
			}
		}
	}
	x.raw(p.Start, p.End)
}

// LimitRecurrenceSet returns the object's text without those overrides that do not
// matter to a range (RFC 4791 section 9.6.6). An override matters when its own
// time overlaps the range, when the instance it replaces would have, or when it
// has RANGE=THISANDFUTURE and begins before the end of the range. All other
// lines keep their octets.
func (s *Series) LimitRecurrenceSet(w Span, env Env) ([]byte, error) {
	q := newQuery(w, env, nil)
	var edits []contentline.Edit
	drop := func(it *item, matters bool) {
		if it.hasRID && !matters {
			edits = append(edits, contentline.Edit{Start: it.comp.Start, End: it.comp.End})
		}
	}
	for _, it := range s.loose {
		drop(it, q.matters(it, it.rid, length{}))
	}
	for _, o := range s.overrides {
		slot := Moment{o.civil, s.main.start.Zone, s.main.start.Date}
		matters := q.matters(o.item, slot, s.main.length)
		matters = matters || o.future && slot.Instant(q.floating) < w.End
		drop(o.item, matters)
	}
	slices.SortFunc(edits, func(a, b contentline.Edit) int { return cmp.Compare(a.Start, b.Start) })
	return contentline.Splice(s.Object.Doc.Src, edits)
}

// matters reports whether an override touches the window where it is, or where
// its instance was.
func (q *query) matters(it *item, slot Moment, l length) bool {
	found := false
	q.fn = func(*Instance) bool { found = true; return false }
	q.stopped = false
	q.offerLoose(it)
	if found || !it.hasRID {
		return found
	}
	original := shapeEvent.reach(slot.Instant(q.floating), l.end(slot, q.floating))
	return original.Touches(q.w)
}
