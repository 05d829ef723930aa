package synth

import (
	"fmt"
	"slices"
	"strings"
)

// populate makes people until there are n, with all that makes two of them look
// like one.
func (w *world) populate(n int) {
	r := w.r
	var employers []*person
	for range max(2, n/22) {
		employers = append(employers, w.company())
	}
	for len(w.all) < n {
		l := pick(r, w.langs)
		switch x := r.Float64(); {
		case x < 0.45:
			p := w.somebody(l, nil, employers)
			p.live(w)
		case x < 0.78:
			w.household(l, employers)
		case x < 0.85:
			w.namesakes(l, employers)
		case x < 0.88:
			w.branches(pick(r, employers))
		case x < 0.90:
			w.practice(l)
		case x < 0.92:
			w.recycled(l, employers)
		case x < 0.95:
			w.firstOnly(l)
		case x < 0.97:
			w.oneMailbox(l, employers)
		default:
			w.joint(l)
		}
	}
	by := map[*person][]*person{}
	for _, p := range w.all {
		if p.employer != nil {
			w.lookAlike(p, p.employer, "company-person")
			for _, q := range by[p.employer] {
				w.lookAlike(p, q, "colleagues")
			}
			by[p.employer] = append(by[p.employer], p)
		}
	}
}

// live gives somebody an address and perhaps a telephone there.
func (p *person) live(w *world) {
	if chance(w.r, 0.5) {
		p.homes = append(p.homes, w.address(p.lang, "home"))
	}
	if chance(w.r, 0.25) {
		p.tels = append(p.tels, w.tel(p.lang, "home"))
	}
}

// household makes spouses, children, twins, fathers and sons of one name.
func (w *world) household(l *language, employers []*person) {
	r := w.r
	family := l.surname(r)
	home, phone := w.address(l, "home"), w.tel(l, "home")
	box := mail{pick(r, []string{"familie.", "famille.", "family.", "familia.", "casa.", "rodina.", ""}) + ascii(family.latin) + pick(r, []string{"", fmt.Sprint(r.IntN(2000))}) + "@" + pick(r, l.mail), "home"}
	var all []*person
	move := func(p *person, kind string) {
		if chance(r, 0.75) {
			p.homes = append(p.homes, home)
		}
		if chance(r, 0.75) {
			p.tels = append(p.tels, phone)
		}
		if chance(r, 0.3) {
			p.mails = append(p.mails, box)
		}
		for _, q := range all {
			k := "household"
			if kind != "" && q == all[len(all)-1] {
				k = kind
			}
			w.lookAlike(q, p, k)
		}
		all = append(all, p)
	}
	for i := range 2 + r.IntN(3) {
		switch x := r.Float64(); {
		case i == 0 || x < 0.7:
			f := family
			if i > 0 && chance(r, 0.2) {
				f = l.surname(r)
			}
			p := w.somebody(l, &f, employers)
			if !unique(all, p) {
				for tries := 0; tries < 20 && !unique(all, p); tries++ {
					p.rename(w, p.firstName(r), p.woman)
				}
			}
			move(p, "")
		case x < 0.8: // father and son
			q := all[0]
			p := w.somebody(l, &q.family, employers)
			p.rename(w, q.given, q.woman)
			p.middle = q.middle
			p.family = q.family
			p.born = date{}
			if q.born.y == 0 && chance(r, 0.7) {
				q.born = date{1935 + r.IntN(30), 1 + r.IntN(12), 1 + r.IntN(28)}
			}
			if chance(r, 0.7) {
				p.born = date{max(q.born.y, 1940) + 20 + r.IntN(18), 1 + r.IntN(12), 1 + r.IntN(28)}
			}
			switch r.IntN(5) {
			case 0, 1:
				p.suffix = pick(r, []string{"Jr.", "junior", "Jr", "fils", "jun.", "II", "ml.", "filho"})
			case 2:
				q.suffix = pick(r, []string{"Sr.", "senior", "sen.", "père"})
			case 3:
				p.suffix, q.suffix = "Jr.", "Sr."
			}
			if chance(r, 0.9) { // otherwise nothing tells them apart
				p.tels = append(p.tels, w.tel(l, "cell"))
			}
			move(p, "father-son")
		default: // twins and siblings whose names are alike
			q := all[len(all)-1]
			p := w.somebody(l, &family, nil)
			given, woman := sibling(w, q)
			p.rename(w, given, woman)
			for tries := 0; tries < 20 && !unique(all, p); tries++ {
				p.rename(w, p.firstName(r), p.woman)
			}
			kind := "siblings"
			if chance(r, 0.5) {
				kind = "twins"
				if q.born.y == 0 {
					q.born = w.birthday()
				}
				p.born = q.born
			}
			move(p, kind)
		}
	}
}

// sibling returns a name that is another's but for a letter or two, if there is one.
func sibling(w *world, q *person) (word, bool) {
	r := w.r
	pool := append(append([]word(nil), q.lang.men...), q.lang.women...)
	var near []int
	for i, x := range pool {
		a, b := ascii(x.latin), ascii(q.given.latin)
		if a != b && len(a) > 2 && len(b) > 2 && (strings.HasPrefix(a, b[:len(b)-1]) || strings.HasPrefix(b, a[:len(a)-1]) || a[:3] == b[:3]) {
			near = append(near, i)
		}
	}
	if len(near) > 0 {
		i := pick(r, near)
		return pool[i], i >= len(q.lang.men)
	}
	g := q.given
	switch last := g.latin[len(g.latin)-1]; last {
	case 'a':
		g.latin = g.latin[:len(g.latin)-1] + "o"
	case 'o':
		g.latin = g.latin[:len(g.latin)-1] + "a"
	default:
		g.latin += "a"
	}
	g.native, g.others = g.latin, nil
	return g, !q.woman
}

