package dedupe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/contentline"
	"almanac/dedupe/names"
	"almanac/dedupe/value"
	"almanac/vcard"
)

// Read makes the record of a card of any version. country, a name of ISO 3166
// such as "CH" or "" for none, is where numbers without a country are dialled.
// It fails for text that is no card.
func Read(src []byte, country string) (*Record, error) {
	if v := vcard.VersionOf(src); v == vcard.V21 || v == "" {
		if up, err := vcard.Upgrade(src); err == nil {
			src = up
		}
	}
	card, err := vcard.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("read a card to compare: %w", err)
	}
	return Of(card, country), nil
}

// Of is Read of a card that is parsed. A card of vCard 2.1 has to be upgraded first.
func Of(card *vcard.Card, country string) *Record {
	r := &reader{country: country, rec: &Record{}}
	for i := range card.Root.Props {
		r.property(&card.Root.Props[i])
	}
	switch card.Kind {
	case vcard.Group:
		r.rec.Kind = Group
	case vcard.Org:
		r.rec.Kind = Organisation
	}
	if card.UID != "" {
		r.rec.UID = hash('u', strings.ToLower(strings.TrimPrefix(strings.ToLower(card.UID), "urn:uuid:")))
	}
	r.names()
	r.classes()
	r.rec.finish()
	r.rec.pack()
	return r.rec
}

// A reader gathers what a card says before it is clear what the words of its
// names are.
type reader struct {
	country string
	rec     *Record

	n          [5]string // family, given, additional names, prefixes, suffixes
	fn         string
	nick       []string
	org        []string // components
	phonetic   [2]string
	company    bool // shown by its organisation
	labels     map[string]string
	phoneGroup []string // of each of rec.Phones
	notes      []string
}

func (r *reader) property(p *contentline.Property) {
	rec := r.rec
	if strings.TrimSpace(p.Value) == "" {
		return
	}
	switch p.Name {
	case "VERSION", "PRODID", "BEGIN", "END", "KIND", "X-ADDRESSBOOKSERVER-KIND", "UID":
		return
	case "REV":
		rec.Revised = revised(p.Value)
		return
	}
	rec.Values++
	switch p.Name {
	case "N":
		for i, part := range contentline.SplitText(p.Value, ';') {
			if i < len(r.n) && r.n[i] == "" {
				r.n[i] = clip(contentline.UnescapeText(strings.Join(contentline.SplitText(part, ','), " ")), 200)
			}
		}
	case "FN":
		if r.fn == "" {
			r.fn = clip(strings.TrimSpace(contentline.UnescapeText(p.Value)), 200)
		}
	case "NICKNAME":
		for _, s := range contentline.SplitText(p.Value, ',') {
			if len(r.nick) < 4 {
				r.nick = append(r.nick, clip(contentline.UnescapeText(s), 100))
			}
		}
	case "X-PHONETIC-FIRST-NAME":
		r.phonetic[0] = clip(contentline.UnescapeText(p.Value), 100)
	case "X-PHONETIC-LAST-NAME":
		r.phonetic[1] = clip(contentline.UnescapeText(p.Value), 100)
	case "X-ABSHOWAS":
		r.company = strings.EqualFold(strings.TrimSpace(p.Value), "COMPANY")
	case "X-ABLABEL":
		if p.Group != "" && len(r.labels) < 64 {
			if r.labels == nil {
				r.labels = map[string]string{}
			}
			r.labels[strings.ToLower(p.Group)] = strings.ToLower(clip(p.Value, 60))
		}
	case "ORG":
		if r.org == nil {
			for i, part := range contentline.SplitText(p.Value, ';') {
				if i < 2 {
					r.org = append(r.org, clip(strings.TrimSpace(contentline.UnescapeText(part)), 200))
				}
			}
		}
	case "TITLE", "ROLE":
		if rec.Title == "" {
			rec.Title = clip(value.Squash(contentline.UnescapeText(p.Value)), 60)
		}
	case "TEL":
		r.phone(p)
	case "EMAIL":
		if box, ok := value.Email(contentline.UnescapeText(p.Value)); ok && len(rec.Mails) < maxMails {
			m := mailOf(clip(box, 120), clip(value.EmailAlias(box), 120))
			if !slices.Contains(rec.Mails, m) {
				rec.Mails = append(rec.Mails, m)
			}
		}
	case "ADR":
		r.place(p)
	case "BDAY":
		if d, ok := dayOf(p); ok {
			rec.Born = d
		} else {
			rec.BornText = clip(value.Squash(p.Value), 20)
		}
	case "ANNIVERSARY", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY", "X-ABDATE":
		if d, ok := dayOf(p); ok && rec.Wed.IsZero() {
			rec.Wed = d
		}
	case "PHOTO", "LOGO":
		if h, _, ok := value.Media(p); ok && len(rec.Photos) < maxPhotos {
			rec.Photos = append(rec.Photos, hash('i', string(h[:])))
		}
	case "URL":
		if u, ok := value.URL(p.Value); ok {
			r.link("web", u)
		}
	case "IMPP", "X-SOCIALPROFILE", "X-JABBER", "X-SKYPE", "X-SKYPE-USERNAME", "X-AIM", "X-ICQ", "X-MSN", "X-YAHOO", "X-QQ", "X-TWITTER", "X-GTALK":
		if _, user, ok := value.Account(p); ok {
			r.link("account", user)
		}
	case "NOTE":
		if len(r.notes) < 4 {
			r.notes = append(r.notes, value.Squash(clip(contentline.UnescapeText(p.Value), 400)))
		}
	}
}

