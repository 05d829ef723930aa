package merge

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/vcard"
)

// A card is a source taken apart.
type card struct {
	number  int    // which of the others it is, -1 for the reference
	version string // V30 or V40: what the entries are written in
	src     string // text of that version
	doc     *contentline.Doc
	root    *contentline.Component
	uid     string
	rev     string // digits of REV, to compare by
	entries []*entry
}

// An entry is a property with what belongs to it: its label and whatever else
// stands in its group to describe it.
type entry struct {
	prop  contentline.Property // Params is the entry's own
	name  string               // Name as it was spelt
	value string               // text() before any conversion: as the source says it
	label string               // text of the X-ABLabel of its group
	aside []aside              // X-ABLabel, X-ABADR of its group, as they were spelt

	from int   // which of the others it came from, -1 for the reference
	refs []int // places among the reference's properties: its line and those of aside

	form  form
	holds []*form // of the values that it stands for
	rule  rule

	group       string // group of its source, in lower case
	alone       bool   // no other main property is in that group
	added       bool   // it gets a line of its own
	changed     bool   // the reference's line has to be written anew
	dropped     bool
	relabel     string   // the label to add
	further     []string // texts that come into a list, as they are written
	furtherSize int

	// For the report.
	by       []int // which others say the same
	quiet    bool  // it is told as a conflict
	disputed bool  // so is this
	listed   bool  // its texts are told one by one
}

// An aside is a property that describes another one of its group.
type aside struct {
	prop contentline.Property
	name string
}

// ErrSeveral is returned for a source that holds more than one card.
var ErrSeveral = errors.New("more than one vCard in a source")

// readCard takes a source apart. A card of 2.1 becomes 3.0.
func readCard(src []byte, from int) (*card, error) {
	parsed, err := vcard.Parse(src)
	if err != nil {
		return nil, err
	}
	if len(parsed.Doc.Roots) > 1 {
		return nil, ErrSeveral
	}
	made := map[string]bool{}
	if v := vcard.VersionOf(src); v == vcard.V21 || v == "" {
		for _, name := range []string{"FN", "N"} {
			made[name] = parsed.Root.Prop(name) == nil
		}
		up, err := vcard.Upgrade(src)
		if err != nil {
			return nil, err
		}
		up = splitOldCategories(up)
		if parsed, err = vcard.Parse(up); err != nil {
			return nil, err
		}
	}
	if parsed.Version != vcard.V30 && parsed.Version != vcard.V40 {
		return nil, fmt.Errorf("vCard of version %.20q", parsed.Version)
	}
	c := &card{number: from, version: parsed.Version, src: parsed.Doc.Src, doc: parsed.Doc, root: parsed.Root, uid: strings.TrimSpace(written.Replace(parsed.UID))}
	c.rev = strings.Map(digit, parsed.Root.Value("REV"))
	c.read(from)
	// A name that only the upgrade made says nothing: another card's comes in its place.
	for _, e := range c.entries {
		if made[e.prop.Name] {
			e.form = form{}
		}
	}
	return c, nil
}

