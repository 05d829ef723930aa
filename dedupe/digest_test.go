package dedupe_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

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
	const edition, want = 1, "a37a024b0614ea06"
	if got := fmt.Sprintf("%x", h.Sum(nil)[:8]); got != want || dedupe.Edition != edition {
		t.Errorf("what follows from a card has changed: its hash is %s. Raise dedupe.Edition, so that stores make it anew, and write both here", got)
	}
}

// fill sets every field of a record, so that none is forgotten that is added.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 3).Draw(t, "n"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "s"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "b"))
	default:
		if v.CanInt() {
			v.SetInt(rapid.Int64().Draw(t, "i") >> (64 - v.Type().Bits()))
			if v.Type() == reflect.TypeOf(0) {
				v.SetInt(v.Int() & (1<<62 - 1)) // a count
			}
		} else {
			v.SetUint(rapid.Uint64().Draw(t, "u") >> (64 - v.Type().Bits()))
		}
	}
}

func TestDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rec := &dedupe.Record{}
		fill(t, reflect.ValueOf(rec).Elem())
		d := rec.Digest()
		again, err := d.Record()
		if err != nil || !reflect.DeepEqual(rec, again) {
			t.Fatalf("%+v came back as %+v, %v", rec, again, err)
		}
		if _, err := (d + "x").Record(); err == nil {
			t.Error("a digest with something behind it was read")
		}
		cut := rapid.IntRange(0, len(d)-1).Draw(t, "cut")
		if _, err := d[:cut].Record(); err == nil {
			t.Errorf("the first %d of %d octets of a digest were read", cut, len(d))
		}
	})
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

func FuzzDigest(f *testing.F) {
	for _, text := range texts(20) {
		if rec, err := dedupe.Read([]byte(text), ""); err == nil {
			f.Add([]byte(rec.Digest()))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if rec, err := dedupe.Digest(b).Record(); err == nil && len(rec.Digest()) > len(b) {
			t.Errorf("%x came back longer: %x", b, rec.Digest())
		}
	})
}
