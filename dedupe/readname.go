package dedupe

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"almanac/dedupe/names"
	"almanac/dedupe/near"
)

// names makes the names of the record of N, FN, NICKNAME and ORG. Programs put
// them where they please: all in FN, all in one component, family and given names
// exchanged, the company behind a dash, remarks in brackets.
func (r *reader) names() {
	rec := r.rec
	fn, extra := r.fn, ""
	if strings.Contains(fn, "@") && len(strings.Fields(fn)) == 1 {
		fn = "" // a mailbox in place of a name
		if strings.Contains(strings.Join(r.n[:], ""), "@") {
			r.n = [5]string{}
		}
	}
	if r.org == nil {
		fn, extra = cutCompany(fn)
	} else if main, rest := cutCompany(fn); names.Fold(rest) != "" {
		fn, extra = main, rest
	}
	org := ""
	if len(r.org) > 0 {
		org = r.org[0]
		if len(r.org) > 1 {
			rec.Unit = clip(names.Fold(r.org[1]), 40)
		}
	}
	r.kind(org, fn)
	if rec.Kind == Organisation {
		name := r.fn
		if name == "" {
			name = strings.TrimSpace(r.n[1] + " " + r.n[0])
		}
		if name == "" {
			name = org
		}
		r.orgNames(name)
		r.orgWords(org)
		return
	}
	if org == "" {
		org = extra
	}
	drop := wordSet(extra)
	if len(r.org) > 0 {
		for w := range wordSet(r.org[0]) {
			drop[w] = true
		}
	}
	family0, given0 := part{r.n[0], Family}, part{r.n[1], Given}
	for _, p := range []*part{&family0, &given0} {
		// A whole name in one component, in a script without blanks.
		if p.text == r.n[0]+r.n[1] && p.text == r.fn && utf8.RuneCountInString(p.text) > 2 && names.ScriptOf(p.text) == names.Han {
			p.role = AnyRole
		}
	}
	fromN := r.person(drop, family0, given0, part{r.n[2], Given}, part{r.n[3], AnyRole}, part{r.n[4], AnyRole})
	joint := rec.Joint
	family, given, comma := strings.Cut(fn, ",")
	var fromFN []Name
	if comma && !generationOnly(given) {
		fromFN = r.person(drop, part{family, Family}, part{given, Given})
	} else {
		fromFN = r.person(drop, part{fn, AnyRole})
	}
	if hasRole(fromN, Given) && hasRole(fromN, Family) {
		rec.Joint = joint // "Van" and "En" are names where N says so
	}
	rec.Names = settle(fromN, fromFN)
	for _, nick := range r.nick {
		for _, n := range r.person(nil, part{nick, Given}) {
			if len(rec.Nicknames) < 4 {
				rec.Nicknames = append(rec.Nicknames, n)
			}
		}
	}
	if ph := r.person(nil, part{r.phonetic[1], Family}, part{r.phonetic[0], Given}); len(ph) > 0 && len(rec.Names) > 0 && hasScript(rec.Names, names.Han) {
		rec.Names = ph // a reading beats a transliteration
	}
	r.relation()
	r.orgWords(org)
	for _, n := range rec.Names {
		switch n.Role {
		case Given:
			rec.GivenAll += n.Text
		case Family:
			rec.FamilyAll += n.Text
		}
	}
	if all := names.Latin(r.n[0]); r.n[0] != "" && rec.FamilyAll != "" && strings.HasSuffix(all, rec.FamilyAll) && len(all) <= maxWord {
		rec.FamilyAll = all
	}
}

// kind decides whether the card is an organisation's. name is FN without the company
// that stands behind a person's name.
func (r *reader) kind(org, name string) {
	rec := r.rec
	n := strings.TrimSpace(strings.Join(r.n[:3], " "))
	both := strings.TrimSpace(r.n[0]) != "" && strings.TrimSpace(r.n[1]) != ""
	fn := names.Fold(r.fn)
	if name != "" && name != r.fn {
		fn = names.Fold(name)
	}
	switch {
	case rec.Kind == Group:
	case rec.Kind == Organisation, r.company && org != "":
		rec.Kind = Organisation
	case org != "" && (fn == names.Fold(org) || names.Fold(r.fn) == names.Fold(org)), org != "" && fn == "" && n == "":
		rec.Kind = Organisation
	case !both && legalForm(fn):
		rec.Kind = Organisation
	case n == "" && fn != "" && hasClass(fn, names.OrgWord):
		rec.Kind = Organisation
	case both && org == "" && len(strings.Fields(fn)) > 2 && legalForm(fn) && hasClass(fn, names.OrgWord):
		rec.Kind = Organisation
	}
}

