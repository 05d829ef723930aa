package dav

import (
	"errors"
	"fmt"
	"strings"

	"almanac/collation"
	"almanac/dav/wire"
	"almanac/search"
	"almanac/vcard"
)

// maxConditions bounds the conditions of one filter: each is asked of every
// candidate.
const maxConditions = 500

// A filterReader reads the parts that the filters of both services have. f is
// CalDAV or CardDAV by its namespace.
type filterReader struct {
	space     string // of the elements, and of the preconditions
	collation string // the default
	left      int    // conditions that may still come
}

func (r *filterReader) name(local string) wire.Name { return wire.Name{Space: r.space, Local: local} }

// invalid refuses a filter that does not follow the grammar. RFC 4791 section 7.8
// has valid-filter for it, RFC 6352 section 8.6 nothing but supported-filter.
func (r *filterReader) invalid(format string, args ...any) error {
	condition := wire.C("valid-filter")
	if r.space == wire.CardDAV {
		condition = wire.Card("supported-filter")
	}
	return forbidden(condition, fmt.Errorf(format, args...))
}

// unsupported refuses a filter that says more than is understood: leaving a
// condition out would answer another question.
func (r *filterReader) unsupported(e *wire.Elem) error {
	return forbidden(r.name("supported-filter"), fmt.Errorf("filter with %s", e.Name))
}

// named reads the name attribute that each part of a filter has.
func (r *filterReader) named(e *wire.Elem) (string, error) {
	if r.left--; r.left < 0 {
		return "", forbidden(r.name("supported-filter"), fmt.Errorf("filter with more than %d conditions", maxConditions))
	}
	name, _ := e.Attr("name")
	if name = strings.ToUpper(strings.TrimSpace(name)); name == "" {
		return "", r.invalid("%s has no name", e.Name.Local)
	}
	return name, nil
}

// alone tells whether is-not-defined stands in e, which it must do alone.
func (r *filterReader) alone(e *wire.Elem) (bool, error) {
	if e.Child(r.name("is-not-defined")) == nil {
		return false, nil
	}
	if len(e.Children) != 1 {
		return false, r.invalid("%s has is-not-defined and more", e.Name.Local)
	}
	return true, nil
}

// A textMatch is a text-match read: RFC 4791 section 9.7.5, RFC 6352 section 10.5.4.
type textMatch struct {
	*collation.Matcher
	negate bool
	// words is what an index can say about it.
	words search.Query
}

func (r *filterReader) text(e *wire.Elem) (textMatch, error) {
	if r.left--; r.left < 0 {
		return textMatch{}, forbidden(r.name("supported-filter"), fmt.Errorf("filter with more than %d conditions", maxConditions))
	}
	var t textMatch
	how, _ := e.Attr("match-type")
	match, err := collation.ParseMatchType(how)
	if err != nil {
		return t, r.invalid("%w", err)
	}
	name, _ := e.Attr("collation")
	t.Matcher, err = collation.New(collation.OrDefault(name, r.collation), match, e.Text)
	if errors.Is(err, collation.ErrUnsupported) {
		return t, forbidden(r.name("supported-collation"), err)
	} else if err != nil {
		return t, err
	}
	t.negate = isYes(e, "negate-condition")
	if !t.negate {
		t.words = search.Contains(e.Text)
	}
	return t, nil
}

// readCardFilter reads CARDDAV:filter, and what an index of words can say about
// it. RFC 6352 section 10.5.
func readCardFilter(e *wire.Elem) (*vcard.Filter, search.Query, error) {
	r := &filterReader{space: wire.CardDAV, collation: collation.UnicodeCasemap, left: maxConditions}
	if e == nil {
		return nil, search.Any, badRequest("addressbook-query has no filter")
	}
	allOf, err := r.allOf(e)
	if err != nil {
		return nil, search.Any, err
	}
	f := &vcard.Filter{AnyOf: !allOf}
	var words []search.Query
	for _, c := range e.Children {
		if c.Name != r.name("prop-filter") {
			return nil, search.Any, r.unsupported(c)
		}
		p, q, err := r.cardProp(c)
		if err != nil {
			return nil, search.Any, err
		}
		f.Props, words = append(f.Props, p), append(words, q)
	}
	return f, joined(allOf, words), nil
}

// allOf reads the test attribute. RFC 6352 section 10.5.
func (r *filterReader) allOf(e *wire.Elem) (bool, error) {
	switch test, _ := e.Attr("test"); test {
	case "", "anyof":
		return false, nil
	case "allof":
		return true, nil
	default:
		return false, r.invalid("test %.20q is neither anyof nor allof", test)
	}
}

func joined(allOf bool, words []search.Query) search.Query {
	if allOf {
		return search.And(words...)
	}
	return search.Or(words...)
}

// cardProp reads a prop-filter. One without conditions asks for the property to
// be there, as tsdav does with FN to get all.
func (r *filterReader) cardProp(e *wire.Elem) (f vcard.PropFilter, words search.Query, err error) {
	if f.Name, err = r.named(e); err != nil {
		return f, words, err
	}
	if f.AllOf, err = r.allOf(e); err != nil {
		return f, words, err
	}
	if f.IsNotDefined, err = r.alone(e); err != nil || f.IsNotDefined {
		return f, words, err
	}
	var each []search.Query
	for _, c := range e.Children {
		switch c.Name {
		case r.name("text-match"):
			t, err := r.text(c)
			if err != nil {
				return f, words, err
			}
			f.Texts = append(f.Texts, vcard.TextMatch{Matcher: t.Matcher, Negate: t.negate})
			each = append(each, t.words)
		case r.name("param-filter"):
			p, q, err := r.cardParam(c)
			if err != nil {
				return f, words, err
			}
			f.Params = append(f.Params, p)
			each = append(each, q)
		default:
			return f, words, r.unsupported(c)
		}
	}
	if !isIndexed(f.Name[strings.LastIndexByte(f.Name, '.')+1:]) {
		return f, search.Any, nil
	}
	return f, joined(f.AllOf, each), nil
}

func (r *filterReader) cardParam(e *wire.Elem) (vcard.ParamFilter, search.Query, error) {
	p, err := r.readParam(e)
	f := vcard.ParamFilter{Name: p.name, IsNotDefined: p.absent}
	if p.text != nil {
		f.Text = &vcard.TextMatch{Matcher: p.text.Matcher, Negate: p.text.negate}
	}
	return f, p.words, err
}
