package ical

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxSplitComponents bounds the components of one file.
const maxSplitComponents = 1_000_000

// headLine is how many octets of a content line the first reading keeps: enough
// for BEGIN, END, UID and the like.
const headLine = 4096

// A splitIndex is what the first reading of a file leaves: where things lie.
type splitIndex struct {
	records   []splitRecord
	groups    []splitGroup
	calendars []splitCalendar
	byUID     map[splitKey]int32 // group
	carriage  bool               // lines end with CR alone, as old Macintosh programs wrote
}

// A splitRecord is one component directly inside of a VCALENDAR.
type splitRecord struct {
	off, size int64
	instance  string // RECURRENCE-ID, empty for a main component
	line      int32
	cal       int32
	next      int32 // record of the same group, -1 at the end
}

// A splitGroup is the components of one UID, or one faulty part of the file.
type splitGroup struct {
	uid         string
	kind        string
	reason      string // not empty for a faulty part
	first, last int32  // records
}

type splitKey struct{ kind, uid string }

// A splitCalendar is one VCALENDAR of the file.
type splitCalendar struct {
	props [len(calendarProps)]splitSpan
	zones map[string]int32 // record of the VTIMEZONE by TZID
}

type splitSpan struct {
	off  int64
	line int32
	size int32
}

// ProdID is what almanac calls itself in PRODID (RFC 5545 section 3.7.3).
const ProdID = "-//almanac//almanac//EN"

// calendarProps are the properties of a VCALENDAR that each object of it keeps,
// and what stands in for a missing one.
var calendarProps = [...]struct{ name, missing string }{
	{"VERSION", "VERSION:2.0\r\n"},
	{"PRODID", "PRODID:" + ProdID + "\r\n"},
	{"CALSCALE", ""},
}

// calendarKinds are the components that may stand directly inside of a VCALENDAR
// and in no other component but VPOLL: where one begins, an unclosed one before
// it has ended.
var calendarKinds = []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"}

// A splitReader is the state of the first reading.
type splitReader struct {
	ix *splitIndex

	// The content line that is being read. head is its beginning, unfolded, when
	// it is one of those that count.
	head     []byte
	keep     bool
	lineOff  int64
	line     int32
	skipping bool // in a run of lines outside of everything

	stack   []string // open components, the VCALENDAR first
	foreign bool     // the outermost is not a VCALENDAR but something else
	cal     int32    // index of the open VCALENDAR
	rec     splitRecord
	kind    string
	uid     string
	tzid    string
	fault   string // of the open component
	full    bool   // too many components
}

// indexFile is the first reading.
func indexFile(src io.ReaderAt, size int64) (*splitIndex, error) {
	r := &splitReader{
		ix:   &splitIndex{byUID: make(map[splitKey]int32)},
		head: make([]byte, 0, headLine),
	}
	newline := byte('\n')
	in := bufio.NewReaderSize(io.NewSectionReader(src, 0, size), 64<<10)
	if start, _ := in.Peek(64 << 10); bytes.IndexByte(start, '\n') < 0 && bytes.IndexByte(start, '\r') >= 0 {
		newline, r.ix.carriage = '\r', true
	}
	var off int64
	if bom, _ := in.Peek(3); string(bom) == "\ufeff" {
		in.Discard(3)
		off = 3
	}
	begins := true // a physical line begins at off
	for line := int32(1); !r.full; {
		text, err := in.ReadSlice(newline)
		if len(text) > 0 {
			r.physical(text, off, line, begins)
			off += int64(len(text))
		}
		begins = err == nil
		switch err {
		case nil:
			line++
		case bufio.ErrBufferFull:
		case io.EOF:
			r.logical(off)
			r.closeCalendar(off)
			if !r.full {
				return r.ix, nil
			}
		default:
			return nil, fmt.Errorf("read calendar file: %w", err)
		}
	}
	return nil, invalid("max-resource-size", int(r.line), "more than %d components in one file", maxSplitComponents)
}

// physical takes a physical line, or a piece of a long one.
func (r *splitReader) physical(text []byte, off int64, line int32, begins bool) {
	if begins {
		if text[0] == ' ' || text[0] == '\t' {
			text = text[1:]
		} else {
			r.logical(off)
			r.lineOff, r.line = off, line
			r.head = r.head[:0]
			// BEGIN, END, UID, RECURRENCE-ID, TZID, VERSION, PRODID, CALSCALE
			r.keep = strings.IndexByte("BEURTVPC", text[0]&^0x20) >= 0
			if len(r.stack) == 0 && !r.keep && len(bytes.Trim(text, " \t\r\n\x00\x1a")) > 0 {
				r.junk()
			}
		}
	}
	if r.keep && len(r.head) < headLine {
		text = bytes.TrimRight(text, "\r\n")
		r.head = append(r.head, text[:min(len(text), headLine-len(r.head))]...)
	}
}

// logical takes the content line in head, which ends before off.
func (r *splitReader) logical(off int64) {
	if !r.keep {
		return
	}
	r.keep = false
	switch line := r.head; {
	case hasName(line, "BEGIN"):
		r.begin(nameValue(line), off)
	case hasName(line, "END"):
		r.end(nameValue(line), off)
	case len(r.stack) == 0:
		r.junk()
	case len(r.stack) == 1:
		for i := range calendarProps {
			span := &r.ix.calendars[r.cal].props[i]
			if span.size == 0 && off-r.lineOff <= headLine && hasName(line, calendarProps[i].name) {
				*span = splitSpan{r.lineOff, r.line, int32(off - r.lineOff)}
			}
		}
	case len(r.stack) > 2:
	case r.uid == "" && hasName(line, "UID"):
		if len(line) >= headLine {
			r.broken("UID of more than 4000 octets")
		}
		r.uid = string(bytes.TrimSpace(valueOf(line)))
	case r.rec.instance == "" && hasName(line, "RECURRENCE-ID"):
		r.rec.instance = string(line)
	case r.tzid == "" && hasName(line, "TZID"):
		r.tzid = string(valueOf(line))
	}
}

