package boltstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"almanac/store"
	"almanac/store/storetest"
)

var update = flag.Bool("update", false, "write the file of the present layout to testdata, unless it is there")

func TestOpenTellsOfAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// A lock of the same process counts like another's.
	if _, err := Open(path, Options{}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("error is %v, want %v", err, store.ErrLocked)
	}
	s.Close()
	again, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if again.Epoch() != s.Epoch() {
		t.Error("the epoch changed")
	}
	again.Close()
}

func TestOpenRefusesFilesThatItCannotRead(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(tx *bbolt.Tx) error
		want error
		text string
	}{
		{"newer layout", func(tx *bbolt.Tx) error {
			return tx.Bucket(bMeta).Put(kSchema, key8(uint64(len(migrations)+4)))
		}, store.ErrTooNew, fmt.Sprintf("version %d, this program knows up to %d", len(migrations)+4, len(migrations))},
		{"no version", func(tx *bbolt.Tx) error { return tx.Bucket(bMeta).Delete(kSchema) }, store.ErrDamaged, "schema"},
		{"no epoch", func(tx *bbolt.Tx) error { return tx.Bucket(bMeta).Delete(kEpoch) }, store.ErrDamaged, "epoch"},
		{"another program's", func(tx *bbolt.Tx) error {
			if err := tx.DeleteBucket(bMeta); err != nil {
				return err
			}
			_, err := tx.CreateBucket([]byte("other"))
			return err
		}, nil, "not a store"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			s, err := Open(path, Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.db.Update(tc.do); err != nil {
				t.Fatal(err)
			}
			s.Close()
			for _, readOnly := range []bool{false, true} {
				_, err = Open(path, Options{ReadOnly: readOnly})
				if err == nil || tc.want != nil && !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
					t.Errorf("error is %v, want %v with %q", err, tc.want, tc.text)
				}
			}
		})
	}
	t.Run("no database", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 1<<16), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Options{}); err == nil {
			t.Error("opened")
		}
	})
}

func TestReadOnlyReadsAndWritesNothing(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.db")
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v, want %v", err, os.ErrNotExist)
	}
	s := damageable(t)
	want, err := storetest.Dump(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	writeBackup(t, s, path)
	var open [2]*Store
	for i := range open {
		if open[i], err = Open(path, Options{ReadOnly: true}); err != nil {
			t.Fatal(err)
		}
		defer open[i].Close()
	}
	got, err := storetest.Dump(ctx, open[1])
	if err != nil {
		t.Fatal(err)
	}
	if d := storetest.Diff(want, got); d != "" {
		t.Errorf("differs (-want +got):\n%s", d)
	}
	storetest.CheckClean(t, open[0])
	if _, err := open[0].Apply(ctx, &store.Batch{Home: 1, Ops: []store.Op{store.DeleteHome{}}}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("error is %v, want %v", err, store.ErrReadOnly)
	}
	if err := open[0].Expire(ctx, time.Now()); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("error is %v, want %v", err, store.ErrReadOnly)
	}
}

