package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"almanac/store"
)

// Run runs the suite. open returns a new, empty store with the default retention
// of the history; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	groups := []struct {
		name  string
		cases []testCase
	}{
		{"Home", homeCases},
		{"Collection", collectionCases},
		{"Object", objectCases},
		{"Batch", batchCases},
		{"Touch", touchCases},
		{"Props", propsCases},
		{"Range", rangeCases},
		{"Changes", changesCases},
		{"History", historyCases},
		{"Jobs", jobCases},
		{"Alarms", alarmCases},
		{"Records", recordCases},
		{"Limits", limitCases},
		{"Watch", watchCases},
		{"Concurrent", concurrentCases},
		{"Life", lifeCases},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) {
					e := newEnv(t, open(t))
					c.run(e)
					e.finish()
				})
			}
		})
	}
	t.Run("Cards", func(t *testing.T) { runCards(t, open) })
	t.Run("Machine", func(t *testing.T) { runMachine(t, open) })
	t.Run("Parallel", func(t *testing.T) { runParallel(t, open) })
}

type testCase struct {
	name string
	run  func(*env)
}

// An env is a case's store with shorthands that fail the test on an error.
type env struct {
	*testing.T
	s      store.Store
	ctx    context.Context
	now    time.Time // of the last batch; each is a second later
	closed bool
}

var epochStart = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func newEnv(t *testing.T, s store.Store) *env {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return &env{T: t, s: s, ctx: ctx, now: epochStart}
}

func (e *env) finish() {
	if e.closed {
		return
	}
	e.Helper()
	CheckClean(e.T, e.s)
	if err := e.s.Close(); err != nil {
		e.Errorf("close: %v", err)
	}
}

// CheckClean fails the test when the store's Check finds anything.
func CheckClean(t interface {
	Helper()
	Errorf(format string, args ...any)
}, s store.Store) {
	t.Helper()
	err := s.Check(context.Background(), false, nil, func(f store.Finding) {
		t.Errorf("check: home %d, collection %d, %q: %s", f.Home, f.Coll, f.Name, f.What)
	})
	if err != nil {
		t.Errorf("check: %v", err)
	}
}

// try applies ops and returns the error.
func (e *env) try(home store.HomeID, ops ...store.Op) (*store.Result, error) {
	return e.tryIf(home, nil, ops...)
}

func (e *env) tryIf(home store.HomeID, pre []store.Pre, ops ...store.Op) (*store.Result, error) {
	e.now = e.now.Add(time.Second)
	return e.s.Apply(e.ctx, &store.Batch{Home: home, By: "tester", At: e.now, Pre: pre, Ops: ops})
}

func (e *env) apply(home store.HomeID, ops ...store.Op) []store.OpResult {
	e.Helper()
	res, err := e.try(home, ops...)
	if err != nil {
		e.Fatalf("apply %T: %v", ops[0], err)
	}
	return res.Ops
}

func (e *env) view(fn func(store.Snapshot)) {
	e.Helper()
	err := e.s.View(e.ctx, func(sn store.Snapshot) error {
		fn(sn)
		return nil
	})
	if err != nil {
		e.Fatalf("view: %v", err)
	}
}

func (e *env) home(name string) store.HomeID {
	e.Helper()
	return e.apply(0, store.CreateHome{Home: store.Home{Name: name}})[0].Home
}

func (e *env) calendar(home store.HomeID, name string) store.CollID {
	e.Helper()
	return e.apply(home, store.CreateCollection{Collection: store.Collection{
		Kind: store.Calendar, Name: name, Components: []string{"VEVENT", "VTODO"},
	}})[0].Coll
}

func (e *env) book(home store.HomeID, name string) store.CollID {
	e.Helper()
	return e.apply(home, store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: name}})[0].Coll
}

// put writes an event of that UID; text is what makes bodies differ.
func (e *env) put(home store.HomeID, c store.CollID, name, uid, text string) store.OpResult {
	e.Helper()
	return e.apply(home, putEvent(c, name, uid, text))[0]
}

func (e *env) object(c store.CollID, name string, want store.Want) (o *store.Object) {
	e.Helper()
	e.view(func(sn store.Snapshot) {
		var err error
		if o, err = sn.Object(c, name, want); err != nil {
			e.Fatalf("object %s: %v", name, err)
		}
	})
	return o
}

func (e *env) names(c store.CollID) (names []string) {
	e.Helper()
	e.view(func(sn store.Snapshot) {
		err := sn.List(c, "", store.WantMeta, func(o *store.Object) bool {
			names = append(names, string([]byte(o.Name)))
			return true
		})
		if err != nil {
			e.Fatalf("list: %v", err)
		}
	})
	return names
}

func (e *env) world() *World {
	e.Helper()
	w, err := Dump(e.ctx, e.s)
	if err != nil {
		e.Fatalf("dump: %v", err)
	}
	return w
}

// same fails the test when got is not want; nil and empty are the same.
func (e *env) same(what string, got, want any) {
	e.Helper()
	if d := Diff(want, got); d != "" {
		e.Errorf("%s differs (-want +got):\n%s", what, d)
	}
}

// Diff tells how got differs from want, "" when it does not; nil and empty are
// the same.
func Diff(want, got any) string {
	if reflect.DeepEqual(want, got) {
		return "" // cmp takes long to say so
	}
	text := cmp.FilterValues(func(a, b []byte) bool { return len(a) > 0 || len(b) > 0 }, // else EquateEmpty's
		cmp.Transformer("text", func(b []byte) string { return string(b) }))
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), text)
}
