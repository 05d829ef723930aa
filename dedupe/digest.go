package dedupe

import (
	"encoding/binary"
	"errors"

	"almanac/dedupe/names"
)

// A Digest is a Record in octets: what a store keeps beside a card, so that cards
// are compared without being read again. "" is none: of octets that are no card.
type Digest string

// Edition counts what a card's Digest and Postings are. It grows with every change
// to what Of, Keys or Terms make of some card; a store with those of another
// edition makes them anew. TestEdition tells when it has to.
const Edition = 1

// Digest returns the record in octets. Equal records have equal digests.
func (rec *Record) Digest() Digest {
	w := writer{b: make([]byte, 0, 384)}
	w.octets(byte(rec.Kind), packed(rec.Joint, rec.Relation))
	w.num(uint64(rec.Generation))
	w.num(uint64(rec.Sex))
	w.names(rec.Names)
	w.names(rec.Nicknames)
	for _, s := range []string{rec.GivenAll, rec.FamilyAll, rec.Legal, rec.Org, rec.Unit, rec.Title, rec.BornText} {
		w.text(s)
	}
	w.num(uint64(len(rec.OrgWords)))
	for _, s := range rec.OrgWords {
		w.text(s)
	}
	w.num(uint64(len(rec.Phones)))
	for i := range rec.Phones {
		p := &rec.Phones[i]
		w.octets(byte(p.Class), packed(p.Abroad))
		w.text(p.Digits)
		w.text(p.Ext)
	}
	w.num(uint64(len(rec.Mails)))
	for i := range rec.Mails {
		w.text(rec.Mails[i].Box)
		w.text(rec.Mails[i].Alias)
	}
	w.num(uint64(len(rec.Places)))
	for i := range rec.Places {
		p := &rec.Places[i]
		for _, s := range []string{p.Number, p.Street, p.Line2, p.City, p.Code} {
			w.text(s)
		}
	}
	for _, d := range []Day{rec.Born, rec.Wed} {
		w.b = binary.AppendVarint(w.b, int64(d.Year))
		w.octets(byte(d.Month), byte(d.Day))
	}
	for _, list := range [][]uint64{rec.Photos, rec.Links, {rec.UID, rec.Note, rec.Content}} {
		w.num(uint64(len(list)))
		for _, h := range list {
			w.b = binary.BigEndian.AppendUint64(w.b, h)
		}
	}
	w.num(uint64(rec.Values))
	w.b = binary.AppendVarint(w.b, rec.Revised)
	return Digest(w.b)
}

// A writer appends what a Digest is made of.
type writer struct{ b []byte }

func (w *writer) octets(c ...byte) { w.b = append(w.b, c...) }
func (w *writer) num(n uint64)     { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) text(s string)    { w.num(uint64(len(s))); w.b = append(w.b, s...) }

func (w *writer) names(ns []Name) {
	w.num(uint64(len(ns)))
	for i := range ns {
		n := &ns[i]
		w.octets(byte(n.Role), byte(n.Script), packed(n.Known))
		w.text(n.Text)
		w.text(n.Sound)
		w.text(n.Shown)
	}
}

func packed(flags ...bool) (b byte) {
	for i, f := range flags {
		if f {
			b |= 1 << i
		}
	}
	return b
}

var errDigest = errors.New("dedupe: not a digest")

