package boltstore

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"almanac/store"
	"almanac/store/storetest"
)

// The collections of a store to be damaged.
const (
	work    store.CollID = 1
	people  store.CollID = 2
	old     store.CollID = 3 // in the trash
	emptied store.CollID = 4 // dead
)

// damageable returns a store that has a row of every kind.
func damageable(t *testing.T) *Store {
	s := open(t)
	ctx := context.Background()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	apply := func(home store.HomeID, ops ...store.Op) {
		t.Helper()
		now = now.Add(time.Second)
		if _, err := s.Apply(ctx, &store.Batch{Home: home, At: now, By: "test", Ops: ops}); err != nil {
			t.Fatal(err)
		}
	}
	calendar := func(name string) store.Op {
		return store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: name, Components: []string{"VEVENT"}}}
	}
	put := func(c store.CollID, name, uid, text string) store.Op {
		return storetest.Put(store.Calendar, c, name, storetest.Event(uid, text))
	}
	prop := store.Prop{Space: "s", Local: "l", XML: "<l xmlns='s'/>"}
	apply(0, store.CreateHome{Home: store.Home{Name: "ann"}}, calendar("work"),
		store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "people"}},
		calendar("old"))
	apply(0, store.CreateHome{Home: store.Home{Name: "bob"}}, calendar("emptied"))
	apply(2, put(emptied, "x", "x", "x"))
	apply(2, store.DeleteHome{})
	apply(1, put(work, "a", "a", "1"), put(work, "b", "b", "1"), put(work, "gone", "gone", "1"), put(work, "gone2", "gone2", "1"))
	series := []byte(strings.Replace(string(storetest.Event("series", "daily")), "DTSTAMP", "RRULE:FREQ=DAILY\r\nDTSTAMP", 1))
	apply(1, storetest.Put(store.Calendar, work, "series", series))
	reminding := storetest.Put(store.Calendar, work, "reminding", storetest.Alarmed("reminding", "soon"))
	reminding.Wake = now.Add(time.Hour)
	apply(1, reminding)
	apply(1, put(work, "a", "a", "2"))
	apply(1, put(work, "a", "a", "3"), store.PatchProps{Target: store.OnObject, Coll: work, Name: "a", Set: []store.Prop{prop}})
	apply(1, store.DeleteObject{Coll: work, Name: "gone"}, store.DeleteObject{Coll: work, Name: "gone2"})
	apply(1, storetest.Put(store.AddressBook, people, "c", storetest.Card("c", "Carl")))
	apply(1, put(old, "o", "o", "1"), store.DeleteCollection{Coll: old})
	apply(1, store.Enqueue{Job: store.Job{Queue: "mail", ID: "1", Due: now}}, store.Enqueue{Job: store.Job{Queue: "mail", ID: "2", Due: now}})
	if _, err := s.Claim(ctx, "mail", "w", now, 1, time.Minute); err != nil {
		t.Fatal(err)
	}
	apply(1, store.PutRecord{Record: store.Record{Kind: "m", Key: "1", Refs: []string{"a", "b"}, Value: []byte("ann's")}})
	apply(0, store.PutRecord{Record: store.Record{Kind: "m", Key: "2", Refs: []string{"b"}, Value: []byte("nobody's")}})
	return s
}

// A vandal changes rows behind the store's back.
type vandal struct {
	t  *testing.T
	tx *bbolt.Tx
}

func (v vandal) part(c store.CollID, n part) *bbolt.Bucket {
	return v.tx.Bucket(bColls).Bucket(key8(uint64(c))).Bucket(partNames[n])
}

func (v vandal) coll(c store.CollID) *bbolt.Bucket {
	return v.tx.Bucket(bColls).Bucket(key8(uint64(c)))
}

// drop removes a row that must be there.
func (v vandal) drop(b *bbolt.Bucket, key []byte) {
	v.t.Helper()
	if b.Get(key) == nil {
		v.t.Fatalf("no row %q", key)
	}
	if err := b.Delete(key); err != nil {
		v.t.Fatal(err)
	}
}

func (v vandal) put(b *bbolt.Bucket, key []byte, value string) {
	v.t.Helper()
	if err := b.Put(key, []byte(value)); err != nil {
		v.t.Fatal(err)
	}
}

