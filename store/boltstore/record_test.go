package boltstore

import (
	"bytes"
	"encoding/hex"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/store"
	"almanac/store/storetest"
)

func genTime(t *rapid.T, name string) time.Time {
	return moment(rapid.Int64Range(-1<<50, 1<<50).Draw(t, name))
}

func genIndex(t *rapid.T) store.Index {
	edge := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 0, -1}))
	return store.Index{
		UID:       rapid.String().Draw(t, "uid"),
		Component: rapid.SampledFrom([]string{"", "VEVENT", "VTODO", "VCARD", "VPOLL", "X-OTHER"}).Draw(t, "component"),
		Start:     edge.Draw(t, "start"), End: edge.Draw(t, "end"),
		Recurring: rapid.Bool().Draw(t, "recurring"), Exact: rapid.Bool().Draw(t, "exact"),
		Weeks: rapid.Uint64().Draw(t, "weeks"),
	}
}

func genProps(t *rapid.T) store.PropSet {
	var ps store.PropSet
	for range rapid.IntRange(0, 3).Draw(t, "props") {
		ps = ps.Patch([]store.Prop{{Space: rapid.String().Draw(t, "space"), Local: rapid.String().Draw(t, "local"), XML: rapid.String().Draw(t, "xml")}}, nil)
	}
	return ps
}

// TestRecordsReadBackAsWritten has every record make the way to octets and back.
func TestRecordsReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		same := func(what string, want, got any, err error) {
			if d := storetest.Diff(want, got); d != "" || err != nil {
				t.Fatalf("%s: %v (-want +got):\n%s", what, err, d)
			}
		}
		str := rapid.String()
		h := &store.Home{
			ID: 7, Name: str.Draw(t, "name"), DisplayName: str.Draw(t, "display"), Secret: str.Draw(t, "secret"),
			SecretRev: rapid.Uint64().Draw(t, "rev"), Emails: rapid.SliceOf(str).Draw(t, "emails"), Created: genTime(t, "created"),
			Principal: genProps(t), CalendarHome: genProps(t), AddressBookHome: genProps(t),
		}
		gotHome, err := decodeHome(7, appendHome(nil, h))
		same("home", h, gotHome, err)

		c := &collRecord{Trash: rapid.Bool().Draw(t, "trash")}
		c.ID, c.Home, c.Kind, c.Name = 3, store.HomeID(rapid.Uint64().Draw(t, "home")), store.Calendar, str.Draw(t, "name")
		c.Components, c.Created, c.Props = rapid.SliceOf(str).Draw(t, "components"), genTime(t, "created"), genProps(t)
		if c.Trash {
			c.Deleted, c.By = genTime(t, "deleted"), str.Draw(t, "by")
		}
		gotColl, err := decodeCollection(3, appendCollection(nil, c))
		same("collection", c, gotColl, err)

		n := counters{
			store.Rev(rapid.Uint64().Draw(t, "rev")), rapid.Uint64().Draw(t, "count"), rapid.Int64().Draw(t, "octets"),
			rapid.Uint64().Draw(t, "body"), rapid.Uint64().Draw(t, "version"),
		}
		if got, err := decodeCounters(appendCounters(nil, n)); got != n || err != nil {
			t.Fatalf("counters: %+v, want %+v (%v)", got, n, err)
		}

		m := member{body: rapid.Uint64().Draw(t, "body"), props: rapid.Bool().Draw(t, "props")}
		m.Rev, m.Size, m.ETag = store.Rev(rapid.Uint64().Draw(t, "rev")), rapid.Int64Range(0, math.MaxInt64).Draw(t, "size"), str.Draw(t, "etag")
		m.Created, m.Modified, m.Index = genTime(t, "created"), genTime(t, "modified"), genIndex(t)
		var gotMember member
		err = decodeMember(appendMember(nil, &m), &gotMember)
		same("member", m.Object, gotMember.Object, err)
		if gotMember.body != m.body || gotMember.props != m.props {
			t.Fatalf("member: %+v, want %+v", gotMember, m)
		}

		b := body{str.Draw(t, "name"), store.Rev(rapid.Uint64().Draw(t, "rev")), rapid.Int64().Draw(t, "created"), rapid.Int64().Draw(t, "modified"), rapid.SliceOf(rapid.Byte()).Draw(t, "octets")}
		gotBody, err := decodeBody(appendBody(nil, &b))
		if err != nil || gotBody.name != b.name || gotBody.rev != b.rev || gotBody.created != b.created ||
			gotBody.modified != b.modified || !bytes.Equal(gotBody.octets, b.octets) {
			t.Fatalf("body: %+v, want %+v (%v)", gotBody, b, err)
		}

		v := &version{body: rapid.Uint64().Draw(t, "body")}
		v.ID, v.Name, v.ETag, v.By = 5, str.Draw(t, "name"), str.Draw(t, "etag"), str.Draw(t, "by")
		v.Size, v.Deleted, v.Index = rapid.Int64Range(0, math.MaxInt64).Draw(t, "size"), rapid.Bool().Draw(t, "deleted"), genIndex(t)
		v.Modified, v.Replaced = genTime(t, "modified"), genTime(t, "replaced")
		gotVersion, err := decodeVersion(5, appendVersion(nil, v))
		if err != nil || gotVersion.body != v.body {
			t.Fatalf("version: %+v, want %+v (%v)", gotVersion, v, err)
		}
		same("version", v.Version, gotVersion.Version, err)

		j := &job{lease: rapid.Int64().Draw(t, "lease"), worker: str.Draw(t, "worker")}
		j.Queue, j.ID, j.Home, j.Due = "q", "i", store.HomeID(rapid.Uint64().Draw(t, "home")), genTime(t, "due")
		j.Payload, j.Tries, j.Claim = rapid.SliceOf(rapid.Byte()).Draw(t, "payload"), rapid.IntRange(0, 1<<40).Draw(t, "tries"), rapid.Uint64().Draw(t, "claim")
		gotJob, err := decodeJob("q", "i", appendJob(nil, j))
		if err != nil || gotJob.lease != j.lease || gotJob.worker != j.worker {
			t.Fatalf("job: %+v, want %+v (%v)", gotJob, j, err)
		}
		same("job", j.Job, gotJob.Job, err)
	})
}

