package dedupe

import (
	"fmt"
	"strings"

	"almanac/dedupe/names"
)

// Reasons says in words why the two may be one, the strongest first, and then what
// speaks against it.
func (c *Comparison) Reasons() []string {
	v := &c.v
	var out []string
	say := func(when bool, format string, args ...any) {
		if when {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(v[fContent] > 0, "both cards say the same")
	c.nameReasons(say)
	if c.phone != nil {
		say(true, "same %s number", c.phone.word())
	}
	if c.mail != nil {
		say(!c.mailAlias, "same e-mail address")
		say(c.mailAlias, "same mailbox in two spellings")
	}
	say(v[fPlace] >= 0.85 && v[fNumber] != 0, "same address")
	say(v[fPlace] >= 0.6 && (v[fPlace] < 0.85 || v[fNumber] == 0), "similar address")
	c.dayReasons(say)
	say(v[fPhoto] > 0, "same photo")
	say(v[fLinks] > 0, "same web site or account")
	say(v[fUID] > 0, "same UID")
	say(c.orgs && v[fOrganisations] == 0, "same organisation")
	say(v[fNote] > 0, "same note")
	say(v[fPhoneSlip] > 0, "phone numbers that differ by one slip")
	say(v[fMailSlip] > 0, "e-mail addresses that differ by one slip")
	say(v[fMailLocal] > 0 && c.mail == nil, "%q at two mail providers", c.local)
	say(v[fMailSays] == 1 && c.mail == nil, "the e-mail address of one spells the name of the other")
	c.objections(say)
	return out
}

// word names a kind of number.
func (p *Phone) word() string {
	switch p.Class {
	case PhoneMobile:
		return "mobile"
	case PhoneHome:
		return "home"
	case PhoneWork:
		return "work"
	case PhoneFax:
		return "fax"
	}
	return "phone"
}

func (c *Comparison) nameReasons(say func(bool, string, ...any)) {
	v, m := &c.v, &c.name
	if m.n == 0 {
		say(v[fNickname] >= 0.8, "the nickname of one is the name of the other")
		return
	}
	all := len(m.freeA) == 0 && len(m.freeB) == 0
	switch {
	case v[fOrganisations] > 0 && v[fSameName] > 0:
		say(true, "same name of the organisation")
		return
	case v[fSameName] > 0 && v[fSwapped] > 0:
		say(true, "same name, given and family name exchanged")
		return
	case v[fSameName] > 0:
		say(true, "same name")
		return
	case m.joined:
		say(true, "same name in other words")
		return
	}
	exact := []string{}
	for k := range m.n {
		p := &m.pairs[k]
		x, y := &c.a.Names[p.i], &c.b.Names[p.j]
		switch p.how {
		case equal:
			exact = append(exact, x.Shown)
		case shortForm:
			switch names.FormOf(x.Text, y.Text) {
			case names.ShortA:
				say(true, "%s is a short form of %s", x.Shown, y.Shown)
			case names.ShortB:
				say(true, "%s is a short form of %s", y.Shown, x.Shown)
			default:
				say(true, "%s and %s are short forms of one name", x.Shown, y.Shown)
			}
		case oneName:
			say(true, "%s and %s are one name in two languages", x.Shown, y.Shown)
		case initialOnly:
			if len(x.Text) > 1 {
				x, y = y, x
			}
			say(true, "%s. is the initial of %s", strings.ToUpper(x.Text), y.Shown)
		case cutOff:
			if len(x.Text) > len(y.Text) {
				x, y = y, x
			}
			say(true, "%s is the beginning of %s", x.Shown, y.Shown)
		case byEar:
			say(true, "%s and %s sound alike", x.Shown, y.Shown)
		case slip:
			say(true, "%s and %s differ by a few letters", x.Shown, y.Shown)
		}
	}
	switch {
	case len(exact) == 0:
	case v[fSwapped] > 0:
		say(true, "same names, given and family name exchanged: %s", strings.Join(exact, ", "))
	case v[fFamily] == 1 && v[fGiven] < 1 && !(all && m.n == 1):
		say(true, "same family name: %s", strings.Join(exact, " "))
	case v[fGiven] == 1 && v[fFamily] < 1 && !(all && m.n == 1):
		say(true, "same given name: %s", strings.Join(exact, " "))
	default:
		say(true, "same name: %s", strings.Join(exact, " "))
	}
}

func (c *Comparison) dayReasons(say func(bool, string, ...any)) {
	v := &c.v
	switch {
	case c.noYear:
		say(true, "same birthday, one without a year")
	case c.swapDay:
		say(true, "birthdays with day and month exchanged")
	case v[fBorn] == 1:
		say(true, "same birthday")
	case v[fBorn] >= 0.6:
		say(true, "birthdays that differ by one digit")
	}
	say(v[fWed] == 1, "same anniversary")
}

// objections are what speaks against a pair.
func (c *Comparison) objections(say func(bool, string, ...any)) {
	v := &c.v
	say(v[fBorn] >= 0 && v[fBorn] < 0.3, "but other birthdays")
	say(v[fGenders] > 0, "but the given names may be a man's and a woman's")
	say(v[fFirst] != absent && v[fFirst] < 0.5 && v[fGivenClash] > 0, "but other given names")
	say(v[fFamily] == absent && v[fFamilyClash] > 0 && v[fKind] == 0, "but other family names")
	say(v[fGeneration] > 1, "but one is the elder and one the younger of two")
	say(v[fGeneration] == 1, "but only one is marked as the elder or the younger")
	say(v[fJoint] > 0, "but one card is of two people")
	say(v[fKind] > 0, "but one is an organisation")
	say(v[fSex] > 0, "but titles of a man and of a woman")
	say(v[fExtension] > 0, "but other extensions of one number")
	say(v[fPhoneClash] > 0, "but other mobile numbers")
	say(c.phone != nil && v[fPhoneHolders] > 1.2, "but several people have this number")
}