// namesakes are people of one name who have nothing else in common.
func (w *world) namesakes(l *language, employers []*person) {
	a := w.somebody(l, nil, employers)
	a.live(w)
	for range 1 + w.r.IntN(2) {
		b := w.somebody(l, &a.family, employers)
		b.rename(w, a.given, a.woman)
		if chance(w.r, 0.5) {
			b.middle = a.middle
		}
		b.live(w)
		if len(b.tels)+len(b.mails) == 0 {
			b.tels = append(b.tels, w.tel(l, "cell"))
		}
		w.lookAlike(a, b, "namesakes")
	}
}

func (w *world) branches(c *person) {
	r := w.r
	seen := map[string]bool{}
	var all []*person
	for range 2 {
		city := pick(r, c.lang.cities)
		city = city[:strings.LastIndexByte(city, ' ')]
		if seen[city] {
			continue
		}
		seen[city] = true
		b := w.add(&person{company: true, lang: c.lang, org: c.org, legal: c.legal})
		if chance(r, 0.5) {
			b.legal = ""
		}
		b.org = strings.TrimSpace(c.org+" "+b.legal) + " " + city
		b.legal = ""
		b.tels = []tel{w.tel(c.lang, "work")}
		if chance(r, 0.3) {
			b.homes = []address{w.address(c.lang, "work")}
		}
		if chance(r, 0.2) {
			b.mails = c.mails
		}
		for _, o := range all {
			w.lookAlike(o, b, "branches")
		}
		w.lookAlike(c, b, "branches")
		all = append(all, b)
	}
}

func (w *world) practice(l *language) {
	r := w.r
	p := w.somebody(l, nil, nil)
	c := w.add(&person{company: true, lang: l})
	c.org = pick(r, []string{"Cabinet Dr ", "Praxis Dr. ", "Studio Dott. ", "Kanzlei ", "Zahnarztpraxis ", "Clinic Dr ", "Gabinet ", "Consultório ", "Étude "}) + p.family.latin
	c.tels = []tel{w.tel(l, "work")}
	if chance(r, 0.6) {
		c.homes = []address{w.address(l, "work")}
	}
	if chance(r, 0.3) {
		p.tels = append(p.tels, c.tels[0])
	}
	w.lookAlike(p, c, "practice")
}

func (w *world) recycled(l *language, employers []*person) {
	a := w.somebody(l, nil, employers)
	b := w.somebody(l, nil, employers)
	t := w.tel(l, "cell")
	a.tels, b.tels = []tel{t}, []tel{t}
	w.lookAlike(a, b, "recycled-number")
}

func (w *world) firstOnly(l *language) {
	a := w.somebody(l, nil, nil)
	a.firstOnly, a.homes, a.mails, a.middle, a.nick, a.social, a.url = true, nil, nil, word{}, "", "", ""
	a.tels = []tel{w.tel(l, "cell")}
	b := w.somebody(l, nil, nil)
	b.rename(w, a.given, a.woman)
	b.firstOnly, b.homes, b.mails, b.middle, b.nick, b.social, b.url = true, nil, nil, word{}, "", "", ""
	b.tels = []tel{w.tel(l, "cell")}
	w.lookAlike(a, b, "first-name-only")
}

// oneMailbox makes two whose mailboxes have one local part.
func (w *world) oneMailbox(l *language, employers []*person) {
	r := w.r
	a := w.somebody(l, nil, employers)
	b := w.somebody(l, &a.family, employers)
	if b.given.latin == a.given.latin {
		b.rename(w, b.firstName(r), b.woman)
	}
	local := ascii(a.given.latin)[:1] + "." + ascii(a.family.latin)
	if ascii(b.given.latin)[:1] != local[:1] {
		local = ascii(a.family.latin)
	}
	x, y := mail{local + "@" + l.mail[0], "home"}, mail{local + "@" + l.mail[len(l.mail)-1], "home"}
	if w.boxes[x.box] || w.boxes[y.box] || x == y {
		return
	}
	w.boxes[x.box], w.boxes[y.box] = true, true
	a.mails, b.mails = []mail{x}, []mail{y}
	w.lookAlike(a, b, "same-mailbox-name")
}

func (w *world) joint(l *language) {
	r := w.r
	family := l.surname(r)
	a, b := w.somebody(l, &family, nil), w.somebody(l, &family, nil)
	for tries := 0; b.given.latin == a.given.latin && tries < 9; tries++ {
		b.rename(w, b.firstName(r), b.woman)
	}
	home, phone := w.address(l, "home"), w.tel(l, "home")
	j := w.add(&person{lang: l, given: a.given, family: family, joint: b.given.latin, tels: []tel{phone}, homes: []address{home}})
	for _, p := range []*person{a, b} {
		if chance(r, 0.7) {
			p.homes = append(p.homes, home)
		}
		if chance(r, 0.7) {
			p.tels = append(p.tels, phone)
		}
		w.lookAlike(p, j, "joint-card")
	}
	w.lookAlike(a, b, "household")
}

// rename gives somebody another given name, and all that is made of it.
func (p *person) rename(w *world, given word, woman bool) {
	p.given, p.woman = given, woman
	p.nick, p.url, p.social = "", "", ""
	for i, m := range p.mails {
		_, domain, _ := strings.Cut(m.box, "@")
		if p.employer == nil || m != p.employer.mails[0] {
			p.mails[i] = w.mailbox(p, domain, m.class)
		}
	}
}

// unique reports whether nobody of a family has somebody's given name.
func unique(family []*person, p *person) bool {
	return !slices.ContainsFunc(family, func(q *person) bool { return q.given.latin == p.given.latin })
}
