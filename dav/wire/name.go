package wire

// The namespaces calendar and contact clients use.
const (
	DAV     = "DAV:"                           // RFC 4918
	CalDAV  = "urn:ietf:params:xml:ns:caldav"  // RFC 4791
	CardDAV = "urn:ietf:params:xml:ns:carddav" // RFC 6352
	CS      = "http://calendarserver.org/ns/"  // Apple Calendar Server: getctag, sharing, notifications
	Apple   = "http://apple.com/ns/ical/"      // Apple Calendar: calendar-color, calendar-order
	Me      = "http://me.com/_namespace/"      // Apple: bulk-requests
	Push    = "https://bitfire.at/webdav-push" // WebDAV-Push, DAVx5
	OC      = "http://owncloud.org/ns"         // ownCloud and Nextcloud: sharing
	Tasks   = "http://org.tasks/ns/"           // Tasks.org: x-calendar-icon, tag metadata

	// XML is the namespace of xml:lang, bound to the prefix xml everywhere.
	XML = "http://www.w3.org/XML/1998/namespace"
)

// xmlnsSpace is the namespace of the prefix xmlns. Nothing may be bound to it.
const xmlnsSpace = "http://www.w3.org/2000/xmlns/"

// A Name is the name of an element or attribute: a namespace and a local name.
// Names are compared with ==. Space is "" for a name in no namespace.
type Name struct {
	Space, Local string
}

// D returns a name in the namespace [DAV].
func D(local string) Name { return Name{DAV, local} }

// C returns a name in the namespace [CalDAV].
func C(local string) Name { return Name{CalDAV, local} }

// Card returns a name in the namespace [CardDAV].
func Card(local string) Name { return Name{CardDAV, local} }

// CalendarServer returns a name in the namespace [CS].
func CalendarServer(local string) Name { return Name{CS, local} }

// AppleICal returns a name in the namespace [Apple].
func AppleICal(local string) Name { return Name{Apple, local} }

// String returns the name in Clark notation: {DAV:}href, or the bare local name
// when there is no namespace.
func (n Name) String() string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}

// known lists the namespaces that have a fixed prefix in what we write, and that
// are interned when read, so that comparing two of them is comparing pointers.
var known = [...]struct{ space, prefix string }{
	{DAV, "d"},
	{CalDAV, "c"},
	{CardDAV, "card"},
	{CS, "cs"},
	{Apple, "ical"},
	{Me, "me"},
	{Push, "push"},
	{OC, "oc"},
	{Tasks, "tk"},
}

// knownIndex returns the row of known that holds space, or -1.
func knownIndex(space string) int {
	switch space {
	case DAV:
		return 0
	case CalDAV:
		return 1
	case CardDAV:
		return 2
	case CS:
		return 3
	case Apple:
		return 4
	case Me:
		return 5
	case Push:
		return 6
	case OC:
		return 7
	case Tasks:
		return 8
	}
	return -1
}

// intern returns the constant equal to space where there is one.
func intern(space string) string {
	if i := knownIndex(space); i >= 0 {
		return known[i].space
	}
	return space
}
