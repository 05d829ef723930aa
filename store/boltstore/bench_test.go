package boltstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"almanac/store"
	"almanac/store/storetest"
)

// object returns the i-th invented event, about 1.3 kB: mostly single, or a
// series without end.
func object(i int, endless bool) []byte {
	day := time.Date(2024, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i%1000) * 24 * time.Hour)
	rule := ""
	if endless {
		rule = "RRULE:FREQ=YEARLY\r\n"
	}
	const layout = "20060102T150405Z"
	return fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//bench//EN\r\nBEGIN:VEVENT\r\n"+
		"UID:%032x@example.org\r\nDTSTAMP:20240101T000000Z\r\nDTSTART:%s\r\nDTEND:%s\r\n%sSUMMARY:Event %d\r\nDESCRIPTION:%01000d\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		i*7919, day.Format(layout), day.Add(time.Hour).Format(layout), rule, i, i)
}

func objectName(i int) string { return fmt.Sprintf("%08x-%d.ics", uint32(i)*2654435761, i) }

type benchStore struct {
	*Store
	home store.HomeID
	coll store.CollID
}

func openBench(b *testing.B, opt Options) *benchStore {
	b.Helper()
	s, err := Open(filepath.Join(b.TempDir(), "store.db"), opt)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	res, err := s.Apply(context.Background(), &store.Batch{Ops: []store.Op{
		store.CreateHome{Home: store.Home{Name: "ann"}},
		store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "work", Components: []string{"VEVENT"}}},
	}})
	if err != nil {
		b.Fatal(err)
	}
	return &benchStore{s, res.Ops[0].Home, res.Ops[1].Coll}
}

func (s *benchStore) op(i int, endless bool) store.PutObject {
	return storetest.Put(store.Calendar, s.coll, objectName(i), object(i, endless))
}

