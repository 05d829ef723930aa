package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/store"
	"almanac/store/memstore"
)

// runMachine applies random batches to the backend and to the model. After each,
// results and errors are the same; now and then all that can be read is compared,
// and clients that stopped at some revision catch up by the change log.
func runMachine(t *testing.T, open func(t *testing.T) store.Store) {
	rapid.Check(t, func(r *rapid.T) {
		m := &machine{
			t: r, ctx: context.Background(), s: open(t), model: memstore.New(), now: epochStart,
			clients: make(map[store.CollID][]*client),
		}
		defer m.s.Close()
		defer m.model.Close()
		m.start()
		r.Repeat(map[string]func(*rapid.T){
			"apply":  m.apply,
			"apply2": m.apply, // more often than the others
			"apply3": m.apply,
			"claim":  m.claim,
			"look":   m.look,
			"expire": m.expire,
			"follow": m.follow,
			"sync":   m.sync,
		})
		m.compare()
		m.syncAll()
		CheckClean(r, m.s)
		CheckClean(r, m.model)
	})
}

type machine struct {
	t        *rapid.T
	ctx      context.Context
	s, model store.Store
	now      time.Time
	clients  map[store.CollID][]*client
	steps    int
}

// A client has what it saw at a revision.
type client struct {
	coll store.CollID
	rev  store.Rev
	has  map[string]string // entity tag by name
}

var (
	// Mostly what is there from the start, so that most batches succeed.
	homeIDs   = rapid.SampledFrom([]store.HomeID{1, 1, 1, 1, 1, 1, 2, 3})
	collIDs   = rapid.SampledFrom([]store.CollID{1, 1, 1, 1, 2, 2, 3, 4, 5})
	opCounts  = rapid.SampledFrom([]int{1, 1, 1, 2, 2, 3, 5})
	names     = rapid.SampledFrom([]string{"a", "b", "ab"})
	uids      = rapid.SampledFrom([]string{"u1", "u2", "u3", "u4"})
	texts     = rapid.SampledFrom([]string{"1", "2", "longer text"})
	spanKinds = []span{
		{"VEVENT", day(3, 10), day(3, 10).Add(time.Hour), ""},
		{"VEVENT", day(3, 11), day(3, 11), ""},
		{"VEVENT", day(1, 1), day(12, 1), ""},
		{"VEVENT", day(3, 1), day(3, 1).Add(time.Hour), "FREQ=DAILY"},
		{"VEVENT", day(3, 11), day(3, 11).Add(time.Hour), "FREQ=YEARLY"},
		{"VEVENT", day(12, 30), day(1, 2).AddDate(1, 0, 0), "FREQ=YEARLY;COUNT=4"},
		{"VEVENT", day(2, 3), day(2, 3), "FREQ=WEEKLY;COUNT=6"},
		{"VTODO", day(3, 10), day(3, 12), ""},
		{component: "VTODO"},
	}
)

// memberKinds are the operations inside a home's collections, as often as they
// are drawn.
var memberKinds = []string{
	"put", "put", "put", "put", "put", "put", "put", "put", "put", "put", "delete", "delete", "delete", "move", "move", "move",
	"rename", "components", "trash", "restore", "restore", "member props", "member props", "props", "touch", "wake",
}

// allKinds are those and the ones that give numbers or are about jobs.
var allKinds = append([]string{"create", "home", "set", "enqueue", "enqueue", "finish", "record", "record", "forget", "no home"}, memberKinds...)

