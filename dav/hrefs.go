package dav

import (
	"bytes"

	"almanac/dav/wire"
	"almanac/store"
)

// value returns a property of a resource as an element tree, nil if it has none:
// for the reports that follow the hrefs in properties. It is written and read
// again, which serves live and stored properties alike.
func (rq *request) value(res *resource, n wire.Name) (*wire.Elem, error) {
	p := &propRequest{names: []wire.Name{n}}
	w := wire.NewWriter()
	defer w.Release()
	root := wire.D("prop")
	w.Begin(root)
	if !p.writeOne(rq, res, &p.on(res.kind).rows[0], res.props(), w) {
		return nil, nil
	}
	w.End(root)
	e, err := wire.Parse(bytes.NewReader(bytes.Clone(w.Buffered())), wire.Limits{})
	if err != nil {
		return nil, err
	}
	return e.Children[0], nil
}

// follow finds what an href in a property names. The error is nil also when there
// is nothing.
func (rq *request) follow(snap store.Snapshot, href string, want store.Want) (*resource, error) {
	l, err := rq.locate(href)
	if err != nil || l.kind == 0 {
		return &resource{}, nil
	}
	return rq.lookup(snap, rq.who, l, want)
}