// spoil changes the octets at the end of a row, or all when n is 0.
func (v vandal) spoil(b *bbolt.Bucket, key []byte, n int) {
	v.t.Helper()
	row := append([]byte(nil), b.Get(key)...)
	if len(row) == 0 {
		v.t.Fatalf("no row %q", key)
	}
	if n == 0 {
		n = len(row)
	}
	for i := range n {
		row[len(row)-1-i] ^= 0xff
	}
	v.put(b, key, string(row))
}

// first returns the first key with a prefix.
func (v vandal) first(b *bbolt.Bucket, prefix string) []byte {
	v.t.Helper()
	k, _ := b.Cursor().Seek([]byte(prefix))
	if !strings.HasPrefix(string(k), prefix) || k == nil {
		v.t.Fatalf("no row begins with %q", prefix)
	}
	return append([]byte(nil), k...)
}

// edit changes a member's record.
func (v vandal) edit(c store.CollID, name string, fn func(*member)) {
	v.t.Helper()
	var m member
	b := v.part(c, pMembers)
	if err := decodeMember(append([]byte(nil), b.Get([]byte(name))...), &m); err != nil {
		v.t.Fatal(err)
	}
	fn(&m)
	v.put(b, []byte(name), string(appendMember(nil, &m)))
}

func (v vandal) editColl(c store.CollID, fn func(*collRecord)) {
	v.t.Helper()
	rec, err := recordOf(v.tx, c)
	if err != nil {
		v.t.Fatal(err)
	}
	fn(rec)
	v.put(v.coll(c), kRecord, string(appendCollection(nil, rec)))
}

func (v vandal) member(name string) *member {
	var m member
	if err := decodeMember(v.part(work, pMembers).Get([]byte(name)), &m); err != nil {
		v.t.Fatal(err)
	}
	return &m
}

// timeKey returns the key of a member's only row in the time index.
func (v vandal) timeKey(name string) []byte {
	_, keys := timeKeys(&v.member(name).Index, name)
	if len(keys) != 1 {
		v.t.Fatalf("%q has %d rows in the time index", name, len(keys))
	}
	return keys[0]
}

// What is left after a repair.
type outcome int

const (
	restored outcome = iota // all is as it was
	mended                  // all is there, some of it with new revisions or numbers
	lost                    // something is lost, but the store is sound
	hopeless                // the damage is told, but stays
)