// drawOp draws an operation; now is about when jobs are due.
func drawOp(t *rapid.T, kinds []string, colls *rapid.Generator[store.CollID], now time.Time) store.Op {
	coll := colls.Draw(t, "coll")
	name := names.Draw(t, "name")
	switch rapid.SampledFrom(kinds).Draw(t, "op") {
	case "put":
		s := rapid.SampledFrom(spanKinds).Draw(t, "span")
		put := Put(store.Calendar, coll, name, calendarObject(uids.Draw(t, "uid"), texts.Draw(t, "text"), s))
		if rapid.Bool().Draw(t, "alarm") {
			put = Put(store.Calendar, coll, name, withAlarm(put.Body))
			put.Wake = now.Add(time.Duration(rapid.IntRange(-1, 5).Draw(t, "wake")) * time.Second)
			if put.Wake.Before(now) {
				put.Wake = rapid.SampledFrom([]time.Time{{}, store.Never}).Draw(t, "wake")
			}
		}
		return put
	case "delete":
		return store.DeleteObject{Coll: coll, Name: name}
	case "move":
		return store.MoveObject{
			From: coll, FromName: name, To: colls.Draw(t, "to"), ToName: names.Draw(t, "to name"),
			Overwrite: rapid.Bool().Draw(t, "overwrite"),
		}
	case "create":
		return store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: name, Components: []string{"VEVENT"}}}
	case "home":
		return store.CreateHome{Home: store.Home{Name: name}}
	case "set":
		s := texts.Draw(t, "secret")
		return store.SetHome{Secret: &s}
	case "wake":
		return store.WakeObject{Coll: coll, Name: name}
	case "touch":
		return store.TouchObject{Coll: coll, Name: name}
	case "record":
		return record(rapid.SampledFrom([]string{"m", "n"}).Draw(t, "kind"), name, texts.Draw(t, "text"),
			rapid.SliceOfN(names, 0, 2).Draw(t, "refs")...)
	case "forget":
		return store.DeleteRecord{Kind: "m", Key: name}
	case "rename":
		return store.RenameCollection{Coll: coll, Name: name}
	case "components":
		return store.SetComponents{Coll: coll, Components: []string{"VTODO"}}
	case "trash":
		return store.DeleteCollection{Coll: coll}
	case "restore":
		return store.RestoreCollection{Coll: coll, Name: rapid.SampledFrom([]string{"", "", "c"}).Draw(t, "as")}
	case "props":
		return drawPatch(t, store.PatchProps{Target: store.Target(rapid.IntRange(1, 4).Draw(t, "target")), Coll: coll})
	case "member props":
		return drawPatch(t, store.PatchProps{Target: store.OnObject, Coll: coll, Name: name})
	case "enqueue":
		due := now.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "due")) * time.Second)
		return store.Enqueue{Job: store.Job{Queue: "mail", ID: name, Due: due}}
	case "finish":
		return store.FinishJob{Queue: "mail", ID: name, Claim: rapid.Uint64Range(0, 3).Draw(t, "claim")}
	}
	if rapid.IntRange(0, 3).Draw(t, "really") == 0 {
		return store.DeleteHome{}
	}
	return store.SetHome{NewRev: rapid.Bool().Draw(t, "new rev")}
}

// drawLimits draws limits about which the homes of a machine move.
func drawLimits(t *rapid.T) store.Limits {
	return store.Limits{
		Collections:  rapid.IntRange(0, 4).Draw(t, "collections"),
		Members:      rapid.IntRange(0, 3).Draw(t, "members"),
		Octets:       rapid.SampledFrom([]int64{0, 1, 300, 600}).Draw(t, "octets"),
		ObjectOctets: rapid.SampledFrom([]int64{0, 0, 1, 150}).Draw(t, "object octets"),
	}
}

func drawPatch(t *rapid.T, p store.PatchProps) store.Op {
	if rapid.IntRange(0, 2).Draw(t, "set") > 0 {
		p.Set = []store.Prop{prop(names.Draw(t, "prop"), "x")}
	} else {
		p.Remove = []store.PropName{{Space: "http://example.org/ns", Local: names.Draw(t, "prop")}}
	}
	return p
}

// start makes what most batches are about.
func (m *machine) start() {
	var ops []store.Op
	for _, name := range []string{"x", "y", "z"} {
		ops = append(ops, store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: name, Components: []string{"VEVENT"}}})
	}
	for i, name := range []string{"x", "y"} {
		b := store.Batch{At: m.now, Ops: append([]store.Op{store.CreateHome{Home: store.Home{Name: name}}}, ops[2*i:]...)}
		m.both(&b)
	}
}

// both applies a batch that cannot fail.
func (m *machine) both(b *store.Batch) {
	for _, s := range []store.Store{m.model, m.s} {
		if _, err := s.Apply(m.ctx, b); err != nil {
			m.t.Fatalf("start: %v", err)
		}
	}
}