func writeBackup(t *testing.T, s *Store, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(context.Background(), f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestARestoredBackupKnowsWhichRevisionsItHas(t *testing.T) {
	ctx := context.Background()
	s := damageable(t)
	put := func(s *Store, name string) store.Rev {
		t.Helper()
		res, err := s.Apply(ctx, &store.Batch{Home: 1, Ops: []store.Op{storetest.Put(store.Calendar, work, name, storetest.Event(name, "x"))}})
		if err != nil {
			t.Fatal(err)
		}
		return res.Ops[0].Rev
	}
	restore := func(s *Store) *Store {
		t.Helper()
		path := filepath.Join(t.TempDir(), "restored.db")
		writeBackup(t, s, path)
		if err := Restored(path); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		storetest.CheckClean(t, r)
		return r
	}
	first := put(s, "first")
	r1 := restore(s)
	late := put(s, "late") // the backup does not have it
	other := put(r1, "other")
	r2 := restore(r1)
	second := put(r2, "second")
	res, err := r2.Apply(ctx, &store.Batch{Home: 1, Ops: []store.Op{
		store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "new"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Epoch() == r1.Epoch() || r1.Epoch() == r2.Epoch() || s.Epoch() == r2.Epoch() {
		t.Fatalf("epochs %s, %s, %s", s.Epoch(), r1.Epoch(), r2.Epoch())
	}
	for _, tc := range []struct {
		name  string
		s     *Store
		epoch string
		c     store.CollID
		rev   store.Rev
		want  bool
	}{
		{"of before the backup", r1, s.Epoch(), work, first, true},
		{"of after the backup", r1, s.Epoch(), work, late, false},
		{"of before the first of two backups", r2, s.Epoch(), work, first, true},
		{"of after the first of two backups", r2, s.Epoch(), work, late, false},
		{"between two backups", r2, r1.Epoch(), work, other, true},
		{"of an epoch that is to come", r1, r2.Epoch(), work, first, false},
		{"of a collection made later", r2, r1.Epoch(), res.Ops[0].Coll, 0, false},
		{"of its own", r2, r2.Epoch(), work, second, true},
	} {
		if got := tc.s.Lineage(tc.epoch, tc.c, tc.rev); got != tc.want {
			t.Errorf("revision %s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestABackupThatIsCancelledEnds(t *testing.T) {
	s := damageable(t)
	ctx, cancel := context.WithCancel(context.Background())
	err := s.Backup(ctx, writerFunc(func(p []byte) (int, error) {
		cancel()
		return len(p), nil
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestHistoryIsKeptAsLongAsSaid(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		keep  time.Duration
		after time.Duration
		want  int
	}{
		{0, 29 * 24 * time.Hour, 1},
		{0, 31 * 24 * time.Hour, 0},
		{time.Hour, 59 * time.Minute, 1},
		{time.Hour, time.Hour, 0},
		{-1, 0, 0},
	} {
		s, err := Open(filepath.Join(t.TempDir(), "store.db"), Options{NoSync: true, HistoryKeep: tc.keep, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Apply(ctx, &store.Batch{Ops: []store.Op{
			store.CreateHome{Home: store.Home{Name: "ann"}},
			store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "work", Components: []string{"VEVENT"}}},
		}}); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"1", "2"} {
			if _, err := s.Apply(ctx, &store.Batch{Home: 1, Ops: []store.Op{storetest.Put(store.Calendar, 1, "a", storetest.Event("a", text))}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Expire(ctx, now.Add(tc.after)); err != nil {
			t.Fatal(err)
		}
		n := 0
		err = s.View(ctx, func(sn store.Snapshot) error {
			return sn.Versions(1, "", func(*store.Version) bool { n++; return true })
		})
		if err != nil || n != tc.want {
			t.Errorf("keep %v, %v later: %d versions, want %d (%v)", tc.keep, tc.after, n, tc.want, err)
		}
		s.Close()
	}
}

// oldFiles has one file of each layout there ever was, and what it holds.
const oldFiles = "../../testdata/store"

func TestFilesOfEveryLayoutOpen(t *testing.T) {
	for v := 1; v <= len(migrations); v++ {
		name := filepath.Join(oldFiles, fmt.Sprintf("v%d", v))
		if _, err := os.Stat(name + ".db"); err != nil && *update && v == len(migrations) {
			writeOldFile(t, name)
		}
		data, err := os.ReadFile(name + ".db")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "store.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		// What store.IndexOf says may have changed since; the layout has not.
		for _, f := range checkAll(t, s, true) {
			if !strings.HasPrefix(f.What, "the index is") {
				t.Errorf("v%d: %s", v, f.What)
			}
		}
		storetest.CheckClean(t, s)
		got := worldText(t, s)
		want, err := os.ReadFile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if d := storetest.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
			t.Errorf("v%d holds something else (-want +got):\n%s", v, d)
		}
		s.Close()
	}
}

// writeOldFile writes what the present program writes, for those to come.
func writeOldFile(t *testing.T, name string) {
	t.Helper()
	s := damageable(t)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	writeBackup(t, s, name+".db")
	if err := os.WriteFile(name+".json", []byte(worldText(t, s)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// worldText prints all that is in a store, but for what follows from the octets.
func worldText(t *testing.T, s *Store) string {
	t.Helper()
	world, err := storetest.Dump(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(world)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	text, err = json.MarshalIndent(withoutIndexes(all), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

func withoutIndexes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "Index")
		delete(v, "InRange")
		for _, inner := range v {
			withoutIndexes(inner)
		}
	case []any:
		for _, inner := range v {
			withoutIndexes(inner)
		}
	}
	return v
}
