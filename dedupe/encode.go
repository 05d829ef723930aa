package dedupe

import (
	"encoding/binary"
	"errors"

	"almanac/dedupe/names"
	"almanac/dedupe/near"
)

// Stored beside a card, a record is some 180 octets. The first
// octet is the version of the form. One of another version is made again from the
// card, and so is one that does not read.
const recordForm = 1

// ErrRecord is returned for octets that are no record of this version.
var ErrRecord = errors.New("no record of this version")

// AppendBinary appends the record in the form that DecodeRecord reads.
func (rec *Record) AppendBinary(b []byte) []byte {
	e := encoder{append(b, recordForm)}
	e.num(uint64(rec.Kind) | flag(rec.Joint)<<2 | flag(rec.Relation)<<3)
	e.num(uint64(rec.Generation))
	e.num(uint64(rec.Sex))
	for _, list := range [][]Name{rec.Names, rec.Nicknames} {
		e.num(uint64(len(list)))
		for i := range list {
			n := &list[i]
			e.text(n.Text)
			e.text(n.Shown)
			e.num(uint64(n.Role) | uint64(n.Script)<<2 | flag(n.Known)<<5)
		}
	}
	for _, s := range []string{rec.GivenAll, rec.FamilyAll, rec.Legal, rec.Org, rec.Unit, rec.Title, rec.BornText} {
		e.text(s)
	}
	e.num(uint64(len(rec.Phones)))
	for i := range rec.Phones {
		p := &rec.Phones[i]
		e.text(p.Digits)
		e.text(p.Ext)
		e.num(uint64(p.Class) | flag(p.Abroad)<<4)
	}
	e.num(uint64(len(rec.Mails)))
	for i := range rec.Mails {
		e.text(rec.Mails[i].Box)
		e.text(rec.Mails[i].Alias)
	}
	e.num(uint64(len(rec.Places)))
	for i := range rec.Places {
		p := &rec.Places[i]
		for _, s := range []string{p.Number, p.Street, p.Line2, p.City, p.Code} {
			e.text(s)
		}
	}
	for _, d := range []Day{rec.Born, rec.Wed} {
		e.num(uint64(d.Year))
		e.num(uint64(d.Month)<<5 | uint64(d.Day))
	}
	for _, list := range [][]uint64{rec.Photos, rec.Links, {rec.UID, rec.Note, rec.Content}} {
		e.num(uint64(len(list)))
		for _, h := range list {
			e.b = binary.BigEndian.AppendUint64(e.b, h)
		}
	}
	e.num(uint64(rec.Values))
	e.b = binary.AppendVarint(e.b, rec.Revised)
	return e.b
}

type encoder struct{ b []byte }

func (e *encoder) num(n uint64) { e.b = binary.AppendUvarint(e.b, n) }

func (e *encoder) text(s string) {
	e.num(uint64(len(s)))
	e.b = append(e.b, s...)
}

// DecodeRecord reads a record. The error is ErrRecord.
func DecodeRecord(b []byte) (*Record, error) {
	if len(b) == 0 || b[0] != recordForm {
		return nil, ErrRecord
	}
	d := decoder{text: string(b[1:])}
	rec := &Record{}
	bits := d.num()
	rec.Kind, rec.Joint, rec.Relation = Kind(bits&3), bits&4 != 0, bits&8 != 0
	rec.Generation, rec.Sex = names.Class(d.num()), names.Class(d.num())
	for _, list := range []*[]Name{&rec.Names, &rec.Nicknames} {
		for range d.count(maxNames) {
			n := Name{Text: d.str(), Shown: d.str()}
			bits := d.num()
			n.Role, n.Script, n.Known = Role(bits&3), names.Script(bits>>2&7), bits&32 != 0
			n.Sound = near.Sound(n.Text)
			if n.Text == "" {
				d.bad = true
			}
			*list = append(*list, n)
		}
	}
	for _, s := range []*string{&rec.GivenAll, &rec.FamilyAll, &rec.Legal, &rec.Org, &rec.Unit, &rec.Title, &rec.BornText} {
		*s = d.str()
	}
	for range d.count(maxPhones) {
		p := Phone{Digits: d.str(), Ext: d.str()}
		bits := d.num()
		p.Class, p.Abroad = PhoneClass(bits&15), bits&16 != 0
		rec.Phones = append(rec.Phones, p)
	}
	for range d.count(maxMails) {
		rec.Mails = append(rec.Mails, mailOf(d.str(), d.str()))
	}
	for range d.count(maxPlaces) {
		rec.Places = append(rec.Places, Place{Number: d.str(), Street: d.str(), Line2: d.str(), City: d.str(), Code: d.str()})
	}
	for _, day := range []*Day{&rec.Born, &rec.Wed} {
		day.Year = int16(d.num())
		bits := d.num()
		day.Month, day.Day = int8(bits>>5), int8(bits&31)
	}
	var single []uint64
	for _, list := range []*[]uint64{&rec.Photos, &rec.Links, &single} {
		for range d.count(maxLinks) {
			*list = append(*list, d.hash())
		}
	}
	rec.Values = int(d.num())
	revised, n := binary.Varint([]byte(d.text))
	if n <= 0 || d.bad || len(single) != 3 {
		return nil, ErrRecord
	}
	rec.UID, rec.Note, rec.Content, rec.Revised = single[0], single[1], single[2], revised
	rec.hold()
	return rec, nil
}

// A decoder reads from the front of a text. When that fails, all that follows is
// empty.
type decoder struct {
	text string
	bad  bool
}

func (d *decoder) num() uint64 {
	v, n := binary.Uvarint([]byte(d.text[:min(len(d.text), binary.MaxVarintLen64)]))
	if n <= 0 {
		d.bad, d.text = true, ""
		return 0
	}
	d.text = d.text[n:]
	return v
}

func (d *decoder) count(most int) int {
	n := d.num()
	if n > uint64(most) {
		d.bad, d.text = true, ""
		return 0
	}
	return int(n)
}

func (d *decoder) str() string {
	n := d.num()
	if n > uint64(len(d.text)) {
		d.bad, d.text = true, ""
		return ""
	}
	s := d.text[:n]
	d.text = d.text[n:]
	return s
}

func (d *decoder) hash() uint64 {
	if len(d.text) < 8 {
		d.bad, d.text = true, ""
		return 0
	}
	h := binary.BigEndian.Uint64([]byte(d.text[:8]))
	d.text = d.text[8:]
	return h
}
