package dav

import (
	"net/http"
	"strings"

	"almanac/account"
	"almanac/collation"
	"almanac/dav/wire"
	"almanac/store"
)

// A searchable is a property by which principals can be found.
type searchable struct {
	name  wire.Name
	about string
	// texts are the values that a search is compared with.
	texts func(*request, *store.Home) []string
}

// searchables are what principal-search-property-set announces. KDE and macOS look
// for people by name and address, the Outlook synchroniser for rooms by type,
// Thunderbird for the owner of a home.
var searchables = []searchable{
	{wire.D("displayname"), "Name", func(_ *request, h *store.Home) []string {
		if set := h.Principal.Get(wire.DAV, "displayname"); set != "" {
			return []string{wire.FragmentText(set)}
		}
		return []string{personName(h)}
	}},
	{wire.C("calendar-user-address-set"), "Calendar address", func(rq *request, h *store.Home) []string {
		texts := []string{rq.principalHref(h)}
		for _, addr := range h.Emails {
			texts = append(texts, "mailto:"+addr)
		}
		return texts
	}},
	{wire.CalendarServer("email-address-set"), "Mail address", func(_ *request, h *store.Home) []string { return h.Emails }},
	{wire.C("calendar-user-type"), "Kind of principal", func(*request, *store.Home) []string { return []string{"INDIVIDUAL"} }},
	{wire.C("calendar-home-set"), "Calendar home", func(rq *request, h *store.Home) []string {
		return []string{rq.href(location{kind: kindCalendarHome, user: h.Name})}
	}},
	{wire.Card("addressbook-home-set"), "Address book home", func(rq *request, h *store.Home) []string {
		return []string{rq.href(location{kind: kindAddressBookHome, user: h.Name})}
	}},
}

func searchableNamed(n wire.Name) *searchable {
	for i := range searchables {
		if searchables[i].name == n {
			return &searchables[i]
		}
	}
	return nil
}

// principalSearchPropertySet answers principal-search-property-set. RFC 3744
// section 9.5.
func (rq *request) principalSearchPropertySet(*wire.Elem) error {
	if err := rq.wantDepth0(); err != nil {
		return err
	}
	w := wire.NewWriter()
	defer w.Release()
	root := wire.D("principal-search-property-set")
	w.Begin(root, wire.CalDAV, wire.CardDAV, wire.CS)
	for _, s := range searchables {
		w.Open(wire.D("principal-search-property"))
		w.Open(wire.D("prop"))
		w.Empty(s.name)
		w.Close(wire.D("prop"))
		w.Open(wire.D("description"), wire.Attr{Name: wire.Name{Space: wire.XML, Local: "lang"}, Value: "en"})
		w.Text(s.about)
		w.Close(wire.D("description"))
		w.Close(wire.D("principal-search-property"))
	}
	w.End(root)
	rq.w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, err := rq.w.Write(w.Buffered())
	return err
}

// wantDepth0 refuses a Depth header other than 0, as the reports of RFC 3744
// section 9 want it.
func (rq *request) wantDepth0() error {
	depth, err := rq.depth()
	if err == nil && depth != wire.Depth0 {
		err = badRequest("Depth has to be 0")
	}
	return err
}

const (
	maxSearches  = 100   // conditions of one search for principals
	maxFound     = 200   // principals that one search returns
	homesPerPage = 1_000 // that are looked at in one snapshot
)

// A principalSearch is a principal-property-search read: conditions on properties.
type principalSearch struct {
	anyOf      bool
	conditions []principalCondition
}

type principalCondition struct {
	by   *searchable // nil for a property that nobody is found by
	text *collation.Matcher
}

