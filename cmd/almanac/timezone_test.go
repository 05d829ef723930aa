package main

import (
	"testing"

	"almanac/contentline"
	"almanac/ical/zone"
)

func TestZoneCalendar(t *testing.T) {
	zurich, err := zone.Load("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := contentline.Parse([]byte(zoneCalendar(zurich)), contentline.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Roots) != 1 || len(doc.Roots[0].Children) != 1 || len(doc.Repairs) != 0 {
		t.Fatalf("not one VCALENDAR with one component: %+v", doc)
	}
	c := doc.Roots[0].Children[0]
	if c.Name != "VTIMEZONE" || findProperty(c, "TZID") != "Europe/Zurich" || len(c.Children) < 2 {
		t.Errorf("%s %s with %d observances", c.Name, findProperty(c, "TZID"), len(c.Children))
	}
	// RFC 4791 section 5.2.2 wants a valid iCalendar object, which has these.
	for _, name := range []string{"VERSION", "PRODID"} {
		if findProperty(doc.Roots[0], name) == "" {
			t.Errorf("no %s", name)
		}
	}
}
