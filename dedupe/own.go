package dedupe

import (
	"slices"
	"strings"
)

// familyMailbox reports whether a mailbox is named for somebody's family alone: it
// begins with a family name, and a number may follow.
func familyMailbox(m *Mail, rec *Record) bool {
	if len(rec.Names) == 1 && rec.Names[0].Role == AnyRole {
		return false // a card that is named for its mailbox
	}
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
