package account

import "almanac/store"

// A Privilege is one right on a resource, or several together.
type Privilege uint16

// The privileges of RFC 3744 section 3, and the one of RFC 4791 section 6.1.1.
const (
	Read Privilege = 1 << iota
	WriteProperties
	WriteContent
	Bind
	Unbind
	ReadACL
	ReadCurrentUserPrivilegeSet
	ReadFreeBusy
	WriteACL
	Unlock
)

// Write is the aggregate of RFC 3744 section 3.2.
const Write = WriteProperties | WriteContent | Bind | Unbind

// ownerHas is what an owner may do. WriteACL and Unlock are left out because
// there is neither an ACL nor a LOCK method: what a client reads in
// DAV:current-user-privilege-set shall be what it can do.
const ownerHas = Read | Write | ReadACL | ReadCurrentUserPrivilegeSet | ReadFreeBusy

// Granted returns what somebody may do with the things of a home.
func Granted(who Identity, owner store.HomeID) Privilege {
	if who.Home != 0 && who.Home == owner {
		return ownerHas
	}
	return 0
}

// Can tells whether somebody may do something with the things of a home. Every
// door asks it: there is no other place where this is decided.
func Can(who Identity, act Privilege, owner store.HomeID) bool {
	return act != 0 && Granted(who, owner)&act == act
}
