package dav

import (
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
)

// kind is what a resource is, as a bit, so that a table's row can name several.
type kind uint32

const (
	kindRoot kind = 1 << iota
	kindPrincipals
	kindPrincipal
	kindCalendarHomes
	kindAddressBookHomes
	kindCalendarHome
	kindAddressBookHome
	kindCalendar
	kindAddressBook
	kindCalendarObject
	kindCard
	kindGroup         // a group or an organisation, as a principal
	kindProxy         // those who may act in somebody's calendars, as a principal
	kindNotifications // where somebody is told of invitations
	kindNotification

	kindHomes       = kindCalendarHomes | kindAddressBookHomes
	kindHome        = kindCalendarHome | kindAddressBookHome
	kindCollection  = kindCalendar | kindAddressBook
	kindMember      = kindCalendarObject | kindCard
	kindLeaf        = kindMember | kindNotification
	kindContainer   = kindAny &^ kindLeaf
	kindAny         = kindNotification<<1 - 1
	kindOfCalendars = kindCalendarHomes | kindCalendarHome | kindCalendar | kindCalendarObject
)

// A flavour is all that differs between calendars and address books.
type flavour struct {
	store store.Kind
	dir   string // segment below the context root
	noun  string // what people call the collection

	homes, home, collection, member kind

	resourceType wire.Name // of the collection
	space        string    // namespace of its preconditions
	mediaType    string    // of its members
	extension    string    // of the names that the server gives
	data         wire.Name // property of a report that stands for a member's octets

	// validate judges what a client wants to store; the series is that of a calendar
	// object. The error is an *Error.
	validate func(s *Server, coll *store.Collection, body []byte) (store.Index, *ical.Series, error)

	// readData reads the element that asks for a member's octets in a report.
	readData func(*wire.Elem) (dataWriter, error)

	// readQuery reads which members a query asks for.
	readQuery func(*request, *store.Collection, *wire.Elem) (*memberQuery, error)
}

// A dataWriter writes a member's octets in the form asked for, as the content of
// flavour.data; false when there are none in that form.
type dataWriter func(*request, *resource, *wire.Writer) bool

var (
	calendars = &flavour{
		store: store.Calendar, dir: "calendars", noun: "calendar",
		homes: kindCalendarHomes, home: kindCalendarHome, collection: kindCalendar, member: kindCalendarObject,
		resourceType: wire.C("calendar"), space: wire.CalDAV,
		mediaType: "text/calendar", extension: ".ics", data: wire.C("calendar-data"),
		validate: validateCalendarObject, readData: readCalendarData, readQuery: readCalendarQuery,
	}
	addressBooks = &flavour{
		store: store.AddressBook, dir: "addressbooks", noun: "address book",
		homes: kindAddressBookHomes, home: kindAddressBookHome, collection: kindAddressBook, member: kindCard,
		resourceType: wire.Card("addressbook"), space: wire.CardDAV,
		mediaType: "text/vcard", extension: ".vcf", data: wire.Card("address-data"),
		validate: validateCard, readData: readCardData, readQuery: readAddressBookQuery,
	}
	flavours = [...]*flavour{calendars, addressBooks}
)

// flavourOf returns the flavour that a kind belongs to; nil for principals and roots.
func flavourOf(k kind) *flavour {
	for _, f := range flavours {
		if k&(f.homes|f.home|f.collection|f.member) != 0 {
			return f
		}
	}
	return nil
}
