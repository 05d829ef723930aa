package boltstore

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"almanac/dedupe"
	"almanac/store"
)

// An applier carries out one batch.
type applier struct {
	*txn
	b      *store.Batch
	puts   []prepared // by op
	size   int
	limits []store.Limits
	res    *store.Result
	home   store.HomeID
	at     time.Time
}

// prepared is what of a PutObject needs no transaction.
type prepared struct {
	etag     string
	postings []dedupe.Posting
}

// prepareBatch does what needs no transaction, in the caller's goroutine.
func prepareBatch(b *store.Batch, now func() time.Time) *applier {
	a := &applier{b: b, puts: make([]prepared, len(b.Ops)), limits: limitsOf(b), at: b.At}
	if a.at.IsZero() {
		// A history row with no moment would be expired at once.
		a.at = now()
	}
	a.at = store.Moment(a.at)
	// Of many, each processor does its share.
	workers := min(runtime.GOMAXPROCS(0), 1+len(b.Ops)/64)
	share := func(w int) {
		for i := w; i < len(b.Ops); i += workers {
			if op, ok := b.Ops[i].(store.PutObject); ok {
				d := digestOf(op.Name, &op.Index)
				a.puts[i] = prepared{store.ETagOf(op.Body), d.postings()}
			}
		}
	}
	var others sync.WaitGroup
	for w := 1; w < workers; w++ {
		others.Go(func() { share(w) })
	}
	share(0)
	others.Wait()
	for _, op := range b.Ops {
		if op, ok := op.(store.PutObject); ok {
			a.size += len(op.Body)
		}
	}
	return a
}

func (a *applier) run(t *txn) error {
	a.txn, a.home = t, a.b.Home
	for i, p := range a.b.Pre {
		ok, err := a.holds(p)
		if err != nil {
			return err
		}
		if !ok {
			return &store.PreconditionError{Index: i, Pre: p}
		}
	}
	if len(a.limits) == 0 {
		return a.ops()
	}
	for _, l := range a.limits {
		if err := l.JudgeOps(a.b.Ops); err != nil {
			return err
		}
	}
	before, err := a.usage()
	if err != nil {
		return err
	}
	if err := a.ops(); err != nil {
		return err
	}
	after, err := a.usage()
	if err != nil {
		return err
	}
	for _, l := range a.limits {
		if err := l.Judge(before, after); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) ops() error {
	a.res = &store.Result{Ops: make([]store.OpResult, len(a.b.Ops))}
	for i, op := range a.b.Ops {
		if err := a.op(op, &a.puts[i], &a.res.Ops[i]); err != nil {
			return err
		}
		if a.fatal != nil {
			return a.fatal
		}
	}
	return nil
}

func (a *applier) holds(p store.Pre) (bool, error) {
	switch p := p.(type) {
	case store.ETagIs:
		m, err := a.member(p.Coll, p.Name)
		return m != nil && (len(p.ETags) == 0 || slices.Contains(p.ETags, m.ETag)), err
	case store.ETagIsNot:
		m, err := a.member(p.Coll, p.Name)
		return m == nil || len(p.ETags) > 0 && !slices.Contains(p.ETags, m.ETag), err
	case store.KeepsUID:
		m, err := a.member(p.Coll, p.Name)
		return m == nil || m.Index.UID == "" || m.Index.UID == p.UID, err
	case store.RevIs:
		c, err := a.live(p.Coll)
		if c == nil {
			return false, onlyDamage(err)
		}
		return c.n.rev == p.Rev, nil
	case store.JobIs:
		j, err := a.job(p.Queue, p.ID)
		return j != nil && j.Claim == p.Claim, err
	case store.Within:
		return true, nil // judged after the operations
	case store.RecordIs:
		r, err := a.record(p.Kind, p.Key)
		return (r != nil) == (p.Value != nil) && (r == nil || bytes.Equal(r.Value, p.Value)), err
	}
	return false, nil
}

// member returns a member of a live collection; nil when there is none.
func (a *applier) member(id store.CollID, name string) (*member, error) {
	c, err := a.live(id)
	if c == nil {
		return nil, onlyDamage(err)
	}
	return c.member(name)
}

// live returns a collection of the batch's home that is not in the trash.
func (a *applier) live(id store.CollID) (*collection, error) {
	c, err := a.open(id)
	if err == nil && (c.rec.Trash || c.rec.Home != a.home) {
		return nil, missing("collection", id)
	}
	return c, err
}

func (a *applier) op(op store.Op, put *prepared, res *store.OpResult) error {
	switch op := op.(type) {
	case store.CreateHome:
		return a.createHome(op, res)
	case store.Enqueue:
		return a.enqueue(op, res)
	case store.FinishJob:
		return a.finishJob(op)
	case store.PutRecord:
		return a.putRecord(op)
	case store.DeleteRecord:
		return a.deleteRecord(op)
	}
	home, err := a.readHome()
	if err != nil {
		return err
	}
	switch op := op.(type) {
	case store.SetHome:
		return a.setHome(home, op)
	case store.DeleteHome:
		return a.deleteHome(home)
	case store.CreateCollection:
		return a.createCollection(op, res)
	case store.RestoreCollection:
		return a.restoreCollection(op)
	case store.RenameCollection:
		return a.renameCollection(op)
	case store.SetComponents:
		return a.setComponents(op)
	case store.DeleteCollection:
		return a.deleteCollection(op)
	case store.PutObject:
		return a.putObject(home, op, put, res)
	case store.DeleteObject:
		return a.deleteObject(op, res)
	case store.TouchObject:
		return a.touchObject(op, res)
	case store.WakeObject:
		return a.wakeObject(op)
	case store.MoveObject:
		return a.moveObject(home, op, res)
	case store.PatchProps:
		return a.patchProps(home, op)
	}
	return fmt.Errorf("%w: %T", store.ErrInvalid, op)
}
