package zone

import (
	"crypto/sha256"
	"io"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"almanac/contentline"
)

// Match tells how the zone of a TZID was found, from the surest way to none.
type Match uint8

// The ways, in the order in which they are tried; the package comment has an
// example of each.
const (
	Unknown Match = iota
	Exact
	Prefixed
	Alias
	Windows
	Display
	Location
	Interpreted
	Offset
)

var matchNames = [...]string{
	"unknown", "IANA name", "IANA name behind a prefix", "other spelling of an IANA name", "Windows name",
	"display name of Windows", "location named in the VTIMEZONE", "VTIMEZONE of the object", "offset or abbreviation",
}

func (m Match) String() string { return matchNames[m] }

// A Finding says how a TZID was read.
type Finding struct {
	TZID  string // as written
	Match Match
	Zone  string // name of the zone used, "" when Unknown
}

// A Resolver finds zones by TZID and remembers them. It is safe for concurrent
// use. A nil *Resolver works, without a memory.
type Resolver struct {
	cache *lru.Cache[key, result]
}

// key is a TZID, with the digest of the VTIMEZONE when the name alone did not
// decide.
type key struct {
	tzid string
	sum  [sha256.Size]byte
}

type result struct {
	zone  *Zone
	match Match
}

// NewResolver returns a Resolver that remembers that many names and VTIMEZONEs,
// at least one. Interpreted zones take up to some 200 KB each in the worst case,
// 25 KB usually.
func NewResolver(entries int) *Resolver {
	cache, err := lru.New[key, result](max(entries, 1))
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &Resolver{cache}
}

// Resolve returns the zone of a TZID parameter, given the VTIMEZONE of that TZID
// in the same object or nil. The zone is nil when nothing is known about the
// TZID: its times are then floating.
func (r *Resolver) Resolve(tzid string, vtimezone *contentline.Component) (*Zone, Finding) {
	found := r.remember(key{tzid: tzid}, func() result {
		z, m := lookupName(tzid)
		return result{z, m}
	})
	if found.zone == nil && vtimezone != nil {
		found = r.remember(key{tzid, digest(vtimezone)}, func() result {
			z, m := lookupComponent(tzid, vtimezone)
			return result{z, m}
		})
	}
	if found.zone == nil {
		found.zone, found.match = lookupOffset(tzid)
	}
	f := Finding{TZID: tzid, Match: found.match}
	if found.zone != nil {
		f.Zone = found.zone.name
	}
	return found.zone, f
}

func (r *Resolver) remember(k key, find func() result) result {
	if r == nil || len(k.tzid) > maxName {
		return find()
	}
	if found, ok := r.cache.Get(k); ok {
		return found
	}
	found := find()
	k.tzid = strings.Clone(k.tzid) // It is part of a whole object's text.
	r.cache.Add(k, found)
	return found
}

// lookupComponent reads the VTIMEZONE: the location it names (X-LIC-LOCATION of
// libical and Apple, TZID-ALIAS-OF of RFC 7808 section 7.2), or its rules.
func lookupComponent(tzid string, vtimezone *contentline.Component) (*Zone, Match) {
	for _, name := range [...]string{"X-LIC-LOCATION", "TZID-ALIAS-OF"} {
		if p := vtimezone.Prop(name); p != nil {
			if z, _ := lookupName(p.Value); z != nil {
				return z, Location
			}
		}
	}
	if z, err := Interpret(tzid, vtimezone); err == nil {
		return z, Interpreted
	}
	return nil, Unknown
}

// digest sums up what a VTIMEZONE says.
func digest(c *contentline.Component) (sum [sha256.Size]byte) {
	h := sha256.New()
	write := func(c *contentline.Component) {
		io.WriteString(h, c.Name)
		for i := range c.Props {
			p := &c.Props[i]
			io.WriteString(h, "\n"+p.Name+":"+p.Value)
		}
		io.WriteString(h, "\n\n")
	}
	write(c)
	for _, child := range c.Children {
		write(child)
	}
	h.Sum(sum[:0])
	return sum
}
