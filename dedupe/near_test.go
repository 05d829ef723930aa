package dedupe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"almanac/dedupe"
)

// TestShelf: after any writes a shelf answers as one that was made anew.
func TestShelf(t *testing.T) {
	recs := records(t, texts(1000))
	var written, made dedupe.Shelf[int]
	for i, r := range recs {
		written.Put(i, recs[(i*7)%len(recs)])
		written.Put(i, r)
		if i%4 == 0 {
			written.Drop(i)
		}
	}
	for i, r := range recs {
		if i%4 != 0 {
			made.Put(i, r)
		}
	}
	found := 0
	for i, r := range recs {
		a := dedupe.Matches(r, &written, written.Get, func(id int) bool { return id == i }, &written)
		b := dedupe.Matches(r, &made, made.Get, func(id int) bool { return id == i }, &made)
		if d := cmp.Diff(a, b); d != "" {
			t.Fatal(d)
		}
		found += len(a)
	}
	if found < 200 {
		t.Errorf("%d matches", found)
	}
}

// TestRecordIsKept: a record read back is the record.
func TestRecordIsKept(t *testing.T) {
	octets := 0
	recs := records(t, texts(1000))
	for _, r := range recs {
		b := r.AppendBinary(nil)
		octets += len(b)
		got, err := dedupe.DecodeRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, got); d != "" {
			t.Fatal(d)
		}
		for n := range b {
			if _, err := dedupe.DecodeRecord(b[:n]); err == nil {
				t.Fatalf("the first %d of %d octets are a record", n, len(b))
			}
		}
	}
	if mean := octets / len(recs); mean > 400 {
		t.Errorf("%d octets a record", mean)
	}
}

func BenchmarkOneCard(b *testing.B) {
	var s dedupe.Shelf[int]
	recs := records(b, texts(100000))
	for i, r := range recs {
		s.Put(i, r)
	}
	b.ReportMetric(float64(len(recs)), "cards")
	n := 0
	for b.Loop() {
		i := n * 7919 % len(recs)
		s.Put(i, recs[i])
		dedupe.Matches(recs[i], &s, s.Get, nil, &s)
		n++
	}
}
