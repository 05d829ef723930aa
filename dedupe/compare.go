package dedupe

import (
	"math"
	"strings"

	"almanac/dedupe/names"
	"almanac/dedupe/near"
)

// A Comparison is what two records have in common and what sets them apart.
type Comparison struct {
	a, b *Record // in the order of their contents, so that comparing is symmetric
	freq Frequency
	v    Vector
	name nameMatch
	facts
}

// facts are what reasons are made of, beside the features.
type facts struct {
	phone     *Phone // of a: the shared number that the fewest names go by
	mail      *Mail
	mailAlias bool
	atHome    bool // a shared number is one's telephone at home
	place     *Place
	orgs      bool
	swapDay   bool
	noYear    bool
	local     string
}

// Compare compares two records. The result does not depend on their order.
func Compare(a, b *Record, f Frequency) *Comparison {
	c := &Comparison{}
	c.compare(a, b, f)
	return c
}

// compare is Compare into a Comparison that is used again.
func (c *Comparison) compare(a, b *Record, f Frequency) {
	if b.Content < a.Content {
		a, b = b, a
	}
	*c = Comparison{a: a, b: b, freq: f}
	for i := range c.v {
		c.v[i] = absent
	}
	c.names()
	c.phones()
	c.days()
	c.kinds()
	c.mails()
	c.places()
	c.others()
	c.sums()
}

// strangers reports, at little cost, whether two records cannot be one: their names
// are not alike and nothing that belongs to few people is on both.
func strangers(a, b *Record) bool {
	if a.UID != 0 && a.UID == b.UID || a.Content == b.Content {
		return false
	}
	if a.Held&b.Held != 0 && sharesHeld(a, b) || !a.Born.IsZero() && (a.Born.Month == b.Born.Month || a.Born.Year == b.Born.Year && a.Born.Day == b.Born.Day) {
		return false
	}
	if len(a.Names) == 0 || len(b.Names) == 0 || len(a.Nicknames)+len(b.Nicknames) > 0 {
		return false
	}
	found := 0
	for i := range a.Names {
		for j := range b.Names {
			if _, how := alike(&a.Names[i], &b.Names[j], leastAlike); how != unlike {
				found++
				break
			}
		}
	}
	if found >= min(len(a.Names), len(b.Names), 2) {
		return false
	}
	for i := range a.Places {
		for j := range b.Places {
			if a.Places[i].Number == b.Places[j].Number && a.Places[i].Street != "" && tail(a.Places[i].Street, 3) == tail(b.Places[j].Street, 3) {
				return false
			}
		}
	}
	return !sameLetters(a, b)
}

// Features returns what was measured.
func (c *Comparison) Features() *Vector { return &c.v }

func log1(n int) float32 { return float32(math.Log(float64(max(n, 1)))) }

