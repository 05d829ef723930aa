package ical

import (
	"cmp"
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/ical/recur"
	"almanac/ical/zone"
)

// BusyType is the FBTYPE of a busy period (RFC 5545 section 3.2.9), from the weakest
// to the strongest.
type BusyType uint8

// The types of busy time. FREE is not among them: it is what remains.
const (
	BusyTentative BusyType = iota
	BusyNormal
	BusyUnavailable
)

// Busyness is what an index keeps about an object's busy time.
type Busyness uint8

// The values of Busyness.
const (
	BusyUnknown   Busyness = iota // the object has to be asked
	NeverBusy                     // it has no busy time
	TentativeBusy                 // each instance of a VEVENT is tentative
	AlwaysBusy                    // each instance of a VEVENT is busy
)

// Type returns what the instances of an object are that is TentativeBusy or
// AlwaysBusy.
func (b Busyness) Type() BusyType {
	if b == TentativeBusy {
		return BusyTentative
	}
	return BusyNormal
}

// Busyness returns how BusyPeriods sees the instances of the object, when it sees
// all in one way.
func (s *Series) Busyness() Busyness {
	switch s.Object.Kind {
	case "VEVENT":
	case "VFREEBUSY":
		return BusyUnknown
	default:
		return NeverBusy
	}
	if it := s.simple(); it != nil && it.length == (length{}) {
		return NeverBusy
	}
	all := BusyUnknown
	for _, comp := range s.Object.Components() {
		one := NeverBusy
		switch t, busy := busyType(comp); {
		case busy && t == BusyTentative:
			one = TentativeBusy
		case busy:
			one = AlwaysBusy
		}
		if all != BusyUnknown && one != all {
			return BusyUnknown
		}
		all = one
	}
	return all
}

var busyNames = [...]string{"BUSY-TENTATIVE", "BUSY", "BUSY-UNAVAILABLE"}

// String returns the FBTYPE value.
func (t BusyType) String() string { return busyNames[t] }

// Busy is a stretch of busy time.
type Busy struct {
	Span
	Type BusyType
}

// BusyPeriods hands out the busy time of an object within a range, cut to it, in
// no order and unmerged, until fn returns false (RFC 4791 section 7.10): the instances
// of a VEVENT that are neither transparent nor cancelled, tentative ones as
// BUSY-TENTATIVE, and the FREEBUSY periods of a VFREEBUSY. Anything else has none.
func (s *Series) BusyPeriods(w Span, env Env, fn func(Busy) bool) error {
	switch s.Object.Kind {
	case "VEVENT":
		q := newQuery(w, env, func(i *Instance) bool {
			t, busy := busyType(i.Comp)
			if span := w.Clip(i.Span); busy && span.Start < span.End {
				return fn(Busy{span, t})
			}
			return true
		})
		defer q.settle()
		return s.visit(&q)
	case "VFREEBUSY":
		more := true
		for _, comp := range s.Object.Components() {
			eachFreeBusy(comp, func(span Span, p *contentline.Property) {
				t, busy := freeBusyType(p)
				if span = w.Clip(span); more && busy && span.Start < span.End {
					more = fn(Busy{span, t})
				}
			})
		}
	}
	return nil
}

// busyType tells how an event counts.
func busyType(comp *contentline.Component) (t BusyType, busy bool) {
	if strings.EqualFold(strings.TrimSpace(comp.Value("TRANSP")), "TRANSPARENT") {
		return t, false
	}
	switch status := strings.TrimSpace(comp.Value("STATUS")); {
	case strings.EqualFold(status, "CANCELLED"):
		return t, false
	case strings.EqualFold(status, "TENTATIVE"):
		return BusyTentative, true
	}
	return BusyNormal, true
}

// freeBusyType reads FBTYPE; unknown values mean BUSY (RFC 5545 section 3.2.9).
func freeBusyType(p *contentline.Property) (t BusyType, busy bool) {
	switch strings.ToUpper(p.Param("FBTYPE")) {
	case "FREE":
		return t, false
	case "BUSY-TENTATIVE":
		return BusyTentative, true
	case "BUSY-UNAVAILABLE":
		return BusyUnavailable, true
	}
	return BusyNormal, true
}

// eachFreeBusy calls fn with each FREEBUSY period. They are UTC by definition
// (RFC 5545 section 3.8.2.6).
func eachFreeBusy(comp *contentline.Component, fn func(Span, *contentline.Property)) {
	for p := range comp.PropsNamed("FREEBUSY") {
		periods, _ := ParsePeriods(p)
		for _, v := range periods {
			fn(periodSpan(v), p)
		}
	}
}

func periodSpan(v Period) Span {
	start := Moment{Civil: recur.Civil(v.Start.CivilSeconds())}
	end := length{v.Duration.Days, v.Duration.Seconds}.end(start, zone.UTC)
	if v.HasEnd {
		end = v.End.CivilSeconds()
	}
	return Span{int64(start.Civil), end}
}

