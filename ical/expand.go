package ical

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"almanac/contentline"
	"almanac/ical/recur"
	"almanac/ical/zone"
)

// An Expansion asks for an object with its recurrence set written out. RFC 4791
// section 9.6.5.
type Expansion struct {
	Window Span
	// Sel is what of the components to give; the zero Sel everything.
	Sel CompSel
}

// A Size is how large something is that recurrence makes.
type Size struct{ Instances, Octets int }

// Sub returns by how much s is larger than t.
func (s Size) Sub(t Size) Size { return Size{s.Instances - t.Instances, s.Octets - t.Octets} }

// Exceeds reports whether s is larger than t in either respect.
func (s Size) Exceeds(t Size) bool { return s.Instances > t.Instances || s.Octets > t.Octets }

// window returns the range of which a Series gives its instances.
func (e *Expansion) window(s *Series) Span {
	if s.main == nil && !slices.ContainsFunc(s.loose, func(it *item) bool { return it.hasRID }) {
		return AllTime
	}
	return e.Window
}

// timesOctets is what an instance's own DTSTART, end and RECURRENCE-ID take.
const timesOctets = 96

// ExpandSize tells how much Expand adds to an object: instances above the number
// of its components, and octets, counted roughly, above those of its text. An
// object without a master that recurs has neither. It writes nothing and keeps
// nothing.
//
// Once that is more than most, it stops with ErrTooManyInstances.
func (s *Series) ExpandSize(e Expansion, env Env, most Size) (Size, error) {
	if s.main == nil {
		return Size{}, nil
	}
	z := newSizer(s, &e, most)
	q := newQuery(e.window(s), env, z.add)
	defer q.settle()
	err := s.visit(&q)
	if z.over {
		err = ErrTooManyInstances
	}
	return z.size(), err
}

// A sizer counts what an expansion adds to an object.
type sizer struct {
	src    string
	sel    CompSel
	own    Size // of the object
	most   Size
	total  Size
	comp   *contentline.Component // of the last instance
	octets int                    // that each of its instances takes
	over   bool                   // it adds more than most
	text   []byte
}

func newSizer(s *Series, e *Expansion, most Size) *sizer {
	src := s.Object.Doc.Src
	return &sizer{src: src, sel: e.Sel.root(), own: Size{len(s.Object.Components()), len(src)}, most: most}
}

// add counts an instance, and tells whether there may be more.
func (z *sizer) add(i *Instance) bool {
	if i.Comp != z.comp {
		z.comp, z.octets = i.Comp, 0
		switch want := z.sel.inside(z.comp.Name); {
		case want == nil:
		case want.whole():
			z.octets = z.comp.End - z.comp.Start + timesOctets
		default:
			z.text = appendSelected(z.text[:0], z.src, z.comp, want)
			z.octets = len(z.text) + timesOctets
		}
	}
	z.total.Instances++
	z.total.Octets += z.octets
	z.over = z.total.Sub(z.own).Exceeds(z.most)
	return !z.over
}

func (z *sizer) size() Size {
	added := z.total.Sub(z.own)
	return Size{max(added.Instances, 0), max(added.Octets, 0)}
}

// fewInstances is how many an object may have of which ExpandWithin works out
// size and text in one walk. It is what a daily series has in a year, and some.
const fewInstances = 400

// errMany says that an object has more than fewInstances.
var errMany = errors.New("more than a few instances")

// ExpandWithin is Expand for an object to which that adds no more than most, and
// ExpandSize in one. When it adds more, it fails with ErrTooManyInstances without
// having written all.
func (s *Series) ExpandWithin(dst []byte, e Expansion, env Env, most Size) ([]byte, Size, error) {
	if s.main == nil {
		out, err := s.Expand(dst, e, env)
		return out, Size{}, err
	}
	z := newSizer(s, &e, most)
	out, err := s.expand(dst, e, env, fewInstances, z.add)
	switch {
	case z.over:
		return dst, z.size(), ErrTooManyInstances
	case err != errMany:
		return out, z.size(), err
	}
	size, err := s.ExpandSize(e, env, most)
	if err == nil {
		dst, err = s.Expand(slices.Grow(dst, len(s.Object.Doc.Src)+size.Octets), e, env)
	}
	return dst, size, err
}

