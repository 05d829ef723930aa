package boltstore

import (
	"bytes"
	"math"
	"strings"
	"time"

	"almanac/dedupe"
	"almanac/ical"
	"almanac/store"
)

// The format octets of the records. A new layout of a record gets a new octet.
const (
	fHome       = 1
	fCollection = 1
	fCounters   = 1
	fMember     = 1
	fBody       = 1
	fVersion    = 1
	fJob        = 1
	fRecord     = 1
	fFresh      = 2
	fPostings   = 1
	fClock      = 1
)

func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func appendProps(b []byte, ps store.PropSet) []byte {
	b = appendUint(b, uint64(len(ps)))
	for _, p := range ps {
		b = appendStr(appendStr(appendStr(b, p.Space), p.Local), p.XML)
	}
	return b
}

// props reads a property set into ps, whose memory it uses again.
func (r *reader) props(ps store.PropSet) store.PropSet {
	for range r.count() {
		ps = append(ps, store.Prop{Space: r.str(), Local: r.str(), XML: r.str()})
	}
	return ps
}

func appendHome(b []byte, h *store.Home) []byte {
	b = append(b, fHome)
	b = appendStr(appendStr(appendStr(b, h.Name), h.DisplayName), h.Secret)
	b = appendUint(b, h.SecretRev)
	b = appendInt(b, h.Created.UnixMilli())
	b = appendUint(b, uint64(len(h.Emails)))
	for _, e := range h.Emails {
		b = appendStr(b, e)
	}
	return appendProps(appendProps(appendProps(b, h.Principal), h.CalendarHome), h.AddressBookHome)
}

// decodeHome makes a home that lives on its own.
func decodeHome(id store.HomeID, rec []byte) (*store.Home, error) {
	r := reader{b: bytes.Clone(rec)}
	r.format(fHome)
	h := &store.Home{ID: id, Name: r.str(), DisplayName: r.str(), Secret: r.str(), SecretRev: r.uint(), Created: moment(r.int())}
	for range r.count() {
		h.Emails = append(h.Emails, r.str())
	}
	h.Principal = r.props(nil)
	h.CalendarHome = r.props(nil)
	h.AddressBookHome = r.props(nil)
	return h, r.end()
}

// A collRecord is what is kept of a collection beside its counters.
type collRecord struct {
	store.Trashed // Rev, Count and Octets are not kept here
	Trash         bool
}

func appendCollection(b []byte, c *collRecord) []byte {
	b = append(b, fCollection)
	b = appendUint(b, uint64(c.Home))
	b = append(b, byte(c.Kind))
	b = appendStr(b, c.Name)
	b = appendUint(b, uint64(len(c.Components)))
	for _, name := range c.Components {
		b = appendStr(b, name)
	}
	b = appendInt(b, c.Created.UnixMilli())
	b = appendProps(b, c.Props)
	if !c.Trash {
		return append(b, 0)
	}
	return appendStr(appendInt(append(b, 1), c.Deleted.UnixMilli()), c.By)
}

// decodeCollection makes a record that lives on its own.
func decodeCollection(id store.CollID, rec []byte) (*collRecord, error) {
	r := reader{b: bytes.Clone(rec)}
	r.format(fCollection)
	c := &collRecord{}
	c.ID, c.Home, c.Kind, c.Name = id, store.HomeID(r.uint()), store.Kind(r.octet()), r.str()
	for range r.count() {
		c.Components = append(c.Components, r.str())
	}
	c.Created = moment(r.int())
	c.Props = r.props(nil)
	if c.Trash = r.octet() == 1; c.Trash {
		c.Deleted, c.By = moment(r.int()), r.str()
	}
	return c, r.end()
}

// counters are the numbers of a collection that change with its members.
type counters struct {
	rev     store.Rev
	count   uint64
	octets  int64
	body    uint64 // the last body's number
	version uint64 // the last history row's number
}

func appendCounters(b []byte, c counters) []byte {
	b = append(b, fCounters)
	b = appendUint(appendUint(b, uint64(c.rev)), c.count)
	b = appendInt(b, c.octets)
	return appendUint(appendUint(b, c.body), c.version)
}

func decodeCounters(rec []byte) (counters, error) {
	r := reader{b: rec}
	r.format(fCounters)
	c := counters{store.Rev(r.uint()), r.uint(), r.int(), r.uint(), r.uint()}
	return c, r.end()
}

// Flags of a span.
const (
	spanRecurring = 1 << iota
	spanExact
	spanWeeks
	spanNoStart
	spanNoEnd
	spanConfidential
	spanPrivate
	spanAlarms
)