func digit(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// splitOldCategories makes commas of the semicolons that separate categories in
// many files of 2.1.
func splitOldCategories(src []byte) []byte {
	c, err := vcard.Parse(src)
	if err != nil {
		return src
	}
	var edits []contentline.Edit
	for p := range c.Root.PropsNamed("CATEGORIES") {
		if strings.Contains(p.Value, `\;`) {
			q := *p
			q.Value = strings.ReplaceAll(p.Value, `\;`, ",")
			edits = append(edits, contentline.Edit{Start: p.Start, End: p.End, Text: string(contentline.AppendProperty(nil, q))})
		}
	}
	out, err := contentline.Splice(c.Doc.Src, edits)
	if err != nil {
		return src
	}
	return out
}

// maxAsides is how many properties can describe another one: the last of its group.
const maxAsides = 16

// read makes the entries.
func (c *card) read(from int) {
	mains := map[string]int{}
	asides := map[string][]int{}
	spare := map[int]bool{}
	for i := range c.root.Props {
		p := &c.root.Props[i]
		p.Value = written.Replace(p.Value)
		if p.Group == "" {
			continue
		}
		group := strings.ToLower(p.Group)
		if rules[p.Name].how == beside {
			if len(asides[group]) == maxAsides {
				spare[asides[group][0]] = true
				asides[group] = asides[group][1:]
			}
			asides[group] = append(asides[group], i)
		} else {
			mains[group]++
		}
	}
	taken := map[string]bool{}
	for i := range c.root.Props {
		p := &c.root.Props[i]
		group := strings.ToLower(p.Group)
		r := ruleOf(p.Name)
		if r.how == beside {
			if group != "" && mains[group] > 0 && !spare[i] {
				continue
			}
			r.how, r.form = many, formExact // it describes nothing
		}
		e := &entry{prop: *p, name: spelling(c.src, p), from: from, rule: r, group: group, alone: mains[group] <= 1}
		e.prop.Params = slices.Clone(p.Params)
		if strings.EqualFold(p.Param("ENCODING"), "QUOTED-PRINTABLE") {
			e.decode()
		}
		e.value = e.text()
		if from < 0 {
			e.refs = append(e.refs, i)
		}
		if group != "" && mains[group] > 0 {
			for _, at := range asides[group] {
				q := c.root.Props[at]
				if q.Name == "X-ABLABEL" {
					e.label = strings.TrimSpace(contentline.UnescapeText(q.Value)) // of several the last, as clients do
				}
				if same := slices.IndexFunc(e.aside, func(a aside) bool { return a.prop.Name == q.Name }); same >= 0 && !e.alone {
					e.aside = slices.Delete(e.aside, same, same+1) // one for each of the group
				}
				e.aside = append(e.aside, aside{q, spelling(c.src, &q)})
				if from < 0 && !taken[group] {
					e.refs = append(e.refs, at)
				}
			}
			taken[group] = true
		}
		c.entries = append(c.entries, e)
	}
	for _, nested := range c.root.Children {
		if from < 0 {
			break // it stays where it is
		}
		// A card inside of a card, as 2.1 has it: its text is kept as AGENT (RFC 2426 section 3.5.4).
		text := contentline.EscapeText(nested.Text(c.doc))
		c.entries = append(c.entries, &entry{prop: contentline.Property{Name: "AGENT", Value: text}, name: "AGENT", from: from, rule: ruleOf("AGENT")})
	}
	for _, e := range c.entries {
		e.form = e.rule.form(e)
	}
}

// written makes a value what it is once it is written: a line break gone astray
// would end the line.
var written = strings.NewReplacer("\r", "", "\n", `\n`)

// decode resolves the encoding of 2.1 that some programs use in later versions.
func (e *entry) decode() {
	p := e.prop
	p.Group = ""
	text := contentline.AppendProperty([]byte("BEGIN:VCARD\r\nVERSION:2.1\r\n"), p)
	up, err := vcard.Upgrade(append(text, "END:VCARD\r\n"...))
	if err != nil {
		return
	}
	if c, err := vcard.Parse(up); err == nil && len(c.Root.Props) > 1 && c.Root.Props[1].Name == p.Name {
		e.prop.Params, e.prop.Value = c.Root.Props[1].Params, c.Root.Props[1].Value
	}
}

// spelling is a property's name as the source has it.
func spelling(src string, p *contentline.Property) string {
	at := p.Start
	if p.Group != "" {
		at += len(p.Group) + 1
	}
	if end := at + len(p.Name); end <= len(src) && strings.EqualFold(src[at:end], p.Name) {
		return src[at:end]
	}
	return p.Name
}

// uidFor makes a UID for a reference that has none: the same for the same octets.
func uidFor(src []byte) string {
	sum := sha256.Sum256(src)
	return vcard.GenerateUID([16]byte(sum[:16]))
}

// properties whose values are written in another way in another version. The
// others keep their name and value: a client that knows them knows them there too.
var converted = []string{"PHOTO", "LOGO", "SOUND", "KEY", "BDAY", "TEL", "URL"}

// convert writes the entries of c in another version, as vcard.Convert does.
func (c *card) convert(to string) error {
	if c.version == to {
		return nil
	}
	for _, e := range c.entries {
		if e.rule.how == ignored {
			continue
		}
		p, ok, err := convertProperty(e.prop, c.version, to)
		if err != nil {
			return err
		}
		if ok {
			if p.Name != e.prop.Name {
				e.name, e.rule = p.Name, ruleOf(p.Name)
			}
			e.prop = p
			e.form = e.rule.form(e)
		}
	}
	c.version = to
	return nil
}

// disguise keeps Convert from making another property of one.
const disguise = "X-ALMANAC-CONVERTED"

// convertProperty converts a property alone. ok is false when nothing changes.
func convertProperty(p contentline.Property, from, to string) (out contentline.Property, ok bool, err error) {
	if len(p.Params) == 0 && !slices.Contains(converted, p.Name) && !strings.HasPrefix(p.Name, "X-VCARD4-") {
		return p, false, nil
	}
	q := p
	q.Group = ""
	if !slices.Contains(converted, p.Name) && !strings.HasPrefix(p.Name, "X-VCARD4-") {
		q.Name = disguise
	}
	text := contentline.AppendProperty([]byte("BEGIN:VCARD\r\nVERSION:"+from+"\r\nFN:-\r\nN:-\r\n"), q)
	text, err = vcard.Convert(append(text, "END:VCARD\r\n"...), to)
	if err != nil {
		return p, false, err
	}
	parsed, err := vcard.Parse(text)
	if err != nil {
		return p, false, err
	}
	r := parsed.Root.Props[len(parsed.Root.Props)-1]
	if r.Group = p.Group; r.Name == disguise {
		r.Name = p.Name
	}
	return r, true, nil
}