// principalPropertySearch answers principal-property-search. RFC 3744 section 9.4.
// Depth 1 is taken besides 0, because Thunderbird sends it.
func (rq *request) principalPropertySearch(body *wire.Elem) error {
	depth, err := rq.depth()
	if err != nil {
		return err
	}
	if depth == wire.DepthInfinity {
		return badRequest("Depth has to be 0")
	}
	search, err := readPrincipalSearch(body)
	if err != nil {
		return err
	}
	want := searchedProps(body)
	m := rq.multistatus(want.spaces()...)
	defer m.Release()
	// All principals are in one collection. Anything else that is asked contains
	// none, unless it passes the search on to that collection.
	everywhere := rq.at.kind&(kindRoot|kindPrincipals) != 0 || body.Child(wire.D("apply-to-principal-collection-set")) != nil
	if !everywhere {
		if _, err := rq.target(store.WantMeta); err != nil {
			return err
		}
		return m.end()
	}
	found := 0
	for after, more := "", true; more; {
		seen := 0
		more = false
		err := rq.view(func(snap store.Snapshot) error {
			return snap.Homes(after, func(h *store.Home) bool {
				after = h.Name
				if search.matches(rq, h) {
					if found++; found > maxFound {
						return false
					}
					m.response(&resource{location: location{kind: kindPrincipal, user: h.Name}, home: h}, want)
				}
				seen++
				more = seen == homesPerPage
				return !more
			})
		})
		if err != nil {
			return m.broken(err)
		}
		if found > maxFound {
			// RFC 3744 section 9.4.
			m.StatusResponse(rq.href(rq.at), http.StatusInsufficientStorage, wire.Condition{Name: wire.D("number-of-matches-within-limits")})
			break
		}
		if more && m.full() {
			if err := m.flush(); err != nil {
				return err
			}
		}
	}
	return m.end()
}

// searchedProps reads which properties of those found are asked for. python-caldav
// 3.6 writes their names behind an empty DAV:prop instead of into it, and takes a
// principal without a name for none.
func searchedProps(body *wire.Elem) *propRequest {
	want := &propRequest{}
	prop := body.Child(wire.D("prop"))
	if prop == nil {
		return want
	}
	want.addNames(prop)
	if len(prop.Children) > 0 {
		return want
	}
	beside := &wire.Elem{}
	for _, e := range body.Children {
		switch e.Name {
		case wire.D("property-search"), wire.D("prop"), wire.D("apply-to-principal-collection-set"):
		default:
			beside.Children = append(beside.Children, e)
		}
	}
	want.addNames(beside)
	return want
}

// readPrincipalSearch reads the conditions. Those of several property-search
// elements, and of several properties in one, have all to be met, unless test is
// anyof, which Apple's clients write. So is match-type. Without a property-search,
// of which RFC 3744 section 9.4 wants one, everybody is found that a search may
// find: python-caldav 3.6 lists all principals so.
func readPrincipalSearch(body *wire.Elem) (*principalSearch, error) {
	test, _ := body.Attr("test")
	s := &principalSearch{anyOf: strings.EqualFold(test, "anyof")}
	for e := range body.ChildrenNamed(wire.D("property-search")) {
		match := e.Child(wire.D("match"))
		prop := e.Child(wire.D("prop"))
		if match == nil || prop == nil {
			return nil, badRequest("property-search wants prop and match")
		}
		how, _ := match.Attr("match-type")
		mt, err := collation.ParseMatchType(how)
		if err != nil {
			return nil, badRequest("%w", err)
		}
		text, err := collation.New(collation.UnicodeCasemap, mt, match.TrimmedText())
		if err != nil {
			return nil, err
		}
		for _, p := range prop.Children {
			s.conditions = append(s.conditions, principalCondition{searchableNamed(p.Name), text})
		}
		if len(s.conditions) > maxSearches {
			return nil, badRequest("more than %d conditions", maxSearches)
		}
	}
	if len(s.conditions) == 0 && body.Child(wire.D("property-search")) != nil {
		return nil, badRequest("property-search names no property")
	}
	return s, nil
}

func (s *principalSearch) matches(rq *request, h *store.Home) bool {
	for _, c := range s.conditions {
		if c.matches(rq, h) == s.anyOf {
			return s.anyOf
		}
	}
	return !s.anyOf || len(s.conditions) == 0
}

