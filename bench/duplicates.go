package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"

	"almanac/account"
	"almanac/dedupe/synth"
	"almanac/duplicates"
	"almanac/store"
	"almanac/store/boltstore"
	"almanac/vcard"
)

// doubles are the figures of the duplicate engine beside the store, of an invented
// address book.
type doubles struct {
	Cards, Groups           int
	FindSeconds             float64
	FindCPUSeconds          float64
	FindOctets              int64   // at its peak, above what was in use before
	OneMicros, OneMicros90  float64 // processor time: whether one card has a double; nine in ten take less
	PutMicros, PlainMicros  float64 // a new card, median, durable; and one that is not indexed
	EditMicros, EditedPlain float64 // one that is there
}

// measureDoubles fills a store with invented cards and asks it for duplicates.
func (o *options) measureDoubles(work string, cards int) (*doubles, error) {
	say("inventing %d cards", cards)
	book := synth.Make(synth.Options{Seed: 4, Cards: cards + 400}).Cards
	cards = len(book) - 400 // families come whole: not all that were asked for
	d := &doubles{Cards: cards}
	at, err := openBook(filepath.Join(work, fmt.Sprintf("doubles-%d.db", cards)), book[:cards], true)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	desk := &duplicates.Desk{Store: at.Store, Who: account.Identity{Home: at.home}, By: "bench"}
	ctx := context.Background()
	say("finding duplicates among them")
	peak := watchHeap()
	start, cpu := time.Now(), ownCPU()
	groups, err := desk.Find(ctx, duplicates.FindOptions{})
	if err != nil {
		return nil, err
	}
	d.FindSeconds, d.FindCPUSeconds, d.FindOctets, d.Groups = time.Since(start).Seconds(), (ownCPU() - cpu).Seconds(), peak(), len(groups)
	var one []time.Duration
	for i := range 500 {
		c, err := desk.Resolve(ctx, cardName(i*(cards/500)))
		if err != nil {
			return nil, err
		}
		cpu := ownCPU()
		if _, err := desk.Around(ctx, c); err != nil {
			return nil, err
		}
		one = append(one, ownCPU()-cpu)
	}
	slices.Sort(one)
	d.OneMicros, d.OneMicros90 = micros(one[len(one)/2]), micros(one[len(one)*9/10])

	plain, err := openBook(filepath.Join(work, fmt.Sprintf("plain-%d.db", cards)), book[:cards], false)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	say("writing cards, with and without what is indexed")
	if err := d.puts(at, plain, book, cards); err != nil {
		return nil, err
	}
	return d, nil
}

// puts writes the same cards to both stores, in turn.
func (d *doubles) puts(indexed, plain *bookStore, book []synth.Card, cards int) error {
	took := map[string][]time.Duration{}
	for i := range 400 {
		for what, n := range map[string]int{"put": len(book) - 400 + i, "edit": i * (cards / 400)} {
			for _, s := range []*bookStore{indexed, plain} {
				start := time.Now()
				err := s.put(n, book[n].VCard, fmt.Sprintf("NOTE:written %d\r\nTEL:+41 44 %07d\r\n", i, i*7907))
				if err != nil {
					return err
				}
				name := what
				if s == plain {
					name += " plain"
				}
				took[name] = append(took[name], time.Since(start))
			}
		}
	}
	median := func(name string) float64 {
		slices.Sort(took[name])
		return micros(took[name][len(took[name])/2])
	}
	d.PutMicros, d.PlainMicros, d.EditMicros, d.EditedPlain = median("put"), median("put plain"), median("edit"), median("edit plain")
	return nil
}

// A bookStore is a store with one address book.
type bookStore struct {
	*boltstore.Store
	home    store.HomeID
	coll    store.CollID
	indexed bool
}

func cardName(i int) string { return fmt.Sprintf("%08x-%d.vcf", uint32(i)*2654435761, i) }

func openBook(path string, cards []synth.Card, indexed bool) (*bookStore, error) {
	st, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return nil, err
	}
	res, err := st.Apply(context.Background(), &store.Batch{Ops: []store.Op{
		store.CreateHome{Home: store.Home{Name: "ann"}},
		store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "people"}},
	}})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	b := &bookStore{st, res.Ops[0].Home, res.Ops[1].Coll, indexed}
	var ops []store.Op
	for i, c := range cards {
		op, err := b.op(i, c.VCard, "")
		if err != nil {
			return nil, errors.Join(err, st.Close())
		}
		if ops = append(ops, op); len(ops) == 2000 || i == len(cards)-1 {
			if _, err := st.Apply(context.Background(), &store.Batch{Home: b.home, Ops: ops}); err != nil {
				return nil, errors.Join(err, st.Close())
			}
			ops = nil
		}
	}
	return b, nil
}

// op writes the i-th card with a UID of its own and some lines more.
func (b *bookStore) op(i int, text, more string) (store.Op, error) {
	if at := strings.Index(text, "\nUID:"); at >= 0 {
		text = text[:at+5] + fmt.Sprint(i) + "-" + text[at+5:]
	} else {
		more += fmt.Sprintf("UID:card-%d\r\n", i)
	}
	end := strings.LastIndex(text, "END:VCARD")
	body := []byte(text[:end] + more + text[end:])
	c, err := vcard.Parse(body)
	if err != nil {
		return nil, err
	}
	x := store.Index{UID: c.UID, Component: "VCARD"}
	if b.indexed {
		x = store.IndexOfCard(c)
	}
	return store.PutObject{Coll: b.coll, Name: cardName(i), Body: body, Index: x}, nil
}

func (b *bookStore) put(i int, text, more string) error {
	op, err := b.op(i, text, more)
	if err == nil {
		_, err = b.Apply(context.Background(), &store.Batch{Home: b.home, Ops: []store.Op{op}})
	}
	return err
}

// ownCPU is the processor time that this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watchHeap notes how much memory is in use above now, until the function that it
// returns is called.
func watchHeap() func() int64 {
	before := heapInUse()
	var peak atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), int64(m.HeapInuse)-before))
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() int64 { close(stop); <-stopped; return peak.Load() }
}

// heapInUse is how much memory is in use, once what is not has been collected.
func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

func (r *results) printDoubles(out io.Writer) {
	if len(r.Doubles) == 0 {
		return
	}
	fmt.Fprintf(out, "\nDuplicates, in the store:\n\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "cards\tgroups\tfind\tof processor\tmemory\tone card\tof ten the slowest\tPUT new\tnot indexed\tPUT edited\tnot indexed\t")
	for _, d := range r.Doubles {
		fmt.Fprintf(w, "%d\t%d\t%.1f s\t%.1f s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", d.Cards, d.Groups, d.FindSeconds, d.FindCPUSeconds, octets(d.FindOctets),
			duration(d.OneMicros), duration(d.OneMicros90), duration(d.PutMicros), duration(d.PlainMicros), duration(d.EditMicros), duration(d.EditedPlain))
	}
	w.Flush()
}
