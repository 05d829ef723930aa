package memstore_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"almanac/store"
	"almanac/store/memstore"
	"almanac/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return memstore.New() })
}

// filled returns a store with one member that was replaced once.
func filled(t *testing.T) (*memstore.Store, store.CollID) {
	ctx := context.Background()
	s := memstore.New()
	res, err := s.Apply(ctx, &store.Batch{Ops: []store.Op{
		store.CreateHome{Home: store.Home{Name: "ann"}},
		store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "work", Components: []string{"VEVENT"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"1", "2"} {
		op := storetest.Put(store.Calendar, res.Ops[1].Coll, "a.ics", storetest.Event("a", text))
		if _, err := s.Apply(ctx, &store.Batch{Home: res.Ops[0].Home, Ops: []store.Op{op}}); err != nil {
			t.Fatal(err)
		}
	}
	return s, res.Ops[1].Coll
}

func TestLoadReadsWhatBackupWrote(t *testing.T) {
	ctx := context.Background()
	s, _ := filled(t)
	var b bytes.Buffer
	if err := s.Backup(ctx, &b); err != nil {
		t.Fatal(err)
	}
	loaded, err := memstore.Load(&b)
	if err != nil {
		t.Fatal(err)
	}
	want, err := storetest.Dump(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := storetest.Dump(ctx, loaded)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("differs (-want +got):\n%s", d)
	}
}

func TestWhatAVisitorKeepsIsOverwritten(t *testing.T) {
	s, c := filled(t)
	err := s.View(context.Background(), func(sn store.Snapshot) error {
		var name string
		var body []byte
		err := sn.List(c, "", store.WantBody, func(o *store.Object) bool {
			name, body = o.Name, o.Body
			return true
		})
		if name != "#####" || len(body) == 0 || len(bytes.Trim(body, "#")) > 0 {
			t.Errorf("name is %q, body %q", name, body)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
