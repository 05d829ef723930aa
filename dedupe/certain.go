package dedupe

import (
	"slices"
	"strings"
)

// What could be merged unseen is decided by more than a score. A father and a son of
// one name share all that a household shares, twins a birthday and often an initial,
// and a forest that was grown on books where they are rare gives such a pair 0.99.
// So a pair has to show the more, the less of what it shares is one person's own. And
// where nobody else can be meant, a score that new numbers have lowered is enough.

// never is a score that no pair has.
const never = 2

// Certain reports whether the two could be merged without asking, given their score.
func (c *Comparison) Certain(score float64) bool {
	from, _ := c.Bar()
	return score >= from
}

// Bar is the score from where on the two could be merged without asking, above 1 for
// never, and in some words the rule that says so.
func (c *Comparison) Bar() (from float64, rule string) {
	v := &c.v
	same := v[fSameName] > 0
	switch {
	case c.copies():
		return certain, "a copy"
	case c.opposedByName(), v[fJoint] > 0:
		return never, "other names"
	case v[fBorn] != absent && v[fBorn] < 0.9:
		if !c.allButBirthday() {
			return never, "other birthdays"
		}
		return certain, "all but the birthday"
	case v[fOrganisations] > 0:
		if v[fLegal] == 0 {
			return 0.998, "organisations of other legal forms"
		}
		return 0.95, "organisations"
	case v[fKind] == 0.5 && c.cutInWord():
		return 0.85, "the name of an organisation, cut off"
	case v[fKind] > 0, v[fGeneration] > 0:
		// A company and a person, and a junior and somebody who may be the senior.
		if !c.own() || !same && (v[fKind] == 1 || v[fShared] < 2) {
			return never, "another kind or generation"
		}
		return 0.99, "another kind or generation, and something own"
	case c.namedForMail():
		return 0.8, "named for the mailbox"
	case v[fFamily] == absent && v[fFamilyClash] > 0 && v[fShared] < 2:
		switch {
		case c.bornAlike(), v[fMailOwn] > 0 && v[fFirst] == 1:
			return certain, "another family name since"
		case c.own():
			return 0.998, "other family names, and something own"
		}
		return never, "other family names"
	case c.own():
		return c.ownBar()
	case v[fBorn] >= 0.9 && v[fInitial] > 0:
		return never, "twins"
	case v[fBorn] >= 0.9 && c.otherNames():
		return certain, "a birthday and a name nearly the same"
	case v[fBorn] >= 0.9:
		return 0.95, "a birthday and the name"
	case c.wholeName() && c.misread():
		return suggest, "the name and a number misread"
	case c.wholeName() && c.mistyped():
		return 0.9, "the name and a mailbox mistyped"
	case c.familyCut() && c.misread():
		return 0.95, "a name cut off and a number misread"
	case v[fEachOwn] > 0 && (!same || v[fPhoneSlip] > 0):
		return never, "each has own things, and another name or the next number"
	case v[fEachOwn] > 0:
		return 0.996, "each has own things"
	case v[fShared] >= 2:
		return 0.99, "two things of a household"
	}
	return c.householdBar()
}

// ownBar is Bar of two that share something that is one person's own.
func (c *Comparison) ownBar() (float64, string) {
	v := &c.v
	few := v[fPhoneHolders] <= log1(2) && v[fMailHolders] <= log1(2)
	switch same := v[fSameName] > 0; {
	case same && v[fMobile] <= 0 && v[fMailOwn] <= 0 && v[fPhoto] <= 0:
		return certain, "the name and a link" // an account is often the name again
	case c.wholeName() && few, !same && !c.otherNames() && v[fWorst] >= 0.85:
		return 0.9, "something own and the name"
	case same && few:
		return certain, "something own and a single name"
	case same:
		return 0.95, "something that several have and the name"
	case v[fShort] > 0 && v[fInitial]+v[fCutOff] == 0 && v[fGenders]+v[fBothKnown] == 0:
		return 0.9, "something own and a short form"
	case v[fNameless] > 0 && !few:
		return 0.998, "no name and something that several have" // Dad, and the son's card has his number
	}
	return certain, "something own and a name in part"
}

// householdBar is Bar of two that share no more than a household does.
func (c *Comparison) householdBar() (float64, string) {
	v := &c.v
	switch same := v[fSameName] > 0; {
	case same && (c.atHome || v[fPlace] > 0.85):
		return 0.99, "the name at one home"
	case same && v[fMails] > 0:
		return 0.995, "the name and a mailbox of the family"
	case same && v[fNote] > 0 && v[fShared] == 1:
		return 0.995, "the name and a note"
	case same:
		return certain, "the name"
	case c.familyCut():
		return certain, "a family name cut off"
	case c.otherNames():
		return 0.9995, "names that two of a family may have"
	case c.atHome:
		return 0.99, "a name alike at one telephone"
	}
	return certain, "a name alike"
}

// own reports whether something is shared that belongs to one person: not the
// telephone at home, the address, nor a mailbox in the name of the family. A
// birthday is shared by twins.
func (c *Comparison) own() bool {
	v := &c.v
	return v[fMobile] > 0 || v[fMailOwn] > 0 || v[fPhoto] > 0 || v[fLinks] > 0 || v[fUID] > 0
}

