package ical

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"almanac/ical/recur"
	"almanac/ical/zone"
)

// A Pattern is what of a simple object decides about a time range, in some ten to
// forty octets for an index: one component with a start, at most one rule, and
// nothing that adds, leaves out or moves an instance. It is empty for any other
// object, and for those of which Bounds are Exact.
//
// Zones are in it by their IANA names, and times as on their clocks, so that it
// stays right when the rules of a zone change. It means what the program that wrote
// it took it to mean: whoever changes how a Series is compiled has stored patterns
// made anew.
type Pattern string

// The first octet of a Pattern: the shape, and these.
const (
	patternShape = 0x0f
	patternDate  = 0x10 // the start is a date
	patternUTC   = 0x20
	patternZone  = 0x40 // the name of a zone follows
	patternRule  = 0x80
)

var errPattern = errors.New("not a pattern of a calendar object")

// Pattern returns the pattern of the object.
func (s *Series) Pattern() Pattern {
	it := s.simple()
	if it == nil || !it.shape.dated() || it.zonedLength || len(s.rules) == 0 && !it.start.Floating() {
		return ""
	}
	b := make([]byte, 1, 48)
	b[0] = byte(it.shape)
	if it.start.Date {
		b[0] |= patternDate
	}
	switch z := it.start.Zone; {
	case z == nil:
	case z == zone.UTC:
		b[0] |= patternUTC
	default:
		// Not one that the object's own VTIMEZONE or an offset made.
		if named, err := zone.Load(z.Name()); err != nil || named != z {
			return ""
		}
		b[0] |= patternZone
		b = append(append(b, byte(len(z.Name()))), z.Name()...)
	}
	b = binary.AppendVarint(b, int64(it.start.Civil))
	b = binary.AppendVarint(b, it.length.days)
	b = binary.AppendVarint(b, it.length.seconds)
	if len(s.rules) > 0 {
		b[0] |= patternRule
		var ok bool
		if b, ok = s.rules[0].AppendBinary(b); !ok {
			return ""
		}
	}
	return Pattern(b)
}

// simple returns the only component of an object that has at most a rule; nil of
// any other.
func (s *Series) simple() *item {
	switch {
	case s.main == nil && len(s.loose) == 1:
		return s.loose[0]
	case s.main != nil && len(s.loose)+len(s.dates)+len(s.excluded)+len(s.offDays)+len(s.overrides)+len(s.exrules) == 0 && len(s.rules) == 1:
		return s.main
	}
	return nil
}

// A PatternSeries answers about one Pattern after the other what the Series of the
// same object would. It is for one goroutine.
type PatternSeries struct {
	series Series
	item   item
	rule   recur.Sequence
	rules  [1]*recur.Sequence
	loose  [1]*item
	zone   *zone.Zone // the last one that was named
	name   string

	q     query
	found bool
	onHit func(*Instance) bool // notes an instance and stops

	busy   Busy // its type is that of all
	window Span
	give   func(Busy) bool
	onBusy func(*Instance) bool // gives an instance's busy time
}

// NewPatternSeries returns one that has to Read a Pattern first.
func NewPatternSeries() *PatternSeries {
	p := &PatternSeries{}
	p.rules[0], p.loose[0] = &p.rule, &p.item
	p.onHit = func(*Instance) bool { p.found = true; return false }
	p.onBusy = func(i *Instance) bool {
		if p.busy.Span = p.window.Clip(i.Span); p.busy.Start < p.busy.End {
			return p.give(p.busy)
		}
		return true
	}
	return p
}

// Read takes a pattern to be asked about, and nothing after an error: when the
// octets are damaged, or name a zone that is not known any more. The octets are not
// kept.
func (p *PatternSeries) Read(text Pattern) error {
	b := unsafe.Slice(unsafe.StringData(string(text)), len(text)) // only read
	if len(b) == 0 {
		return errPattern
	}
	flags := b[0]
	b = b[1:]
	p.item.shape = shape(flags & patternShape)
	if !p.item.shape.dated() || p.item.shape > shapeFreeBusy {
		return errPattern
	}
	start := &p.item.start
	start.Date, start.Zone = flags&patternDate != 0, nil
	switch flags & (patternUTC | patternZone) {
	case patternUTC:
		start.Zone = zone.UTC
	case patternZone:
		n := 0
		if len(b) > 0 {
			n = int(b[0])
		}
		if len(b) < 1+n {
			return errPattern
		}
		if err := p.named(b[1 : 1+n]); err != nil {
			return err
		}
		start.Zone, b = p.zone, b[1+n:]
	case patternUTC | patternZone:
		return errPattern
	}
	const longest = 1 << 42 // more than all years have
	var numbers [3]int64
	for i := range numbers {
		n, size := binary.Varint(b)
		if size <= 0 || n < -longest || n > longest {
			return errPattern
		}
		numbers[i], b = n, b[size:]
	}
	start.Civil = recur.Civil(numbers[0])
	p.item.length = length{numbers[1], numbers[2]}
	if start.Civil < recur.MinCivil || start.Civil > recur.MaxCivil {
		return errPattern
	}
	if flags&patternRule == 0 {
		p.series.main, p.series.rules, p.series.loose = nil, nil, p.loose[:]
	} else {
		var err error
		if b, err = p.rule.Decode(b, start.Civil, p.item.clock); err != nil {
			return err
		}
		p.series.main, p.series.rules, p.series.loose = &p.item, p.rules[:], nil
	}
	if len(b) > 0 {
		return errPattern
	}
	return nil
}

// named finds a zone, mostly the one before.
func (p *PatternSeries) named(name []byte) error {
	if p.zone != nil && string(name) == p.name {
		return nil
	}
	text := string(name)
	z, err := zone.Load(text)
	if err != nil {
		return err
	}
	p.zone, p.name = z, text
	return nil
}

// clock reads an instant on the clock of the start.
func (it *item) clock(unix int64) recur.Civil {
	if it.start.Zone == nil {
		return recur.Civil(unix)
	}
	return it.start.Zone.Civil(unix)
}

// Overlaps is Series.Overlaps for all components.
func (p *PatternSeries) Overlaps(w Span, env Env) (bool, error) {
	p.found = false
	err := p.visit(w, env, p.onHit)
	return p.found, err
}

// Busy hands out the busy time of a VEVENT whose instances are busy in that way, as
// Series.BusyPeriods does.
func (p *PatternSeries) Busy(w Span, t BusyType, env Env, fn func(Busy) bool) error {
	p.busy.Type, p.window, p.give = t, w, fn
	return p.visit(w, env, p.onBusy)
}

func (p *PatternSeries) visit(w Span, env Env, fn func(*Instance) bool) error {
	q := &p.q
	q.w, q.env, q.floating, q.fn, q.stopped = w, env, env.floating(), fn, false
	q.granted = env.budget()
	q.budget = q.granted
	err := p.series.visit(q)
	q.settle()
	return err
}
