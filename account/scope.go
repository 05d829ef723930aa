package account

import (
	"slices"

	"almanac/store"
)

// A Scope is what an app password may do of what its account may. The zero Scope
// is everything.
type Scope struct {
	ReadOnly bool
	// Kinds and Colls name the collections that it is for: those of these kinds,
	// and these ones whatever their kind. With both nil it is for all.
	Kinds []store.Kind
	Colls []store.CollID
}

func (s Scope) everything() bool { return s.Kinds == nil && s.Colls == nil }

// Allows tells whether the scope holds a collection. With coll 0 the question is
// about collections of that kind that are not there yet.
func (s Scope) Allows(kind store.Kind, coll store.CollID) bool {
	return s.everything() || slices.Contains(s.Kinds, kind) || coll != 0 && slices.Contains(s.Colls, coll)
}

// readPrivileges is what a read-only scope leaves.
const readPrivileges = Read | ReadACL | ReadCurrentUserPrivilegeSet | ReadFreeBusy

// Mask returns what the scope leaves of some privileges on a collection that it
// allows. A privilege that it does not know to be reading is writing.
func (s Scope) Mask(p Privilege) Privilege {
	if s.ReadOnly {
		return p & readPrivileges
	}
	return p
}

// Narrow returns what the scope leaves of what its account may do with a thing. Of a
// home everybody may see that it is there: without, nobody finds the collections.
func (s Scope) Narrow(a Access, t Thing) Access {
	a.Privilege = s.Mask(a.Privilege)
	switch {
	case s.everything():
	case t.Coll != nil:
		if !s.Allows(t.Coll.Kind, t.Coll.ID) {
			return Access{}
		}
	case t.Kind == 0 || !s.Allows(t.Kind, 0):
		a.Privilege &= Read | ReadCurrentUserPrivilegeSet
	}
	return a
}

// kindWords are the kinds of collection in records of app passwords.
var kindWords = map[store.Kind]string{store.Calendar: "calendar", store.AddressBook: "addressbook"}

func kindNames(kinds []store.Kind) (names []string) {
	for _, k := range kinds {
		names = append(names, kindWords[k])
	}
	return names
}

// kindsNamed leaves a name that it does not know in the result as a kind that no
// collection has: what was limited must not become unlimited.
func kindsNamed(names []string) (kinds []store.Kind) {
	for _, name := range names {
		var kind store.Kind
		for k, word := range kindWords {
			if word == name {
				kind = k
			}
		}
		kinds = append(kinds, kind)
	}
	return kinds
}