// mailOf makes a Mail of a mailbox and its alias.
func mailOf(box, alias string) Mail {
	local, _, _ := strings.Cut(box, "@")
	m := Mail{Box: box, Alias: alias}
	if !roleMailbox(local) {
		m.Plain = names.Latin(plainLocal(local))
	}
	return m
}

func (r *reader) link(kind, text string) {
	h := hash('l', kind, strings.TrimPrefix(text, "www."))
	if len(r.rec.Links) < maxLinks && len(text) >= 4 && !slices.Contains(r.rec.Links, h) {
		r.rec.Links = append(r.rec.Links, h)
	}
}

func (r *reader) phone(p *contentline.Property) {
	if len(r.rec.Phones) >= maxPhones {
		return
	}
	raw := contentline.UnescapeText(p.Value)
	canonical, ext, ok := value.Phone(raw, "")
	if !ok {
		return
	}
	ph := Phone{Ext: ext}
	if ph.Digits, ph.Abroad = strings.CutPrefix(canonical, "+"); !ph.Abroad {
		// What is dialled at home in full is also dialled so abroad, but for the
		// prefixes that only the country's own table knows.
		if home, _, ok := value.Phone(raw, r.country); ok && strings.HasPrefix(home, "+") && !strings.HasSuffix(home, ph.Digits) {
			ph.Digits, ph.Abroad = home[1:], true
		}
	}
	for i := range p.Params {
		if n := p.Params[i].Name; n == "TYPE" || n == "" {
			for _, v := range p.Params[i].Values {
				ph.Class = ph.Class.with(phoneClass(strings.ToLower(v)))
			}
		}
	}
	for _, have := range r.rec.Phones {
		if have.Digits == ph.Digits && have.Ext == ph.Ext {
			return
		}
	}
	r.rec.Phones = append(r.rec.Phones, ph)
	r.phoneGroup = append(r.phoneGroup, strings.ToLower(p.Group))
}

// with is what two TYPEs say together: a mobile telephone for work is one person's.
func (c PhoneClass) with(o PhoneClass) PhoneClass {
	if most := max(c, o); most == PhoneFax || min(c, o) != PhoneMobile {
		return most
	}
	return PhoneMobile
}

// phoneClass is what a TYPE or a label says.
func phoneClass(word string) PhoneClass {
	switch {
	case strings.Contains(word, "fax"):
		return PhoneFax
	case strings.Contains(word, "cell"), strings.Contains(word, "mobil"), strings.Contains(word, "iphone"):
		return PhoneMobile
	case strings.Contains(word, "work"), strings.Contains(word, "main"), strings.Contains(word, "company"):
		return PhoneWork
	case strings.Contains(word, "home"):
		return PhoneHome
	}
	return PhoneUnknown
}

// classes takes labels, which may stand behind what they are about, into account.
func (r *reader) classes() {
	for i := range r.rec.Phones {
		if g := r.phoneGroup[i]; g != "" && r.rec.Phones[i].Class == PhoneUnknown {
			r.rec.Phones[i].Class = phoneClass(r.labels[g])
		}
	}
	slices.Sort(r.notes)
	if text := strings.Join(r.notes, "\n"); len(text) >= 3 {
		r.rec.Note = hash('n', text)
	}
}

func (r *reader) place(p *contentline.Property) {
	if len(r.rec.Places) >= maxPlaces {
		return
	}
	var parts [7]string
	for i, part := range contentline.SplitText(p.Value, ';') {
		if i < len(parts) {
			parts[i] = clip(contentline.UnescapeText(part), 120)
		}
	}
	var pl Place
	var words []string
	for _, w := range value.StreetWords(parts[0] + " " + parts[2]) {
		w = names.Fold(w)
		if w != "" && w[0] >= '0' && w[0] <= '9' {
			if pl.Number == "" {
				pl.Number = w
				continue
			}
		}
		words = append(words, w)
	}
	slices.Sort(words)
	pl.Street = clip(strings.Join(words, " "), 60)
	pl.Line2 = clip(strings.Join(value.StreetWords(names.Fold(parts[1])), " "), 60)
	pl.City = clip(names.Fold(parts[3]), 40)
	pl.Code = clip(strings.ReplaceAll(names.Fold(parts[5]), " ", ""), 12)
	if pl != (Place{}) && !slices.Contains(r.rec.Places, pl) {
		r.rec.Places = append(r.rec.Places, pl)
	}
}

func dayOf(p *contentline.Property) (Day, bool) {
	y, m, d, ok := value.DateOf(p)
	return Day{int16(y), int8(m), int8(d)}, ok
}

// revised reads a REV, whose forms are those of RFC 6350 section 4.3.5 with dashes
// and colons at will.
func revised(s string) int64 {
	s = strings.TrimSpace(s)
	for _, layout := range []string{"20060102T150405Z", "2006-01-02T15:04:05Z", "20060102T150405", "2006-01-02T15:04:05.999Z07:00", "20060102", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Unix()
		}
	}
	return 0
}

// clip copies at most n octets of s, whole characters, so that the record does not
// keep the card's text in memory.
func clip(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return strings.Clone(s)
}
