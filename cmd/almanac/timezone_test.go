package main

import (
	"testing"
	"time"

	"almanac/contentline"
)

func TestZoneCalendar(t *testing.T) {
	loc, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := contentline.Parse([]byte(zoneCalendar(loc)), contentline.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Roots) != 1 || len(doc.Roots[0].Children) != 1 || len(doc.Repairs) != 0 {
		t.Fatalf("not one VCALENDAR with one component: %+v", doc)
	}
	zone := doc.Roots[0].Children[0]
	if zone.Name != "VTIMEZONE" || findProperty(zone, "TZID") != "Europe/Zurich" || len(zone.Children) < 2 {
		t.Errorf("%s %s with %d observances", zone.Name, findProperty(zone, "TZID"), len(zone.Children))
	}
	// RFC 4791 section 5.2.2 wants a valid iCalendar object, which has these.
	for _, name := range []string{"VERSION", "PRODID"} {
		if findProperty(doc.Roots[0], name) == "" {
			t.Errorf("no %s", name)
		}
	}
}
