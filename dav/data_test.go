package dav_test

import (
	"strings"
	"testing"

	"almanac/dav/davtest"
	"almanac/store/memstore"
)

// Lotus Notes and others fold lines by octets, inside of characters. GET gives the
// octets; a report, which XML carries, gives the characters.
func TestReportPutsCharactersSplitByFoldingTogether(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	defer s.CheckClean(t)
	const card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:split\r\nN:Muster;Ida;;;\r\nFN:Ida Muster\r\nNOTE:Gr\xC3\r\n \xBC\xC3\x9Fe\r\nEND:VCARD\r\n"
	const event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\nBEGIN:VEVENT\r\nUID:split\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:Gr\xC3\r\n \xBC\xC3\x9Fe\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for _, c := range []struct{ path, body, report string }{
		{"/dav/addressbooks/ann/contacts/split.vcf", card, `<R:addressbook-multiget xmlns="DAV:" xmlns:R="urn:ietf:params:xml:ns:carddav"><prop><R:address-data/></prop><href>/dav/addressbooks/ann/contacts/split.vcf</href></R:addressbook-multiget>`},
		{"/dav/calendars/ann/calendar/split.ics", event, `<C:calendar-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><C:calendar-data/></prop><href>/dav/calendars/ann/calendar/split.ics</href></C:calendar-multiget>`},
	} {
		if w := send(s, "PUT", c.path, strings.NewReader(c.body), int64(len(c.body))); w.Code != 201 {
			t.Fatalf("PUT %s: %d %s", c.path, w.Code, w.Body)
		}
		if got := send(s, "GET", c.path, nil, 0).Body.String(); got != c.body {
			t.Errorf("GET %s gives %q", c.path, got)
		}
		collection := c.path[:strings.LastIndexByte(c.path, '/')+1]
		got := send(s, "REPORT", collection, strings.NewReader(c.report), int64(len(c.report))).Body.String()
		// Unfolded, and with the line breaks as XML writes them.
		if plain := strings.ReplaceAll(got, "&#13;\n ", ""); !strings.Contains(plain, ":Grüße&#13;\n") {
			t.Errorf("the report on %s has not the characters: %q", collection, got)
		}
	}
}
