package dav

import (
	"io"
	"net/http"
	"strconv"

	"github.com/klauspost/compress/gzip"

	"almanac/dav/wire"
)

// A multistatus is an answer of many parts on its way out. It is written into a
// buffer inside store snapshots and sent between them, so that no snapshot waits
// for a slow phone, and a first sync of any size takes the memory of one page.
//
// An answer that fits in one page is sent with its length in one write.
type multistatus struct {
	*wire.Writer
	rq      *request
	root    wire.Name
	started bool // the header is out
	held    int  // octets of pages kept back
	zip     *gzip.Writer

	parent     location // of the last member told: its collection
	parentHref []byte   // as text of an href
}

// pageObjects and pageOctets end a page: whichever comes first. heldPages are kept
// back of an answer that may have to be refused: a month of a person, in a buffer
// that goes back to the pool.
const (
	pageObjects = 1000
	pageOctets  = 192 << 10
	heldPages   = 2
	zipAbove    = 1 << 10 // octets from which compressing pays
)

// multistatus begins a 207 answer. spaces are the namespaces of the names that
// will be written.
func (rq *request) multistatus(spaces ...string) *multistatus {
	m := &multistatus{Writer: wire.NewWriter(), rq: rq, root: wire.D("multistatus")}
	m.Begin(m.root, spaces...)
	return m
}

// startResponse begins the response for a resource. What the hrefs of members have in
// common is made once.
func (m *multistatus) startResponse(l *location) {
	rq, in := m.rq, &m.parent
	if l.kind&kindMember == 0 || l.name == "" || l.alias != "" {
		rq.scratch = rq.appendHref(rq.scratch[:0], l)
		m.StartResponseBytes(rq.scratch)
		return
	}
	if in.kind != l.kind || in.user != l.user || in.coll != l.coll {
		*in = location{kind: l.kind, user: l.user, coll: l.coll}
		rq.scratch = rq.appendHref(rq.scratch[:0], in)
		m.parentHref = wire.AppendHrefText(m.parentHref[:0], rq.scratch)
	}
	m.StartResponseIn(m.parentHref, l.name)
}

// full tells whether a page is. It also ends the page of an answer that has to be
// refused, which flush and end then do.
func (m *multistatus) full() bool {
	return m.rq.refusal != nil || !m.rq.measuring && len(m.Buffered())-m.held >= m.rq.pageSize
}

// holds tells whether the first pages of an answer with expanded objects are still
// kept back, since it may have to be refused.
func (m *multistatus) holds() bool {
	return m.rq.expands && !m.started && len(m.Buffered()) < heldPages*m.rq.pageSize
}

// flush sends what is written so far, unless it is kept back; not inside a
// snapshot.
func (m *multistatus) flush() error {
	if m.rq.refusal != nil {
		return m.broken(m.rq.refusal)
	}
	if m.holds() {
		m.held = len(m.Buffered())
		return nil
	}
	m.held = 0
	out, err := m.start(-1)
	if err != nil {
		return err
	}
	_, err = out.Write(m.Buffered())
	m.Discard()
	return err
}

// end closes the root and sends the rest.
func (m *multistatus) end() error {
	if m.rq.refusal != nil {
		return m.broken(m.rq.refusal)
	}
	m.End(m.root)
	out, err := m.start(len(m.Buffered()))
	if err != nil {
		return err
	}
	if _, err = out.Write(m.Buffered()); err != nil {
		return err
	}
	if m.zip != nil {
		err = m.zip.Close()
		zippers.put(m.zip)
		m.zip = nil
	}
	return err
}

// start writes the header once. size is the length of the whole answer, if all of
// it is at hand.
func (m *multistatus) start(size int) (io.Writer, error) {
	if !m.started {
		m.started = true
		h := m.rq.w.Header()
		h.Set("Content-Type", "application/xml; charset=utf-8")
		if m.rq.prefer.Minimal {
			h.Set("Preference-Applied", "return=minimal")
		}
		h.Add("Vary", "Accept-Encoding, Brief, Prefer")
		switch {
		case (size < 0 || size > zipAbove) && wire.AcceptsGzip(m.rq.r.Header):
			h.Set("Content-Encoding", "gzip")
			m.zip = zippers.get(m.rq.w)
		case size >= 0:
			h.Set("Content-Length", strconv.Itoa(size))
		}
		m.rq.w.WriteHeader(http.StatusMultiStatus)
	}
	if m.zip != nil {
		return m.zip, nil
	}
	return m.rq.w, nil
}