// components have a number; 0 stands for others, whose name follows.
var components = []string{"", "VEVENT", "VTODO", "VJOURNAL", "VCARD", "VFREEBUSY", "VAVAILABILITY", "VPOLL"}

// appendSpan writes the part of an Index that a range query asks for.
func appendSpan(b []byte, x *store.Index) []byte {
	var flags byte
	set := func(f byte, on bool) {
		if on {
			flags |= f
		}
	}
	set(spanRecurring, x.Recurring)
	set(spanExact, x.Exact)
	set(spanWeeks, x.Weeks != 0)
	set(spanNoStart, x.Start == math.MinInt64)
	set(spanNoEnd, x.End == math.MaxInt64)
	set(spanConfidential, x.Class == ical.Confidential)
	set(spanPrivate, x.Class == ical.Private)
	set(spanAlarms, x.Alarms)
	b = append(b, flags)
	b = appendComponent(b, x.Component)
	if x.Start != math.MinInt64 {
		b = appendInt(b, x.Start)
	}
	if x.End != math.MaxInt64 {
		b = appendInt(b, x.End-x.Start) // wraps, and wraps back
	}
	if x.Weeks != 0 {
		b = append(b, key8(x.Weeks)...)
	}
	return b
}

func appendComponent(b []byte, name string) []byte {
	for i, known := range components[1:] {
		if name == known {
			return append(b, byte(i+1))
		}
	}
	return appendStr(append(b, 0), name)
}

// span reads what appendSpan wrote; the UID of x stays.
func (r *reader) span(x *store.Index) {
	flags := r.octet()
	x.Recurring = flags&spanRecurring != 0
	x.Exact = flags&spanExact != 0
	x.Alarms = flags&spanAlarms != 0
	x.Class = ical.Public
	switch {
	case flags&spanPrivate != 0:
		x.Class = ical.Private
	case flags&spanConfidential != 0:
		x.Class = ical.Confidential
	}
	switch c := r.octet(); {
	case c == 0:
		x.Component = r.str()
	case int(c) < len(components):
		x.Component = components[c]
	default:
		r.bad = true
	}
	x.Start, x.End, x.Weeks = math.MinInt64, math.MaxInt64, 0
	if flags&spanNoStart == 0 {
		x.Start = r.int()
	}
	if flags&spanNoEnd == 0 {
		x.End = x.Start + r.int()
	}
	if flags&spanWeeks != 0 {
		x.Weeks = r.fixed8()
	}
}

// appendTimes writes a row of the time index: the span, what else a Judge is asked
// with, and the member's record, so that who finds a member here need not look it
// up.
func appendTimes(b []byte, x *store.Index, rec []byte) []byte {
	return append(appendStr(append(appendSpan(b, x), byte(x.Busy)), string(x.Pattern)), rec...)
}

// times reads a row of the time index, up to the member's record, which is left.
func (r *reader) times(x *store.Index) {
	r.span(x)
	setTo(&x.Busy, r.octet())
	aliasTo(&x.Pattern, r.bytes())
}

func setTo[N ~uint8](to *N, n byte) { *to = N(n) }

// A member is a member's record: the object without body and properties, and
// where those are.
type member struct {
	store.Object
	body  uint64
	card  uint64 // the card's number; 0 for none
	props bool

	// The moment at which its alarms are looked at and since when it is watched, in
	// milliseconds; 0 when there is none, or a job has them.
	wake, since int64

	postings []dedupe.Posting // that follow from Index.Digest; nil when they have not been made
}

// Flags at the end of a member's record.
const (
	memberProps = 1 << iota
	memberCard
	memberWake
)

func appendMember(b []byte, m *member) []byte {
	b = append(b, fMember)
	b = appendUint(appendUint(b, uint64(m.Rev)), m.body)
	b = appendUint(b, uint64(m.Size))
	b = appendInt(b, m.Modified.UnixMilli())
	b = appendInt(b, m.Created.UnixMilli()-m.Modified.UnixMilli())
	b = appendStr(b, m.ETag)
	b = appendStr(b, m.Index.UID)
	b = appendSpan(b, &m.Index)
	var flags byte
	if m.props {
		flags |= memberProps
	}
	if m.card != 0 {
		flags |= memberCard
	}
	if m.wake != 0 {
		flags |= memberWake
	}
	b = append(b, flags)
	if m.card != 0 {
		b = appendUint(b, m.card)
	}
	if m.wake != 0 {
		b = appendInt(appendInt(b, m.wake-m.Modified.UnixMilli()), m.since-m.Modified.UnixMilli())
	}
	return b
}