// Expand appends the object with its recurrence set written out (RFC 4791 section
// 9.6.5): one component for each instance that overlaps the range, with a
// RECURRENCE-ID and without RRULE, RDATE and EXDATE, overrides applied. Times
// with a zone are turned into UTC and VTIMEZONEs left out; dates stay dates, and
// floating times floating. An object that does not recur is given whether or
// not it overlaps, in UTC too. All other lines keep their octets.
//
// The result may hold no component at all when no instance lies in the range. Who
// has to bound it asks ExpandSize before, or takes ExpandWithin.
func (s *Series) Expand(dst []byte, e Expansion, env Env) ([]byte, error) {
	return s.expand(dst, e, env, math.MaxInt, func(*Instance) bool { return true })
}

// expand is Expand for an object of at most that many instances, each of which add
// lets pass; else it ends with errMany, or in the middle.
func (s *Series) expand(dst []byte, e Expansion, env Env, most int, add func(*Instance) bool) ([]byte, error) {
	o := s.Object
	x := expander{series: s, src: o.Doc.Src, zones: env.Zones, out: dst, sel: e.Sel.root()}
	x.line("BEGIN:", "VCALENDAR")
	for i := range o.Root.Props {
		x.selected(&o.Root.Props[i], &x.sel)
	}
	for _, c := range o.Root.Children {
		if c.Name != "VTIMEZONE" && c.Name != o.Kind {
			x.component(c, x.sel.inside(c.Name))
		}
	}
	var handed map[*contentline.Component]bool // only for what has no start
	err := s.instances(e.window(s), env, most, func(i *Instance) bool {
		if !add(i) {
			return false
		}
		x.instance(i)
		if i.From == (Moment{}) {
			if handed == nil {
				handed = map[*contentline.Component]bool{}
			}
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
	x.line("END:", "VCALENDAR")
	return x.out, nil
}

type expander struct {
	series *Series
	zones  *zone.Resolver
	src    string
	sel    CompSel // of VCALENDAR
	out    []byte
}

// line writes a line of two parts, almost always a short one.
func (x *expander) line(name, value string) {
	if len(name)+len(value) > 75 {
		x.out = contentline.AppendLine(x.out, name+value)
		return
	}
	x.out = append(append(append(x.out, name...), value...), "\r\n"...)
}

// raw copies octets of the source, adding the line break that the last line of a
// file may lack.
func (x *expander) raw(start, end int) {
	x.out = append(x.out, x.src[start:end]...)
	if n := len(x.out); n > 0 && x.out[n-1] != '\n' {
		x.out = append(x.out, "\r\n"...)
	}
}

// component copies what is selected of a component; nil selects nothing.
func (x *expander) component(c *contentline.Component, sel *CompSel) {
	switch {
	case sel == nil:
	case sel.whole():
		x.raw(c.Start, c.End)
	default:
		x.out = appendSelected(x.out, x.src, c, sel)
	}
}

// selected writes a property if it is selected.
func (x *expander) selected(p *contentline.Property, sel *CompSel) {
	switch keep, noValue := sel.prop(p.Name); {
	case noValue:
		if utc, ok := x.utc(p); ok {
			p = &utc
		}
		x.out = contentline.AppendProperty(x.out, contentline.Property{Group: p.Group, Name: p.Name, Params: p.Params})
	case keep || sel.whole():
		x.property(p)
	}
}

// instance writes one component with the times of an instance.
func (x *expander) instance(i *Instance) {
	c := i.Comp
	sel := x.sel.inside(c.Name)
	if sel == nil {
		return
	}
	x.line("BEGIN:", c.Name)
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
				x.times(i, sel)
			}
			continue
		case "DURATION":
			if !keepDuration {
				continue
			}
		}
		x.selected(p, sel)
	}
	if !timed && i.From != (Moment{}) {
		x.times(i, sel) // an override that has nothing but its RECURRENCE-ID
	}
	for _, child := range c.Children {
		x.component(child, sel.inside(child.Name))
	}
	x.line("END:", c.Name)
}