// legalForm reports whether a folded name ends in the legal form of a company.
func legalForm(fn string) bool {
	words := strings.Fields(fn)
	if len(words) < 2 {
		return false
	}
	for _, w := range words[1:] {
		switch w {
		case "gmbh", "ag", "sa", "sarl", "ltd", "limited", "inc", "llc", "llp", "plc", "spa", "srl", "bv", "nv", "kg", "ohg", "sas", "sl", "ltda", "lda", "as", "ab", "oy", "aps", "doo", "kft", "zrt", "ooo", "pt", "tbk", "pvt", "corp", "eurl", "kk":
			return true
		}
	}
	return strings.HasSuffix(fn, " sp z oo") || strings.HasSuffix(fn, " sp z o o") || strings.HasSuffix(fn, " s r o") || strings.HasSuffix(fn, " sro")
}

func hasClass(folded string, c names.Class) bool {
	for w := range strings.FieldsSeq(folded) {
		if names.ClassOf(w)&c != 0 {
			return true
		}
	}
	return false
}

// orgNames makes the names of an organisation's card.
func (r *reader) orgNames(name string) {
	for _, w := range strings.Fields(names.Fold(strings.NewReplacer("&", " ", "+", " ").Replace(name))) {
		if c := names.ClassOf(w); c&(names.Legal|names.And) != 0 && len(r.rec.Names) > 0 {
			r.rec.Legal = clip(r.rec.Legal+w, 20)
			continue
		}
		if len(r.rec.Names) < maxNames {
			w = clip(names.Latin(w), maxWord)
			r.rec.Names = append(r.rec.Names, Name{Text: w, Sound: near.Sound(w), Shown: clip(w, maxWord), Role: Family})
		}
	}
	for _, n := range r.rec.Names {
		r.rec.FamilyAll = clip(r.rec.FamilyAll+n.Text, maxWord)
	}
}

// orgWords notes where somebody works.
func (r *reader) orgWords(org string) {
	var words []string
	for _, w := range strings.Fields(names.Fold(strings.ReplaceAll(org, "&", " "))) {
		if names.ClassOf(w)&names.Legal != 0 && len(words) > 0 {
			continue
		}
		if len(words) < maxNames {
			words = append(words, clip(w, maxWord))
		}
	}
	r.rec.Org = strings.Join(words, " ")
}

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(names.Fold(s)) {
		set[names.Latin(w)] = true
	}
	return set
}

// cutCompany takes what stands behind a dash, a bar or an at sign from a name.
func cutCompany(fn string) (main, rest string) {
	for _, sep := range []string{" - ", " – ", " — ", " | ", " @ ", " / "} {
		if a, b, ok := strings.Cut(fn, sep); ok && strings.TrimSpace(a) != "" {
			return a, b
		}
	}
	return fn, ""
}

// A part is one component of a name.
type part struct {
	text string
	role Role
}

// person reads the words of name components. Words of drop are left out unless
// nothing would remain.
func (r *reader) person(drop map[string]bool, parts ...part) []Name {
	var out, dropped []Name
	for _, p := range parts {
		text := cutBrackets(p.text)
		if names.ScriptOf(text) == names.Han && !strings.ContainsAny(strings.TrimSpace(text), " ") {
			out = append(out, hanNames(text, p.role)...)
			continue
		}
		words := strings.FieldsFunc(text, func(c rune) bool {
			return unicode.IsSpace(c) || c == '-' || c == '‐' || c == '–' || c == ',' || c == '/' || c == '\u200c' || c == '_' || c == '・' || c == '·' || c == ';'
		})
		for i, shown := range words {
			last := i == len(words)-1
			if shown == "&" || shown == "+" {
				r.rec.Joint = r.rec.Joint || len(out) > 0 && !last
				continue
			}
			if strings.Count(shown, ".") > 1 || len(shown) == 4 && shown[1] == '.' && shown[3] == '.' { // J.P. is two initials
				for _, one := range strings.Split(shown, ".") {
					out = add(out, one, p.role)
				}
				continue
			}
			w := names.Latin(shown)
			if w == "" || onlyDigits(w) {
				continue
			}
			c := names.ClassOf(w)
			edge := i == 0 || p.role == AnyRole && i <= 2
			if c&names.Generation != 0 && strings.Contains(text, "-"+shown) && !strings.HasSuffix(shown, ".") {
				c &^= names.Generation // Min-jun is nobody's son
			}
			switch {
			case c&names.Generation != 0 && (last || p.role == AnyRole && len(parts) > 1) && (i > 0 || p.role == AnyRole) && len(w) > 1 && !(c&names.Man != 0 && len(out) == 0):
				r.rec.Generation |= c & names.Generation
				continue
			case c&names.And != 0 && i > 0 && !last && len(w) > 1 && c&names.Particle == 0 && p.role != Family:
				r.rec.Joint = true
				continue
			case c&names.And != 0 && i == 1 && !last && len(w) == 1 && p.role != Family && !strings.HasSuffix(shown, ".") && shown == strings.ToLower(shown) && (p.role == Given || len(words) > 3):
				// Maria e Franco; but not Costa e Silva, and not an initial.
				r.rec.Joint = true
				continue
			case c&(names.Man|names.Woman) != 0 && edge && (!last || len(parts) > 2 && p.role == AnyRole):
				r.rec.Sex |= c & (names.Man | names.Woman)
				continue
			case c&names.Title != 0 && (edge || strings.HasSuffix(shown, ".") && len(w) > 1 || i > 0 && last && len(w) > 2) && !(last && len(out) == 0 && p.role != AnyRole):
				continue
			case (c&names.Particle != 0 || c&names.And != 0 && len(w) == 1) && !last && p.role != Given && (i > 0 || p.role == Family):
				continue
			case c&names.Annotation != 0 && i > 0:
				continue
			}
			if drop[w] {
				dropped = add(dropped, shown, p.role)
				continue
			}
			out = add(out, shown, p.role)
		}
	}
	if len(out) == 0 {
		out = dropped
	}
	return out
}

