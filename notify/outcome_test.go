package notify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"almanac/account"
	"almanac/store"
	"almanac/store/memstore"
)

// problems lists ann's channels with what is wrong with each.
func (p *post) problems() (all []string) {
	p.Helper()
	err := p.st.View(p.Context(), func(s store.Snapshot) error {
		channels, err := account.Channels(s, p.ann)
		for _, c := range channels {
			all = append(all, c.Name+": "+c.Problem)
		}
		slices.Sort(all)
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	return all
}

// unsent lists what the page shows of ann's failed messages.
func (p *post) unsent(home store.HomeID) (all []string) {
	p.Helper()
	err := p.st.View(p.Context(), func(s store.Snapshot) error {
		return EachUnsent(s, home, func(w *Waiting, by account.ChannelKind, next time.Time) bool {
			state := "again"
			if !w.Failed.IsZero() {
				state = "given up"
			}
			all = append(all, fmt.Sprintf("%s %s %s: %s", w.ID, by, state, w.Error))
			return true
		})
	})
	if err != nil {
		p.Fatal(err)
	}
	return all
}

// TestProblem: a channel has one once a message was given up, or was tried for long, and
// none again once one has arrived.
func TestProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fail error
		r := &recorder{fail: func(to *account.Channel, _ int) error {
			if to.Name == "two" {
				return nil
			}
			return fail
		}}
		p := newPost(t, r)
		defer p.start()()
		none := []string{"mail: ", "one: ", "two: "}
		turn := func(what string, err error, ids ...string) {
			fail = err
			p.write(p.one, ids...)
			synctest.Wait()
		}
		turn("refused", &GiveUp{Reason: "404 no such hook"}, "a")
		p.write(p.two, "b")
		synctest.Wait()
		p.is("given up", p.problems(), []string{"mail: ", "one: 404 no such hook", "two: "})
		turn("arrives", nil, "c")
		p.is("arrived", p.problems(), none)

		turn("fails", errors.New("no connection"), "d")
		time.Sleep(troubled / 2)
		synctest.Wait()
		p.is("failed for a while", p.problems(), none)
		time.Sleep(2 * troubled)
		synctest.Wait()
		p.is("failed for long", p.problems(), []string{"mail: ", "one: no connection", "two: "})
		p.is("unsent", p.unsent(p.ann), []string{"a chat given up: 404 no such hook", "d chat again: no connection"})
		fail = nil
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		p.is("arrived after all", p.problems(), none)
		p.is("unsent", p.unsent(p.ann), []string{"a chat given up: 404 no such hook"})

		turn("says much", &GiveUp{Reason: strings.Repeat("é", 5000)}, "e")
		if all := p.problems(); len(all[1]) > maxReason+10 {
			t.Errorf("a reason of %d octets", len(all[1]))
		}
		// Another address is another matter, and what was taken away has no problem.
		c := *p.one
		c.Problem = "x"
		err := account.ChangeChannel(t.Context(), p.st, p.ann, p.one.ID, "test", time.Now(), func(c *account.Channel) { c.Address = "ntfy://one.example.org/other" })
		p.is("changed", err, nil)
		p.is("at another address", p.problems(), none)
		p.is("removed", account.RemoveChannel(t.Context(), p.st, p.ann, p.one.ID, "test", time.Now()), nil)
		err = p.st.View(t.Context(), func(s store.Snapshot) error {
			return s.Records("channel-problem", "", "", func(r *store.Record) bool { t.Errorf("%s is left", r.Key); return true })
		})
		p.is("left", err, nil)
	})
}

// TestGone takes a browser away that its push service no longer knows, and tells the
// person by mail.
func TestGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(to *account.Channel, _ int) error {
			if to.Name == "one" {
				return &GiveUp{Reason: "410 Gone", Gone: true}
			}
			return nil
		}}
		p := newPost(t, r)
		p.box.Senders[account.Mail] = r
		defer p.start()()
		p.write(p.one, "a", "b")
		synctest.Wait()
		p.is("left", p.problems(), []string{"mail: ", "two: "})
		p.is("told", r.all(), []string{"mail: Reminders no longer arrive in one"})
		failed := p.left(FailedQueue)
		p.is("named", failed[0].Named, "one")
	})
}

