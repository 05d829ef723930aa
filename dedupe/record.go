package dedupe

import (
	"almanac/dedupe/names"
)

// A Kind is what a card describes, as far as it matters here.
type Kind uint8

const (
	Person Kind = iota
	Organisation
	Group // a list of cards: never a member of a group of duplicates
)

// A Role is which part of a name a word is.
type Role uint8

const (
	AnyRole Role = iota // the card does not tell
	Given
	Family
)

// A Name is one word of a name.
type Name struct {
	Text   string // in the form of names.Latin
	Sound  string // near.Sound of it
	Shown  string // as the card has it
	Role   Role
	Script names.Script
	Known  bool // names.Known of it
}

// A Phone is a number to compare.
type Phone struct {
	Digits string // with the country's code when Abroad, else as dialled at home without trunk prefix
	Abroad bool   // the card says the country
	Ext    string
	Class  PhoneClass
}

// A PhoneClass is what the card says about a number.
type PhoneClass uint8

const (
	PhoneUnknown PhoneClass = iota
	PhoneMobile
	PhoneHome
	PhoneWork
	PhoneFax
)

// A Mail is a mailbox.
type Mail struct {
	Box   string // value.Email
	Alias string // value.EmailAlias
	Plain string // the local part as one word in the form of names.Latin; "" for a mailbox of nobody (info@)
}

// A Place is a postal address.
type Place struct {
	Number string // the first number of the street line
	Street string // its other words, in the order of the alphabet, joined
	Line2  string // the extended address likewise
	City   string
	Code   string
}

// A Day is a date with parts that may be 0 for not said.
type Day struct {
	Year  int16
	Month int8
	Day   int8
}

// IsZero reports whether nothing is said.
func (d Day) IsZero() bool { return d == Day{} }

// A Record is all of a card that comparing looks at, in normal form: some hundred
// octets, where the card may have a photo. It depends on nothing but the card and
// the country that its numbers without one are dialled in, so that a store can
// keep it beside the card and make it again.
type Record struct {
	Kind       Kind
	Joint      bool        // two people on one card: Anna and Peter Example
	Relation   bool        // named for what it is to somebody (Dad), or for its number
	Generation names.Class // senior, junior and so on, 0 when not said
	Sex        names.Class // Man or Woman by a title, else 0

	Names     []Name // of a person; of an organisation the words of its name without legal form
	Nicknames []Name
	GivenAll  string // the given names in one word
	FamilyAll string // the family names in one word, particles included
	Legal     string // the legal form of an organisation
	Org, Unit string
	OrgWords  []string
	Title     string
	Phones    []Phone
	Mails     []Mail
	Places    []Place
	Born      Day
	BornText  string // a birthday that is no date, folded
	Wed       Day
	Photos    []uint64
	Links     []uint64 // web sites and accounts
	UID       uint64   // 0 for none
	Note      uint64   // hash of all notes

	Held    uint64 // a bit for each number, mailbox, photo and link: without a bit in common two records share none
	Content uint64 // hash of everything above: equal for cards that say the same
	Values  int    // how many values the card has
	Revised int64  // REV in seconds since 1970, 0 when not said
}

// bounds on what is read of one card, so that comparing two is bounded.
const (
	maxNames  = 8
	maxPhones = 12
	maxMails  = 12
	maxPlaces = 6
	maxLinks  = 12
	maxPhotos = 4
	maxWord   = 40
)

// hash is FNV-1a of a kind and some texts. It must stay the same for ever: stores
// keep what is made of it.
func hash(kind byte, texts ...string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	h = (h ^ uint64(kind)) * prime
	for _, t := range texts {
		for i := range len(t) {
			h = (h ^ uint64(t[i])) * prime
		}
		h = (h ^ 0xff) * prime
	}
	// FNV's last octet stays in the low bits; spread it.
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}
