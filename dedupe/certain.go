package dedupe

// What could be merged unseen is decided by more than a score. A father and a son of
// one name share all that a household shares, twins a birthday and often an initial,
// and a forest that was grown on books where they are rare gives such a pair 0.99.
// So a pair has to show the more, the less of what it shares is one person's own.

// never is a score that no pair has.
const never = 2

// certainFrom is the score from where on the two could be merged without asking.
func (c *Comparison) certainFrom() float64 {
	v := &c.v
	same := v[fSameName] > 0
	switch {
	case c.copies():
		return certain
	case c.opposedByName(), v[fJoint] > 0:
		return never
	case v[fBorn] != absent && v[fBorn] < 0.9:
		if !c.allButBirthday() {
			return never
		}
		return certain
	case v[fOrganisations] > 0:
		if v[fShared] < 2 {
			return 0.99
		}
		return certain
	case v[fKind] > 0, v[fGeneration] > 0:
		// A company and a person, and a junior and somebody who may be the senior.
		if !c.own() || !same && (v[fKind] == 1 || v[fShared] < 2) {
			return never
		}
		return 0.99
	case v[fFamily] == absent && v[fFamilyClash] > 0 && v[fShared] < 2:
		if !c.own() {
			return never
		}
		return 0.998
	case c.own(), v[fBorn] >= 0.9 && v[fInitial] <= 0:
		return certain
	case v[fBorn] >= 0.9:
		return never // twins
	case v[fEachOwn] > 0:
		if !same {
			return never
		}
		return 0.996
	case v[fShared] >= 2:
		return 0.99
	case same && !c.atHome && v[fOrg] <= 0.8:
		return certain
	case same:
		return 0.995
	case c.otherNames():
		return 0.9995
	case !c.atHome:
		return certain
	}
	return 0.998
}

// own reports whether something is shared that belongs to one person: not the
// telephone at home, the address, nor a mailbox in the name of the family. A
// birthday is shared by twins.
func (c *Comparison) own() bool {
	v := &c.v
	return v[fMobile] > 0 || v[fMailOwn] > 0 || v[fPhoto] > 0 || v[fLinks] > 0 || v[fUID] > 0
}

// otherNames reports whether the names could well be those of two of one family: a
// short form, an initial, a name cut off or left out, a man's and a woman's.
func (c *Comparison) otherNames() bool {
	v := &c.v
	return v[fShort]+v[fInitial]+v[fCutOff] > 0 || v[fGenders] > 0 || v[fBothKnown] > 0 || v[fGiven] == absent || v[fFamily] == absent
}

// allButBirthday reports whether all else is so much the same that one of two
// birthdays is a mistake: the name, something of their own and where they live, and
// neither has anything that the other lacks. A father and a son are some decades
// apart; then nothing is enough.
func (c *Comparison) allButBirthday() bool {
	v := &c.v
	years := c.a.Born.Year - c.b.Born.Year
	if years = max(years, -years); !c.own() || v[fEachOwn] > 0 || years >= 14 && years <= 55 {
		return false
	}
	if v[fShared] < 2 && !(v[fPlace] >= 0.6 && v[fNumber] == 1) {
		return false
	}
	return v[fSameName] > 0 || v[fBorn] >= 0.4 && !c.otherNames() && v[fGivenClash]+v[fFamilyClash] == 0
}
