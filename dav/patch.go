package dav

import (
	"fmt"
	"net/http"

	"almanac/dav/wire"
	"almanac/store"
)

// Bounds of what is stored on one resource. Tasks.org keeps tags of some tens of
// KiB on the principal.
const (
	maxProp       = 64 << 10 // octets of one property
	maxPropOctets = 1 << 20  // of all together
	maxProps      = 256
)

// A patch is what a PROPPATCH, MKCOL or MKCALENDAR does to properties: the
// instructions judged one by one, in document order, and what comes of all of
// them. RFC 4918 section 9.2.
type patch struct {
	rq   *request
	kind kind
	made bool // the resource is being made, so that atCreation properties may be set

	results []propResult
	index   map[wire.Name]int // in results
	failed  bool

	// The last word on each property: its XML, or "" for its removal.
	values map[wire.Name]string

	components []string // of supported-calendar-component-set
}

// A propResult is what became of the instructions about one property.
type propResult struct {
	name wire.Name
	err  *Error // nil: it could be done
}

func (rq *request) newPatch(made bool) *patch {
	return &patch{rq: rq, kind: rq.at.kind, made: made, index: make(map[wire.Name]int), values: make(map[wire.Name]string)}
}

// read takes the set and remove elements inside an element.
func (p *patch) read(body *wire.Elem) {
	for _, instruction := range body.Children {
		for prop := range instruction.ChildrenNamed(wire.D("prop")) {
			for _, e := range prop.Children {
				switch instruction.Name {
				case wire.D("set"):
					p.note(e.Name, p.set(e))
				case wire.D("remove"):
					p.note(e.Name, p.remove(e.Name))
				}
			}
		}
	}
}

// note keeps the result; of several for one property the first failure.
func (p *patch) note(n wire.Name, err error) {
	i, known := p.index[n]
	if !known {
		i = len(p.results)
		p.index[n] = i
		p.results = append(p.results, propResult{name: n})
	}
	if err != nil && p.results[i].err == nil {
		p.results[i].err = asError(err)
		p.failed = true
	}
}

var errProtected = &Error{Status: http.StatusForbidden,
	Conditions: []wire.Condition{{Name: wire.D("cannot-modify-protected-property")}}}

// settable refuses what a client may not set or remove: what the tables say, and
// the name of a protected property also where the server has none of it. A
// getetag that somebody gave to a calendar would only mislead.
func (p *patch) settable(n wire.Name) error {
	if row := propertiesByName.on(p.kind, n); row != nil {
		if row.set == protected || row.set == atCreation && !p.made {
			return errProtected
		}
		return nil
	}
	for _, row := range propertiesByName[n] {
		if row.set == protected {
			return errProtected
		}
	}
	return nil
}

func (p *patch) set(e *wire.Elem) error {
	if err := p.settable(e.Name); err != nil {
		return err
	}
	row := propertiesByName.on(p.kind, e.Name)
	if row != nil && row.check != nil {
		if err := row.check(p.rq, e); err != nil {
			return err
		}
	}
	switch {
	case e.Name == wire.D("resourcetype"):
		return nil // mkcol.go has read it
	case e.Name == wire.C("supported-calendar-component-set"):
		components, err := readComponents(e)
		p.components = components
		return err
	case e.Name == wire.D("displayname") && e.TrimmedText() == "":
		// No name is better than an empty one: see the property's row.
		p.values[e.Name] = ""
		return nil
	}
	xml := e.Fragment()
	if len(xml) > maxProp {
		return insufficientStorage("property %s has %d octets, at most %d are kept", e.Name, len(xml), maxProp)
	}
	p.values[e.Name] = xml
	p.displace(row)
	return nil
}

// displace removes the other form of a property that is set or removed, unless the
// request speaks of it too.
func (p *patch) displace(row *property) {
	if row == nil || row.displaces == (wire.Name{}) {
		return
	}
	if _, given := p.values[row.displaces]; !given {
		p.values[row.displaces] = ""
	}
}

// remove: RFC 4918 section 14.23, removing what is not there is no error. A live
// property goes back to what it is when nobody has set it.
func (p *patch) remove(n wire.Name) error {
	if err := p.settable(n); err != nil {
		return err
	}
	p.values[n] = ""
	p.displace(propertiesByName.on(p.kind, n))
	return nil
}

// changes are the values in the store's terms.
func (p *patch) changes() (set []store.Prop, remove []store.PropName) {
	for _, r := range p.results {
		if xml := p.values[r.name]; xml != "" {
			set = append(set, store.Prop{Space: r.name.Space, Local: r.name.Local, XML: xml})
		}
	}
	for n, xml := range p.values {
		if xml == "" {
			remove = append(remove, store.PropName(n))
		}
	}
	return set, remove
}

// fits judges the sum of what would be stored. It is judged outside the
// transaction: two clients at once may go beyond the bound by one request.
func (p *patch) fits(before store.PropSet) {
	if p.failed {
		return
	}
	set, remove := p.changes()
	after := before.Patch(set, remove)
	octets := 0
	for _, prop := range after {
		octets += len(prop.XML)
	}
	if len(set) == 0 || len(after) <= maxProps && octets <= maxPropOctets {
		return
	}
	err := insufficientStorage("a resource keeps at most %d properties with %d octets", maxProps, maxPropOctets)
	p.note(wire.Name{Space: set[len(set)-1].Space, Local: set[len(set)-1].Local}, err)
}

func insufficientStorage(format string, args ...any) *Error {
	return &Error{Status: http.StatusInsufficientStorage, Err: fmt.Errorf(format, args...)}
}

// status is that of the first failure: what a request that makes something is
// answered with. RFC 5689 section 3.
func (p *patch) status() int {
	for _, r := range p.results {
		if r.err != nil {
			return r.err.Status
		}
	}
	return http.StatusOK
}

// write writes the propstats: all in one with 200, or each failure with its reason
// and the rest as failed with it. RFC 4918 section 9.2.1.
func (p *patch) write(w *wire.Writer) {
	rest := http.StatusOK
	if p.failed {
		rest = http.StatusFailedDependency
		for _, r := range p.results {
			if r.err == nil {
				continue
			}
			w.Open(wire.D("propstat"))
			w.Open(wire.D("prop"))
			w.Empty(r.name)
			w.Close(wire.D("prop"))
			w.Status(r.err.Status)
			w.Error(r.err.Conditions...)
			if r.err.Err != nil {
				w.Element(wire.D("responsedescription"), r.err.Err.Error())
			}
			w.Close(wire.D("propstat"))
		}
	}
	w.StartPropstat()
	for _, r := range p.results {
		if r.err == nil {
			w.Empty(r.name)
		}
	}
	w.EndPropstat(rest)
}

// spaces are the namespaces of the names that write writes.
func (p *patch) spaces() []string {
	names := propRequest{}
	for _, r := range p.results {
		names.names = append(names.names, r.name)
	}
	return names.spaces()
}