// TestLongOutage gives up in the end what never got to a host that is down.
func TestLongOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(*account.Channel, int) error { return &Later{Reason: "503", Outage: true} }}
		p := newPost(t, r)
		defer p.start()()
		p.write(p.one, "a", "b", "c", "d")
		time.Sleep(oldReminder + 2*time.Hour)
		synctest.Wait()
		p.is("waiting", len(p.left(Queue(account.Chat))), 0)
		p.is("given up", len(p.unsent(p.ann)), 4)
	})
}

// TestUnsent lists those of one person, given up ones first, the newest first, and
// follows what is done about them.
func TestUnsent(t *testing.T) {
	st, now := memstore.New(), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	p := &post{T: t, st: st}
	bob, err := account.Create(t.Context(), st, store.Home{Name: "bob"}, "test", now)
	if err != nil {
		t.Fatal(err)
	}
	if p.ann, err = account.Create(t.Context(), st, store.Home{Name: "ann"}, "test", now); err != nil {
		t.Fatal(err)
	}
	apply := func(home store.HomeID, ops ...store.Op) {
		t.Helper()
		if _, err := st.Apply(t.Context(), &store.Batch{Home: home, At: now, Ops: ops}); err != nil {
			t.Fatal(err)
		}
	}
	fail := func(home store.HomeID, id string, at time.Duration) {
		w := Waiting{Message: Message{ID: id, Home: home, Kind: KindTest, At: now.Add(at)}, Error: "no", Failed: now, KindOf: account.Chat}
		apply(home, w.Keep(now.Add(keepFailed))...)
	}
	waits := func(home store.HomeID, id, reason string, at time.Duration) {
		w := Waiting{Message: Message{ID: id, Home: home, Kind: KindTest, At: now.Add(at)}, Error: reason}
		apply(home, store.Enqueue{Job: w.job(Queue(account.Chat), id, now)})
		if reason != "" {
			apply(home, w.list(Queue(account.Chat)))
		}
	}
	for i := range 200 {
		waits(p.ann, fmt.Sprint("fresh", i), "", 0)
	}
	waits(p.ann, "r1", "late", time.Hour)
	waits(p.ann, "r2", "late", 2*time.Hour)
	fail(p.ann, "f1", -time.Hour)
	fail(p.ann, "f2", 0)
	fail(bob, "b1", 0)
	fail(bob, "f1x", 0)
	p.is("ann's", p.unsent(p.ann), []string{"f2 chat given up: no", "f1 chat given up: no", "r2 chat again: late", "r1 chat again: late"})
	find := func(id string) (found *Waiting) {
		err := st.View(t.Context(), func(s store.Snapshot) error {
			return Find(s, id, func(w *Waiting, by account.ChannelKind, _ time.Time) bool {
				found = w
				p.is("by", by, account.Chat)
				return true
			})
		})
		p.is("found", err, nil)
		return found
	}
	if find("f") != nil || find("") != nil {
		t.Error("something is found that is not there")
	}
	apply(p.ann, find("f2").Retry(account.Chat, now)...)
	apply(p.ann, find("r2").Drop(account.Chat)...)
	apply(bob, find("b1").Drop(account.Chat)...)
	p.is("retried", *find("f2"), Waiting{Message: Message{ID: "f2", Home: p.ann, Kind: KindTest, At: now}})
	p.is("ann's", p.unsent(p.ann), []string{"f1 chat given up: no", "r1 chat again: late"})
	p.is("bob's", p.unsent(bob), []string{"f1x chat given up: no"})
	p.is("everybody's", p.unsent(0), []string{"f1x chat given up: no", "f1 chat given up: no", "r1 chat again: late"})
}