// hasName tells whether a content line is a property of that upper-case name.
func hasName(line []byte, name string) bool {
	return len(line) > len(name) && (line[len(name)] == ':' || line[len(name)] == ';') &&
		bytes.EqualFold(line[:len(name)], []byte(name))
}

// valueOf gives what stands behind the first colon outside of quotes.
func valueOf(line []byte) []byte {
	quoted := false
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			return line[i+1:]
		}
	}
	return nil
}

// nameValue gives the component that a BEGIN or END line names, upper case.
func nameValue(line []byte) string {
	name := bytes.ToUpper(bytes.TrimSpace(valueOf(line)))
	for _, known := range calendarKinds {
		if string(name) == known {
			return known // no allocation for each
		}
	}
	return string(name)
}

func (r *splitReader) begin(name string, off int64) {
	known := slices.Contains(calendarKinds, name)
	switch {
	case name == "VCALENDAR":
		r.closeCalendar(r.lineOff)
		r.openCalendar()
		return
	case len(r.stack) == 0:
		r.openCalendar() // a component without the VCALENDAR around it
		r.foreign = !known
	case len(r.stack) > 1 && known && slices.Contains(calendarKinds, r.kind):
		r.broken(r.kind + " without END")
		r.closeComponent(r.lineOff)
	}
	if len(r.stack) == 1 {
		r.rec = splitRecord{off: r.lineOff, line: r.line, cal: r.cal, next: -1}
		r.kind, r.uid, r.tzid, r.fault = name, "", "", ""
		if r.foreign {
			r.broken(fmt.Sprintf("%.40s outside of a VCALENDAR", name))
		}
	}
	if len(r.stack) > 16 {
		r.broken("components nested too deep")
		return
	}
	r.stack = append(r.stack, name)
}

func (r *splitReader) end(name string, off int64) {
	if name == "VCALENDAR" {
		r.closeCalendar(r.lineOff)
		return
	}
	at := len(r.stack) - 1
	for at > 0 && r.stack[at] != name {
		at--
	}
	switch {
	case len(r.stack) < 2: // closes nothing
	case at == 0:
		r.broken(fmt.Sprintf("END:%.40s without BEGIN", name))
	default:
		if at < len(r.stack)-1 {
			r.broken(fmt.Sprintf("END:%.40s where END:%.40s is due", name, r.stack[len(r.stack)-1]))
		}
		if r.stack = r.stack[:at]; at == 1 {
			r.closeComponent(off)
		}
	}
}

func (r *splitReader) openCalendar() {
	if len(r.ix.calendars) >= maxSplitComponents {
		r.full = true
	}
	r.ix.calendars = append(r.ix.calendars, splitCalendar{})
	r.cal = int32(len(r.ix.calendars) - 1)
	r.stack = append(r.stack[:0], "VCALENDAR")
	r.foreign, r.skipping = false, false
}

// closeCalendar ends the open VCALENDAR, and an unclosed component in it, before off.
func (r *splitReader) closeCalendar(off int64) {
	if len(r.stack) > 1 {
		r.broken(r.kind + " without END")
		r.closeComponent(off)
	}
	r.stack = r.stack[:0]
}

// junk files the beginning of a run of text outside of all components.
func (r *splitReader) junk() {
	if !r.skipping {
		r.skipping = true
		r.rec = splitRecord{off: r.lineOff, line: r.line, next: -1}
		r.kind, r.uid, r.fault = "", "", "text outside of a VCALENDAR"
		r.closeComponent(r.lineOff)
	}
}

// broken notes the first fault of the open component.
func (r *splitReader) broken(reason string) {
	if r.fault == "" {
		r.fault = reason
	}
}

// closeComponent files the component that ends before off.
func (r *splitReader) closeComponent(off int64) {
	r.stack = r.stack[:min(len(r.stack), 1)]
	if r.foreign {
		r.stack = r.stack[:0]
	}
	if len(r.ix.records) >= maxSplitComponents {
		r.full = true
		return
	}
	r.rec.size = off - r.rec.off
	at := int32(len(r.ix.records))
	r.ix.records = append(r.ix.records, r.rec)
	switch {
	case r.fault != "":
		r.ix.groups = append(r.ix.groups, splitGroup{r.uid, r.kind, r.fault, at, at})
	case r.kind == "VTIMEZONE":
		c := &r.ix.calendars[r.cal]
		if c.zones == nil {
			c.zones = make(map[string]int32)
		}
		if _, double := c.zones[r.tzid]; !double {
			c.zones[r.tzid] = at
		}
	case r.uid == "":
		r.ix.groups = append(r.ix.groups, splitGroup{kind: r.kind, first: at, last: at})
	default:
		key := splitKey{r.kind, r.uid}
		if g, ok := r.ix.byUID[key]; ok {
			group := &r.ix.groups[g]
			r.ix.records[group.last].next = at
			group.last = at
			return
		}
		r.ix.byUID[key] = int32(len(r.ix.groups))
		r.ix.groups = append(r.ix.groups, splitGroup{r.uid, r.kind, "", at, at})
	}
}
