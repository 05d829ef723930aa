package vcard

import (
	"fmt"
	"slices"
	"strings"

	"almanac/contentline"
)

// Upgrade makes vCard 3.0 of vCard 2.1: encodings and charsets become UTF-8,
// bare parameters TYPE, BASE64 the encoding b, and a nested AGENT card text.
// Every property keeps its place, group and parameters; properties that 3.0 does
// not know stay as they are. Each VCARD of the text is converted.
func Upgrade(src []byte) ([]byte, error) {
	lim := contentline.DefaultLimits
	lim.Depth = maxAgents
	doc, err := contentline.ParseV21(src, lim)
	if err != nil {
		return nil, fmt.Errorf("upgrade vCard 2.1: %w", err)
	}
	var out []byte
	for _, root := range doc.Roots {
		if root.Name == "VCARD" {
			out = appendUpgraded(out, root)
		}
	}
	if out == nil {
		return nil, fmt.Errorf("upgrade vCard 2.1: %w", ErrNoCard)
	}
	return out, nil
}

// maxAgents is how deep cards may be nested. Each level is written as the text of
// the level above, which can double its length.
const maxAgents = 3

// appendUpgraded appends one card and those inside of it.
func appendUpgraded(dst []byte, root *contentline.Component) []byte {
	dst = append(dst, "BEGIN:VCARD\r\nVERSION:3.0\r\n"...)
	children := root.Children
	agents := func(dst []byte, group string, before int) []byte {
		for len(children) > 0 && children[0].Start < before {
			card := appendUpgraded(nil, children[0])
			dst = contentline.AppendProperty(dst, contentline.Property{Group: group, Name: "AGENT", Value: contentline.EscapeText(string(card))})
			children = children[1:]
		}
		return dst
	}
	var written contentline.Component // what the names are made of if need be
	for i := range root.Props {
		p := root.Props[i]
		dst = agents(dst, "", p.Start)
		switch p.Name {
		case "VERSION":
			continue
		case "AGENT":
			before := root.BodyEnd
			if i+1 < len(root.Props) {
				before = root.Props[i+1].Start
			}
			if len(children) > 0 && children[0].Start < before && strings.TrimSpace(p.Value) == "" {
				dst = agents(dst, p.Group, before)
				continue
			}
		}
		p = upgraded(p)
		written.Props = append(written.Props, p)
		dst = contentline.AppendProperty(dst, p)
	}
	dst = agents(dst, "", root.BodyEnd)
	// RFC 2426 sections 3.1.1 and 3.1.2 require both names.
	summary := contentline.EscapeText(Summary(&Card{Root: &written}))
	if written.Prop("FN") == nil {
		dst = contentline.AppendProperty(dst, contentline.Property{Name: "FN", Value: summary})
	}
	if written.Prop("N") == nil {
		dst = contentline.AppendProperty(dst, contentline.Property{Name: "N", Value: summary + ";;;;"})
	}
	return append(dst, "END:VCARD\r\n"...)
}

// How the value of a vCard 2.1 property is written again.
type valueForm uint8

const (
	formText       valueForm = iota // one text
	formList                        // texts with commas between
	formStructured                  // texts with semicolons between
	formOpaque                      // no text: URIs, dates, and everything unknown
)

var valueForms = map[string]valueForm{
	"FN": formText, "NOTE": formText, "TITLE": formText, "ROLE": formText, "LABEL": formText,
	"TEL": formText, "EMAIL": formText, "MAILER": formText, "SORT-STRING": formText, "NAME": formText, "PRODID": formText,
	"CATEGORIES": formList, "NICKNAME": formList,
	"N": formStructured, "ADR": formStructured, "ORG": formStructured,
}

// upgraded is one property in the terms of 3.0.
func upgraded(p contentline.Property) contentline.Property {
	var types []string
	var encoding, charset string
	out := contentline.Property{Group: p.Group, Name: p.Name}
	at := -1 // where the TYPE parameter goes: to the first word that is one
	for _, pa := range p.Params {
		name, value := pa.Name, ""
		if len(pa.Values) > 0 {
			value = pa.Values[0]
		}
		if name == "" {
			name = bareParam(value)
		}
		switch name {
		case "ENCODING":
			encoding = strings.ToUpper(value)
		case "CHARSET":
			charset = value
		case "TYPE":
			if at < 0 {
				at = len(out.Params)
			}
			for _, v := range pa.Values {
				types = append(types, strings.Split(v, ",")...)
			}
		case "VALUE":
			switch value = strings.ToLower(value); value {
			case "inline":
				continue // how 2.1 says that the value is no reference
			case "url":
				value = "uri"
			}
			out.Params = append(out.Params, contentline.Param{Name: name, Values: []string{value}})
		default:
			out.Params = append(out.Params, contentline.Param{Name: paramName(name), Values: utf8Values(pa.Values)})
		}
	}
	if at >= 0 {
		out.Params = slices.Insert(out.Params, at, contentline.Param{Name: "TYPE", Values: utf8Values(types)})
	}
	form, known := valueForms[p.Name]
	if !known {
		form = formOpaque
	}
	switch encoding {
	case "BASE64", "B":
		out.Params = append(out.Params, contentline.Param{Name: "ENCODING", Values: []string{"b"}})
		out.Value = strings.Map(dropSpace, p.Value)
	case "QUOTED-PRINTABLE":
		value := strings.TrimRight(decodeCharset(decodeQuotedPrintable(p.Value), charset), "\x00")
		out.Value = rewritten(value, form, true)
	default:
		out.Value = rewritten(decodeCharset(p.Value, charset), form, false)
	}
	return out
}

// paramName makes a name that 3.0 allows: with a blank in it, say, readers would
// not know the line for one (RFC 2426 section 4).
func paramName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, name)
}

func utf8Values(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = decodeCharset(v, "")
	}
	return out
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '\t' {
		return -1
	}
	return r
}

// bareParam tells what a bare word is a value of.
func bareParam(word string) string {
	switch strings.ToUpper(word) {
	case "QUOTED-PRINTABLE", "BASE64", "7BIT", "8BIT":
		return "ENCODING"
	case "INLINE", "URL", "CONTENT-ID", "CID":
		return "VALUE"
	}
	return "TYPE"
}

// rewritten gives a decoded value the escapes of 3.0. In 2.1 only semicolons of
// structured values have one, but many programs wrote those of 3.0 into values
// that they did not encode.
func rewritten(value string, form valueForm, encoded bool) string {
	text := func(s string) string {
		if encoded {
			s = unescapePunctuation.Replace(s)
		} else {
			s = contentline.UnescapeText(s)
		}
		return contentline.EscapeText(s)
	}
	list := func(s string, sep byte) string {
		parts := contentline.SplitText(s, sep)
		for i, part := range parts {
			parts[i] = text(part)
		}
		return strings.Join(parts, string(rune(sep)))
	}
	switch form {
	case formText:
		return text(value)
	case formList:
		return list(value, ',')
	case formStructured:
		return list(value, ';')
	}
	return lineBreaks.Replace(value)
}

var (
	unescapePunctuation = strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",")
	lineBreaks          = strings.NewReplacer("\r\n", `\n`, "\n", `\n`, "\r", `\n`)
)
