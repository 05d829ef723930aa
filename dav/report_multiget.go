package dav

import (
	"cmp"
	"net/http"
	"strings"

	"almanac/dav/wire"
	"almanac/store"
)

// multigetPage is how many members one snapshot of a multiget looks up.
const multigetPage = 200

// multiget answers calendar-multiget (RFC 4791 section 7.9) and
// addressbook-multiget (RFC 6352 section 8.7): the members that the client names,
// in its order, each once. Any Depth header is taken. What is missing, or not a
// member of the collection asked, is told as 404, so that every href sent is
// answered: vdirsyncer gives up when one is not.
func (rq *request) multiget(body *wire.Elem) error {
	f := flavourOf(rq.at.kind)
	want, err := rq.reportProps(body, f)
	if err != nil {
		return err
	}
	names, strange := rq.hrefs(body)
	if len(names) == 0 {
		return badRequest("%s names no href", body.Name.Local)
	}
	m := rq.multistatus(want.spaces()...)
	defer m.Release()
	need := want.on(f.member).want

	var member *resource
	var lens *lens
	for next := 0; next < len(names); {
		err := rq.view(func(snap store.Snapshot) error {
			if member == nil {
				res, err := rq.find(snap, store.WantMeta)
				if err != nil {
					return err
				}
				if !res.exists() {
					return errNotFound
				}
				member, lens = res.member(), rq.lens(res)
			}
			var failed error
			page := names[next:min(next+multigetPage, len(names))]
			err := snap.Objects(member.coll.ID, page, need, func(i int, o *store.Object) bool {
				if o, failed = lens.see(snap, o); failed != nil {
					return false
				}
				switch name := page[i]; {
				case name == "":
					m.StatusResponse(strange[next], http.StatusNotFound)
				case o == nil:
					m.gone(member, name)
				default:
					member.become(name, o, lens)
					m.response(member, want)
				}
				next++
				return !m.full()
			})
			return cmp.Or(failed, err)
		})
		if err != nil {
			return m.broken(err)
		}
		if next < len(names) {
			if err := m.flush(); err != nil {
				return err
			}
		}
	}
	return m.end()
}

// hrefs reads which members the client names: in any encoding, as path or URL,
// each once. strange holds the hrefs that are not of a member here, as sent, by
// their place in names, where they stand as "".
func (rq *request) hrefs(body *wire.Elem) (names []string, strange map[int]string) {
	names = make([]string, 0, len(body.Children))
	seen := make(map[string]bool, len(body.Children))
	for e := range body.ChildrenNamed(wire.D("href")) {
		href := e.TrimmedText()
		l, err := rq.locate(href)
		ours := err == nil && l.kind == flavourOf(rq.at.kind).member && l.user == rq.at.user && l.coll == rq.at.coll
		if rq.at.name != "" && l.name != rq.at.name {
			ours = false // asked of one member, only that one
		}
		key := l.name
		if !ours {
			key = "/" + href // no name has a slash
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		if !ours {
			if strange == nil {
				strange = make(map[int]string)
			}
			strange[len(names)] = strings.ToValidUTF8(href, "\uFFFD")
			l.name = ""
		}
		names = append(names, l.name)
	}
	return names, strange
}

// gone writes the response for a member that is not there, or no longer: a status
// without propstat, the only form that Thunderbird and the Outlook synchroniser
// know.
func (m *multistatus) gone(member *resource, name string) {
	l := member.location
	l.name = name
	m.startResponse(&l)
	m.Status(http.StatusNotFound)
	m.EndResponse()
}