// times writes DTSTART, the end and RECURRENCE-ID.
func (x *expander) times(i *Instance, sel *CompSel) {
	c := i.Comp
	endName := "DTEND"
	if c.Name == "VTODO" {
		endName = "DUE"
	}
	hasStart, hasEnd := c.Prop("DTSTART") != nil, c.Prop(endName) != nil
	if hasStart || !hasEnd {
		x.time("DTSTART", i.From, i.Start, sel)
	}
	if hasEnd || c.Prop("DURATION") != nil && !i.keepsDuration() || i.length != i.item.length {
		end := i.From
		end.Civil += recur.Civil(i.length.days*86400 + i.length.seconds)
		x.time(endName, end, i.End, sel)
	}
	if i.Recurring {
		r := i.RecurrenceID
		at := int64(0)
		if r.Zone != nil {
			at = r.Zone.Instant(r.Civil)
		}
		x.time("RECURRENCE-ID", r, at, sel)
	}
}

// time writes a date property of an instance if it is selected: a date, a floating
// time, or UTC.
func (x *expander) time(name string, m Moment, unix int64, sel *CompSel) {
	keep, noValue := sel.prop(name)
	if !keep && !noValue && !sel.whole() {
		return
	}
	x.out = append(x.out, name...)
	if m.Date {
		x.out = append(x.out, ";VALUE=DATE"...)
	}
	x.out = append(x.out, ':')
	switch {
	case noValue:
	case m.Date:
		x.out = m.Civil.Append(x.out)
		x.out = x.out[:len(x.out)-len("T000000")]
	case m.Zone == nil:
		x.out = m.Civil.Append(x.out)
	default:
		x.out = appendUTC(x.out, unix)
	}
	x.out = append(x.out, "\r\n"...)
}

// keepsDuration reports whether the DURATION line still is right. In UTC each day
// has 24 hours, so that a DURATION with days becomes an end.
func (i *Instance) keepsDuration() bool {
	l := i.length
	return l == i.item.length && (l.days == 0 || i.From.Zone == nil)
}

// property copies a property, its times turned into UTC when they name a zone.
func (x *expander) property(p *contentline.Property) {
	if utc, ok := x.utc(p); ok {
		x.out = contentline.AppendProperty(x.out, utc)
		return
	}
	x.raw(p.Start, p.End)
}

// utc returns a property whose time names a zone with its time in UTC; ok is false
// when there is nothing to turn.
func (x *expander) utc(p *contentline.Property) (utc contentline.Property, ok bool) {
	tzid := p.Param("TZID")
	if tzid == "" {
		return utc, false
	}
	d, reason := scanDateTime(p.Value, tzid)
	if reason != "" || d.IsDate {
		return utc, false
	}
	m := momentOf(x.series.Object, x.zones, d)
	if m.Zone == nil {
		return utc, false
	}
	utc = *p
	utc.Params = slices.DeleteFunc(slices.Clone(p.Params), func(q contentline.Param) bool { return q.Name == "TZID" })
	utc.Value = utcText(m.Zone.Instant(m.Civil))
	return utc, true
}

// LimitRecurrenceSet returns the object's text without those overrides that do not
// matter to a range (RFC 4791 section 9.6.6). An override matters when its own
// time overlaps the range, when the instance it replaces would have, or when it
// has RANGE=THISANDFUTURE and begins before the end of the range. All other
// lines keep their octets.
func (s *Series) LimitRecurrenceSet(w Span, env Env) ([]byte, error) {
	q := newQuery(w, env, nil)
	q.budget.Left = math.MaxInt // each override is looked at once
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
