package ical

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"almanac/contentline"
)

// maxSplitObject bounds one object of an import, in octets.
const maxSplitObject = 32 << 20

// zoneCacheSize bounds the VTIMEZONE texts that a Splitter keeps at hand, in octets.
const zoneCacheSize = 4 << 20

// A Splitter cuts calendar files of any size into calendar object resources:
// one object for each UID, with its overrides wherever they lie in the file,
// and the VTIMEZONEs that it names.
//
// It reads the file twice, first to note where each component lies, then
// object by object. Memory: about 300 octets with a usual UID for each component
// of the file, one million components at most, 4 MiB of VTIMEZONEs, and a few
// times the largest object (32 MiB at most) while it is handed out.
type Splitter struct {
	src    io.ReaderAt
	ix     *splitIndex
	zones  map[int32][]byte // VTIMEZONE texts by record
	zoned  int              // octets in zones
	hashes map[[16]byte]struct{}
}

// NewSplitter reads the file once and notes where its components lie. The error
// is one of reading, or an *Invalid when the file holds more components than a
// Splitter takes. Faults in the text come with the items.
func NewSplitter(src io.ReaderAt, size int64) (*Splitter, error) {
	ix, err := indexFile(src, size)
	if err != nil {
		return nil, err
	}
	return &Splitter{src: src, ix: ix, zones: map[int32][]byte{}, hashes: map[[16]byte]struct{}{}}, nil
}

// Len tells about how many items there will be, for a progress bar.
func (s *Splitter) Len() int { return len(s.ix.groups) }

// A SplitItem is one object of a file, or a part of it that is none.
type SplitItem struct {
	UID  string
	Kind string
	Line int // of the file, where the object's first component begins

	// Data is the object's text: a VCALENDAR with VERSION, PRODID and CALSCALE of
	// the file, without METHOD, its VTIMEZONEs and components octet for octet.
	// Nil when Err is set. It is for Validate: the file may hold anything.
	Data []byte

	// Err is an *Invalid whose line is one of the file.
	Err error

	// NewUID tells that the component had no UID. It got one that follows from
	// its text, so that importing the file again makes no double.
	NewUID bool

	// Again is the line of an earlier item with the same UID and kind but another
	// content, 0 for none.
	Again int

	runs []lineRun
}

// A lineRun says that the line at of an object's text is the line src of the file.
type lineRun struct{ at, src int }

// SourceLine gives the line of the file that became the line of Data.
func (it *SplitItem) SourceLine(line int) int {
	for i := len(it.runs) - 1; i >= 0; i-- {
		if g := it.runs[i]; line >= g.at {
			return g.src + line - g.at
		}
	}
	return it.Line
}

// InSource gives err with the line of the file when it is an *Invalid about Data.
func (it *SplitItem) InSource(err error) error {
	var inv *Invalid
	if errors.As(err, &inv) {
		return &Invalid{inv.Precondition, it.SourceLine(inv.Line), inv.Reason}
	}
	return err
}

// Items yields the objects of the file in the order of their first components.
// Components that occur twice with the same text count once. The error is one
// of reading and ends the sequence; what is wrong in the file is in the item.
func (s *Splitter) Items() iter.Seq2[*SplitItem, error] {
	return func(yield func(*SplitItem, error) bool) {
		clear(s.hashes)
		for i := range s.ix.groups {
			if !s.group(&s.ix.groups[i], yield) {
				return
			}
		}
	}
}

// group yields the items of one UID: one, or more when the file holds several
// different main components or overrides of one instance.
func (s *Splitter) group(g *splitGroup, yield func(*SplitItem, error) bool) bool {
	if g.reason != "" {
		line := int(s.ix.records[g.first].line)
		return yield(&SplitItem{UID: g.uid, Kind: g.kind, Line: line, Err: invalid("valid-calendar-data", line, "%s", g.reason)}, nil)
	}
	var (
		parts []splitPart
		size  int64
	)
	for i := g.first; i >= 0; i = s.ix.records[i].next {
		r := &s.ix.records[i]
		if size += r.size; size > maxSplitObject {
			line := int(r.line)
			return yield(&SplitItem{UID: g.uid, Kind: g.kind, Line: line,
				Err: invalid("max-resource-size", line, "object larger than %d MiB", maxSplitObject>>20)}, nil)
		}
		text, err := s.read(r)
		if err != nil {
			yield(nil, err)
			return false
		}
		parts = append(parts, splitPart{r, text})
	}
	parts = withoutDoubles(parts)
	if g.uid == "" && s.seen(parts[0].text) {
		return true
	}
	first := int(parts[0].line)
	for again := 0; len(parts) > 0; again = first {
		var now []splitPart
		now, parts = oneObject(parts)
		it, err := s.compose(g, now)
		if err != nil {
			yield(nil, err)
			return false
		}
		it.Again = again
		if !yield(it, nil) {
			return false
		}
	}
	return true
}