// TestRecordsKeepTheirOctets holds the format of version 1: who changes it gives
// the record a new format octet and a migration.
func TestRecordsKeepTheirOctets(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 5e6, time.UTC)
	x := store.Index{UID: "u", Component: "VEVENT", Start: 1000, End: 4600, Recurring: true, Weeks: 3}
	ps := store.PropSet{{Space: "s", Local: "l", XML: "x"}}
	o := store.Object{Rev: 300, Size: 5, ETag: `"e"`, Created: at, Modified: at.Add(time.Second), Index: x}
	c := &collRecord{Trash: true}
	c.Home, c.Kind, c.Name, c.Components, c.Created, c.Props, c.Deleted, c.By = 2, store.Calendar, "n", []string{"VEVENT"}, at, ps, at, "b"
	for _, tc := range []struct {
		name string
		rec  []byte
		want string
	}{
		{"home", appendHome(nil, &store.Home{Name: "n", DisplayName: "d", Secret: "s", SecretRev: 2, Created: at, Emails: []string{"e"}, Principal: ps}), "01016e0164017302" + "8afa818a956701" + "0165" + "01017301" + "6c0178" + "0000"},
		{"collection", appendCollection(nil, c), "010201016e" + "01065645" + "56454e54" + "8afa818a9567" + "010173016c0178" + "01" + "8afa818a9567" + "0162"},
		{"counters", appendCounters(nil, counters{1, 2, 3, 4, 5}), "010102060405"},
		{"member", appendMember(nil, &member{Object: o, body: 9, props: true}), "01ac020905" + "da89828a9567" + "cf0f" + "032265220175" + "0501d00fa0380000000000000003" + "01"},
		{"body", appendBody(nil, &body{"n", 3, 1, 2, []byte("octets")}), "01016e030204" + hex.EncodeToString([]byte("octets"))},
		{"version", appendVersion(nil, &version{body: 9, Version: store.Version{Name: "n", ETag: "e", Size: 5, Index: x, Modified: at, Replaced: at, Deleted: true, By: "b"}}), "01010905" + "8afa818a9567" + "8afa818a9567" + "016e0165016201750501d00fa0380000000000000003"},
		{"job", appendJob(nil, &job{Job: store.Job{Home: 1, Due: at, Tries: 2, Claim: 3, Payload: []byte("p")}, lease: 4, worker: "w"}), "0101" + "8afa818a9567" + "0203080177" + "0170"},
	} {
		want, err := hex.DecodeString(tc.want)
		if err != nil || !bytes.Equal(tc.rec, want) {
			t.Errorf("%s: %x, want %s", tc.name, tc.rec, tc.want)
		}
	}
}