var damages = []struct {
	name string
	do   func(v vandal)
	want outcome
}{
	{"member record missing", func(v vandal) { v.drop(v.part(work, pMembers), []byte("a")) }, restored},
	{"member record unreadable", func(v vandal) { v.put(v.part(work, pMembers), []byte("a"), "\x01") }, restored},
	{"member record of another format", func(v vandal) { v.spoil(v.part(work, pMembers), []byte("b"), 0) }, restored},
	{"member record without a body", func(v vandal) {
		v.put(v.part(work, pMembers), []byte("ghost"), string(v.part(work, pMembers).Get([]byte("a"))))
	}, restored},
	{"member's index wrong", func(v vandal) { v.edit(work, "a", func(m *member) { m.Index.Start++ }) }, restored},
	{"member's UID wrong", func(v vandal) { v.edit(work, "a", func(m *member) { m.Index.UID = "b" }) }, restored},
	{"member's entity tag wrong", func(v vandal) { v.edit(work, "a", func(m *member) { m.ETag = `"x"` }) }, mended},
	{"member's size wrong", func(v vandal) { v.edit(work, "a", func(m *member) { m.Size++ }) }, restored},
	{"member's times wrong", func(v vandal) { v.edit(work, "a", func(m *member) { m.Created = m.Created.Add(time.Hour) }) }, restored},
	{"member's revision wrong", func(v vandal) { v.edit(work, "a", func(m *member) { m.Rev = 99 }) }, restored},
	{"member's revision that of another", func(v vandal) { v.edit(work, "a", func(m *member) { m.Rev = v.member("b").Rev }) }, restored},
	{"member's body that of another", func(v vandal) { v.edit(work, "a", func(m *member) { m.body = v.member("b").body }) }, restored},
	{"member's property flag wrong", func(v vandal) { v.edit(work, "a", func(m *member) { m.props = false }) }, restored},
	{"member's property flag set", func(v vandal) { v.edit(work, "b", func(m *member) { m.props = true }) }, restored},
	{"member's body missing", func(v vandal) { v.drop(v.part(work, pBodies), key8(v.member("a").body)) }, lost},
	{"member's body unreadable", func(v vandal) { v.put(v.part(work, pBodies), key8(v.member("a").body), "\x07") }, lost},
	{"member's octets changed", func(v vandal) {
		row := string(v.part(work, pBodies).Get(key8(v.member("a").body)))
		v.put(v.part(work, pBodies), key8(v.member("a").body), strings.Replace(row, "SUMMARY", "SUMMERY", 1))
	}, lost},
	{"octets that are no calendar", func(v vandal) {
		m := v.member("a")
		v.put(v.part(work, pBodies), key8(m.body), string(appendBody(nil, &body{"a", m.Rev, m.Created.UnixMilli(), m.Modified.UnixMilli(), []byte("x")})))
	}, hopeless},
	{"body that nothing has", func(v vandal) {
		v.put(v.part(work, pBodies), key8(999), string(appendBody(nil, &body{"b", 1, 0, 0, storetest.Event("b", "y")})))
	}, mended},
	{"body of a name that is not there", func(v vandal) {
		v.put(v.part(work, pBodies), key8(999), string(appendBody(nil, &body{"new", 50, 0, 0, storetest.Event("new", "y")})))
	}, mended},
	{"unreadable body that nothing has", func(v vandal) { v.put(v.part(work, pBodies), key8(999), "\x07") }, mended},
	{"UID row missing", func(v vandal) { v.drop(v.part(work, pUIDs), []byte("a")) }, restored},
	{"UID row wrong", func(v vandal) { v.put(v.part(work, pUIDs), []byte("a"), "b") }, restored},
	{"UID row that no member has", func(v vandal) { v.put(v.part(work, pUIDs), []byte("z"), "a") }, restored},
	{"UID row of no member", func(v vandal) { v.put(v.part(work, pUIDs), []byte("z"), "z") }, restored},
	{"two members of one UID", func(v vandal) {
		m := v.member("b")
		octets := storetest.Event("a", "1")
		x, _ := store.IndexOf(store.Calendar, octets)
		v.put(v.part(work, pBodies), key8(m.body), string(appendBody(nil, &body{"b", m.Rev, m.Created.UnixMilli(), m.Modified.UnixMilli(), octets})))
		v.drop(v.part(work, pUIDs), []byte("b"))
		v.edit(work, "b", func(m *member) { m.Index, m.ETag = x, store.ETagOf(octets) })
	}, hopeless},
	{"time row missing", func(v vandal) { v.drop(v.part(work, pTimes), v.timeKey("a")) }, restored},
	{"time row's span wrong", func(v vandal) { v.spoil(v.part(work, pTimes), v.timeKey("a"), 1) }, restored},
	{"time row too many", func(v vandal) { v.put(v.part(work, pTimes), timeKey(0, 0, "a"), "x") }, restored},
	{"time row of no member", func(v vandal) { v.put(v.part(work, pTimes), timeKey(0, 0, "zz"), "x") }, restored},
	{"short time row", func(v vandal) { v.put(v.part(work, pTimes), []byte("\x01"), "x") }, restored},
	{"recurring row missing", func(v vandal) { v.drop(v.part(work, pRecurring), v.timeKey("series")) }, restored},
	{"recurring row wrong", func(v vandal) { v.spoil(v.part(work, pRecurring), v.timeKey("series"), 1) }, restored},
	{"recurring row too many", func(v vandal) { v.put(v.part(work, pRecurring), timeKey(openGroup, 0, "a"), "x") }, restored},
	{"recurring row of no member", func(v vandal) { v.put(v.part(work, pRecurring), timeKey(3, 0, "z"), "x") }, restored},
	{"log row missing", func(v vandal) { v.drop(v.part(work, pLog), key8(uint64(v.member("a").Rev))) }, restored},
	{"log row of another name", func(v vandal) { v.put(v.part(work, pLog), key8(uint64(v.member("a").Rev)), "wzz") }, mended},
	{"log row of a member deleted", func(v vandal) { v.put(v.part(work, pLog), key8(uint64(v.member("a").Rev)), "da") }, mended},
	{"log row unreadable", func(v vandal) { v.put(v.part(work, pLog), key8(uint64(v.member("a").Rev)), "?") }, mended},
	{"log row too many", func(v vandal) { v.put(v.part(work, pLog), key8(1), "wa") }, restored},
	{"log row of no member", func(v vandal) { v.put(v.part(work, pLog), key8(99), "wzz") }, mended},
	{"log row of a deletion that is not known", func(v vandal) { v.put(v.part(work, pLog), key8(99), "dzz") }, mended},
	{"deletion not in the log", func(v vandal) { v.drop(v.part(work, pLog), v.part(work, pGone).Get([]byte("gone"))) }, mended},
	{"deletion not known", func(v vandal) { v.drop(v.part(work, pGone), []byte("gone")) }, restored},
	{"deletion known with another revision", func(v vandal) { v.put(v.part(work, pGone), []byte("gone"), string(key8(3))) }, restored},
	{"deletion twice in the log", func(v vandal) { v.put(v.part(work, pLog), key8(99), "dgone") }, mended},
	{"member marked as deleted", func(v vandal) { v.put(v.part(work, pGone), []byte("a"), string(key8(3))) }, restored},
	{"properties of no member", func(v vandal) { v.put(v.part(work, pProps), []byte("z"), "\x00") }, restored},
	{"properties unreadable", func(v vandal) { v.put(v.part(work, pProps), []byte("a"), "\x09") }, lost},
	{"version missing", func(v vandal) { v.drop(v.part(work, pHistory), key8(1)) }, mended},
	{"version unreadable", func(v vandal) { v.put(v.part(work, pHistory), key8(1), "\x02") }, mended},
	{"version's octets missing", func(v vandal) { v.drop(v.part(work, pBodies), key8(1)) }, lost},
	{"version's index wrong", func(v vandal) {
		old, err := decodeVersion(1, v.part(work, pHistory).Get(key8(1)))
		if err != nil {
			v.t.Fatal(err)
		}
		old.Index.Start++
		v.put(v.part(work, pHistory), key8(1), string(appendVersion(nil, old)))
	}, restored},
	{"version not found by name", func(v vandal) { v.drop(v.part(work, pVersions), versionKey("a", 1)) }, restored},
	{"name of no version", func(v vandal) { v.put(v.part(work, pVersions), versionKey("a", 77), "") }, restored},
	{"name of another's version", func(v vandal) { v.put(v.part(work, pVersions), versionKey("b", 1), "") }, restored},
	{"short name of a version", func(v vandal) { v.put(v.part(work, pVersions), []byte("b"), "") }, restored},
	{"version that would never expire", func(v vandal) { v.drop(v.tx.Bucket(bExpiry), v.first(v.tx.Bucket(bExpiry), "")) }, restored},
	{"expiry of no version", func(v vandal) { v.put(v.tx.Bucket(bExpiry), expiryKey(0, work, 77), "") }, restored},
	{"short expiry", func(v vandal) { v.put(v.tx.Bucket(bExpiry), []byte("x"), "") }, restored},
	{"expiry at another moment", func(v vandal) { v.put(v.tx.Bucket(bExpiry), expiryKey(0, work, 1), "") }, restored},
	{"expiry of a collection that is not in the trash", func(v vandal) { v.put(v.tx.Bucket(bExpiry), expiryKey(0, work, 0), "") }, restored},
	{"count wrong", func(v vandal) { v.put(v.coll(work), kCounters, string(appendCounters(nil, counters{9, 9, 1, 99, 99}))) }, mended},
	{"counters behind", func(v vandal) { v.put(v.coll(work), kCounters, string(appendCounters(nil, counters{}))) }, restored},
	{"counters unreadable", func(v vandal) { v.put(v.coll(work), kCounters, "\x05") }, restored},
	{"counters missing", func(v vandal) { v.drop(v.coll(work), kCounters) }, restored},
	{"part of a collection missing", func(v vandal) {
		if err := v.coll(work).DeleteBucket(partNames[pUIDs]); err != nil {
			v.t.Fatal(err)
		}
	}, restored},
	{"collection record unreadable", func(v vandal) { v.put(v.coll(work), kRecord, "\x01") }, hopeless},
	{"collection record missing", func(v vandal) { v.drop(v.coll(people), kRecord) }, lost},
	{"row among the collections", func(v vandal) { v.put(v.tx.Bucket(bColls), []byte("x"), "x") }, hopeless},
	{"place missing", func(v vandal) { v.drop(v.tx.Bucket(bPlaces), placeKey(1, store.Calendar, "work")) }, restored},
	{"place of no collection", func(v vandal) { v.put(v.tx.Bucket(bPlaces), placeKey(1, store.Calendar, "x"), string(key8(77))) }, restored},
	{"place of a collection in the trash", func(v vandal) {
		v.put(v.tx.Bucket(bPlaces), placeKey(1, store.Calendar, "old"), string(key8(uint64(old))))
	}, restored},
	{"place wrong", func(v vandal) {
		v.put(v.tx.Bucket(bPlaces), placeKey(1, store.Calendar, "work"), string(key8(uint64(people))))
	}, restored},
	{"two collections of one name", func(v vandal) {
		v.editColl(old, func(c *collRecord) { c.Trash, c.Name = false, "work" })
	}, mended},
	{"trash row missing", func(v vandal) { v.drop(v.tx.Bucket(bTrash), trashKey(1, old)) }, restored},
	{"trash row too many", func(v vandal) { v.put(v.tx.Bucket(bTrash), trashKey(1, work), "") }, restored},
	{"short trash row", func(v vandal) { v.put(v.tx.Bucket(bTrash), []byte("x"), "") }, restored},
	{"collection in the trash that would never expire", func(v vandal) {
		rec, err := recordOf(v.tx, old)
		if err != nil {
			v.t.Fatal(err)
		}
		v.drop(v.tx.Bucket(bExpiry), expiryKey(rec.Deleted.UnixMilli(), old, 0))
	}, restored},
	{"collection about to be emptied that is there", func(v vandal) { v.put(v.tx.Bucket(bDead), key8(uint64(work)), "") }, restored},
	{"dead collection that nothing empties", func(v vandal) { v.drop(v.tx.Bucket(bDead), key8(uint64(emptied))) }, restored},
	{"home's name missing", func(v vandal) { v.drop(v.tx.Bucket(bHomeNames), []byte("ann")) }, restored},
	{"home's name wrong", func(v vandal) { v.put(v.tx.Bucket(bHomeNames), []byte("ann"), string(key8(77))) }, restored},
	{"name of no home", func(v vandal) { v.put(v.tx.Bucket(bHomeNames), []byte("zoe"), string(key8(77))) }, restored},
	{"name of another's home", func(v vandal) { v.put(v.tx.Bucket(bHomeNames), []byte("zoe"), string(key8(1))) }, restored},
	{"home unreadable", func(v vandal) { v.put(v.tx.Bucket(bHomes), key8(1), "\x01") }, hopeless},
	{"two homes of one name", func(v vandal) {
		v.put(v.tx.Bucket(bHomes), key8(9), string(appendHome(nil, &store.Home{Name: "ann"})))
	}, hopeless},
	{"last home behind", func(v vandal) { v.put(v.tx.Bucket(bMeta), kLastHome, string(key8(0))) }, restored},
	{"last collection missing", func(v vandal) { v.drop(v.tx.Bucket(bMeta), kLastColl) }, restored},
	{"job never due", func(v vandal) { v.drop(v.tx.Bucket(bDue), v.first(v.tx.Bucket(bDue), "mail")) }, restored},
	{"job due twice", func(v vandal) { v.put(v.tx.Bucket(bDue), dueKey("mail", 1, "1"), "") }, restored},
	{"job due that is not there", func(v vandal) { v.put(v.tx.Bucket(bDue), dueKey("mail", 1, "z"), "") }, restored},
	{"wake not found", func(v vandal) { v.drop(v.part(work, pTimes), wakeKey(v.member("reminding").wake, "reminding")) }, restored},
	{"wake that no member has", func(v vandal) { v.put(v.part(work, pTimes), wakeKey(1, "a"), "") }, restored},
	{"wake of no member", func(v vandal) { v.put(v.part(work, pTimes), wakeKey(1, "zz"), "") }, restored},
	{"wake beside a job", func(v vandal) {
		m := v.member("reminding")
		m.Name = "reminding"
		j := jobOfWake(1, work, m)
		v.put(v.tx.Bucket(bJobs), jobKey(j.Queue, j.ID), string(appendJob(nil, j)))
		v.put(v.tx.Bucket(bDue), dueKey(j.Queue, m.wake, j.ID), "")
	}, restored},
	{"wakes never due", func(v vandal) { v.drop(v.tx.Bucket(bDue), v.first(v.tx.Bucket(bDue), store.AlarmQueue)) }, restored},
	{"wakes due twice", func(v vandal) { v.put(v.tx.Bucket(bDue), dueKey(store.AlarmQueue, 1, clockID(work)), "") }, restored},
	{"wakes of no collection", func(v vandal) { v.put(v.tx.Bucket(bWakes), key8(99), "x") }, restored},
	{"clock missing", func(v vandal) { v.drop(v.tx.Bucket(bWakes), key8(uint64(work))) }, restored},
	{"clock unreadable", func(v vandal) { v.put(v.tx.Bucket(bWakes), key8(uint64(work)), "\x09") }, restored},
	{"clock behind", func(v vandal) {
		v.put(v.tx.Bucket(bWakes), key8(uint64(work)), string(appendClock(nil, clock{due: 1})))
	}, restored},
	{"record not found by a ref", func(v vandal) { v.drop(v.tx.Bucket(bRefs), refKey("m", "b", "1")) }, restored},
	{"record not found by its home", func(v vandal) { v.drop(v.tx.Bucket(bOwned), ownKey(1, "m", "1")) }, restored},
	{"ref without a record", func(v vandal) { v.put(v.tx.Bucket(bRefs), refKey("m", "a", "2"), "") }, restored},
	{"short ref row", func(v vandal) { v.put(v.tx.Bucket(bRefs), []byte("m\x00\x05ab"), "") }, restored},
	{"record of a home that is another's", func(v vandal) { v.put(v.tx.Bucket(bOwned), ownKey(1, "m", "2"), "") }, restored},
	{"short row of a home's records", func(v vandal) { v.put(v.tx.Bucket(bOwned), []byte("x"), "") }, restored},
	{"short due row", func(v vandal) { v.put(v.tx.Bucket(bDue), []byte("mail\x00x"), "") }, restored},
	{"job unreadable", func(v vandal) { v.put(v.tx.Bucket(bJobs), jobKey("mail", "1"), "\x01") }, hopeless},
}

