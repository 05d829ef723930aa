package boltstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"almanac/store"
	"almanac/store/storetest"
)

// together has the writer wait, queues batches in their order, and lets go, so
// that they share one commit. It returns their errors.
func together(t *testing.T, s *Store, batches []*store.Batch) []error {
	t.Helper()
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		s.do(context.Background(), func(*txn) error {
			close(started)
			<-release
			return nil
		})
	})
	<-started
	errs := make([]error, len(batches))
	for i, b := range batches {
		wg.Go(func() { _, errs[i] = s.Apply(context.Background(), b) })
		for queued := 0; queued <= i; time.Sleep(10 * time.Microsecond) {
			s.mu.Lock()
			queued = len(s.queue)
			s.mu.Unlock()
		}
	}
	close(release)
	wg.Wait()
	return errs
}

func lastTx(t *testing.T, s *Store) int {
	t.Helper()
	tx, err := s.db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	return tx.ID()
}

func TestFailedBatchesLeaveNoTraceInTheirCommit(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	put := func(name, uid, text string) store.Op {
		return storetest.Put(store.Calendar, work, name, storetest.Event(uid, text))
	}
	prop := store.Prop{Space: "s", Local: "l", XML: "<l xmlns='s'>2</l>"}
	calendar := store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "new", Components: []string{"VEVENT"}}}
	secret := "new"
	batch := func(ops ...store.Op) *store.Batch { return &store.Batch{Home: 1, At: at, By: "t", Ops: ops} }
	good := func() []*store.Batch {
		return []*store.Batch{
			batch(put("n1", "n1", "x")),
			batch(put("a", "a", "4"), put("n2", "n2", "x"), store.DeleteObject{Coll: work, Name: "b"}),
			batch(calendar),
			batch(store.MoveObject{From: work, FromName: "n1", To: 5, ToName: "n1"}, put("n3", "n3", "x")),
			batch(store.RenameCollection{Coll: 5, Name: "renamed"}, put("a", "a", "5")),
		}
	}
	fail := store.DeleteObject{Coll: work, Name: "never there"}
	bad := [][]store.Op{
		{put("n1", "n1", "y"), fail},
		{put("a", "other", "y"), put("bad", "a", "y"), fail},
		{store.DeleteObject{Coll: work, Name: "a"}, put("gone", "gone", "y"), fail},
		{store.MoveObject{From: work, FromName: "a", To: work, ToName: "series", Overwrite: true}, fail},
		{store.PatchProps{Target: store.OnObject, Coll: work, Name: "a", Set: []store.Prop{prop}}, fail},
		{store.PatchProps{Target: store.OnCollection, Coll: work, Set: []store.Prop{prop}}, store.RenameCollection{Coll: work, Name: "zz"}, fail},
		{calendar, store.SetHome{Secret: &secret}, store.DeleteCollection{Coll: work}, fail},
		{store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "bad", Components: []string{"VEVENT"}}}, fail},
		{store.RestoreCollection{Coll: old, Name: "zz"}, store.FinishJob{Queue: "mail", ID: "1"}, fail},
		{store.Enqueue{Job: store.Job{Queue: "mail", ID: "1", Due: at}}, store.Enqueue{Job: store.Job{Queue: "mail", ID: "9", Due: at}}, fail},
		{store.DeleteHome{}, fail},
	}
	want, got := damageable(t), damageable(t)
	for i, err := range together(t, want, good()) {
		if err != nil {
			t.Fatalf("batch %d: %v", i, err)
		}
	}
	var mixed []*store.Batch
	var isBad []bool
	n := 0
	for i, b := range append(good(), nil) {
		for ; n*len(good()) < (i+1)*len(bad) && n < len(bad); n++ {
			mixed, isBad = append(mixed, batch(bad[n]...)), append(isBad, true)
		}
		if b != nil {
			mixed, isBad = append(mixed, b), append(isBad, false)
		}
	}
	before := lastTx(t, got)
	for i, err := range together(t, got, mixed) {
		if isBad[i] != errors.Is(err, store.ErrNotFound) || !isBad[i] && err != nil {
			t.Errorf("batch %d (%T): %v", i, mixed[i].Ops[0], err)
		}
	}
	if commits := lastTx(t, got) - before; commits != 1 {
		t.Errorf("%d commits", commits)
	}
	storetest.CheckClean(t, got)
	wantWorld, err := storetest.Dump(context.Background(), want)
	if err != nil {
		t.Fatal(err)
	}
	gotWorld, err := storetest.Dump(context.Background(), got)
	if err != nil {
		t.Fatal(err)
	}
	if d := storetest.Diff(wantWorld, gotWorld); d != "" {
		t.Errorf("differs (-want +got):\n%s", d)
	}
}

func TestABatchThatPanicsHarmsOnlyItsCommit(t *testing.T) {
	s := damageable(t)
	err := s.do(context.Background(), func(t *txn) error {
		t.put(t.bucket(bMeta), []byte("x"), nil)
		panic("a fault")
	})
	if err == nil {
		t.Fatal("no error")
	}
	if _, err := s.Apply(context.Background(), &store.Batch{Home: 1, Ops: []store.Op{store.DeleteObject{Coll: work, Name: "a"}}}); err != nil {
		t.Error(err)
	}
	storetest.CheckClean(t, s)
}

func TestABatchAbandonedInTheQueueIsNotApplied(t *testing.T) {
	s := damageable(t)
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		s.do(context.Background(), func(*txn) error {
			close(started)
			<-release
			return nil
		})
	})
	<-started
	ctx, cancel := context.WithCancel(context.Background())
	wg.Go(func() {
		_, err := s.Apply(ctx, &store.Batch{Home: 1, Ops: []store.Op{store.DeleteHome{}}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
	for queued := 0; queued == 0; time.Sleep(10 * time.Microsecond) {
		s.mu.Lock()
		queued = len(s.queue)
		s.mu.Unlock()
	}
	cancel()
	time.Sleep(time.Millisecond)
	close(release)
	wg.Wait()
	err := s.View(context.Background(), func(sn store.Snapshot) error {
		_, err := sn.Home(1)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOneCommitTakesAtMostSoMuch(t *testing.T) {
	s := damageable(t)
	var batches []*store.Batch
	for i := range 5 {
		name := fmt.Sprint("big-", i)
		body := append(storetest.Event(name, "x"), make([]byte, maxGroupOctets/2)...)
		for j := range body[len(body)-maxGroupOctets/2:] {
			body[len(body)-1-j] = '\n'
		}
		batches = append(batches, &store.Batch{Home: 1, Ops: []store.Op{storetest.Put(store.Calendar, work, name, body)}})
	}
	before := lastTx(t, s)
	for _, err := range together(t, s, batches) {
		if err != nil {
			t.Error(err)
		}
	}
	if commits := lastTx(t, s) - before; commits < 3 {
		t.Errorf("%d commits for %d times half of what one takes", commits, len(batches))
	}
}
