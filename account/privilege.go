package account

// A Privilege is one right on a resource, or several together.
type Privilege uint16

// The privileges of RFC 3744 section 3, the one of RFC 4791 section 6.1.1, and one
// of our own.
const (
	Read Privilege = 1 << iota
	WriteProperties
	WriteContent
	Bind
	Unbind
	ReadACL
	ReadCurrentUserPrivilegeSet
	ReadFreeBusy
	// ManageShares is to say with whom a collection is shared. There is no ACL
	// method, so that clients are not told of it as DAV:write-acl.
	ManageShares
)

// Write is the aggregate of RFC 3744 section 3.2.
const Write = WriteProperties | WriteContent | Bind | Unbind

// ownerHas is what an owner may do. What a client reads in
// DAV:current-user-privilege-set shall be what it can do: write-acl and unlock are
// not in it because there is neither an ACL nor a LOCK method.
const ownerHas = Read | Write | ReadACL | ReadCurrentUserPrivilegeSet | ReadFreeBusy | ManageShares