type splitPart struct {
	*splitRecord
	text []byte
}

func (s *Splitter) read(r *splitRecord) ([]byte, error) {
	text := make([]byte, r.size, r.size+2)
	if _, err := s.src.ReadAt(text, r.off); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read component of line %d: %w", r.line, err)
	}
	if s.ix.carriage {
		text = bytes.ReplaceAll(text, []byte{'\r'}, []byte("\r\n"))
	}
	if n := len(text); n > 0 && text[n-1] != '\n' {
		text = append(text, '\r', '\n') // the last line of a file
	}
	return text, nil
}

// withoutDoubles drops components whose text occurred before.
func withoutDoubles(parts []splitPart) []splitPart {
	if len(parts) == 1 {
		return parts
	}
	seen := make(map[[sha256.Size]byte]bool, len(parts))
	kept := parts[:0]
	for _, p := range parts {
		sum := sha256.Sum256(p.text)
		if !seen[sum] {
			seen[sum] = true
			kept = append(kept, p)
		}
	}
	return kept
}

// oneObject takes the parts of one valid object, the first main component and
// the first override of each instance, and leaves the others.
func oneObject(parts []splitPart) (now, rest []splitPart) {
	if len(parts) == 1 {
		return parts, nil
	}
	seen := make(map[string]bool, len(parts))
	for _, p := range parts {
		if key := p.instance; !seen[key] {
			seen[key] = true
			now = append(now, p)
		} else {
			rest = append(rest, p)
		}
	}
	return now, rest
}

// seen tells whether a component without UID came before, and notes it.
func (s *Splitter) seen(text []byte) bool {
	h := contentHash(text)
	_, before := s.hashes[h]
	s.hashes[h] = struct{}{}
	return before
}

// compose builds the text of one object.
func (s *Splitter) compose(g *splitGroup, parts []splitPart) (*SplitItem, error) {
	it := &SplitItem{UID: g.uid, Kind: g.kind, Line: int(parts[0].line)}
	head, err := s.header(parts[0].cal)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	body.Write(head)
	for _, p := range parts {
		body.Write(p.text)
	}
	body.WriteString("END:VCALENDAR\r\n")

	doc, err := contentline.Parse(body.Bytes(), contentline.DefaultLimits)
	if err != nil {
		it.runs = lineRunsOf(lineCount(head), nil, parts)
		inv := &Invalid{Precondition: "valid-calendar-data", Line: it.Line, Reason: err.Error()}
		var syntax *contentline.SyntaxError
		if errors.As(err, &syntax) {
			inv.Line, inv.Reason = it.SourceLine(syntax.Line), syntax.Reason
		}
		it.Err = inv
		return it, nil
	}
	zones, zoneParts, err := s.zonesOf(doc, parts[0].cal)
	if err != nil {
		return nil, err
	}
	if cs := doc.Roots[0].Children; len(cs) > 0 && g.uid != "" {
		it.UID = uidOf(cs[0]) // the same but for quotes that do not close
	}
	it.runs = lineRunsOf(lineCount(head), zoneParts, parts)
	edits := []contentline.Edit{{Start: len(head), End: len(head), Text: zones}}
	if it.UID == "" {
		it.NewUID = true
		it.UID = uuidOf(contentHash(parts[0].text))
		var at int
		edits, at = addUID(edits, doc, it.UID)
		line := 1 + strings.Count(doc.Src[:at], "\n") + strings.Count(zones, "\n")
		it.runs = append(it.runs, lineRun{line + 1, it.SourceLine(line)})
	}
	if it.Data, err = contentline.Splice(doc.Src, edits); err != nil {
		return nil, fmt.Errorf("compose object of line %d: %w", it.Line, err)
	}
	return it, nil
}

