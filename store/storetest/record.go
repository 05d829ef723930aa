package storetest

import (
	"fmt"
	"strings"

	"almanac/store"
)

func record(kind, key, value string, refs ...string) store.PutRecord {
	return store.PutRecord{Record: store.Record{Kind: kind, Key: key, Refs: refs, Value: []byte(value)}}
}

// text shows a record on one line.
func text(r *store.Record) string {
	return fmt.Sprintf("%s %q of %d refs %q: %s", r.Kind, r.Key, r.Home, r.Refs, r.Value)
}

func (e *env) record(kind, key string) string {
	e.Helper()
	out := "none"
	e.view(func(sn store.Snapshot) {
		r, err := sn.Record(kind, key)
		if err == nil {
			out = text(r)
		} else {
			e.is(err, store.ErrNotFound)
		}
	})
	return out
}

func (e *env) records(kind, prefix, after string, most int) (out []string) {
	e.Helper()
	e.view(func(sn store.Snapshot) {
		e.is(sn.Records(kind, prefix, after, func(r *store.Record) bool {
			out = append(out, strings.Clone(r.Key))
			return len(out) < most
		}), nil)
	})
	return out
}

func (e *env) referring(kind, ref string) (out []string) {
	e.Helper()
	e.view(func(sn store.Snapshot) {
		e.is(sn.Referring(kind, ref, func(r *store.Record) bool {
			out = append(out, text(r))
			return true
		}), nil)
	})
	return out
}

