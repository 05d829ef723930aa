package vcard

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"almanac/contentline"
)

// The versions by their VERSION properties.
const (
	V21 = "2.1"
	V30 = "3.0"
	V40 = "4.0"
)

// A Kind is what a card describes (RFC 6350 section 6.1.4), in lower case.
// Values beyond the constants occur.
type Kind string

const (
	Individual Kind = "individual" // the default
	Group      Kind = "group"      // a list of other cards
	Org        Kind = "org"
	Location   Kind = "location"
)

// A Card is one vCard taken apart. It is read only.
type Card struct {
	Doc  *contentline.Doc
	Root *contentline.Component // the VCARD; further ones in Doc.Roots are not looked at

	Version string // as written, without blanks: "3.0"; "" when the card does not say
	UID     string // as written, without surrounding blanks; "" when there is none
	Kind    Kind
}

// ErrNoCard is returned for text that is well-formed but holds no VCARD.
var ErrNoCard = errors.New("no VCARD component")

// Parse reads stored text leniently, by the rules of vCard 2.1 if it says so or
// names no version, as only files of that age do. It fails when the text is not
// content lines or holds no VCARD.
func Parse(src []byte) (*Card, error) {
	return parseLimited(src, contentline.DefaultLimits)
}

func parseLimited(src []byte, lim contentline.Limits) (*Card, error) {
	parse := contentline.Parse
	if isOld(src) {
		parse = contentline.ParseV21
	}
	doc, err := parse(src, lim)
	if err != nil {
		return nil, fmt.Errorf("read vCard: %w", err)
	}
	for _, root := range doc.Roots {
		if root.Name == "VCARD" {
			return cardOf(doc, root), nil
		}
	}
	return nil, fmt.Errorf("read vCard: %w", ErrNoCard)
}

func cardOf(doc *contentline.Doc, root *contentline.Component) *Card {
	c := &Card{Doc: doc, Root: root, Kind: Individual}
	for i := range root.Props {
		value := strings.TrimSpace(root.Props[i].Value)
		switch root.Props[i].Name {
		case "VERSION":
			if c.Version == "" {
				c.Version = value
			}
		case "UID":
			if c.UID == "" {
				c.UID = value
			}
		case "KIND", "X-ADDRESSBOOKSERVER-KIND": // the latter in 3.0 cards of Apple and DAVx5
			if value != "" {
				c.Kind = Kind(strings.ToLower(value))
			}
		}
	}
	return c
}

// isOld reports whether a text is read by the rules of vCard 2.1.
func isOld(src []byte) bool {
	v := VersionOf(src)
	return v == V21 || v == ""
}

// VersionOf returns the value of the first VERSION line without parsing the card,
// "" when there is none: whether a stored card has to be converted, and by which
// rules it is read.
func VersionOf(src []byte) string {
	const name = "VERSION:"
	sep := byte('\n')
	if bytes.IndexByte(src, sep) < 0 {
		sep = '\r'
	}
	for text := src; ; {
		if len(text) > len(name) && text[0]|0x20 == 'v' && strings.EqualFold(string(text[:len(name)]), name) {
			value, _, _ := bytes.Cut(text[len(name):], []byte{sep})
			return strings.TrimSpace(string(value[:min(len(value), 16)]))
		}
		i := bytes.IndexByte(text, sep)
		if i < 0 {
			return ""
		}
		text = text[i+1:]
	}
}

// Summary names a card for a message: its FN or the best name it has otherwise,
// on one line of at most a hundred characters.
func Summary(c *Card) string {
	for _, name := range []string{"FN", "N", "ORG", "NICKNAME", "EMAIL", "TEL", "UID"} {
		for p := range c.Root.PropsNamed(name) {
			text := contentline.UnescapeText(p.Value)
			if name == "N" {
				text = nameText(p.Value)
			} else if name == "ORG" {
				text = strings.Join(components(p.Value), ", ")
			}
			if text = strings.Join(strings.Fields(text), " "); text != "" {
				return clip(text)
			}
		}
	}
	return "unnamed card"
}

// clip shortens a text to a hundred characters.
func clip(text string) string {
	n := 0
	for i := range text {
		if n++; n > 100 {
			return text[:i] + "..."
		}
	}
	return text
}

// components returns what a structured value holds, unescaped, without the
// empty ones.
func components(value string) []string {
	var out []string
	for _, part := range contentline.SplitText(value, ';') {
		if part = contentline.UnescapeText(part); strings.TrimSpace(part) != "" {
			out = append(out, part)
		}
	}
	return out
}

// nameText writes an N value the way a name is read: prefixes, given and
// additional names, family name, suffixes. RFC 6350 section 6.2.2.
func nameText(value string) string {
	var part [5]string
	for i, s := range contentline.SplitText(value, ';') {
		if i < len(part) {
			part[i] = strings.Join(contentline.SplitText(s, ','), " ")
		}
	}
	return contentline.UnescapeText(strings.Join([]string{part[3], part[1], part[2], part[0], part[4]}, " "))
}

// GenerateUID makes a UID of random octets: a UUID of version 4 in lower case.
func GenerateUID(random [16]byte) string {
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	s := hex.EncodeToString(random[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// WithUID returns src with a UID property for imports of cards that have none.
// Every other octet stays. A card that has a UID, and text that Parse refuses, is
// returned as it is.
func WithUID(src []byte, uid string) []byte {
	c, err := Parse(src)
	if err != nil || c.UID != "" {
		return src
	}
	line := contentline.AppendProperty(nil, contentline.Property{Name: "UID", Value: contentline.EscapeText(uid)})
	edit := contentline.Edit{Start: c.Root.BodyEnd, End: c.Root.BodyEnd, Text: lineBreaksOf(c.Doc.Src)(string(line))}
	if p := c.Root.Prop("UID"); p != nil { // UID without a value
		edit.Start, edit.End = p.Start, p.End
	}
	out, err := contentline.Splice(c.Doc.Src, []contentline.Edit{edit})
	if err != nil {
		return src
	}
	return out
}

// lineBreaksOf returns what gives new lines, which end in CRLF, the line breaks
// of the text they go into.
func lineBreaksOf(src string) func(lines string) string {
	breaks := "\r"
	switch {
	case strings.Contains(src, "\r\n"):
		return func(lines string) string { return lines }
	case strings.Contains(src, "\n"):
		breaks = "\n"
	}
	return func(lines string) string { return strings.ReplaceAll(lines, "\r\n", breaks) }
}