// decodeMember reads a record into m, except for the name. Strings point into it.
func decodeMember(rec []byte, m *member) error {
	r := reader{b: rec}
	r.format(fMember)
	m.Rev, m.body, m.Size = store.Rev(r.uint()), r.uint(), int64(r.uint())
	ms := r.int()
	m.Modified = moment(ms)
	m.Created = moment(ms + r.int())
	m.ETag = r.str()
	m.Index.UID = r.str()
	r.span(&m.Index)
	flags := r.octet()
	m.props, m.card = flags&memberProps != 0, 0
	if flags&memberCard != 0 {
		m.card = r.uint()
	}
	m.wake, m.since = 0, 0
	if flags&memberWake != 0 {
		m.wake, m.since = ms+r.int(), ms+r.int()
	}
	return r.end()
}

// A body is a client's octets with what is needed to rebuild the member's record.
type body struct {
	name              string
	rev               store.Rev // of the write
	created, modified int64     // ms
	octets            []byte
}

func appendBody(b []byte, x *body) []byte {
	b = appendUint(appendStr(append(b, fBody), x.name), uint64(x.rev))
	b = appendInt(appendInt(b, x.created), x.modified)
	return append(b, x.octets...)
}

// decodeBody takes a row of bodies apart. All of it points into the row.
func decodeBody(row []byte) (body, error) {
	r := reader{b: row}
	r.format(fBody)
	x := body{name: r.str(), rev: store.Rev(r.uint()), created: r.int(), modified: r.int()}
	x.octets = r.b
	return x, r.err()
}

// A version is a row of the history: the version, and where its body is.
type version struct {
	store.Version
	body uint64
}

func appendVersion(b []byte, v *version) []byte {
	deleted := byte(0)
	if v.Deleted {
		deleted = 1
	}
	b = append(b, fVersion, deleted)
	b = appendUint(appendUint(b, v.body), uint64(v.Size))
	b = appendInt(appendInt(b, v.Modified.UnixMilli()), v.Replaced.UnixMilli())
	b = appendStr(appendStr(appendStr(b, v.Name), v.ETag), v.By)
	return appendSpan(appendStr(b, v.Index.UID), &v.Index)
}

// decodeVersion makes a version that lives on its own, without its body.
func decodeVersion(id uint64, rec []byte) (*version, error) {
	r := reader{b: bytes.Clone(rec)}
	r.format(fVersion)
	v := &version{}
	v.ID, v.Deleted, v.body, v.Size = id, r.octet() == 1, r.uint(), int64(r.uint())
	v.Modified, v.Replaced = moment(r.int()), moment(r.int())
	v.Name, v.ETag, v.By, v.Index.UID = r.str(), r.str(), r.str(), r.str()
	r.span(&v.Index)
	return v, r.end()
}

// A job is a job's record.
type job struct {
	store.Job
	lease  int64  // ms; when the worker's lease ends, or 0
	worker string // who has it, for those who look into the file

	rec []byte      // its row in jobs, as long as the transaction
	in  *collection // of a member's wake, which has no row of jobs
}

// ready is the moment from which the job can be claimed, in milliseconds.
func (j *job) ready() int64 {
	if j.Claim == 0 {
		return j.Due.UnixMilli()
	}
	return j.lease
}

func appendJob(b []byte, j *job) []byte {
	b = append(b, fJob)
	b = appendUint(b, uint64(j.Home))
	b = appendInt(b, j.Due.UnixMilli())
	b = appendUint(appendUint(b, uint64(j.Tries)), j.Claim)
	b = appendStr(appendInt(b, j.lease), j.worker)
	return appendStr(b, j.Payload)
}

// decodeJob makes a job that lives on its own.
func decodeJob(queue, id string, rec []byte) (*job, error) {
	r := reader{b: bytes.Clone(rec)}
	r.format(fJob)
	j := &job{Job: store.Job{Queue: strings.Clone(queue), ID: strings.Clone(id)}}
	j.Home, j.Due, j.Tries, j.Claim = store.HomeID(r.uint()), moment(r.int()), int(r.uint()), r.uint()
	j.lease, j.worker, j.Payload = r.int(), r.str(), r.bytes()
	return j, r.end()
}

func appendClock(b []byte, c clock) []byte {
	return appendStr(appendInt(append(b, fClock), c.due), c.taken)
}

// decodeClock makes a clock that lives on its own.
func decodeClock(rec []byte) (clock, error) {
	r := reader{b: rec}
	r.format(fClock)
	c := clock{due: r.int(), taken: strings.Clone(r.str())}
	return c, r.end()
}