func b2f(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

func (c *Comparison) names() {
	a, b, v := c.a, c.b, &c.v
	v[fWords] = float32(min(len(a.Names), len(b.Names), 3))
	v[fNameless] = b2f(len(a.Names) == 0) + b2f(len(b.Names) == 0)
	v[fRelation] = b2f(a.Relation) + b2f(b.Relation)
	c.nicknames()
	if len(a.Names) == 0 || len(b.Names) == 0 {
		return
	}
	m := &c.name
	m.match(a.Names, b.Names, sameLetters(a, b))
	v[fGivenClash], v[fGivenMore], v[fFamilyClash], v[fFamilyMore], v[fLoose] = 0, 0, 0, 0, 0
	v[fSwapped], v[fShort], v[fInitial], v[fCutOff], v[fByEar], v[fGenders], v[fBothKnown], v[fWorst] = 0, 0, 0, 0, 0, 0, 0, 1
	cards := float64(max(c.freq.Cards(), 2))
	information, expected := 0.0, math.Log(cards)
	full := 0
	for k := range m.n {
		p := &m.pairs[k]
		x, y := &a.Names[p.i], &b.Names[p.j]
		sim := p.sim
		if m.joined {
			sim = max(sim, 0.97)
		}
		given := x.Role == Given || y.Role == Given
		family := x.Role == Family || y.Role == Family
		switch {
		case p.cross:
			v[fSwapped]++
			v[fLoose]++
		case x.Role == AnyRole || y.Role == AnyRole:
			v[fLoose]++
		}
		if given {
			v[fGiven] = max(v[fGiven], sim)
		}
		if family {
			v[fFamily] = max(v[fFamily], sim)
		}
		v[fWorst] = min(v[fWorst], sim)
		switch p.how {
		case shortForm:
			v[fShort]++
		case initialOnly:
			v[fInitial]++
		case cutOff:
			v[fCutOff]++
		case byEar, oneName:
			v[fByEar]++
		case equal:
			full++
		}
		if p.how != equal && p.how != initialOnly && x.Role != Family && y.Role != Family {
			if genders(x.Text, y.Text) {
				v[fGenders] = 1
			}
			known := func(n *Name) bool {
				return n.Known || c.freq.Count(wordTerm(n.Text)) > 2
			}
			if p.how != shortForm && p.how != oneName && known(x) && known(y) {
				v[fBothKnown] = 1
			}
		}
		// A word that is only alike says as much as the more frequent of the two, and
		// an initial next to nothing.
		n := max(c.freq.Count(wordTerm(x.Text)), c.freq.Count(wordTerm(y.Text)), 1)
		share := math.Log(cards / float64(min(n, int(cards))))
		switch {
		case p.how == initialOnly:
			share = min(share, 2.5)
		case p.how != equal:
			share *= float64(sim) * 0.8
		}
		information += share
		expected -= share
	}
	v[fInformation], v[fExpected] = float32(information), float32(expected)
	c.clashes()
	c.first()
	if m.joined || full == len(a.Names) && full == len(b.Names) {
		v[fSameName] = 1
	} else {
		v[fSameName] = 0
	}
	v[fCutName] = c.cutName()
	v[fNamesakes] = min(log1(c.fullCount(a)), log1(c.fullCount(b)))
}

// fullCount is how many cards go by a record's whole name.
func (c *Comparison) fullCount(rec *Record) int {
	if len(rec.Names) == 1 {
		return c.freq.Count(wordTerm(rec.Names[0].Text))
	}
	return c.freq.Count(rec.nameTerm())
}

// clashes counts the words that no word of the other name is taken for.
func (c *Comparison) clashes() {
	v, m := &c.v, &c.name
	if m.joined {
		return
	}
	count := func(ns []Name, free []int) (given, family, loose int) {
		for _, i := range free {
			switch ns[i].Role {
			case Given:
				given++
			case Family:
				family++
			default:
				loose++
			}
		}
		return
	}
	ga, fa, la := count(c.a.Names, m.freeA)
	gb, fb, lb := count(c.b.Names, m.freeB)
	v[fGivenClash], v[fGivenMore] = clash(ga, gb, la, lb)
	v[fFamilyClash], v[fFamilyMore] = clash(fa, fb, la, lb)
}

// clash tells how many words of one role stand against each other, and how many
// are on one side alone. A word of unknown role stands against any.
func clash(a, b, looseA, looseB int) (both, more float32) {
	both = float32(min(a+looseA, b+looseB))
	if a+b == 0 {
		both /= 2
	}
	return both, float32(max(a+looseA, b+looseB)) - float32(min(a+looseA, b+looseB))
}

// first compares the first given names: Jean Pierre and Jean Paul share one, but
// Pierre and Jean Pierre may be one.
func (c *Comparison) first() {
	find := func(ns []Name) int {
		for i := range ns {
			if ns[i].Role == Given {
				return i
			}
		}
		return -1
	}
	i, j := find(c.a.Names), find(c.b.Names)
	if i < 0 || j < 0 {
		return
	}
	if c.name.joined {
		c.v[fFirst] = 1
		return
	}
	var x, y float32
	for _, p := range c.name.pairs[:c.name.n] {
		if p.i == i {
			x = p.sim
		}
		if p.j == j {
			y = p.sim
		}
	}
	c.v[fFirst] = min(x, y)
	if x == 0 && y == 0 {
		s, _ := alike(&c.a.Names[i], &c.b.Names[j], 0)
		c.v[fFirst] = s / 2
	} else if x == 0 || y == 0 {
		c.v[fFirst] = 0.5 + max(x, y)/10
	}
}

// nicknames looks whether one card's NICKNAME is the other's name.
func (c *Comparison) nicknames() {
	if len(c.a.Nicknames)+len(c.b.Nicknames) == 0 {
		return
	}
	c.v[fNickname] = 0
	for _, side := range [][2]*Record{{c.a, c.b}, {c.b, c.a}} {
		for i := range side[0].Nicknames {
			n := &side[0].Nicknames[i]
			for _, others := range [][]Name{side[1].Names, side[1].Nicknames} {
				for j := range others {
					if s, how := alike(n, &others[j], 0); how != initialOnly {
						c.v[fNickname] = max(c.v[fNickname], s)
					}
				}
			}
		}
	}
}

func (c *Comparison) kinds() {
	a, b, v := c.a, c.b, &c.v
	if a.Kind != b.Kind {
		v[fKind] = 1
		if a.vague() || b.vague() {
			v[fKind] = 0.5
		}
	} else {
		v[fKind] = 0
	}
	v[fOrganisations] = b2f(a.Kind == Organisation && b.Kind == Organisation)
	v[fJoint] = b2f(a.Joint != b.Joint)
	v[fGeneration] = 0
	switch {
	case a.Generation != 0 && b.Generation != 0 && a.Generation&b.Generation == 0:
		v[fGeneration] = 2
	case (a.Generation != 0) != (b.Generation != 0):
		v[fGeneration] = 1
	}
	v[fSex] = b2f(a.Sex != 0 && b.Sex != 0 && a.Sex != b.Sex)
	if a.Legal != "" && b.Legal != "" {
		v[fLegal] = b2f(a.Legal == b.Legal)
	}
}

// sharesHeld reports whether two records share the end of a number, a mailbox, a
// photo or a link.
func sharesHeld(a, b *Record) bool {
	for i := range a.Phones {
		for j := range b.Phones {
			if tail(a.Phones[i].Digits, 5) == tail(b.Phones[j].Digits, 5) {
				return true
			}
		}
	}
	for i := range a.Mails {
		for j := range b.Mails {
			if a.Mails[i].Alias == b.Mails[j].Alias {
				return true
			}
		}
	}
	return shared(a.Photos, b.Photos)+shared(a.Links, b.Links) > 0
}

// vague reports whether the card does not really say what it is of: a name without
// parts and nothing else about it.
func (rec *Record) vague() bool {
	return rec.Kind == Person && rec.Org == "" && !hasRole(rec.Names, Given) && !rec.Joint
}

// samePhone reports whether two numbers are one subscriber's, whichever way each is
// dialled.
func samePhone(x, y *Phone) bool {
	if x.Digits == y.Digits {
		return true
	}
	if x.Abroad && y.Abroad {
		return false
	}
	a, b := x, y
	if len(a.Digits) < len(b.Digits) || b.Abroad {
		a, b = b, a
	}
	// b is dialled at home. What a has before it is a country's code, or what b has
	// is a trunk prefix that strips no zero: 8 in Russia, 06 in Hungary.
	if strings.HasSuffix(a.Digits, b.Digits) {
		return len(b.Digits) >= 6 && len(a.Digits)-len(b.Digits) <= 4
	}
	for skip := 1; skip <= 2 && len(b.Digits)-skip >= 8; skip++ {
		if rest := b.Digits[skip:]; a.Abroad && strings.HasSuffix(a.Digits, rest) && len(a.Digits)-len(rest) <= 3 {
			return true
		}
	}
	return false
}

// nearPhone reports whether the subscribers' parts of two numbers are one slip apart.
func nearPhone(x, y string) bool {
	return near.NearDigits(tail(x, 9), tail(y, 9)) || near.NearDigits(tail(x, 9), tail(y, 8)) || near.NearDigits(tail(x, 8), tail(y, 9))
}

func (c *Comparison) phones() {
	a, b, v := c.a, c.b, &c.v
	if len(a.Phones) == 0 || len(b.Phones) == 0 {
		return
	}
	v[fPhones], v[fPhoneSlip], v[fExtension], v[fPhoneClash], v[fPhoneApart], v[fMobile] = 0, 0, 0, 0, 0, 0
	least := math.MaxInt
	var mobileA, mobileB bool
	for i := range a.Phones {
		x := &a.Phones[i]
		mobileA = mobileA || x.Class == PhoneMobile
		for j := range b.Phones {
			y := &b.Phones[j]
			mobileB = mobileB || y.Class == PhoneMobile
			switch {
			case samePhone(x, y):
				if x.Ext != y.Ext && x.Ext != "" && y.Ext != "" {
					v[fExtension] = 1
					continue
				}
				v[fPhones]++
				c.atHome = c.atHome || x.Class == PhoneHome || y.Class == PhoneHome
				n := max(c.freq.Holders(phoneTerm(x.Digits)), c.freq.Holders(phoneTerm(y.Digits)), 1)
				if x.Class == PhoneMobile || y.Class == PhoneMobile {
					v[fMobile] = 1
				}
				if n < least {
					least, c.phone = n, x
					if y.Class == PhoneMobile {
						c.phone = y
					}
				}
			case nearPhone(x.Digits, y.Digits):
				v[fPhoneSlip]++
			}
		}
	}
	if v[fPhones] > 0 {
		v[fPhoneHolders] = log1(least)
		v[fPhoneSlip] = 0
		return
	}
	v[fPhoneApart] = 1
	if v[fPhoneSlip] == 0 {
		v[fPhoneClash] = b2f(mobileA && mobileB)
	}
}

func (c *Comparison) mails() {
	a, b, v := c.a, c.b, &c.v
	v[fMailSays] = max(spells(a, b), spells(b, a))
	if len(a.Mails) == 0 || len(b.Mails) == 0 {
		return
	}
	v[fMails], v[fMailSlip], v[fMailLocal], v[fMailApart], v[fMailRole], v[fMailOwn] = 0, 0, 0, 0, 0, 0
	least, roles := math.MaxInt, 0
	for i := range a.Mails {
		x := &a.Mails[i]
		lx, _, _ := strings.Cut(x.Alias, "@")
		for j := range b.Mails {
			y := &b.Mails[j]
			if x.Alias == y.Alias {
				if x.Plain == "" {
					roles++
				} else if !familyMailbox(x, a) && !familyMailbox(x, b) {
					v[fMailOwn] = 1
				}
				v[fMails]++
				if n := max(c.freq.Holders(mailTerm(x.Alias)), 1); n < least {
					least, c.mail, c.mailAlias = n, x, x.Box != y.Box
				}
				continue
			}
			ly, _, _ := strings.Cut(y.Alias, "@")
			switch px, py := plainLocal(lx), plainLocal(ly); {
			case px == py && len(px) >= 5 && x.Plain != "":
				v[fMailLocal] = 1
				c.local = lx
			case mailSlip(x.Alias, y.Alias):
				v[fMailSlip] = 1
			}
		}
	}
	if v[fMails] > 0 {
		v[fMailHolders] = log1(least)
		v[fMailRole] = b2f(roles == int(v[fMails]))
		return
	}
	v[fMailApart] = 1
}

// mailSlip reports whether two mailboxes are one slip apart, before the at sign or
// behind it.
func mailSlip(x, y string) bool {
	lx, dx, _ := strings.Cut(x, "@")
	ly, dy, _ := strings.Cut(y, "@")
	return dx == dy && len(lx) > 5 && len(ly) > 5 && near.Within(lx, ly, 1) || lx == ly && len(dx) > 4 && near.Within(dx, dy, 1)
}

// roleMailbox reports whether a local part is nobody's own.
func roleMailbox(local string) bool {
	word := strings.FieldsFunc(local, func(r rune) bool { return r < 'a' || r > 'z' })
	return len(word) > 0 && names.ClassOf(word[0])&names.Role != 0
}

// spells tells how well a mailbox of one record spells the name of the other: 1 for
// its given and family names, half for one of them.
func spells(a, b *Record) float32 {
	if len(a.Mails) == 0 || len(b.Names) == 0 {
		return absent
	}
	best := float32(0)
	for i := range a.Mails {
		local := a.Mails[i].Plain
		found, long := 0, false
		for j := range b.Names {
			if w := b.Names[j].Text; len(w) >= 3 && len(w) <= len(local) && strings.Contains(local, w) {
				found++
				long = long || len(w) >= 5
			}
		}
		switch {
		case found >= 2:
			best = 1
		case found == 1 && long:
			best = max(best, 0.5)
		case found == 1:
			best = max(best, 0.3)
		}
	}
	return best
}

func (c *Comparison) places() {
	a, b, v := c.a, c.b, &c.v
	if len(a.Places) == 0 || len(b.Places) == 0 {
		return
	}
	v[fPlace] = 0
	for i := range a.Places {
		for j := range b.Places {
			x, y := &a.Places[i], &b.Places[j]
			street := wordsAlike(x.Street, y.Street)
			if street < 1 && (x.Line2 != "" || y.Line2 != "") {
				street = max(street, wordsAlike(x.Street+" "+x.Line2, y.Street+" "+y.Line2))
			}
			number := sameOr(x.Number, y.Number)
			city := max(sameOr(x.City, y.City), sameOr(x.Code, y.Code))
			if city == 0 && near.AtLeast(x.City, y.City, 0.8) > 0.8 {
				city = 0.8
			}
			sum := street*0.6 + max(number, 0.2)*0.2 + max(city, 0.3)*0.2
			if street <= 0.3 && number != 1 {
				sum = 0.2 * max(city, 0)
			}
			if sum > v[fPlace] {
				v[fPlace], v[fNumber], v[fCity] = sum, number, city
				c.place = x
				v[fHouse] = absent
				if x.Line2 != "" && y.Line2 != "" {
					v[fHouse] = near.Similarity(x.Line2, y.Line2)
				}
				n := max(c.freq.Holders(placeTerm(x)), c.freq.Holders(placeTerm(y)), 1)
				v[fPlaceHolders] = log1(n)
			}
		}
	}
	v[fPlaceApart] = b2f(v[fPlace] < 0.3)
}

// sameOr is 1 for equal texts, 0 for others, absent when one is empty.
func sameOr(a, b string) float32 {
	if a == "" || b == "" {
		return absent
	}
	return b2f(a == b)
}

// wordsAlike is how alike two lists of words in order are, from 0 to 1; a half when
// one is empty.
func wordsAlike(a, b string) float32 {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if a == "" || b == "" {
		return 0.4
	}
	if a == b {
		return 1
	}
	var sum float32
	n := 0
	for w := range strings.FieldsSeq(a) {
		best := float32(0)
		for u := range strings.FieldsSeq(b) {
			if w == u {
				best = 1
				break
			}
			if s := near.AtLeast(w, u, 0.7); s > 0.7 {
				best = max(best, s)
			} else if len(w) >= 2 && len(u) >= 2 && (strings.HasPrefix(w, u) || strings.HasPrefix(u, w)) {
				best = max(best, 0.7)
			}
		}
		sum += best
		n++
	}
	m := 0
	for range strings.FieldsSeq(b) {
		m++
	}
	words := sum / float32(max(n, m))
	return max(words, near.AtLeast(a, b, min(words+0.1, 1))-0.1)
}
