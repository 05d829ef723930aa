package dav

import (
	"slices"

	"almanac/dav/wire"
	"almanac/store"
)

// A property is a row: where it stands, how it is read, and whether and how it
// can be set. What no row names is a dead property: stored and served as it came.
type property struct {
	name wire.Name
	on   kind

	// all marks the few that allprop returns: those of RFC 4918. The RFCs keep
	// theirs out (RFC 4791 section 5.2, RFC 3744 section 5).
	all bool

	// want is what of a member has to be read beyond its index record.
	want store.Want

	// get writes the content of the element, and tells whether there is one. Of a
	// settable property it is the value until one is set; nil then means none.
	get func(rq *request, res *resource, w *wire.Writer) bool

	// set says who may set it: clients any time, or only when the resource is made.
	set settable

	// check judges a new value; nil takes any. The error is an *Error.
	check func(rq *request, e *wire.Elem) error

	// displaces names a property that says the same in another form: setting one
	// removes the other.
	displaces wire.Name
}

type settable uint8

const (
	protected settable = iota // by nobody: 403 cannot-modify-protected-property
	atCreation
	always
)

// propertySets are all rows there are.
var propertySets = func() [][]property {
	return [][]property{webdavProps, quotaProps, aclProps, proxyProps, sharingProps, notificationProps, syncProps, caldavProps, carddavProps, appleProps}
}

// propertyTable finds the row of a name on a kind of resource.
type propertyTable map[wire.Name][]*property

var propertiesByName = propertyTable{}

func init() {
	for _, set := range propertySets() {
		for i := range set {
			p := &set[i]
			propertiesByName[p.name] = append(propertiesByName[p.name], p)
		}
	}
}

// on returns the row of a property on a kind of resource, or nil.
func (t propertyTable) on(k kind, n wire.Name) *property {
	for _, p := range t[n] {
		if p.on&k != 0 {
			return p
		}
	}
	return nil
}

// live visits the rows on a kind of resource in the order of the tables.
func live(k kind, visit func(*property)) {
	for _, set := range propertySets() {
		for i := range set {
			if set[i].on&k != 0 {
				visit(&set[i])
			}
		}
	}
}

// A propRequest is what a PROPFIND or REPORT wants of each resource: names,
// resolved to rows once for each kind of resource met.
type propRequest struct {
	names    []wire.Name
	nameOnly bool // propname: the names alone
	all      bool // allprop: what the tables mark, what is stored, and names besides

	// data writes the property that only a REPORT knows: calendar-data or
	// address-data. nil in a PROPFIND.
	data     func(rq *request, res *resource, w *wire.Writer) bool
	dataName wire.Name

	resolved map[kind]*resolvedProps
	last     kind // the kind asked last
	lastOn   *resolvedProps
}

// resolvedProps are the rows for the names of a propRequest on one kind.
type resolvedProps struct {
	rows []resolvedProp
	want store.Want
}

type resolvedProp struct {
	name wire.Name
	row  *property // nil: dead, or unknown
	data bool

	open, close string // its tags, once written
}

// on resolves the names for one kind of resource.
func (p *propRequest) on(k kind) *resolvedProps {
	if p.lastOn == nil || p.last != k {
		p.last, p.lastOn = k, p.resolve(k)
	}
	return p.lastOn
}

func (p *propRequest) resolve(k kind) *resolvedProps {
	if r, ok := p.resolved[k]; ok {
		return r
	}
	r := &resolvedProps{rows: make([]resolvedProp, 0, len(p.names))}
	add := func(n wire.Name) {
		rp := resolvedProp{name: n}
		switch {
		case p.data != nil && n == p.dataName && k&kindMember != 0:
			rp.data = true
			r.want |= store.WantBody
		default:
			if rp.row = propertiesByName.on(k, n); rp.row == nil {
				r.want |= store.WantProps
			} else {
				r.want |= rp.row.want
				if rp.row.set != protected {
					r.want |= store.WantProps
				}
			}
		}
		r.rows = append(r.rows, rp)
	}
	if p.all || p.nameOnly {
		r.want |= store.WantProps
		live(k, func(row *property) {
			if row.all || p.nameOnly {
				add(row.name)
			}
		})
	}
	for _, n := range p.names {
		if !p.all || !r.has(n) {
			add(n)
		}
	}
	if p.resolved == nil {
		p.resolved = make(map[kind]*resolvedProps)
	}
	p.resolved[k] = r
	return r
}

