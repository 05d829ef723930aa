package dedupe

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"almanac/dedupe/forest"
)

// model.txt is written by the program in dedupe/train.
//
//go:embed model.txt
var modelText string

var model = sync.OnceValue(func() *forest.Forest {
	f, err := forest.Parse(modelText)
	if err != nil || f.Features != int(Features) {
		panic("dedupe: model.txt was trained for other features: run go run ./dedupe/train")
	}
	return f
})

// Thresholds on the score of a pair.
const (
	// suggest is from where on two cards are shown as perhaps one.
	suggest = 0.5
	// likely is from where on they are called likely one.
	likely = 0.9
	// certain is from where on they could be merged unseen, when nothing contradicts.
	certain = 0.98
	// apart is below which the whole of two groups says that they are two, whatever
	// the best pair of their cards says.
	apart = 0.2
	// together is from where on it says that they are one, when no pair does.
	together = 0.9
	// keep is from where on a pair is remembered while groups are made.
	keep = 0.05
)

// Score returns the probability that the two records are of one person or
// organisation. It is the same in both orders.
func (c *Comparison) Score() float64 {
	return model().Probability(c.v[:])
}

// checks give up what would come to nothing, at a tenth of the cost.
var checks = []forest.Check{{Trees: 30, Below: -5}, {Trees: 70, Below: -5}, {Trees: 150, Below: -4.5}}

// promising is Score of what may be worth to be remembered.
func (c *Comparison) promising() (score float64, ok bool) {
	x, ok := model().Promising(c.v[:], checks)
	return forest.Logistic(x), ok
}

// Opposed reports whether something speaks against the two that no slip of the pen
// explains: other given names, a son and a father, other birthdays, a company and
// a person. Such cards come into no group, not even by way of a third.
func (c *Comparison) Opposed() bool {
	v := &c.v
	switch {
	case v[fUID] > 0 && v[fSameName] > 0, v[fContent] > 0:
		return false
	case v[fKind] == 1 && v[fSameName] <= 0, v[fJoint] > 0, v[fGeneration] > 1, v[fSex] > 0:
		return true
	case v[fFirst] != absent && v[fFirst] < 0.5 && v[fGivenClash] > 0 && v[fNickname] < 0.8:
		return true
	case v[fGenders] > 0 && v[fBothKnown] > 0:
		return true
	case v[fBorn] == 0 && v[fBornYears] >= 1:
		return true
	}
	return false
}

// Certain reports whether the two could be merged without asking, given their score.
// It asks for more than a score: a father and a son of one name share all that a
// household shares.
func (c *Comparison) Certain(score float64) bool {
	v := &c.v
	switch {
	case score < certain, c.Opposed(), v[fJoint] > 0, v[fKind] > 0, v[fGeneration] > 0:
		return false
	case v[fFamily] == absent && v[fFamilyClash] > 0 && v[fShared] < 2:
		return false
	case v[fBorn] != absent && v[fBorn] < 0.9 && !(v[fSameName] > 0 && v[fShared] >= 2 && c.personal() && !c.eachHasOwn()):
		// Birthdays that differ, though a slip would explain it: all else must agree.
		return false
	}
	return v[fOrganisations] > 0 || c.personal() || !c.eachHasOwn()
}

// personal reports whether something is shared that belongs to one person: not the
// telephone at home, the address, nor a mailbox in the name of the family.
func (c *Comparison) personal() bool {
	v := &c.v
	if v[fMobile] > 0 || v[fBorn] >= 0.9 || v[fPhoto] > 0 || v[fLinks] > 0 || v[fUID] > 0 || v[fContent] > 0 {
		return true
	}
	for i := range c.a.Mails {
		m := &c.a.Mails[i]
		if m.Plain != "" && slices.ContainsFunc(c.b.Mails, func(o Mail) bool { return o.Alias == m.Alias }) && !familyMailbox(m, c.a) && !familyMailbox(m, c.b) {
			return true
		}
	}
	return false
}

// familyMailbox reports whether a mailbox is named for somebody's family alone: it
// begins with a family name, and a number may follow.
func familyMailbox(m *Mail, rec *Record) bool {
	for i := range rec.Names {
		if rec.Names[i].Role == Given {
			continue
		}
		if rest, ok := strings.CutPrefix(m.Plain, rec.Names[i].Text); ok && strings.Trim(rest, "0123456789") == "" {
			return true
		}
	}
	if rest, ok := strings.CutPrefix(m.Plain, rec.FamilyAll); ok && rec.FamilyAll != "" {
		return strings.Trim(rest, "0123456789") == ""
	}
	return false
}

// eachHasOwn reports whether both have mobile numbers or mailboxes of their own,
// which the other lacks.
func (c *Comparison) eachHasOwn() bool {
	own := func(a, b *Record) (mail, mobile bool) {
		for i := range a.Mails {
			mail = mail || !slices.ContainsFunc(b.Mails, func(o Mail) bool { return o.Alias == a.Mails[i].Alias })
		}
		for i := range a.Phones {
			p := &a.Phones[i]
			if p.Class == PhoneMobile || p.Class == PhoneUnknown {
				mobile = mobile || !slices.ContainsFunc(b.Phones, func(o Phone) bool { return samePhone(p, &o) })
			}
		}
		return
	}
	mailA, mobileA := own(c.a, c.b)
	mailB, mobileB := own(c.b, c.a)
	return mailA && mailB || mobileA && mobileB
}