func (c *principalCondition) matches(rq *request, h *store.Home) bool {
	if c.by == nil {
		return false
	}
	for _, text := range c.by.texts(rq, h) {
		if c.text.Match(text) {
			return true
		}
	}
	return false
}

// principalMatch answers principal-match: the principals in a collection that are
// the one who asks (self), or the resources with a property that names him
// (principal-property). RFC 3744 section 9.3. Objects in calendars and address
// books are not looked through: all of a collection's have its owner.
func (rq *request) principalMatch(body *wire.Elem) error {
	if err := rq.wantDepth0(); err != nil {
		return err
	}
	self := body.Child(wire.D("self")) != nil
	by := body.Child(wire.D("principal-property"))
	if self == (by != nil) || by != nil && len(by.Children) != 1 {
		return badRequest("principal-match wants either self or a principal-property")
	}
	want := &propRequest{}
	if prop := body.Child(wire.D("prop")); prop != nil {
		want.addNames(prop)
	}
	m := rq.multistatus(want.spaces()...)
	defer m.Release()
	err := rq.view(func(snap store.Snapshot) error {
		res, err := rq.find(snap, store.WantMeta)
		if err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		return rq.walk(snap, res, func(r *resource) error {
			match := self && r.kind == kindPrincipal && r.home.ID == rq.who.Home
			if !self {
				if match, err = rq.namesMe(snap, r, by.Children[0].Name); err != nil {
					return err
				}
			}
			if match {
				m.response(r, want)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return m.end()
}

// walk visits what is below a resource down to its collections.
func (rq *request) walk(snap store.Snapshot, res *resource, visit func(*resource) error) error {
	var below []*resource
	if err := rq.children(snap, res, func(r *resource) { below = append(below, r) }); err != nil {
		return err
	}
	for _, r := range below {
		if err := visit(r); err != nil {
			return err
		}
		if err := rq.walk(snap, r, visit); err != nil {
			return err
		}
	}
	return nil
}

// namesMe tells whether a property has an href of the principal who asks.
func (rq *request) namesMe(snap store.Snapshot, res *resource, n wire.Name) (bool, error) {
	value, err := rq.value(res, n)
	if err != nil || value == nil {
		return false, err
	}
	for href := range value.ChildrenNamed(wire.D("href")) {
		l, err := rq.locate(href.TrimmedText())
		if err != nil || l.kind != kindPrincipal {
			continue
		}
		if r, err := rq.lookup(snap, rq.who, l, store.WantMeta); err != nil {
			return false, err
		} else if r.home != nil && r.home.ID == rq.who.Home {
			return true, nil
		}
	}
	return false, nil
}

// aclPrincipalPropSet answers acl-principal-prop-set: properties of the principals
// that the ACL of a resource names. RFC 3744 section 9.2. That is its owner and, for
// those who may read the ACL, the users and groups that it grants something to.
func (rq *request) aclPrincipalPropSet(body *wire.Elem) error {
	if err := rq.wantDepth0(); err != nil {
		return err
	}
	want := &propRequest{}
	if prop := body.Child(wire.D("prop")); prop != nil {
		want.addNames(prop)
	}
	m := rq.multistatus(want.spaces()...)
	defer m.Release()
	err := rq.view(func(snap store.Snapshot) error {
		res, err := rq.find(snap, store.WantMeta)
		if err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		owner := res.home
		if res.owner != nil {
			owner = res.owner
		}
		m.response(&resource{location: location{kind: kindPrincipal, user: owner.Name}, home: owner}, want)
		if res.kind == kindPrincipal || !rq.may(account.ReadACL, res) {
			return nil
		}
		others, err := rq.others(res)
		if err != nil {
			return err
		}
		told := map[string]bool{}
		for _, o := range others {
			if told[o.href] {
				continue
			}
			told[o.href] = true
			r, err := rq.follow(snap, o.href, store.WantMeta)
			if err != nil {
				return err
			}
			if r.exists() {
				m.response(r, want)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return m.end()
}