func (m *machine) apply(t *rapid.T) {
	m.now = m.now.Add(time.Second)
	b := store.Batch{Home: homeIDs.Draw(t, "home"), At: m.now, By: "machine"}
	for range rapid.IntRange(0, 1).Draw(t, "pres") {
		coll, name, uid := collIDs.Draw(t, "coll"), names.Draw(t, "name"), uids.Draw(t, "uid")
		tag := store.ETagOf(calendarObject(uid, texts.Draw(t, "text"), spanKinds[0]))
		b.Pre = append(b.Pre, rapid.SampledFrom([]store.Pre{
			store.ETagIs{Coll: coll, Name: name}, store.ETagIsNot{Coll: coll, Name: name},
			store.ETagIs{Coll: coll, Name: name, ETags: []string{tag}}, store.ETagIsNot{Coll: coll, Name: name, ETags: []string{tag}},
			store.RecordIs{Kind: "m", Key: name}, store.RecordIs{Kind: "m", Key: name, Value: []byte("1")},
			store.KeepsUID{Coll: coll, Name: name, UID: uid},
			store.Within{Limits: drawLimits(t)}, store.Within{Limits: drawLimits(t)},
			store.RevIs{Coll: coll, Rev: store.Rev(rapid.IntRange(0, 5).Draw(t, "rev"))},
		}).Draw(t, "pre"))
	}
	for range opCounts.Draw(t, "ops") {
		b.Ops = append(b.Ops, drawOp(t, allKinds, collIDs, m.now))
	}
	if _, ok := b.Ops[0].(store.CreateHome); ok {
		b.Home = 0
	}
	want, wantErr := m.model.Apply(m.ctx, &b)
	got, err := m.s.Apply(m.ctx, &b)
	m.same("error", kindOf(err), kindOf(wantErr))
	m.same("result", got, want)
	if m.steps++; m.steps%4 == 0 || wantErr != nil {
		m.compare()
	}
}

// kindOf returns what of an error backends must agree on.
func kindOf(err error) any {
	var p *store.PreconditionError
	var u *store.UIDConflictError
	var l *store.LimitError
	switch {
	case errors.As(err, &l):
		return *l
	case errors.As(err, &p):
		return *p
	case errors.As(err, &u):
		return *u
	}
	for _, known := range []error{store.ErrNotFound, store.ErrExists, store.ErrInvalid} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err
}

func (m *machine) same(what string, got, want any) {
	m.t.Helper()
	if d := Diff(want, got); d != "" {
		m.t.Fatalf("%s differs (-model +store):\n%s", what, d)
	}
}

func (m *machine) compare() {
	want, err := Dump(m.ctx, m.model)
	if err != nil {
		m.t.Fatalf("dump of the model: %v", err)
	}
	got, err := Dump(m.ctx, m.s)
	if err != nil {
		m.t.Fatalf("dump: %v", err)
	}
	m.same("world", got, want)
}

func (m *machine) claim(t *rapid.T) {
	n := rapid.IntRange(1, 3).Draw(t, "n")
	want, err := m.model.Claim(m.ctx, "mail", "w", m.now, n, 3*time.Second)
	if err != nil {
		t.Fatalf("claim of the model: %v", err)
	}
	got, err := m.s.Claim(m.ctx, "mail", "w", m.now, n, 3*time.Second)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	m.same("jobs", got, want)
}