var recordCases = []testCase{
	{"are kept under a kind and a key", func(e *env) {
		ann := e.home("ann")
		e.apply(ann, record("share", "a", "one", "z", "y", "z"))
		e.apply(0, record("share", "b", "two"))
		e.same("a", e.record("share", "a"), fmt.Sprintf(`share "a" of %d refs ["y" "z"]: one`, ann))
		e.same("b", e.record("share", "b"), `share "b" of 0 refs []: two`)
		e.same("another kind", e.record("shar", "ea"), "none")
		e.apply(ann, record("share", "a", "three", "y"))
		e.same("a", e.record("share", "a"), fmt.Sprintf(`share "a" of %d refs ["y"]: three`, ann))
		e.same("by the ref that went", e.referring("share", "z"), []string(nil))
		e.apply(ann, store.DeleteRecord{Kind: "share", Key: "a"}, store.DeleteRecord{Kind: "share", Key: "none"})
		e.same("deleted", e.record("share", "a"), "none")
		e.same("by the ref of what was deleted", e.referring("share", "y"), []string(nil))
	}},
	{"are listed in the order of their keys", func(e *env) {
		for _, key := range []string{"b", "a/2", "a/1", "a", "a\x00", "a/10", "\xff"} {
			e.apply(0, record("x", key, "1"))
		}
		e.apply(0, record("xx", "a/0", "1"), record("w", "a/0", "1"))
		e.same("all", e.records("x", "", "", 99), []string{"a", "a\x00", "a/1", "a/10", "a/2", "b", "\xff"})
		e.same("below a/", e.records("x", "a/", "", 99), []string{"a/1", "a/10", "a/2"})
		e.same("after a/1", e.records("x", "a/", "a/1", 99), []string{"a/10", "a/2"})
		e.same("after the prefix", e.records("x", "a", "a", 99), []string{"a\x00", "a/1", "a/10", "a/2"})
		e.same("after all", e.records("x", "a/", "b", 99), []string(nil))
		e.same("two", e.records("x", "", "", 2), []string{"a", "a\x00"})
		e.same("none", e.records("y", "", "", 99), []string(nil))
	}},
	{"are found by their refs", func(e *env) {
		ann := e.home("ann")
		e.apply(ann, record("m", "2", "b", "bob", "b"), record("m", "1", "a", "bob"), record("n", "3", "c", "bob"))
		e.same("bob", e.referring("m", "bob"), []string{
			fmt.Sprintf(`m "1" of %d refs ["bob"]: a`, ann), fmt.Sprintf(`m "2" of %d refs ["b" "bob"]: b`, ann),
		})
		e.same("a part of a ref", e.referring("m", "bo"), []string(nil))
		e.same("ref and key are apart", e.referring("m", "bob1"), []string(nil))
	}},
	{"belong to one home and go with it", func(e *env) {
		ann, bob := e.home("ann"), e.home("bob")
		e.apply(ann, record("m", "1", "ann's", "r"))
		_, err := e.try(bob, record("m", "1", "bob's"))
		e.is(err, store.ErrExists)
		_, err = e.try(0, record("m", "1", "nobody's"))
		e.is(err, store.ErrExists)
		e.apply(bob, store.DeleteRecord{Kind: "m", Key: "1"})
		e.apply(bob, record("m", "2", "bob's", "r"))
		_, err = e.try(77, record("m", "3", "of no home that is there"))
		e.is(err, store.ErrNotFound)
		e.apply(ann, store.DeleteHome{})
		e.same("left", e.referring("m", "r"), []string{fmt.Sprintf(`m "2" of %d refs ["r"]: bob's`, bob)})
	}},
	{"can be preconditions", func(e *env) {
		e.apply(0, record("m", "1", "a"))
		is := func(value []byte) store.Pre { return store.RecordIs{Kind: "m", Key: "1", Value: value} }
		_, err := e.tryIf(0, []store.Pre{is(nil)}, record("m", "1", "b"))
		e.precondition(err, 0)
		_, err = e.tryIf(0, []store.Pre{is([]byte("x"))}, record("m", "1", "b"))
		e.precondition(err, 0)
		_, err = e.tryIf(0, []store.Pre{is([]byte("a"))}, record("m", "1", ""))
		e.is(err, nil)
		_, err = e.tryIf(0, []store.Pre{is([]byte{})}, store.DeleteRecord{Kind: "m", Key: "1"})
		e.is(err, nil)
		_, err = e.tryIf(0, []store.Pre{is(nil)}, record("m", "1", "b"))
		e.is(err, nil)
	}},
	{"are undone with their batch", func(e *env) {
		ann := e.home("ann")
		e.apply(ann, record("m", "1", "a", "r"))
		before := e.world()
		_, err := e.try(ann, record("m", "1", "b", "s"), record("m", "2", "c", "r"), store.DeleteRecord{Kind: "m", Key: "1"},
			store.DeleteCollection{Coll: 99})
		e.is(err, store.ErrNotFound)
		e.same("world", e.world(), before)
	}},
	{"have limits", func(e *env) {
		long := strings.Repeat("x", store.MaxRecordKey+1)
		for what, op := range map[string]store.Op{
			"no kind": record("", "1", ""), "a kind with NUL": record("a\x00", "1", ""), "a long kind": record(long[:33], "1", ""),
			"no key": record("m", "", ""), "a long key": record("m", long, ""), "an empty ref": record("m", "1", "", ""),
			"a long ref": record("m", "1", "", long), "many refs": record("m", "1", "", strings.Split(strings.Repeat("a,", 17), ",")[:17]...),
			"a long value": record("m", "1", strings.Repeat("v", store.MaxRecordValue+1)), "to delete no key": store.DeleteRecord{Kind: "m"},
		} {
			if _, err := e.try(0, op); kindOf(err) != store.ErrInvalid.Error() {
				e.Errorf("%s: %v", what, err)
			}
		}
		e.apply(0, record("m", long[1:], strings.Repeat("v", store.MaxRecordValue), long[1:]))
		e.same("by the longest ref", len(e.referring("m", long[1:])), 1)
	}},
}

var touchCases = []testCase{
	{"gives a member a new revision and nothing else", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a", "1", "text")
		e.put(home, c, "b", "2", "text")
		before := e.object(c, "a", store.WantBody|store.WantProps)
		res := e.apply(home, store.TouchObject{Coll: c, Name: "a"})[0]
		e.same("result", res, store.OpResult{ETag: before.ETag, Rev: 3})
		before.Rev = 3
		e.same("object", e.object(c, "a", store.WantBody|store.WantProps), before)
		var log []store.Change
		e.view(func(sn store.Snapshot) {
			e.is(sn.Changes(c, 0, func(ch store.Change) bool { log = append(log, ch); return true }), nil)
		})
		e.same("changes", log, []store.Change{{Rev: 2, Name: "b"}, {Rev: 3, Name: "a"}})
		w := e.world()
		e.same("versions", len(w.Homes[0].Collections[0].Versions), 0)
		_, err := e.try(home, store.TouchObject{Coll: c, Name: "none"})
		e.is(err, store.ErrNotFound)
		_, err = e.try(e.home("bob"), store.TouchObject{Coll: c, Name: "a"})
		e.is(err, store.ErrNotFound)
	}},
}
