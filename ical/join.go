package ical

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/ical/zone"
)

// A Heading is what an exported calendar says about itself. Empty fields are
// left out.
type Heading struct {
	Name        string // NAME (RFC 7986 section 5.1), and X-WR-CALNAME for Apple and Google
	Description string // DESCRIPTION (RFC 7986 section 5.2), and X-WR-CALDESC
	Color       string // #RRGGBB for X-APPLE-CALENDAR-COLOR, or a CSS3 name for COLOR (RFC 7986 section 5.9)
	Refresh     string // a DURATION: REFRESH-INTERVAL (RFC 7986 section 5.7), and X-PUBLISHED-TTL for Outlook
}

// A Joiner writes many objects as one VCALENDAR, for exports and subscriptions.
// Components are written octet for octet, each VTIMEZONE once, before the first
// component that came with it. It keeps about a hundred octets for each
// zone.
//
// RFC 5545 section 3.6.5 allows one VTIMEZONE for a TZID. When two objects bring
// different ones, the name decides: under a name that programs know (Europe/
// Zurich, W. Europe Standard Time) the first is written for both, since readers
// follow their own data for such names and the differences are the years that
// the writers cared to list. Under a private name ("Custom") the rules are all
// there is, and dropping one would move appointments; so the later zone is
// renamed ("Custom (2)"), and with it the TZID parameters of its object, the
// only lines that are printed anew.
type Joiner struct {
	w       io.Writer
	heading Heading
	known   func(tzid string) bool
	written map[zoneKey]string // the TZID under which a zone is written
	taken   map[string]int     // TZIDs written so far, and how often renamed
	buf     []byte
	begun   bool
}

// A zoneKey is a TZID with what its VTIMEZONE says.
type zoneKey struct {
	tzid string
	sum  [16]byte
}

// NewJoiner prepares an export to w. Nothing is written before the first Add.
// resolver tells which zones are known by name; nil works.
func NewJoiner(w io.Writer, heading Heading, resolver *zone.Resolver) *Joiner {
	known := func(tzid string) bool {
		_, finding := resolver.Resolve(tzid, nil)
		return finding.Match >= zone.Exact && finding.Match <= zone.Display
	}
	return &Joiner{w: w, heading: heading, known: known, written: map[zoneKey]string{}, taken: map[string]int{}}
}

// Add writes the components of an object. The error is one of writing.
func (j *Joiner) Add(o *Object) error {
	j.begin()
	renamed := map[string]string{}
	named := map[string]bool{}
	eachTZID(o.Root.Children, func(tzid string) { named[tzid] = true })
	for c := range o.Root.ChildrenNamed("VTIMEZONE") {
		tzid := c.Value("TZID")
		// A VTIMEZONE that nothing names, or the second of a name, adds nothing.
		if !named[tzid] || o.Zones[tzid] != c {
			continue
		}
		if as := j.zone(o, c, tzid); as != tzid {
			renamed[tzid] = as
		}
	}
	for _, c := range o.Root.Children {
		if c.Name != "VTIMEZONE" {
			j.component(o, c, renamed)
		}
	}
	return j.flush()
}

// Close writes the end of the calendar; an export without objects is an empty
// VCALENDAR.
func (j *Joiner) Close() error {
	j.begin()
	j.buf = append(j.buf, "END:VCALENDAR\r\n"...)
	return j.flush()
}

func (j *Joiner) flush() error {
	_, err := j.w.Write(j.buf)
	j.buf = j.buf[:0]
	if err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	return nil
}

func (j *Joiner) begin() {
	if j.begun {
		return
	}
	j.begun = true
	j.buf = append(j.buf, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"+ProdID+"\r\nCALSCALE:GREGORIAN\r\n"...)
	text := func(value string, names ...string) {
		for _, name := range names {
			if value != "" {
				j.buf = contentline.AppendLine(j.buf, name+":"+contentline.EscapeText(value))
			}
		}
	}
	h := &j.heading
	text(h.Name, "NAME", "X-WR-CALNAME")
	text(h.Description, "DESCRIPTION", "X-WR-CALDESC")
	if strings.HasPrefix(h.Color, "#") {
		text(h.Color, "X-APPLE-CALENDAR-COLOR")
	} else {
		text(h.Color, "COLOR")
	}
	text(h.Refresh, "REFRESH-INTERVAL;VALUE=DURATION", "X-PUBLISHED-TTL")
}

// zone writes a VTIMEZONE unless it is there already, and gives the TZID under
// which it is there.
func (j *Joiner) zone(o *Object, c *contentline.Component, tzid string) string {
	key := zoneKey{tzid, sumZone(c)}
	if as, ok := j.written[key]; ok {
		return as
	}
	as := tzid
	if n, taken := j.taken[tzid]; taken {
		if j.known(tzid) {
			return tzid
		}
		for ; taken; _, taken = j.taken[as] {
			n++
			as = fmt.Sprintf("%s (%d)", tzid, n+1)
		}
		j.taken[tzid] = n
	}
	j.taken[as] = 0
	j.written[key] = as
	j.component(o, c, map[string]string{tzid: as})
	return as
}

// component writes c, with other TZIDs where renamed says so.
func (j *Joiner) component(o *Object, c *contentline.Component, renamed map[string]string) {
	var edits []contentline.Edit
	for from, to := range renamed {
		if from != to {
			edits = renameZone(edits, c, from, to)
		}
	}
	start := len(j.buf)
	if len(edits) == 0 {
		j.buf = append(j.buf, o.Doc.Src[c.Start:c.End]...)
	} else {
		slices.SortFunc(edits, func(a, b contentline.Edit) int { return a.Start - b.Start })
		pos := c.Start
		for _, e := range edits {
			j.buf = append(j.buf, o.Doc.Src[pos:e.Start]...)
			j.buf = append(j.buf, e.Text...)
			pos = e.End
		}
		j.buf = append(j.buf, o.Doc.Src[pos:c.End]...)
	}
	if n := len(j.buf); n > start && j.buf[n-1] != '\n' {
		j.buf = append(j.buf, "\r\n"...)
	}
}

// renameZone adds the edits that turn one TZID into another: the property of a
// VTIMEZONE and the parameters of all others.
func renameZone(edits []contentline.Edit, c *contentline.Component, from, to string) []contentline.Edit {
	for i := range c.Props {
		p := c.Props[i]
		switch {
		case c.Name == "VTIMEZONE" && p.Name == "TZID" && p.Value == from:
			p.Value = to
		case p.Param("TZID") == from:
			p.Params = slices.Clone(p.Params)
			for k := range p.Params {
				if p.Params[k].Name == "TZID" {
					p.Params[k].Values = []string{to}
				}
			}
		default:
			continue
		}
		edits = append(edits, contentline.Edit{Start: p.Start, End: p.End, Text: string(contentline.AppendProperty(nil, p))})
	}
	for _, inner := range c.Children {
		edits = renameZone(edits, inner, from, to)
	}
	return edits
}

// sumZone identifies what a VTIMEZONE says: its observances in any order, and of
// each the properties that decide times.
func sumZone(c *contentline.Component) [16]byte {
	var observances []string
	for _, inner := range c.Children {
		var parts []string
		for i := range inner.Props {
			switch p := &inner.Props[i]; p.Name {
			case "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE":
				parts = append(parts, p.Name+":"+strings.ToUpper(strings.TrimSpace(p.Value)))
			}
		}
		slices.Sort(parts)
		observances = append(observances, strings.Join(parts, "\n"))
	}
	slices.Sort(observances)
	sum := sha256.Sum256([]byte(strings.Join(observances, "\n\n")))
	return [16]byte(sum[:16])
}
