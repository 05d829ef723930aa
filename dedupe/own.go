package dedupe

import (
	"slices"
	"strings"

	"almanac/dedupe/names"
)

// familyMailbox reports whether a mailbox is named for somebody's family alone: it
// is a family name, behind a word for family perhaps, and a number may follow.
func familyMailbox(m *Mail, rec *Record) bool {
	if len(rec.Names) == 1 && rec.Names[0].Role == AnyRole {
		return false // a card that is named for its mailbox
	}
	local := strings.TrimRight(m.Plain, "0123456789")
	named := func(family string) bool {
		word, ok := strings.CutSuffix(local, family)
		return ok && family != "" && (word == "" || names.ClassOf(word)&names.Role != 0)
	}
	for i := range rec.Names {
		if rec.Names[i].Role != Given && named(rec.Names[i].Text) {
			return true
		}
	}
	return named(rec.FamilyAll)
}

// ownKinds counts of mobile numbers and mailboxes those of which each has some that
// the other lacks.
func (c *Comparison) ownKinds() float32 {
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
	return b2f(mailA && mailB) + b2f(mobileA && mobileB)
}