// fill writes n objects, of which one in five has no end.
func (s *benchStore) fill(b *testing.B, n int) {
	b.Helper()
	for i := 0; i < n; {
		batch := &store.Batch{Home: s.home, At: time.Now()}
		for ; i < n && len(batch.Ops) < 1000; i++ {
			batch.Ops = append(batch.Ops, s.op(i, i%5 == 0))
		}
		if _, err := s.Apply(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

// concurrently has c goroutines share b.N calls.
func concurrently(b *testing.B, c int, fn func(i int) error) {
	b.Helper()
	var n atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range c {
		wg.Go(func() {
			for {
				i := int(n.Add(1))
				if i > b.N {
					return
				}
				if err := fn(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
}

// BenchmarkPut is durable: every call returns after its commit is on disk.
func BenchmarkPut(b *testing.B) {
	for _, c := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("c=%d", c), func(b *testing.B) {
			s := openBench(b, Options{})
			s.fill(b, 2000)
			concurrently(b, c, func(i int) error {
				_, err := s.Apply(context.Background(), &store.Batch{
					Home: s.home, At: time.Now(), Ops: []store.Op{s.op(100000+i, false)},
					Pre: []store.Pre{store.ETagIsNot{Coll: s.coll, Name: objectName(100000 + i)}},
				})
				return err
			})
		})
	}
}

// BenchmarkBareCommit is what bbolt alone needs for one key in a commit.
func BenchmarkBareCommit(b *testing.B) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bbolt.Options{
		NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, InitialMmapSize: mapSize, NoStatistics: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	value := make([]byte, 1300)
	concurrently(b, 1, func(i int) error {
		return db.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			return bucket.Put(binary.BigEndian.AppendUint64(nil, uint64(i)), value)
		})
	})
}

func BenchmarkImport(b *testing.B) {
	const n = 5000
	s := openBench(b, Options{})
	ops := make([][]store.Op, b.N)
	for i := range ops {
		for j := range n {
			ops[i] = append(ops[i], s.op(i*n+j, false))
		}
	}
	b.ResetTimer()
	for i := range b.N {
		if _, err := s.Apply(context.Background(), &store.Batch{Home: s.home, At: time.Now(), Ops: ops[i]}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "objects/s")
}

// BenchmarkPoll is what a client's idle poll asks.
func BenchmarkPoll(b *testing.B) {
	s := openBench(b, Options{NoSync: true})
	s.fill(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		err := s.View(context.Background(), func(sn store.Snapshot) error {
			h, err := sn.HomeByName("ann")
			if err != nil {
				return err
			}
			_, err = sn.CollectionByName(h.ID, store.Calendar, "work")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBareView(b *testing.B) {
	s := openBench(b, Options{NoSync: true})
	b.ReportAllocs()
	for b.Loop() {
		if err := s.db.View(func(*bbolt.Tx) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObject(b *testing.B) {
	s := openBench(b, Options{NoSync: true})
	s.fill(b, 10000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		err := s.View(context.Background(), func(sn store.Snapshot) error {
			return sn.Objects(s.coll, []string{objectName(i % 10000)}, store.WantBody, func(_ int, o *store.Object) bool {
				if o == nil {
					b.Fatal("missing")
				}
				return true
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	for _, want := range []store.Want{store.WantMeta, store.WantBody} {
		b.Run(fmt.Sprintf("10000/want=%d", want), func(b *testing.B) {
			s := openBench(b, Options{NoSync: true})
			s.fill(b, 10000)
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				err := s.View(context.Background(), func(sn store.Snapshot) error {
					return sn.List(s.coll, "", want, func(o *store.Object) bool {
						n += len(o.ETag)
						return true
					})
				})
				if err != nil || n == 0 {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func BenchmarkChanges(b *testing.B) {
	s := openBench(b, Options{NoSync: true})
	s.fill(b, 10000)
	b.ReportAllocs()
	for b.Loop() {
		err := s.View(context.Background(), func(sn store.Snapshot) error {
			return sn.Changes(s.coll, 9990, func(store.Change) bool { return true })
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRange asks for one week of 10 000 objects, of which 2 000 recur.
func BenchmarkRange(b *testing.B) {
	s := openBench(b, Options{NoSync: true})
	s.fill(b, 10000)
	start := time.Date(2025, 6, 2, 0, 0, 0, 0, time.UTC)
	q := store.RangeQuery{Component: "VEVENT", Start: start.Unix(), End: start.AddDate(0, 0, 7).Unix()}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = 0
		err := s.View(context.Background(), func(sn store.Snapshot) error {
			_, err := sn.Range(s.coll, q, "", store.WantMeta, nil, func(*store.Object) bool {
				n++
				return true
			})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n), "candidates")
}

// BenchmarkSize shows that what clients ask all day costs the same in a large
// collection as in a small one. Nothing waits for the disk here.
func BenchmarkSize(b *testing.B) {
	for _, n := range []int{1000, 100000} {
		s := openBench(b, Options{NoSync: true})
		s.fill(b, n)
		ctx := context.Background()
		var col *store.Collection
		poll := func(sn store.Snapshot) (err error) {
			col, err = sn.CollectionByName(s.home, store.Calendar, "work")
			return err
		}
		run := func(name string, fn func(i int) error) {
			b.Run(fmt.Sprintf("%s/members=%d", name, n), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					if err := fn(i); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("poll", func(int) error { return s.View(ctx, poll) })
		run("get", func(i int) error {
			name := []string{objectName(i * 7919 % n)}
			return s.View(ctx, func(sn store.Snapshot) error {
				return sn.Objects(s.coll, name, store.WantBody, func(_ int, o *store.Object) bool { return true })
			})
		})
		run("delta", func(int) error {
			return s.View(ctx, func(sn store.Snapshot) error {
				return sn.Changes(s.coll, col.Rev-1, func(store.Change) bool { return true })
			})
		})
		next := n
		run("put", func(int) error {
			next++
			_, err := s.Apply(ctx, &store.Batch{Home: s.home, At: time.Now(), Ops: []store.Op{s.op(next, false)}})
			return err
		})
	}
}