// addUID adds the edits that give the only component of a document a UID: none
// of its own, which can only be empty, and a new line behind its properties. In
// front of them, a line without a colon would be joined to it.
func addUID(edits []contentline.Edit, doc *contentline.Doc, uid string) (_ []contentline.Edit, at int) {
	comps := doc.Roots[0].Children
	if len(comps) == 0 {
		return edits, len(doc.Src)
	}
	c := comps[0]
	at = c.BodyEnd
	if len(c.Children) > 0 {
		at = c.Children[0].Start
	}
	edits = append(edits, contentline.Edit{Start: at, End: at, Text: "UID:" + uid + "\r\n"})
	for p := range c.PropsNamed("UID") {
		edits = append(edits, contentline.Edit{Start: p.Start, End: p.End})
	}
	slices.SortStableFunc(edits, func(a, b contentline.Edit) int { return a.Start - b.Start })
	return edits, at
}

// lineRunsOf maps the lines of an object to those of the file: headLines of the
// calendar's own, then zones, then parts.
func lineRunsOf(headLines int, zones, parts []splitPart) []lineRun {
	at := headLines + 1
	runs := make([]lineRun, 0, len(zones)+len(parts)+1)
	for _, list := range [2][]splitPart{zones, parts} {
		for _, p := range list {
			runs = append(runs, lineRun{at, int(p.line)})
			at += lineCount(p.text)
		}
	}
	return runs
}

func lineCount(text []byte) int { return bytes.Count(text, []byte{'\n'}) }

// header gives BEGIN:VCALENDAR and the calendar's own properties that belong to
// each of its objects.
func (s *Splitter) header(cal int32) ([]byte, error) {
	head := []byte("BEGIN:VCALENDAR\r\n")
	c := &s.ix.calendars[cal]
	for i, span := range c.props {
		if span.size == 0 {
			head = append(head, calendarProps[i].missing...)
			continue
		}
		r := splitRecord{off: span.off, size: int64(span.size), line: span.line}
		text, err := s.read(&r)
		if err != nil {
			return nil, err
		}
		head = append(head, text...)
	}
	return head, nil
}

// zonesOf gives the VTIMEZONEs that a document names, in the order in which it
// names them. A TZID without VTIMEZONE in the file gets none: RFC 7809 section 4
// and the zone resolver take it by its name.
func (s *Splitter) zonesOf(doc *contentline.Doc, cal int32) (string, []splitPart, error) {
	zones := s.ix.calendars[cal].zones
	if len(zones) == 0 {
		return "", nil, nil
	}
	var (
		text  strings.Builder
		parts []splitPart
		err   error
	)
	named := make(map[string]bool)
	eachTZID(doc.Roots, func(tzid string) {
		at, known := zones[tzid]
		if named[tzid] || !known || err != nil {
			return
		}
		named[tzid] = true
		var zone []byte
		if zone, err = s.zone(at); err == nil && text.Len()+len(zone) <= maxSplitObject {
			text.Write(zone)
			parts = append(parts, splitPart{&s.ix.records[at], zone})
		}
	})
	return text.String(), parts, err
}

func (s *Splitter) zone(at int32) ([]byte, error) {
	if text, ok := s.zones[at]; ok {
		return text, nil
	}
	r := &s.ix.records[at]
	if r.size > zoneCacheSize {
		return nil, nil // no zone has that many rules: left out
	}
	text, err := s.read(r)
	if err == nil {
		if s.zoned += len(text); s.zoned > zoneCacheSize {
			clear(s.zones)
			s.zoned = len(text)
		}
		s.zones[at] = text
	}
	return text, err
}

// eachTZID calls fn with the TZID parameters of all properties, which may repeat.
func eachTZID(comps []*contentline.Component, fn func(tzid string)) {
	for _, c := range comps {
		for i := range c.Props {
			if tzid := c.Props[i].Param("TZID"); tzid != "" {
				fn(tzid)
			}
		}
		eachTZID(c.Children, fn)
	}
}

// contentHash identifies a component by its text. Line ends and DTSTAMP do not
// count: what exports without UID (feeds, mostly) is stamped anew each time.
func contentHash(text []byte) [16]byte {
	h := sha256.New()
	stamp := false
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > 0 && line[0] != ' ' && line[0] != '\t' {
			stamp = hasName(line, "DTSTAMP")
		}
		if !stamp {
			h.Write(line)
			h.Write([]byte{'\n'})
		}
	}
	return [16]byte(h.Sum(nil))
}

// uuidOf writes a hash as a UUID of version 8, RFC 9562 section 5.8.
func uuidOf(h [16]byte) string {
	h[6] = h[6]&0x0f | 0x80
	h[8] = h[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:])
}
