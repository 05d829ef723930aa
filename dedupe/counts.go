package dedupe

import "math/bits"

// What is shared says more the fewer have it: a phone number of ten names is a
// switchboard, and two cards named Smith are less likely one than two named
// Zwyssig. A Frequency tells how often something occurs among the cards compared.
type Frequency interface {
	// Cards is how many cards there are, groups not counted.
	Cards() int
	// Count is how many cards have a term.
	Count(term uint64) int
	// Holders is how many different names the cards that have a term go by.
	Holders(term uint64) int
}

// Terms returns what of a record is counted: words of the name, the whole name,
// numbers, mailboxes, streets, organisation. A store that keeps how many cards
// have each of them, and how many each of Holdings, can answer as Frequency
// without looking at other cards.
func (rec *Record) Terms() []uint64 {
	if rec.Kind == Group {
		return nil
	}
	terms := make([]uint64, 0, 16)
	for i := range rec.Names {
		terms = append(terms, wordTerm(rec.Names[i].Text))
	}
	if len(rec.Names) > 1 {
		terms = append(terms, rec.nameTerm())
	}
	terms = append(terms, rec.heldTerms()...)
	if rec.Org != "" {
		terms = append(terms, orgTerm(rec.Org))
	}
	return distinct(terms)
}

// Holdings returns what Frequency.Holders counts, as pairs of a term and a hash of
// the term with the name that goes by it: the number of different second halves
// that some card has is the answer for the first.
func (rec *Record) Holdings() [][2]uint64 {
	if rec.Kind == Group {
		return nil
	}
	sig := rec.signature()
	held := distinct(rec.heldTerms())
	out := make([][2]uint64, len(held))
	for i, t := range held {
		out[i] = [2]uint64{t, bits.RotateLeft64(t, 17) ^ sig}
	}
	return out
}

// heldTerms are the terms that one person may share with others.
func (rec *Record) heldTerms() []uint64 {
	var terms []uint64
	for i := range rec.Phones {
		terms = append(terms, phoneTerm(rec.Phones[i].Digits))
	}
	for i := range rec.Mails {
		terms = append(terms, mailTerm(rec.Mails[i].Alias))
	}
	for i := range rec.Places {
		if p := &rec.Places[i]; p.Street != "" {
			terms = append(terms, placeTerm(p))
		}
	}
	terms = append(append(terms, rec.Links...), rec.Photos...)
	return terms
}

func wordTerm(word string) uint64 { return hash('w', word) }
func orgTerm(org string) uint64   { return hash('o', org) }

// mailTerm is also a key, so that an index has one row for both.
func mailTerm(alias string) uint64 { return hash('M', alias) }
func placeTerm(p *Place) uint64    { return hash('a', p.Street, p.Number) }

// phoneTerm is of the last digits, which all ways of dialling have.
func phoneTerm(digits string) uint64 { return hash('p', tail(digits, 8)) }

// nameTerm is of all words, in any order.
func (rec *Record) nameTerm() uint64 {
	var sum uint64
	for i := range rec.Names {
		sum += hash('W', rec.Names[i].Text)
	}
	return sum
}

// signature is of the initials: different people rarely share one, and forms of one
// name often do.
func (rec *Record) signature() uint64 {
	if len(rec.Names) == 0 {
		return 0
	}
	return hash('s', rec.initials())
}

// initials are those of the first given and the family name, in the order of the
// alphabet.
func (rec *Record) initials() string {
	if len(rec.Names) == 0 {
		return "\x00\x00"
	}
	a, b := rec.Names[0].Text[0], rec.Names[len(rec.Names)-1].Text[0]
	for i := range rec.Names {
		if rec.Names[i].Role == Given {
			b = rec.Names[i].Text[0]
			break
		}
	}
	if a > b {
		a, b = b, a
	}
	return string([]byte{a, b})
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func distinct(terms []uint64) []uint64 {
	out := terms[:0]
next:
	for i, t := range terms {
		for _, u := range terms[:i] {
			if t == u {
				continue next
			}
		}
		out = append(out, t)
	}
	return out
}

// Counts is a Frequency kept in memory. Its zero value is empty and ready.
type Counts struct {
	cards   int
	count   map[uint64]int32
	holding map[uint64]int32 // by the second half of Holdings
	holders map[uint64]int32
}

// Add counts a record.
func (c *Counts) Add(rec *Record) { c.change(rec, 1) }

// Remove takes back what Add of an equal record counted.
func (c *Counts) Remove(rec *Record) { c.change(rec, -1) }

func (c *Counts) change(rec *Record, by int32) {
	if rec.Kind == Group {
		return
	}
	if c.count == nil {
		c.count, c.holding, c.holders = map[uint64]int32{}, map[uint64]int32{}, map[uint64]int32{}
	}
	c.cards += int(by)
	for _, t := range rec.Terms() {
		bump(c.count, t, by)
	}
	for _, h := range rec.Holdings() {
		before := c.holding[h[1]]
		bump(c.holding, h[1], by)
		if before == 0 || before+by == 0 {
			bump(c.holders, h[0], by)
		}
	}
}

// bump changes a counter and forgets it at zero.
func bump(m map[uint64]int32, key uint64, by int32) {
	if n := m[key] + by; n == 0 {
		delete(m, key)
	} else {
		m[key] = n
	}
}

// Cards implements Frequency.
func (c *Counts) Cards() int { return c.cards }

// Count implements Frequency.
func (c *Counts) Count(term uint64) int { return int(c.count[term]) }

// Holders implements Frequency.
func (c *Counts) Holders(term uint64) int { return int(c.holders[term]) }