func (r *resolvedProps) has(n wire.Name) bool {
	for i := range r.rows {
		if r.rows[i].name == n {
			return true
		}
	}
	return false
}

// write writes one resource's propstats: first what it has, with 200, then what
// it has not, with 404. Thunderbird's address book reads the first alone. With
// minimal (RFC 8144 section 2.1) the second is left out.
func (p *propRequest) write(rq *request, res *resource, w *wire.Writer) {
	resolved := p.on(res.kind)
	stored := res.props()
	var missing []wire.Name
	w.StartPropstat()
	for i := range resolved.rows {
		rp := &resolved.rows[i]
		if !p.writeOne(rq, res, rp, stored, w) {
			missing = append(missing, rp.name)
		}
	}
	if p.all || p.nameOnly {
		for _, sp := range stored {
			n := wire.Name{Space: sp.Space, Local: sp.Local}
			switch {
			case resolved.has(n) || !p.nameOnly && propertiesByName.on(res.kind, n) != nil && propertiesByName.on(res.kind, n).all:
			case p.nameOnly:
				w.Empty(n)
			default:
				w.Raw(sp.XML)
			}
		}
	}
	w.EndPropstat(200)
	if len(missing) == 0 || rq.prefer.Minimal || p.nameOnly || p.all && len(p.names) == 0 {
		return
	}
	w.StartPropstat()
	for _, n := range missing {
		w.Empty(n)
	}
	w.EndPropstat(404)
}

// writeOne writes one property's element; false when the resource has none.
func (p *propRequest) writeOne(rq *request, res *resource, rp *resolvedProp, stored store.PropSet, w *wire.Writer) bool {
	if rp.row == nil || rp.row.set != protected {
		if xml := stored.Get(rp.name.Space, rp.name.Local); xml != "" {
			if p.nameOnly {
				w.Empty(rp.name)
			} else {
				w.Raw(xml)
			}
			return true
		}
	}
	get := p.data
	if !rp.data {
		if rp.row == nil || rp.row.get == nil {
			return false
		}
		get = rp.row.get
	}
	if rp.open == "" {
		rp.open, rp.close = w.Tags(rp.name)
	}
	mark := w.Mark()
	w.Raw(rp.open)
	content := w.Mark()
	if !get(rq, res, w) {
		w.Truncate(mark)
		return false
	}
	if p.nameOnly {
		w.Truncate(content)
	}
	w.Raw(rp.close)
	return true
}

// maxNames is how many different properties are told apart in one request; asking
// for more repeats some. No client asks for a hundred.
const maxNames = 1000

func (p *propRequest) hasName(n wire.Name) bool {
	return len(p.names) >= maxNames || slices.Contains(p.names, n)
}

// spaces are the namespaces to be declared on the root: those of the names.
func (p *propRequest) spaces() []string {
	if p.all || p.nameOnly {
		return []string{wire.CalDAV, wire.CardDAV, wire.CS, wire.Apple}
	}
	spaces := make([]string, 0, 4)
	for _, n := range p.names {
		if !slices.Contains(spaces, n.Space) {
			spaces = append(spaces, n.Space)
		}
		// The values of these have elements in the namespace of their kind.
		if n == wire.D("resourcetype") || n == wire.D("supported-report-set") || n == wire.D("current-user-privilege-set") {
			spaces = append(spaces, wire.CalDAV, wire.CardDAV)
		}
	}
	return spaces
}