// Record makes the record again. Its strings are parts of the digest.
func (d Digest) Record() (*Record, error) {
	r := digestReader{s: string(d)}
	rec := &Record{Kind: Kind(r.octet())}
	flags := r.octet()
	rec.Joint, rec.Relation = flags&1 != 0, flags&2 != 0
	rec.Generation, rec.Sex = names.Class(r.num()), names.Class(r.num())
	rec.Names, rec.Nicknames = r.names(), r.names()
	for _, s := range []*string{&rec.GivenAll, &rec.FamilyAll, &rec.Legal, &rec.Org, &rec.Unit, &rec.Title, &rec.BornText} {
		*s = r.text()
	}
	rec.OrgWords = list[string](&r, 1)
	for i := range rec.OrgWords {
		rec.OrgWords[i] = r.text()
	}
	rec.Phones = list[Phone](&r, 4)
	for i := range rec.Phones {
		rec.Phones[i] = Phone{Class: PhoneClass(r.octet()), Abroad: r.octet() != 0, Digits: r.text(), Ext: r.text()}
	}
	rec.Mails = list[Mail](&r, 2)
	for i := range rec.Mails {
		rec.Mails[i] = Mail{Box: r.text(), Alias: r.text()}
	}
	rec.Places = list[Place](&r, 5)
	for i := range rec.Places {
		rec.Places[i] = Place{Number: r.text(), Street: r.text(), Line2: r.text(), City: r.text(), Code: r.text()}
	}
	for _, d := range []*Day{&rec.Born, &rec.Wed} {
		*d = Day{Year: int16(r.int()), Month: int8(r.octet()), Day: int8(r.octet())}
	}
	var three []uint64
	for _, l := range []*[]uint64{&rec.Photos, &rec.Links, &three} {
		*l = list[uint64](&r, 8)
		for i := range *l {
			(*l)[i] = r.hash()
		}
	}
	if len(three) != 3 {
		return nil, errDigest
	}
	rec.UID, rec.Note, rec.Content = three[0], three[1], three[2]
	rec.Values, rec.Revised = int(r.num()), r.int()
	if r.bad || r.s != "" {
		return nil, errDigest
	}
	return rec, nil
}

// A digestReader takes a Digest apart. After a fault it gives zeros.
type digestReader struct {
	s   string
	bad bool
}

func (r *digestReader) fail() { r.s, r.bad = "", true }

func (r *digestReader) octet() byte {
	if r.s == "" {
		r.fail()
		return 0
	}
	c := r.s[0]
	r.s = r.s[1:]
	return c
}

func (r *digestReader) num() uint64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		c := r.octet()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	r.fail()
	return 0
}

func (r *digestReader) int() int64 {
	n := r.num()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *digestReader) hash() (h uint64) {
	for range 8 {
		h = h<<8 | uint64(r.octet())
	}
	return h
}

func (r *digestReader) text() string {
	n := r.num()
	if n > uint64(len(r.s)) {
		r.fail()
		return ""
	}
	s := r.s[:n]
	r.s = r.s[n:]
	return s
}

func (r *digestReader) names() []Name {
	ns := list[Name](r, 6)
	for i := range ns {
		ns[i] = Name{Role: Role(r.octet()), Script: names.Script(r.octet()), Known: r.octet() != 0, Text: r.text(), Sound: r.text(), Shown: r.text()}
	}
	return ns
}

// list makes room for a list whose members take at least size octets each.
func list[T any](r *digestReader, size int) []T {
	n := r.num()
	if n > uint64(len(r.s)/size) {
		r.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	return make([]T, n)
}

// A Posting is one row of an index: a key under which a card is found (Keys) or a
// term that is counted (Terms), and for what one person may share with others the
// initials that Frequency.Holders tells holders apart by. A key and a term of one
// thing are one posting, for Key has only the octets that an index keeps.
type Posting struct {
	Key      uint64 // its upper six octets, see PostingKey
	Initials string // two octets, or ""
}

// PostingKey is the part of one of Keys or Terms that an index keeps: the lowest two
// octets are 0.
func PostingKey(h uint64) uint64 { return h &^ 0xffff }

// Postings returns the rows of a record, each key once, in no order. Of a group
// there are none.
func (rec *Record) Postings() []Posting {
	if rec.Kind == Group {
		return nil
	}
	initials := rec.initials()
	ps := make([]Posting, 0, 40)
	add := func(h uint64, held string) {
		h = PostingKey(h)
		for i := range ps {
			if ps[i].Key == h {
				ps[i].Initials = max(ps[i].Initials, held)
				return
			}
		}
		ps = append(ps, Posting{h, held})
	}
	for _, t := range rec.heldTerms() {
		add(t, initials)
	}
	for _, t := range rec.Terms() {
		add(t, "")
	}
	for _, k := range rec.Keys() {
		add(k, "")
	}
	return ps
}