// look claims the alarms that are due, and deals with some.
func (m *machine) look(t *rapid.T) {
	want, err := m.model.Claim(m.ctx, store.AlarmQueue, "w", m.now, 100, 3*time.Second)
	if err != nil {
		t.Fatalf("claim of the model: %v", err)
	}
	got, err := m.s.Claim(m.ctx, store.AlarmQueue, "w", m.now, 100, 3*time.Second)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	m.same("alarms", withoutClaims(got), withoutClaims(want))
	for i := range got {
		c, name, mark, err := store.ParseAlarmJob(&got[i])
		if err != nil {
			t.Fatal(err)
		}
		finish := func(j *store.Job) store.Batch {
			return store.Batch{Home: j.Home, At: m.now,
				Pre: []store.Pre{store.JobIs{Queue: j.Queue, ID: j.ID, Claim: j.Claim}},
				Ops: []store.Op{store.FinishJob{Queue: j.Queue, ID: j.ID, Claim: j.Claim}}}
		}
		a, b := finish(&want[i]), finish(&got[i])
		switch rapid.SampledFrom([]string{"finish", "again", "forget"}).Draw(t, "then") {
		case "again":
			mark.Done = m.now
			again := store.Enqueue{Job: store.AlarmJob(c, name, m.now.Add(2*time.Second), mark)}
			a.Ops, b.Ops = []store.Op{again}, []store.Op{again}
		case "forget":
			continue
		}
		_, wantErr := m.model.Apply(m.ctx, &a)
		_, err = m.s.Apply(m.ctx, &b)
		m.same("error", kindOf(err), kindOf(wantErr))
	}
}

// withoutClaims are jobs without the numbers of their handing out, which backends give
// as they like.
func withoutClaims(jobs []store.Job) []store.Job {
	jobs = slices.Clone(jobs)
	for i := range jobs {
		jobs[i].Claim = 0
	}
	return jobs
}

func (m *machine) expire(t *rapid.T) {
	ago := time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds ago")) * time.Second
	for _, s := range []store.Store{m.model, m.s} {
		if err := s.Expire(m.ctx, m.now.Add(store.DefaultHistoryKeep-ago)); err != nil {
			t.Fatalf("expire: %v", err)
		}
	}
}

// follow adds a client that has a collection as it is now.
func (m *machine) follow(t *rapid.T) {
	id := collIDs.Draw(t, "coll")
	c, err := m.present(id)
	if err == nil && len(m.clients[id]) < 5 {
		m.clients[id] = append(m.clients[id], c)
	}
}

// present reads a collection as a client without a token does.
func (m *machine) present(id store.CollID) (*client, error) {
	c := &client{coll: id, has: make(map[string]string)}
	err := m.s.View(m.ctx, func(sn store.Snapshot) error {
		col, err := sn.Collection(id)
		if err != nil {
			return err
		}
		c.rev = col.Rev
		return sn.List(id, "", store.WantMeta, func(o *store.Object) bool {
			o = o.Clone()
			c.has[o.Name] = o.ETag
			return true
		})
	})
	return c, err
}

// sync has one client catch up.
func (m *machine) sync(t *rapid.T) {
	ids := slices.Sorted(maps.Keys(m.clients))
	if len(ids) == 0 {
		return
	}
	list := m.clients[rapid.SampledFrom(ids).Draw(t, "coll")]
	if len(list) > 0 {
		m.catchUp(rapid.SampledFrom(list).Draw(t, "client"))
	}
}

func (m *machine) syncAll() {
	for _, id := range slices.Sorted(maps.Keys(m.clients)) {
		for _, c := range m.clients[id] {
			m.catchUp(c)
		}
	}
}

func (m *machine) catchUp(c *client) {
	want, err := m.present(c.coll)
	if errors.Is(err, store.ErrNotFound) {
		return
	}
	if err != nil {
		m.t.Fatalf("present: %v", err)
	}
	err = m.s.View(m.ctx, func(sn store.Snapshot) error {
		var failed error
		last := c.rev
		err := sn.Changes(c.coll, c.rev, func(ch store.Change) bool {
			if ch.Rev <= last {
				failed = fmt.Errorf("revision %d after %d", ch.Rev, last)
			}
			last = ch.Rev
			if ch.Deleted {
				delete(c.has, ch.Name)
				return failed == nil
			}
			o, err := sn.Object(c.coll, ch.Name, store.WantMeta)
			if err != nil {
				failed = err
				return false
			}
			c.has[ch.Name] = o.ETag
			return failed == nil
		})
		if last > want.rev {
			failed = fmt.Errorf("revision %d in a collection at %d", last, want.rev)
		}
		c.rev = want.rev
		return errors.Join(err, failed)
	})
	if err != nil {
		m.t.Fatalf("changes of collection %d: %v", c.coll, err)
	}
	m.same("what the client has", c.has, want.has)
}