func FuzzRecords(f *testing.F) {
	at := moment(1 << 40)
	ps := store.PropSet{{Space: "s", Local: "l", XML: "x"}}
	x := store.Index{UID: "u", Component: "X-OTHER", Start: 1, End: 2, Weeks: 3}
	c := &collRecord{Trash: true}
	c.Components, c.Props = []string{"VEVENT"}, ps
	for _, seed := range [][]byte{
		nil, {1}, bytes.Repeat([]byte{0xff}, 40),
		appendHome(nil, &store.Home{Name: "n", Emails: []string{"e"}, Principal: ps}),
		appendCollection(nil, c), appendCounters(nil, counters{1, 2, 3, 4, 5}),
		appendMember(nil, &member{Object: store.Object{ETag: "e", Index: x, Created: at}}),
		appendBody(nil, &body{"n", 1, 2, 3, []byte("x")}), appendVersion(nil, &version{Version: store.Version{Index: x}}),
		appendJob(nil, &job{Job: store.Job{Payload: []byte("p")}}), appendProps(nil, ps), appendSpan(nil, &x), appendTimes(nil, &x, []byte("rec")),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rec []byte) {
		keep := slices.Clone(rec)
		// A record that can be read is one that is written the same way, but for
		// numbers with more octets than they need.
		again := func(what string, err error, out []byte) {
			if err == nil && len(out) > len(rec) {
				t.Errorf("%s: %x becomes %x", what, rec, out)
			}
		}
		h, err := decodeHome(1, rec)
		again("home", err, appendHome(nil, h))
		coll, err := decodeCollection(1, rec)
		again("collection", err, appendCollection(nil, coll))
		n, err := decodeCounters(rec)
		again("counters", err, appendCounters(nil, n))
		var m member
		if err := decodeMember(rec, &m); err == nil {
			appendMember(nil, &m)
		}
		if b, err := decodeBody(rec); err == nil {
			again("body", err, appendBody(nil, &b))
		}
		if v, err := decodeVersion(1, rec); err == nil {
			appendVersion(nil, v)
		}
		if j, err := decodeJob("q", "i", rec); err == nil {
			again("job", err, appendJob(nil, j))
		}
		r := reader{b: rec}
		r.props(nil)
		r = reader{b: rec}
		var x store.Index
		r.span(&x)
		r = reader{b: rec}
		r.times(&x)
		if !bytes.Equal(rec, keep) {
			t.Error("reading changed the record")
		}
	})
}

func TestKeysLieInTheOrderOfTheirNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		if got, want := bytes.Compare(key8(flip(a)), key8(flip(b))), cmpInt(a, b); got != want {
			t.Fatalf("keys of %d and %d: %d, want %d", a, b, got, want)
		}
		if unflip(flip(a)) != a {
			t.Fatalf("%d comes back as %d", a, unflip(flip(a)))
		}
	})
}

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// TestTimeIndexMissesNothing compares the stretches of the time index that a query
// reads with all spans that touch its window.
func TestTimeIndexMissesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moments := rapid.OneOf(rapid.Int64Range(-100, 100), rapid.Int64Range(-1<<40, 1<<40), rapid.Int64())
		x := store.Index{Component: "VEVENT", Start: moments.Draw(t, "start")}
		length := rapid.OneOf(rapid.Int64Range(0, 200), rapid.Int64Range(0, math.MaxInt64)).Draw(t, "length")
		if x.End = x.Start + length; x.End < x.Start {
			x.End = math.MaxInt64 - 1
		}
		q := store.RangeQuery{Start: moments.Draw(t, "from"), End: moments.Draw(t, "to")}
		if p, _ := timeKeys(&x, ""); p != pTimes {
			return
		}
		w := q.Window()
		inStretch := x.Start >= firstStart(q.Start, levelOf(x.Start, x.End)) && x.Start <= q.End
		if w.Candidate(&x) && !inStretch {
			t.Fatalf("%+v is a candidate for %+v, but not read", x, q)
		}
	})
}
