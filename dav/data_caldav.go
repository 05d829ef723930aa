package dav

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"almanac/dav/wire"
	"almanac/ical"
)

// A calendarData is what a CALDAV:calendar-data element asks for. RFC 4791 section 9.6.
type calendarData struct {
	expand      *ical.Span // section 9.6.5
	recurrences *ical.Span // limit-recurrence-set, section 9.6.6
	freeBusy    *ical.Span // limit-freebusy-set, section 9.6.7
	sel         ical.CompSel
	part        bool // sel asks for some components or properties

	text []byte // memory for what is written
}

// readCalendarData reads CALDAV:calendar-data in a report.
func readCalendarData(e *wire.Elem) (dataWriter, error) {
	mediaType, _ := e.Attr("content-type")
	version, _ := e.Attr("version")
	mediaType, version = strings.TrimSpace(mediaType), strings.TrimSpace(version)
	if mediaType != "" && !strings.EqualFold(mediaType, "text/calendar") || version != "" && version != "2.0" {
		return nil, forbidden(wire.C("supported-calendar-data"), fmt.Errorf("no calendar data of type %.40q, version %.20q", mediaType, version))
	}
	d := &calendarData{}
	for _, limit := range []struct {
		name string
		span **ical.Span
	}{{"expand", &d.expand}, {"limit-recurrence-set", &d.recurrences}, {"limit-freebusy-set", &d.freeBusy}} {
		c := e.Child(wire.C(limit.name))
		if c == nil {
			continue
		}
		w, err := readFullSpan(c)
		if err != nil {
			return nil, asBadRequest(err)
		}
		*limit.span = &w
	}
	if d.expand != nil && d.recurrences != nil {
		return nil, badRequest("calendar-data has both expand and limit-recurrence-set")
	}
	if c := e.Child(wire.C("comp")); c != nil {
		var err error
		if d.sel, err = readCompSel(c); err != nil {
			return nil, err
		}
		d.part = true
	}
	if d.expand == nil && d.recurrences == nil && d.freeBusy == nil && !d.part {
		return writeWhole, nil
	}
	return d.write, nil
}

func asBadRequest(err error) error {
	if e, ok := err.(*Error); ok {
		return e
	}
	return badRequest("%w", err)
}

// readCompSel reads a comp in calendar-data. RFC 4791 section 9.6.1. It recurses
// as deep as the XML, which is bounded.
func readCompSel(e *wire.Elem) (ical.CompSel, error) {
	var sel ical.CompSel
	name, err := selName(e)
	if err != nil {
		return sel, err
	}
	sel.Name = name
	for _, c := range e.Children {
		switch c.Name {
		case wire.C("allprop"):
			sel.AllProps = true
		case wire.C("allcomp"):
			sel.AllComps = true
		case wire.C("prop"):
			name, err := selName(c)
			if err != nil {
				return sel, err
			}
			sel.Props = append(sel.Props, ical.PropSel{Name: name, NoValue: isYes(c, "novalue")})
		case wire.C("comp"):
			inner, err := readCompSel(c)
			if err != nil {
				return sel, err
			}
			sel.Comps = append(sel.Comps, inner)
		}
	}
	return sel, nil
}

func selName(e *wire.Elem) (string, error) {
	name, _ := e.Attr("name")
	if name = strings.ToUpper(strings.TrimSpace(name)); name == "" {
		return "", badRequest("a %s in calendar-data has no name", e.Name.Local)
	}
	return name, nil
}

// writeWhole writes an object's octets as they are stored.
func writeWhole(_ *request, res *resource, w *wire.Writer) bool {
	writeText(w, res.obj.Body)
	return true
}

// write writes an object as asked. One that cannot be read goes out as it is stored:
// the client sees more than it asked for, and misses nothing. One that takes too
// long to expand makes the whole answer a refusal (see allowance): RFC 4791 section
// 9.6.5 wants no RRULE in it, and Home Assistant takes a series that was not
// expanded for one event at its beginning.
func (d *calendarData) write(rq *request, res *resource, w *wire.Writer) bool {
	text, err := d.shape(rq, res)
	switch {
	case errors.Is(err, ical.ErrTooManyInstances):
		rq.refusal = overAllowance("expanding " + strconv.Quote(res.name))
		return false
	case err != nil:
		rq.log.Warn("calendar object goes out unchanged", "user", rq.who.Name, "collection", res.coll.Name, "object", res.obj.Name, "err", err)
		text = res.obj.Body
	}
	writeText(w, text)
	return true
}

// shape works out the text asked for, one step on the other's result. Free-busy
// periods come first: what is expanded is large.
func (d *calendarData) shape(rq *request, res *resource) ([]byte, error) {
	text := res.obj.Body
	if d.freeBusy != nil {
		o, err := ical.ParseObject(text)
		if err != nil {
			return nil, err
		}
		if text, err = ical.LimitFreeBusySet(o, *d.freeBusy); err != nil {
			return nil, err
		}
	}
	if d.expand != nil || d.recurrences != nil {
		s, err := d.series(rq, res, text)
		if err != nil {
			return nil, err
		}
		if d.expand != nil {
			d.text, err = rq.expand(d.text[:0], s, ical.Expansion{Window: *d.expand, Sel: d.sel}, rq.env(res.coll))
			return d.text, err
		}
		if text, err = s.LimitRecurrenceSet(*d.recurrences, rq.env(res.coll)); err != nil {
			return nil, err
		}
	}
	if d.part {
		o, err := ical.ParseObject(text)
		if err != nil {
			return nil, err
		}
		text = ical.Select(o, d.sel)
	}
	return text, nil
}

// series returns the compiled object of a text that is as stored, or but for its
// free-busy periods.
func (d *calendarData) series(rq *request, res *resource, text []byte) (*ical.Series, error) {
	if d.freeBusy == nil {
		return rq.seriesOf(res)
	}
	o, err := ical.ParseObject(text)
	if err != nil {
		return nil, err
	}
	return ical.Compile(o, rq.caches.zones), nil
}