func checkAll(t *testing.T, s *Store, repair bool) (found []store.Finding) {
	t.Helper()
	err := s.Check(context.Background(), repair, nil, func(f store.Finding) { found = append(found, f) })
	if err != nil {
		t.Fatalf("check (repair %v): %v", repair, err)
	}
	return found
}

func list(found []store.Finding) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "\n\thome %d, collection %d, %q: %s (repaired %v)", f.Home, f.Coll, f.Name, f.What, f.Repaired)
	}
	return b.String()
}

// TestExpiryGoesOnOverDamage sees that what cannot be read does not keep the rest.
func TestExpiryGoesOnOverDamage(t *testing.T) {
	s := damageable(t)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		v := vandal{t, tx}
		v.put(tx.Bucket(bExpiry), []byte("x"), "")
		v.put(v.part(work, pHistory), key8(1), "\x02")
		v.put(v.coll(old), kRecord, "\x01")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Expire(context.Background(), time.Now().AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		v := vandal{t, tx}
		if k, _ := tx.Bucket(bExpiry).Cursor().First(); k != nil {
			t.Errorf("row %x is left", k)
		}
		k, _ := v.part(work, pHistory).Cursor().Last()
		if num8(k) != 1 {
			t.Errorf("version %d is left", num8(k))
		}
		if v.coll(emptied) != nil {
			t.Error("the dead collection is left")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCheckFindsAndMendsEveryDamage(t *testing.T) {
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			s := damageable(t)
			ctx := context.Background()
			if found := checkAll(t, s, false); len(found) != 0 {
				t.Fatalf("findings before the damage:%s", list(found))
			}
			before, err := storetest.Dump(ctx, s)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.db.Update(func(tx *bbolt.Tx) error { d.do(vandal{t, tx}); return nil }); err != nil {
				t.Fatal(err)
			}
			s.cache.reset() // the damage came past it
			found := checkAll(t, s, false)
			if len(found) == 0 {
				t.Fatal("the damage was not found")
			}
			for _, f := range found {
				if f.Repaired {
					t.Errorf("repaired without being asked:%s", list(found))
				}
			}
			repaired := checkAll(t, s, true)
			after := checkAll(t, s, false)
			if d.want == hopeless {
				if len(after) == 0 {
					t.Errorf("nothing is left of:%s", list(repaired))
				}
				return
			}
			if len(after) != 0 {
				t.Fatalf("after the repair of%s\nis left%s", list(repaired), list(after))
			}
			got, err := storetest.Dump(ctx, s)
			if err != nil {
				t.Fatal(err)
			}
			diff := storetest.Diff(before, got)
			if d.want == restored && diff != "" {
				t.Errorf("repaired:%s\nbut it is not as it was (-want +got):\n%s", list(repaired), diff)
			}
			if d.want == mended {
				members := func(w *storetest.World) (all []string) {
					for _, m := range w.Homes[0].Collections[0].Members {
						all = append(all, m.Name+" "+string(m.Body))
					}
					return all
				}
				// What was there is there; more may have come back.
				for _, m := range members(before) {
					if !strings.Contains(strings.Join(members(got), "\n"), m) {
						t.Errorf("lost %q", m)
					}
				}
			}
		})
	}
}