// wholeName reports whether both have the same name, of two words or more.
func (c *Comparison) wholeName() bool {
	return c.v[fSameName] > 0 && c.v[fWords] >= 2
}

// otherNames reports whether the names could well be those of two of one family: a
// short form, an initial, a name cut off or left out, a man's and a woman's.
func (c *Comparison) otherNames() bool {
	v := &c.v
	return v[fShort]+v[fInitial]+v[fCutOff] > 0 || v[fGenders] > 0 || v[fBothKnown] > 0 || v[fGiven] == absent || v[fFamily] == absent
}

// allButBirthday reports whether all else is so much the same that one of two
// birthdays is a mistake: the name, something of their own and where they live, and
// neither has anything that the other lacks. Without something of their own the
// birthdays must be mistakable for one another too. A father and a son are some
// decades apart; then nothing is enough.
func (c *Comparison) allButBirthday() bool {
	v := &c.v
	years := c.a.Born.Year - c.b.Born.Year
	years = max(years, -years)
	alike := v[fBorn] >= 0.4 && !c.otherNames() && v[fGivenClash]+v[fFamilyClash] == 0
	switch {
	case v[fEachOwn] > 0, years >= 14 && years <= 55:
		return false
	case alike && v[fGiven] == 1 && v[fFirst] == 1 && years < 14 && v[fPlace] >= 0.75 && v[fNumber] == 1 && v[fCity] != 0:
		return true
	case !c.own(), v[fShared] < 2 && !(v[fPlace] >= 0.6 && v[fNumber] == 1):
		return false
	}
	return alike || v[fSameName] > 0
}

// bornAlike reports whether given name, day, month and year of birth and the street
// are one: of all who have another family name only somebody who has married or
// moved on from it.
func (c *Comparison) bornAlike() bool {
	v, born := &c.v, c.a.Born
	return v[fGiven] == 1 && v[fFirst] == 1 && v[fPlace] >= 0.8 && born == c.b.Born && born.Year != 0 && born.Month != 0 && born.Day != 0
}

// namedForMail reports whether one card is a mailbox and no more, named for it, and
// the other card is the only one that has it too.
func (c *Comparison) namedForMail() bool {
	if c.v[fMails] <= 0 || c.v[fMailHolders] > log1(2) {
		return false
	}
	is := func(a, b *Record) bool {
		return len(a.Names) == 1 && len(b.Names) >= 2 && len(a.Mails) == 1 && kindsOf(a) == 1 &&
			a.Mails[0].Plain == a.Names[0].Text && !familyMailbox(&a.Mails[0], b)
	}
	return is(c.a, c.b) || is(c.b, c.a)
}

// cutInWord reports whether one name is so many letters of the other that it was cut
// in a word, and both have one number: what a SIM card makes of a company. Of a
// person whom a company is named for, all of the name would be there.
func (c *Comparison) cutInWord() bool {
	v := &c.v
	return v[fCutName] >= 10 && v[fCutOff] > 0 && v[fWords] >= 2 && v[fPhones] > 0
}

// familyCut reports whether the names are one but for a family name that is cut off.
// A given name that is cut off may be a brother's or a sister's.
func (c *Comparison) familyCut() bool {
	if c.v[fCutName] < 6 || c.v[fWords] < 2 || len(c.name.freeA)+len(c.name.freeB) > 0 {
		return false
	}
	given := false
	for _, p := range c.name.pairs[:c.name.n] {
		isGiven := c.a.Names[p.i].Role == Given || c.b.Names[p.j].Role == Given
		if isGiven && p.how != equal || p.how == shortForm || p.how == oneName {
			return false
		}
		given = given || isGiven
	}
	return given
}

// misread reports whether a number of one is that of the other with a slip of the
// pen. Another last digit is none: a family buys its numbers in a row.
func (c *Comparison) misread() bool {
	if c.v[fPhoneSlip] <= 0 || c.v[fMailApart] > 0 {
		return false
	}
	return slices.ContainsFunc(c.a.Phones, func(x Phone) bool {
		return slices.ContainsFunc(c.b.Phones, func(y Phone) bool {
			return nearPhone(x.Digits, y.Digits) && x.Digits[len(x.Digits)-1] == y.Digits[len(y.Digits)-1]
		})
	})
}

// mistyped reports whether a mailbox of one is that of the other with a slip of the
// pen. Other digits are none, by which namesakes tell theirs apart, nor is an initial
// before the family's name.
func (c *Comparison) mistyped() bool {
	if c.v[fMailSlip] <= 0 || c.v[fPhoneApart] > 0 {
		return false
	}
	return slices.ContainsFunc(c.a.Mails, func(x Mail) bool {
		return slices.ContainsFunc(c.b.Mails, func(y Mail) bool {
			return mailSlip(x.Alias, y.Alias) && digits(x.Alias) == digits(y.Alias) && !familyMailbox(&x, c.a) && !familyMailbox(&y, c.b)
		})
	})
}

// digits are those in a text.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// alone reports whether what makes two certainly one is more than a household and
// its namesakes share. They need not ask what else their groups say.
func (c *Comparison) alone() bool {
	return c.own() || c.copies() || c.wholeName() && c.v[fBorn] == 1
}
