package dedupe_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"almanac/dedupe"
	"almanac/dedupe/synth"
)

// TestEdition pins what is made of some cards, for stores keep it.
func TestEdition(t *testing.T) {
	h := sha256.New()
	for _, c := range synth.Make(synth.Options{Seed: 5, Cards: 1000}).Cards {
		rec, err := dedupe.Read([]byte(c.VCard), "")
		if err != nil {
			t.Fatal(err)
		}
		h.Write([]byte(rec.Digest()))
		for _, p := range rec.Postings() {
			h.Write(binary.BigEndian.AppendUint64([]byte(p.Initials), p.Key))
		}
	}
	const edition, want = 3, "1fd4c448ab921b0a"
	if got := fmt.Sprintf("%x", h.Sum(nil)[:8]); got != want || dedupe.Edition != edition {
		t.Errorf("what follows from a card has changed: its hash is %s. Raise dedupe.Edition, so that stores make it anew, and write both here", got)
	}
}

// TestPostings: the rows of all records answer as Counts does.
func TestPostings(t *testing.T) {
	recs := records(t, texts(1000))
	var counts dedupe.Counts
	count, holders := map[uint64]int{}, map[uint64]map[string]bool{}
	for _, r := range recs {
		counts.Add(r)
		have := map[uint64]bool{}
		for _, p := range r.Postings() {
			count[p.Key]++
			have[p.Key] = true
			if holders[p.Key] == nil {
				holders[p.Key] = map[string]bool{}
			}
			if p.Initials != "" {
				holders[p.Key][p.Initials] = true
			}
		}
		for _, k := range r.Keys() {
			if !have[dedupe.PostingKey(k)] {
				t.Fatalf("key %x has no posting", k)
			}
		}
	}
	for _, r := range recs {
		for _, term := range r.Terms() {
			if got, want := count[dedupe.PostingKey(term)], counts.Count(term); got != want {
				t.Fatalf("term %x is told of %d cards, not %d", term, got, want)
			}
			if got, want := len(holders[dedupe.PostingKey(term)]), counts.Holders(term); got != want {
				t.Fatalf("term %x is told of %d holders, not %d", term, got, want)
			}
		}
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
