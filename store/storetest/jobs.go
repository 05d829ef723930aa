package storetest

import (
	"fmt"
	"sync"
	"time"

	"almanac/store"
)

func (e *env) claim(queue string, at time.Time, n int) (got []store.Job) {
	e.Helper()
	got, err := e.s.Claim(e.ctx, queue, "worker", at, n, time.Minute)
	e.is(err, nil)
	return got
}

// ids returns what identifies jobs.
func ids(jobs []store.Job) (list []string) {
	for _, j := range jobs {
		list = append(list, j.ID)
	}
	return list
}

func (e *env) next(queue string) (due time.Time) {
	e.Helper()
	e.view(func(sn store.Snapshot) {
		at, ok, err := sn.NextJob(queue)
		e.is(err, nil)
		if ok {
			due = at
		}
	})
	return due
}

var jobCases = []testCase{
	{"are claimed when due, earliest first", func(e *env) {
		home := e.home("ann")
		t0 := e.now
		for i, min := range []int{3, 1, 2, 9} {
			e.apply(home, store.Enqueue{Job: store.Job{
				Queue: "mail", ID: fmt.Sprint(i), Due: t0.Add(time.Duration(min) * time.Minute), Payload: []byte{byte(i)},
				Home: 99, Tries: 7, Claim: 5,
			}})
		}
		e.apply(home, store.Enqueue{Job: store.Job{Queue: "mai", ID: "other", Due: t0}})
		e.same("next", e.next("mail"), t0.Add(time.Minute))
		e.same("before the first", ids(e.claim("mail", t0, 9)), []string(nil))
		got := e.claim("mail", t0.Add(3*time.Minute), 2)
		claim := got[0].Claim
		e.same("jobs", got, []store.Job{
			{Queue: "mail", ID: "1", Home: home, Due: t0.Add(time.Minute), Payload: []byte{1}, Claim: claim},
			{Queue: "mail", ID: "2", Home: home, Due: t0.Add(2 * time.Minute), Payload: []byte{2}, Claim: got[1].Claim},
		})
		e.same("next", e.next("mail"), t0.Add(3*time.Minute))
		e.same("then", ids(e.claim("mail", t0.Add(3*time.Minute), 9)), []string{"0"})
		e.same("of none", ids(e.claim("nothing", t0.Add(time.Hour), 9)), []string(nil))
		e.same("next of none", e.next("nothing"), time.Time{})
	}},
	{"not finished within the lease are handed out again", func(e *env) {
		home := e.home("ann")
		t0 := e.now
		e.apply(home, store.Enqueue{Job: store.Job{Queue: "mail", ID: "a", Due: t0}})
		first := e.claim("mail", t0, 9)[0]
		e.same("while leased", ids(e.claim("mail", t0.Add(59*time.Second), 9)), []string(nil))
		e.same("next is the end of the lease", e.next("mail"), t0.Add(time.Minute))
		second := e.claim("mail", t0.Add(time.Minute), 9)[0]
		e.same("tries", []int{first.Tries, second.Tries}, []int{0, 1})
		if first.Claim == second.Claim || first.Claim == 0 {
			e.Errorf("claims %d and %d", first.Claim, second.Claim)
		}
		e.apply(home, store.FinishJob{Queue: "mail", ID: "a", Claim: first.Claim})
		e.same("next after the late worker's", e.next("mail"), t0.Add(2*time.Minute))
		e.apply(home, store.FinishJob{Queue: "mail", ID: "a", Claim: second.Claim})
		e.same("next", e.next("mail"), time.Time{})
	}},
	{"enqueued again move and are taken from their worker", func(e *env) {
		home := e.home("ann")
		t0 := e.now
		e.apply(home, store.Enqueue{Job: store.Job{Queue: "mail", ID: "a", Due: t0, Payload: []byte("1")}})
		job := e.claim("mail", t0, 1)[0]
		e.apply(home, store.Enqueue{Job: store.Job{Queue: "mail", ID: "a", Due: t0.Add(time.Second), Payload: []byte("2")}})
		e.apply(home, store.FinishJob{Queue: "mail", ID: "a", Claim: job.Claim})
		e.same("next", e.next("mail"), t0.Add(time.Second))
		again := e.claim("mail", t0.Add(time.Second), 9)
		e.same("payload", string(again[0].Payload), "2")
		e.same("tries", again[0].Tries, 1)
	}},
	{"enqueued in one's own hands are claimed by others when the lease has run out", func(e *env) {
		home, t0 := e.home("ann"), e.now
		j := store.Job{Queue: "mail", ID: "a", Due: t0, Payload: []byte("1")}
		res := e.apply(home, store.Enqueue{Job: j, Until: t0.Add(time.Minute)}, store.Enqueue{Job: store.Job{Queue: "mail", ID: "b", Due: t0}})
		claim := res[0].Claim
		if claim == 0 || res[1].Claim != 0 {
			e.Errorf("claims %d and %d", claim, res[1].Claim)
		}
		e.same("others", ids(e.claim("mail", t0, 9)), []string{"b"})
		e.same("next", e.next("mail"), t0.Add(time.Minute))
		late := e.claim("mail", t0.Add(time.Minute), 9)
		e.same("afterwards", ids(late), []string{"a", "b"})
		e.same("tries", late[0].Tries, 1)
		e.apply(home, store.FinishJob{Queue: "mail", ID: "a", Claim: claim})
		e.same("still there", e.next("mail"), t0.Add(2*time.Minute))
		j.Due = t0.Add(time.Hour)
		mine := e.apply(home, store.Enqueue{Job: j, Until: t0.Add(time.Minute)})[0].Claim
		e.apply(home, store.FinishJob{Queue: "mail", ID: "a", Claim: mine}, store.FinishJob{Queue: "mail", ID: "b"})
		e.same("done", e.next("mail"), time.Time{})
	}},
	{"finished are gone; one that is not there is no error", func(e *env) {
		home := e.home("ann")
		e.apply(home, store.Enqueue{Job: store.Job{Queue: "mail", ID: "a", Due: e.now}}, store.FinishJob{Queue: "mail", ID: "a"})
		e.apply(home, store.FinishJob{Queue: "mail", ID: "a"}, store.FinishJob{Queue: "none", ID: "a", Claim: 3})
		e.same("jobs", ids(e.claim("mail", e.now.Add(time.Hour), 9)), []string(nil))
	}},
	{"may be of no home, but not of one that is missing", func(e *env) {
		e.apply(0, store.Enqueue{Job: store.Job{Queue: "mail", ID: "a", Due: e.now}})
		e.same("home", e.claim("mail", e.now, 1)[0].Home, store.HomeID(0))
		_, err := e.try(7, store.Enqueue{Job: store.Job{Queue: "mail", ID: "b"}})
		e.is(err, store.ErrNotFound)
		e.apply(7, store.FinishJob{Queue: "mail", ID: "a"})
	}},
	{"are listed by their IDs", func(e *env) {
		home, t0 := e.home("ann"), e.now
		for _, id := range []string{"c", "a", "b", "bb"} {
			e.apply(home, store.Enqueue{Job: store.Job{Queue: "mail", ID: id, Due: t0, Payload: []byte(id)}})
		}
		e.apply(home, store.Enqueue{Job: store.Job{Queue: "mai", ID: "x", Due: t0}}, store.Enqueue{Job: store.Job{Queue: "mail2", ID: "x", Due: t0}})
		claimed := e.claim("mail", t0, 1)[0]
		list := func(after string, most int) (out []string) {
			e.view(func(sn store.Snapshot) {
				e.is(sn.Jobs("mail", after, func(j *store.Job) bool {
					s := j.ID + " " + string(j.Payload)
					if j.Claim != 0 {
						s += " claimed"
					}
					if j.Home != home || !j.Due.Equal(store.Moment(t0)) {
						e.Errorf("job %+v", j)
					}
					out = append(out, s)
					return len(out) < most
				}), nil)
			})
			return out
		}
		e.same("claimed", claimed.ID, "a")
		e.same("all", list("", 9), []string{"a a claimed", "b b", "bb bb", "c c"})
		e.same("after", list("b", 9), []string{"bb bb", "c c"})
		e.same("some", list("aa", 1), []string{"b b"})
	}},
	{"are found by their IDs", func(e *env) {
		home, t0 := e.home("ann"), e.now
		e.apply(home, store.Enqueue{Job: store.Job{Queue: "mail", ID: "a", Due: t0, Payload: []byte("x")}})
		e.view(func(sn store.Snapshot) {
			j, err := sn.Job("mail", "a")
			e.is(err, nil)
			e.same("job", *j, store.Job{Queue: "mail", ID: "a", Home: home, Due: store.Moment(t0), Payload: []byte("x")})
			for _, no := range [][2]string{{"mail", "b"}, {"mail", ""}, {"mai", "a"}, {"", "mail"}} {
				_, err := sn.Job(no[0], no[1])
				e.is(err, store.ErrNotFound)
			}
		})
		claimed := e.claim("mail", e.now, 1)[0]
		e.view(func(sn store.Snapshot) {
			j, err := sn.Job("mail", "a")
			e.is(err, nil)
			e.same("claim", j.Claim, claimed.Claim)
		})
	}},
	{"go to one worker each", func(e *env) {
		home := e.home("ann")
		var ops []store.Op
		for i := range 50 {
			ops = append(ops, store.Enqueue{Job: store.Job{Queue: "mail", ID: fmt.Sprint(i), Due: e.now}})
		}
		e.apply(home, ops...)
		var mu sync.Mutex
		var wg sync.WaitGroup
		seen := make(map[string]int)
		for range 4 {
			wg.Go(func() {
				for {
					jobs, err := e.s.Claim(e.ctx, "mail", "w", e.now, 3, time.Hour)
					if err != nil {
						e.Errorf("claim: %v", err)
					}
					if len(jobs) == 0 {
						return
					}
					mu.Lock()
					for _, j := range jobs {
						seen[j.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for id, n := range seen {
			if n != 1 {
				e.Errorf("job %s was handed out %d times", id, n)
			}
		}
		e.same("jobs", len(seen), 50)
	}},
}
