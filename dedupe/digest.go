package dedupe

// A Digest is a Record in octets: what a store keeps beside a card, so that cards
// are compared without being read again. "" is none: of octets that are no card.
type Digest string

// Edition counts what a card's Digest and Postings are. It grows with every change
// to what Of, Keys or Terms make of some card; a store with those of another
// edition makes them anew. TestEdition tells when it has to.
const Edition = 3

// Digest returns the record in octets.
func (rec *Record) Digest() Digest { return Digest(rec.AppendBinary(nil)) }

// Record makes the record again. The error is ErrRecord.
func (d Digest) Record() (*Record, error) { return DecodeRecord([]byte(d)) }

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