// MergeBusy sorts busy time and merges it: periods of one type that touch become
// one, and where types overlap the stronger one counts. The periods may come
// from any number of objects and calendars. The slice is used up; the result has
// memory of its own.
func MergeBusy(list []Busy) []Busy {
	// Strongest first: what is taken stays, weaker ones fill the gaps.
	slices.SortFunc(list, func(a, b Busy) int {
		return cmp.Or(-cmp.Compare(a.Type, b.Type), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	var taken []Busy // disjoint, ascending
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Type == list[0].Type {
			n++
		}
		taken = fill(taken, union(list[:n]))
		list = list[n:]
	}
	return taken
}

// union merges periods of one type, ascending by start, in place.
func union(list []Busy) []Busy {
	merged := list[:0]
	for _, b := range list {
		if b.Start >= b.End {
			continue
		}
		if n := len(merged); n > 0 && b.Start <= merged[n-1].End {
			merged[n-1].End = max(merged[n-1].End, b.End)
			continue
		}
		merged = append(merged, b)
	}
	return merged
}

// fill adds to taken what of list it leaves free. Both are disjoint and
// ascending, and so is the result.
func fill(taken, list []Busy) []Busy {
	if len(taken) == 0 {
		return slices.Clone(list)
	}
	out := make([]Busy, 0, len(taken)+len(list))
	i := 0
	for _, b := range list {
		for i < len(taken) && taken[i].End <= b.Start {
			out = append(out, taken[i])
			i++
		}
		for i < len(taken) && taken[i].Start < b.End {
			if b.Start < taken[i].Start {
				out = append(out, Busy{Span{b.Start, taken[i].Start}, b.Type})
			}
			b.Start = taken[i].End
			if b.Start > b.End {
				break // taken[i] may also cover the next period
			}
			out = append(out, taken[i])
			i++
		}
		if b.Start < b.End {
			out = append(out, b)
		}
	}
	return append(out, taken[i:]...)
}

// FreeBusyReply is what surrounds the periods of a VFREEBUSY answer.
type FreeBusyReply struct {
	ProdID string
	Stamp  int64  // DTSTAMP, Unix seconds
	Method string // METHOD, for scheduling; left out when empty
	UID    string // left out when empty
	// Extra are further properties of the VFREEBUSY, such as ORGANIZER and
	// ATTENDEE of a scheduling answer.
	Extra []contentline.Property
}

// AppendFreeBusy appends a VCALENDAR with the VFREEBUSY that answers for a range
// (RFC 4791 section 7.10, RFC 5545 section 3.6.4). busy is as MergeBusy gives it;
// each run of one type is one FREEBUSY property.
func (r FreeBusyReply) AppendFreeBusy(dst []byte, w Span, busy []Busy) []byte {
	line := func(s string) { dst = contentline.AppendLine(dst, s) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:" + contentline.EscapeText(r.ProdID))
	if r.Method != "" {
		line("METHOD:" + r.Method)
	}
	line("BEGIN:VFREEBUSY")
	if r.UID != "" {
		line("UID:" + r.UID)
	}
	line("DTSTAMP:" + utcText(r.Stamp))
	line("DTSTART:" + utcText(w.Start))
	line("DTEND:" + utcText(w.End))
	for _, p := range r.Extra {
		dst = contentline.AppendProperty(dst, p)
	}
	for len(busy) > 0 {
		n := 1
		for n < len(busy) && busy[n].Type == busy[0].Type && n < 50 {
			n++
		}
		var b strings.Builder
		b.WriteString("FREEBUSY")
		if t := busy[0].Type; t != BusyNormal {
			b.WriteString(";FBTYPE=" + t.String())
		}
		for i, p := range busy[:n] {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(utcText(p.Start) + "/" + utcText(p.End))
		}
		line(b.String())
		busy = busy[n:]
	}
	line("END:VFREEBUSY")
	line("END:VCALENDAR")
	return dst
}

// utcText prints Unix seconds as a UTC DATE-TIME, within the years 0 to 9999.
func utcText(unix int64) string { return string(appendUTC(nil, unix)) }

func appendUTC(dst []byte, unix int64) []byte {
	c := min(max(recur.Civil(unix), recur.MinCivil), recur.MaxCivil)
	return append(c.Append(dst), 'Z')
}

// LimitFreeBusySet returns the object's text with only those FREEBUSY periods that
// overlap a range (RFC 4791 section 9.6.7). All other lines keep their octets.
func LimitFreeBusySet(o *Object, w Span) ([]byte, error) {
	var edits []contentline.Edit
	for _, comp := range o.Components() {
		for p := range comp.PropsNamed("FREEBUSY") {
			parts := strings.Split(p.Value, ",")
			kept := slices.DeleteFunc(slices.Clone(parts), func(text string) bool {
				v, reason := scanPeriod(text, p.Param("TZID"))
				return reason == "" && !periodSpan(v).Touches(w)
			})
			switch {
			case len(kept) == len(parts):
			case len(kept) == 0:
				edits = append(edits, contentline.Edit{Start: p.Start, End: p.End})
			default:
				shorter := *p
				shorter.Value = strings.Join(kept, ",")
				edits = append(edits, contentline.Edit{Start: p.Start, End: p.End, Text: string(contentline.AppendProperty(nil, shorter))})
			}
		}
	}
	slices.SortFunc(edits, func(a, b contentline.Edit) int { return cmp.Compare(a.Start, b.Start) })
	return contentline.Splice(o.Doc.Src, edits)
}
