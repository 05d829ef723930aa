package dav

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"almanac/dav/wire"
	"almanac/store"
)

// maxExpanded bounds the properties that one expand-property writes, and
// maxExpandedOctets its answer, which is made in one snapshot: each level may
// multiply them by the hrefs in a property.
const (
	maxExpanded       = 1000
	maxExpandedOctets = 16 << 20
)

// expandedProp is a property to be written, and what is to be told of the
// resources that the hrefs in it name.
type expandedProp struct {
	name  wire.Name
	inner []expandedProp
}

// expandProperty answers expand-property: properties whose hrefs are replaced by
// responses about what they name. RFC 3253 section 3.8. macOS reads delegations by it.
func (rq *request) expandProperty(body *wire.Elem) error {
	depth, err := rq.depth()
	if err != nil {
		return err
	}
	if depth != wire.Depth0 {
		return badRequest("expand-property is about one resource: Depth has to be 0")
	}
	props, err := readExpandedProps(body)
	if err != nil {
		return err
	}
	m := rq.multistatus(wire.CalDAV, wire.CardDAV, wire.CS, wire.Apple)
	defer m.Release()
	x := &expansion{rq: rq, w: m.Writer, left: maxExpanded}
	err = rq.view(func(snap store.Snapshot) error {
		x.snap = snap
		res, err := rq.find(snap, store.WantProps)
		if err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		return x.response(res, props)
	})
	if err != nil {
		return err
	}
	return m.end()
}

// readExpandedProps reads the property elements inside e. It recurses as deep as
// the XML, which is bounded.
func readExpandedProps(e *wire.Elem) ([]expandedProp, error) {
	var props []expandedProp
	for c := range e.ChildrenNamed(wire.D("property")) {
		name, _ := c.Attr("name")
		if name == "" {
			return nil, badRequest("a property in expand-property has no name")
		}
		p := expandedProp{name: wire.D(name)}
		if space, ok := c.Attr("namespace"); ok {
			p.name.Space = space
		}
		var err error
		if p.inner, err = readExpandedProps(c); err != nil {
			return nil, err
		}
		if len(props) >= maxExpanded {
			return nil, badRequest("expand-property names more than %d properties", maxExpanded)
		}
		// Asked twice for the same, the answer is the same.
		if p.inner != nil || !slices.ContainsFunc(props, func(q expandedProp) bool { return q.name == p.name && q.inner == nil }) {
			props = append(props, p)
		}
	}
	return props, nil
}

// An expansion writes the answer to one expand-property.
type expansion struct {
	rq   *request
	w    *wire.Writer
	snap store.Snapshot
	left int // properties that may still be written
}

// response writes the response for one resource.
func (x *expansion) response(res *resource, props []expandedProp) error {
	x.w.StartResponse(x.rq.href(res.location))
	x.w.StartPropstat()
	var missing []wire.Name
	for i := range props {
		if x.left--; x.left < 0 || len(x.w.Buffered()) > maxExpandedOctets {
			return forbidden(wire.D("number-of-matches-within-limits"), fmt.Errorf("the answer would have more than %d properties or %d octets", maxExpanded, maxExpandedOctets))
		}
		value, err := x.rq.value(res, props[i].name)
		if err != nil {
			return err
		}
		if value == nil {
			missing = append(missing, props[i].name)
			continue
		}
		if err := x.property(value, props[i].inner); err != nil {
			return err
		}
	}
	x.w.EndPropstat(http.StatusOK)
	if len(missing) > 0 && !x.rq.prefer.Minimal {
		x.w.StartPropstat()
		for _, n := range missing {
			x.w.Empty(n)
		}
		x.w.EndPropstat(http.StatusNotFound)
	}
	x.w.EndResponse()
	return nil
}

// property writes a property with each href in it replaced by a response, if
// anything is to be told about what it names.
func (x *expansion) property(value *wire.Elem, inner []expandedProp) error {
	if len(inner) == 0 || value.Child(wire.D("href")) == nil {
		x.w.Raw(value.Fragment())
		return nil
	}
	x.w.Open(value.Name, value.Attrs...)
	for _, c := range value.Children {
		if !c.Is(wire.D("href")) {
			x.w.Raw(c.Fragment())
			continue
		}
		res, err := x.rq.follow(x.snap, c.TrimmedText(), store.WantProps)
		var refused *Error
		switch {
		case errors.As(err, &refused):
			x.w.StatusResponse(c.TrimmedText(), refused.Status, refused.Conditions...)
		case err != nil:
			return err
		case !res.exists():
			x.w.StatusResponse(c.TrimmedText(), http.StatusNotFound)
		default:
			if err := x.response(res, inner); err != nil {
				return err
			}
		}
	}
	x.w.Close(value.Name)
	return nil
}
