package synth

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"almanac/dedupe/names"
)

var shorts = sync.OnceValue(names.ShortForms)

// A card is what one program knows of somebody, before it is written.
type card struct {
	who                                   *person
	company                               bool
	family, given, middle, prefix, suffix string
	fn                                    string // other than the names in order
	noN                                   bool   // N is empty or missing
	nick                                  string
	tels                                  []tel
	mails                                 []mail
	homes                                 []address
	org, unit, title                      string
	born, wed                             date
	photo                                 int
	note, url, social                     string
	uid                                   string
	noYear                                bool
}

// base is all that is known of somebody, or most.
func (p *person) base(r *rand.Rand) *card {
	c := &card{who: p, company: p.company}
	c.uid = fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48))
	c.tels, c.mails, c.homes = append([]tel(nil), p.tels...), append([]mail(nil), p.mails...), append([]address(nil), p.homes...)
	c.born, c.wed, c.photo, c.note, c.url, c.social, c.nick = p.born, p.wed, p.photo, p.note, p.url, p.social, p.nick
	c.org, c.unit, c.title = strings.TrimSpace(p.org+" "+p.legal), p.unit, p.title
	if p.company {
		return c
	}
	if p.joint != "" {
		and := map[string]string{"fr": "et", "de": "und", "it": "e", "es": "y", "pt": "e", "nl": "en", "pl": "i", "cs": "a", "sv": "och", "da": "og", "tr": "ve", "ru": "i"}[p.lang.name]
		if and == "" || chance(r, 0.3) {
			and = pick(r, []string{"&", "and", "+"})
		}
		c.fn = p.given.latin + " " + and + " " + p.joint + " " + p.family.latin
		switch r.IntN(3) {
		case 0:
			c.given = c.fn
		case 1:
			c.given, c.family = p.given.latin+" "+and+" "+p.joint, p.family.latin
		default:
			c.noN = true
		}
		return c
	}
	c.family, c.given, c.middle, c.suffix = p.family.latin, p.given.latin, p.middle.latin, p.suffix
	if p.family.native != p.family.latin && chance(r, 0.3) {
		c.family, c.given, c.middle = p.family.native, p.given.native, p.middle.native
	}
	if p.firstOnly {
		c.family = ""
	}
	return c
}

func (c *card) clone() *card {
	d := *c
	d.tels, d.mails, d.homes = append([]tel(nil), c.tels...), append([]mail(nil), c.mails...), append([]address(nil), c.homes...)
	return &d
}

// display is FN.
func (c *card) display() string {
	if c.fn != "" {
		return c.fn
	}
	if c.company {
		return c.org
	}
	parts := []string{c.prefix, c.given, c.middle, c.family, c.suffix}
	if c.who.lang.familyFirst {
		if names.ScriptOf(c.family) == names.Han {
			return c.family + c.given
		}
		parts = []string{c.prefix, c.family, c.middle, c.given, c.suffix}
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
