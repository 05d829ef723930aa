package account

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"almanac/store"
	"almanac/store/memstore"
)

func TestCreate(t *testing.T) {
	st := memstore.New()
	defer st.Close()
	id, err := Create(t.Context(), st, store.Home{Name: "ann", DisplayName: "Ann", Emails: []string{"ann@example.org"}, Secret: cheap("x")}, "test", noon)
	if err != nil {
		t.Fatal(err)
	}
	var home *store.Home
	var colls []*store.Collection
	if err := st.View(t.Context(), func(s store.Snapshot) (err error) {
		if home, err = s.HomeByName("ann"); err == nil {
			colls, err = s.Collections(home.ID)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if home.ID != id || home.DisplayName != "Ann" || !home.Created.Equal(noon) {
		t.Errorf("home is %+v", home)
	}
	const color, name = `<ical:calendar-color xmlns:ical="http://apple.com/ns/ical/">`, `<d:displayname xmlns:d="DAV:">`
	want := []*store.Collection{
		{Home: id, Kind: store.Calendar, Name: "calendar", Components: []string{"VEVENT"}, Created: noon, Props: store.PropSet{
			{Space: "DAV:", Local: "displayname", XML: name + "Calendar</d:displayname>"},
			{Space: "http://apple.com/ns/ical/", Local: "calendar-color", XML: color + "#2F6FDEFF</ical:calendar-color>"}}},
		{Home: id, Kind: store.Calendar, Name: "tasks", Components: []string{"VTODO"}, Created: noon, Props: store.PropSet{
			{Space: "DAV:", Local: "displayname", XML: name + "Tasks</d:displayname>"},
			{Space: "http://apple.com/ns/ical/", Local: "calendar-color", XML: color + "#E8912DFF</ical:calendar-color>"}}},
		{Home: id, Kind: store.AddressBook, Name: "contacts", Created: noon, Props: store.PropSet{
			{Space: "DAV:", Local: "displayname", XML: name + "Contacts</d:displayname>"}}},
	}
	if diff := cmp.Diff(want, colls, cmpopts.IgnoreFields(store.Collection{}, "ID"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
}

func TestCreateRefuses(t *testing.T) {
	st := memstore.New()
	defer st.Close()
	if _, err := Create(t.Context(), st, store.Home{Name: "ann"}, "test", noon); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(t.Context(), st, store.Home{Name: "ann"}, "test", noon); !errors.Is(err, store.ErrExists) {
		t.Errorf("a taken name: %v", err)
	}
	var bad *NameError
	if _, err := Create(t.Context(), st, store.Home{Name: "a/b"}, "test", noon); !errors.As(err, &bad) {
		t.Errorf("a name with a slash: %v", err)
	}
}

// countingStore counts what is written.
type countingStore struct {
	store.Store
	batches int
}

func (c *countingStore) Apply(ctx context.Context, b *store.Batch) (*store.Result, error) {
	c.batches++
	return c.Store.Apply(ctx, b)
}

// TestAResourceIsMadeInOneWrite: there is no moment in which it is a person's account.
func TestAResourceIsMadeInOneWrite(t *testing.T) {
	st := &countingStore{Store: memstore.New()}
	defer st.Close()
	made := store.Home{Name: "hall", DisplayName: "The hall", Secret: "not for rooms"}
	want := Resource{Type: Room, Org: "acme"}
	id, err := CreateResource(t.Context(), st, made, want, "test", noon)
	if err != nil || st.batches != 1 {
		t.Fatalf("%v, in %d batches", err, st.batches)
	}
	if _, err := CreateResource(t.Context(), st, made, Resource{Type: Equipment, Org: "other"}, "test", noon); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second one of that name: %v", err)
	}
	err = st.View(t.Context(), func(s store.Snapshot) error {
		h, err := s.Home(id)
		if err != nil {
			return err
		}
		colls, err := s.Collections(id)
		if err != nil {
			return err
		}
		r, err := FindResource(s, id)
		if h.Secret != "" || len(colls) != 1 || r == nil || *r != want {
			t.Errorf("%+v with %d collections is %+v", h, len(colls), r)
		}
		return errors.Join(err, ResourcesOf(s, "acme", func(home store.HomeID, r *Resource) error {
			if home != id || *r != want {
				t.Errorf("the organisation has %d, %+v", home, r)
			}
			return nil
		}))
	})
	if err != nil {
		t.Error(err)
	}
}
