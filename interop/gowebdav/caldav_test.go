//go:build interop

package gowebdav

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"
)

// newEvent returns a calendar with one event of an hour.
func newEvent(uid, summary string, start time.Time) *ical.Calendar {
	event := ical.NewEvent()
	event.Props.SetText(ical.PropUID, uid)
	event.Props.SetDateTime(ical.PropDateTimeStamp, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	event.Props.SetDateTime(ical.PropDateTimeStart, start)
	event.Props.SetDateTime(ical.PropDateTimeEnd, start.Add(time.Hour))
	event.Props.SetText(ical.PropSummary, summary)
	cal := ical.NewCalendar()
	cal.Props.SetText(ical.PropVersion, "2.0")
	cal.Props.SetText(ical.PropProductID, "-//example.org//interop//EN")
	cal.Children = append(cal.Children, event.Component)
	return cal
}

// summaries lists the summaries of the objects, sorted.
func summaries(objects []caldav.CalendarObject) []string {
	var list []string
	for _, object := range objects {
		for _, event := range object.Data.Events() {
			text, _ := event.Props.Text(ical.PropSummary)
			list = append(list, text)
		}
	}
	slices.Sort(list)
	return list
}

func TestCalDAV(t *testing.T) {
	ctx := t.Context()
	server := connect(t)
	client, err := caldav.NewClient(server.http, server.url)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC)
	wanted := caldav.CalendarCompRequest{Name: "VCALENDAR", AllProps: true, AllComps: true}
	var calendar, token string

	t.Run("the calendars are found from the URL alone", func(t *testing.T) {
		principal, err := client.FindCurrentUserPrincipal(ctx)
		if err != nil {
			t.Fatal(err)
		}
		home, err := client.FindCalendarHomeSet(ctx, principal)
		if err != nil {
			t.Fatal(err)
		}
		calendars, err := client.FindCalendars(ctx, home)
		if err != nil {
			t.Fatal(err)
		}
		components := map[string][]string{}
		for _, c := range calendars {
			if strings.HasSuffix(c.Path, "/calendar/") {
				calendar = c.Path
			}
			components[c.Path] = c.SupportedComponentSet
		}
		if calendar == "" {
			t.Fatalf("no calendar in %v", components)
		}
		if got := components[calendar]; !slices.Contains(got, "VEVENT") {
			t.Errorf("the calendar holds %v, not VEVENT", got)
		}
	})
	if calendar == "" {
		t.FailNow()
	}

	t.Run("the first sync of an empty calendar gives a token", func(t *testing.T) {
		answer, err := client.SyncCollection(ctx, calendar, &caldav.SyncQuery{CompRequest: wanted})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Updated)+len(answer.Deleted) > 0 || answer.SyncToken == "" {
			t.Errorf("got %+v", answer)
		}
		token = answer.SyncToken
	})

	t.Run("an event is put and read back", func(t *testing.T) {
		put, err := client.PutCalendarObject(ctx, calendar+"one.ics", newEvent("one@example.org", "One", start))
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.GetCalendarObject(ctx, calendar+"one.ics")
		if err != nil {
			t.Fatal(err)
		}
		if put.ETag == "" || put.ETag != got.ETag {
			t.Errorf("ETag %q after PUT, %q from GET", put.ETag, got.ETag)
		}
		if list := summaries([]caldav.CalendarObject{*got}); !slices.Equal(list, []string{"One"}) {
			t.Errorf("read back %v", list)
		}
	})

	t.Run("a query for a time finds the event of that time", func(t *testing.T) {
		if _, err := client.PutCalendarObject(ctx, calendar+"two.ics", newEvent("two@example.org", "Two", start.AddDate(0, 1, 0))); err != nil {
			t.Fatal(err)
		}
		objects, err := client.QueryCalendar(ctx, calendar, &caldav.CalendarQuery{
			CompRequest: wanted,
			CompFilter: caldav.CompFilter{Name: "VCALENDAR", Comps: []caldav.CompFilter{
				{Name: "VEVENT", Start: start.Add(-time.Hour), End: start.Add(24 * time.Hour)},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if list := summaries(objects); !slices.Equal(list, []string{"One"}) {
			t.Errorf("found %v", list)
		}
	})

	t.Run("a query for a text finds the event with that text", func(t *testing.T) {
		objects, err := client.QueryCalendar(ctx, calendar, &caldav.CalendarQuery{
			CompRequest: wanted,
			CompFilter: caldav.CompFilter{Name: "VCALENDAR", Comps: []caldav.CompFilter{
				{Name: "VEVENT", Props: []caldav.PropFilter{{Name: "SUMMARY", TextMatch: &caldav.TextMatch{Text: "tW"}}}},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if list := summaries(objects); !slices.Equal(list, []string{"Two"}) {
			t.Errorf("found %v", list)
		}
	})

	t.Run("a multiget brings what was asked for", func(t *testing.T) {
		objects, err := client.MultiGetCalendar(ctx, calendar, &caldav.CalendarMultiGet{
			Paths:       []string{calendar + "two.ics", calendar + "one.ics"},
			CompRequest: wanted,
		})
		if err != nil {
			t.Fatal(err)
		}
		if list := summaries(objects); !slices.Equal(list, []string{"One", "Two"}) {
			t.Errorf("got %v", list)
		}
	})

	t.Run("the next sync brings the changes and the deletions", func(t *testing.T) {
		answer, err := client.SyncCollection(ctx, calendar, &caldav.SyncQuery{CompRequest: wanted, SyncToken: token})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Updated) != 2 || len(answer.Deleted) != 0 {
			t.Fatalf("two were added, got %+v", answer)
		}
		if err := client.RemoveAll(ctx, calendar+"two.ics"); err != nil {
			t.Fatal(err)
		}
		answer, err = client.SyncCollection(ctx, calendar, &caldav.SyncQuery{CompRequest: wanted, SyncToken: answer.SyncToken})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Updated) != 0 || !slices.Equal(answer.Deleted, []string{calendar + "two.ics"}) {
			t.Errorf("one was deleted, got %+v", answer)
		}
	})

	t.Run("an event moves to another calendar", func(t *testing.T) {
		other := strings.TrimSuffix(calendar, "calendar/") + "other/"
		makeCollection(t, server, "MKCALENDAR", other)
		if err := client.Move(ctx, calendar+"one.ics", other+"one.ics", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := client.GetCalendarObject(ctx, calendar+"one.ics"); err == nil {
			t.Error("the event is still where it was")
		}
		if _, err := client.GetCalendarObject(ctx, other+"one.ics"); err != nil {
			t.Error(err)
		}
	})

	t.Run("a move onto an event is refused where that may not be overwritten", func(t *testing.T) {
		other := strings.TrimSuffix(calendar, "calendar/") + "other/"
		if _, err := client.PutCalendarObject(ctx, calendar+"in-the-way.ics", newEvent("stays@example.org", "Stays", start)); err != nil {
			t.Fatal(err)
		}
		err := client.Move(ctx, other+"one.ics", calendar+"in-the-way.ics", &webdav.MoveOptions{NoOverwrite: true})
		if err == nil || !strings.Contains(err.Error(), "412") {
			t.Errorf("got %v, want status 412", err)
		}
		kept, err := client.GetCalendarObject(ctx, calendar+"in-the-way.ics")
		if err != nil {
			t.Fatal(err)
		}
		if list := summaries([]caldav.CalendarObject{*kept}); !slices.Equal(list, []string{"Stays"}) {
			t.Errorf("in the way is now %v", list)
		}
	})
}
