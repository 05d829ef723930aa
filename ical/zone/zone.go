package zone

import (
	"fmt"
	"math"
	"unsafe"

	"almanac/ical/recur"
)

// A Zone maps wall-clock times to instants and back. It is immutable. A nil
// *Zone is not usable; where one may be absent the caller must say what stands
// in for it.
type Zone struct {
	name  string
	steps []step // never empty; the first begins at the start of time
	// From cycleEnd on the 400 years before it repeat; MaxInt64 if the last
	// step holds for ever.
	cycleEnd int64
	names    []string // abbreviations, by step.name

	// begun[i] is the step in force at the i-th stretch of 2^stretch seconds from the
	// second step on: a search begins there.
	begun []uint16
}

// A step is a stretch of time with one offset.
type step struct {
	from   int64 // Unix seconds of its first second
	wall   int64 // the first wall-clock second that is certain to belong to it
	offset int32 // seconds east of UTC
	dst    bool
	name   uint8
}

const (
	cycle  = 146097 * 86400 // seconds in 400 Gregorian years
	before = math.MinInt64

	farthest = 2 * 86400 // more than any clock is away from UTC
)

// UTC is the zone without transitions.
var UTC = Fixed("UTC", 0)

// Fixed returns a zone with one offset, in seconds east of UTC.
func Fixed(name string, offset int) *Zone {
	return &Zone{
		name: name, names: []string{name}, cycleEnd: math.MaxInt64,
		steps: []step{{from: before, wall: before, offset: int32(offset)}},
	}
}

// newZone makes a zone of steps in ascending order of from, the first at the
// start of time. Steps that change neither offset nor name are merged.
func newZone(name string, steps []step, names []string, cycleEnd int64) *Zone {
	kept := steps[:1]
	kept[0].wall = before
	for _, s := range steps[1:] {
		last := &kept[len(kept)-1]
		if s.offset == last.offset && s.dst == last.dst && s.name == last.name {
			continue
		}
		// In a gap wall-clock times begin to belong to the new step where it
		// begins, in an overlap where the old one ends: the larger offset. A
		// damaged VTIMEZONE may put transitions closer than that.
		s.wall = max(s.from+int64(max(s.offset, last.offset)), last.wall)
		kept = append(kept, s)
	}
	z := &Zone{name: name, steps: kept, names: names, cycleEnd: cycleEnd}
	z.index()
	return z
}

// A stretch of the index is some 97 days, in which a zone has one step or two.
const stretch = 23

// index fills begun.
func (z *Zone) index() {
	if len(z.steps) < 4 || len(z.steps) > math.MaxUint16 {
		return
	}
	first, last := z.steps[1].from, z.steps[len(z.steps)-1].from
	if uint64(last-first)>>stretch > 1<<16 {
		return // a damaged VTIMEZONE
	}
	z.begun = make([]uint16, 0, (last-first)>>stretch+1)
	at := 1
	for t := first; t <= last; t += 1 << stretch {
		for at+1 < len(z.steps) && z.steps[at+1].from <= t {
			at++
		}
		z.begun = append(z.begun, uint16(at))
	}
}

// between returns steps from which and before which on the one is that is in force
// at some moment of a range.
func (z *Zone) between(from, to int64) (lo, hi int) {
	lo, hi = 0, len(z.steps)
	if len(z.begun) == 0 {
		return lo, hi
	}
	first, last := z.steps[1].from, int64(len(z.begun)-1)
	if from >= first {
		lo = int(z.begun[min((from-first)>>stretch, last)])
	}
	if to < first {
		hi = 1
	} else if i := (to-first)>>stretch + 1; i <= last {
		hi = int(z.begun[i]) + 1
	}
	return lo, hi
}

// Name returns the IANA name, or the TZID of an interpreted VTIMEZONE.
func (z *Zone) Name() string { return z.name }

func (z *Zone) String() string { return z.name }

// Instant returns the Unix seconds of a wall-clock time.
func (z *Zone) Instant(c recur.Civil) int64 {
	wall := int64(c)
	at := wall
	if wall >= z.cycleEnd {
		at -= cycle * ((wall-z.cycleEnd)/cycle + 1)
	}
	return wall - int64(z.steps[z.byWall(at)].offset)
}

// Civil returns the wall-clock time of an instant in Unix seconds.
func (z *Zone) Civil(unix int64) recur.Civil {
	return recur.Civil(unix + int64(z.Offset(unix)))
}

// Offset returns the seconds east of UTC in force at an instant.
func (z *Zone) Offset(unix int64) int { return int(z.at(unix).offset) }

func (z *Zone) at(unix int64) *step {
	if unix >= z.cycleEnd {
		unix -= cycle * ((unix-z.cycleEnd)/cycle + 1)
	}
	lo, hi := z.between(unix, unix)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) >> 1); z.steps[mid].from <= unix {
			lo = mid
		} else {
			hi = mid
		}
	}
	return &z.steps[lo]
}

func (z *Zone) byWall(wall int64) int {
	near := min(max(wall, -1<<62), 1<<62)
	lo, hi := z.between(near-farthest, near+farthest)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) >> 1); z.steps[mid].wall <= wall {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// Size returns the approximate octets the zone occupies.
func (z *Zone) Size() int {
	return int(unsafe.Sizeof(*z)) + len(z.steps)*int(unsafe.Sizeof(step{})) + 2*len(z.begun)
}

// offsetName prints an offset as UTC+01:00.
func offsetName(offset int) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("UTC%c%02d:%02d", sign, offset/3600, offset/60%60)
}