func add(out []Name, shown string, role Role) []Name {
	if len(out) >= maxNames {
		return out
	}
	script := names.ScriptOf(shown)
	w := names.Latin(shown)
	if script == names.Han {
		w = names.Han2Latin(shown)
	}
	if w = clip(w, maxWord); w == "" {
		return out
	}
	return append(out, Name{Text: w, Sound: near.Sound(w), Shown: clip(strings.Trim(shown, "\"'()[].,"), maxWord), Role: role, Script: script, Known: role != Family && names.Known(w)})
}

func hanNames(text string, role Role) []Name {
	if role != AnyRole {
		if w := clip(names.Han2Latin(text), maxWord); w != "" {
			return []Name{{Text: w, Sound: near.Sound(w), Shown: clip(text, maxWord), Role: role, Script: names.Han}}
		}
		return nil
	}
	family, given := names.SplitHan(text)
	var out []Name
	for _, n := range []part{{family, Family}, {given, Given}} {
		if n.text != "" {
			out = append(out, Name{Text: clip(n.text, maxWord), Sound: near.Sound(n.text), Shown: clip(text, maxWord), Role: n.role, Script: names.Han})
		}
	}
	return out
}

func onlyDigits(w string) bool {
	for i := range len(w) {
		if w[i] < '0' || w[i] > '9' {
			return false
		}
	}
	return true
}

// cutBrackets removes remarks: Anna (work), Peter [new].
func cutBrackets(s string) string {
	for _, b := range []string{"()", "[]", "（）"} {
		open, shut := string([]rune(b)[0]), string([]rune(b)[1])
		for range 4 {
			i := strings.Index(s, open)
			if i < 0 {
				break
			}
			n := strings.Index(s[i:], shut)
			if n < 0 {
				if i > 0 {
					s = s[:i]
				}
				break
			}
			cut := s[:i] + " " + s[i+n+len(shut):]
			if strings.TrimSpace(cut) == "" {
				return strings.Trim(s, b)
			}
			s = cut
		}
	}
	return s
}

func generationOnly(s string) bool {
	for w := range strings.FieldsSeq(names.Fold(s)) {
		if names.ClassOf(w)&(names.Generation|names.Title) == 0 {
			return false
		}
	}
	return true
}

func hasScript(ns []Name, s names.Script) bool {
	return slices.ContainsFunc(ns, func(n Name) bool { return n.Script == s })
}

// settle makes one list of what N and FN say.
func settle(n, fn []Name) []Name {
	if len(n) == 0 {
		return fn
	}
	if hasRole(n, Given) != hasRole(n, Family) {
		// All in one component: which is which, FN may tell by a comma.
		if len(n) > 1 {
			if len(fn) == len(n) && fn[0].Role != AnyRole {
				return fn
			}
			for i := range n {
				n[i].Role = AnyRole
			}
		}
		if len(fn) > len(n) && covered(n, fn) {
			return fn
		}
		return n
	}
	// An exporter that cuts components leaves the whole in FN.
	for i := range n {
		for _, f := range fn {
			if len(f.Text) > len(n[i].Text) && len(n[i].Text) >= 3 && strings.HasPrefix(f.Text, n[i].Text) && !slices.ContainsFunc(fn, func(x Name) bool { return x.Text == n[i].Text }) {
				n[i].Text, n[i].Sound, n[i].Shown = f.Text, f.Sound, f.Shown
			}
		}
	}
	return n
}

func hasRole(ns []Name, role Role) bool {
	return slices.ContainsFunc(ns, func(n Name) bool { return n.Role == role })
}

// covered reports whether each word of n is in fn.
func covered(n, fn []Name) bool {
	for _, a := range n {
		if !slices.ContainsFunc(fn, func(f Name) bool { return f.Text == a.Text || strings.HasPrefix(f.Text, a.Text) }) {
			return false
		}
	}
	return true
}

// relation takes away a name that says who somebody is to the book's owner.
func (r *reader) relation() {
	rec := r.rec
	content := 0
	for _, n := range rec.Names {
		if names.ClassOf(n.Text)&names.Relation == 0 {
			content++
		}
	}
	if content == 0 {
		rec.Relation = strings.TrimSpace(r.fn) != "" && !strings.Contains(r.fn, "@")
		rec.Names, rec.Generation = nil, 0
	}
}
