package notify

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"almanac/account"
	"almanac/store"
)

// hand writes messages in the outbox's hands, as whoever writes them does, and tells how
// many it took.
func (p *post) hand(to *account.Channel, ids ...string) (held int) {
	p.Helper()
	b := &store.Batch{Home: p.ann, At: time.Now()}
	var all []*Message
	for _, id := range ids {
		m := &Message{ID: id, Home: p.ann, Channel: to.ID, Kind: KindReminder, At: time.Now(), Reminder: &Reminder{Summary: id, Ref: Ref{Home: p.ann}}}
		put := m.Op(account.Chat)
		if until, ok := p.box.Hold(account.Chat, &put.Job); ok {
			put.Until = until
		}
		all, b.Ops = append(all, m), append(b.Ops, put)
	}
	res, err := p.st.Apply(p.Context(), b)
	if err != nil {
		p.Fatal(err)
	}
	for i, m := range all {
		if put := b.Ops[i].(store.Enqueue); !put.Until.IsZero() {
			held++
			put.Job.Home, put.Job.Claim = p.ann, res.Ops[i].Claim
			p.box.Hand(account.Chat, m, put.Job, put.Until)
		}
	}
	return held
}

func TestHandedOverIsSentAtOnceAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		p := newPost(t, r)
		p.is("before it runs", p.hand(p.one, "early"), 0)
		stop := p.start()
		synctest.Wait()
		begun := time.Now()
		p.is("held", p.hand(p.one, "a", "b"), 2)
		synctest.Wait()
		p.is("sent at once", []any{r.times("a"), r.times("b"), time.Since(begun)}, []any{1, 1, time.Duration(0)})
		time.Sleep(2 * lease)
		synctest.Wait()
		p.is("sent", []int{r.times("early"), r.times("a"), r.times("b")}, []int{1, 1, 1})
		p.is("left", len(p.left(Queue(account.Chat))), 0)
		stop()
		p.is("after the end", p.hand(p.one, "c"), 0)
	})
}

// TestHandedOverFails: it waits in the store for its next try, like any other.
func TestHandedOverFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(_ *account.Channel, n int) error {
			if n == 0 {
				return fmt.Errorf("not now")
			}
			return nil
		}}
		p := newPost(t, r)
		defer p.start()()
		synctest.Wait()
		p.hand(p.one, "a")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		left := p.left(Queue(account.Chat))
		p.is("tries", []int{len(left), left[0].Tries}, []int{1, 1})
		time.Sleep(time.Minute)
		synctest.Wait()
		p.is("sent", r.times("a"), 1)
		p.is("left", len(p.left(Queue(account.Chat))), 0)
	})
}

// TestHandedOverIsGivenBack: what nobody has begun to send when the outbox ends is there
// at once for who comes next. There is room for so many and no more.
func TestHandedOverIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{wait: 10 * time.Second}
		p := newPost(t, r)
		stop := p.start()
		synctest.Wait()
		var ids []string
		for i := range maxHeld + 100 {
			ids = append(ids, fmt.Sprint("m", i))
		}
		p.is("held", p.hand(p.one, ids...), maxHeld)
		stop()
		now := 0
		err := p.st.View(t.Context(), func(s store.Snapshot) error {
			return s.Jobs(Queue(account.Chat), "", func(j *store.Job) bool {
				if j.Claim == 0 {
					now++
				}
				return true
			})
		})
		p.is("to be sent", []any{now + len(r.all()), err}, []any{len(ids), nil})
	})
}

// TestHeldIsBounded: large messages take the room of many.
func TestHeldIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, &recorder{})
		defer p.start()()
		synctest.Wait()
		large := &store.Job{Payload: make([]byte, maxHeldOctets/2)}
		hold := func() bool { _, ok := p.box.Hold(account.Chat, large); return ok }
		p.is("taken", []bool{hold(), hold(), hold()}, []bool{true, true, false})
		p.box.Release(account.Chat, large)
		p.is("again", []bool{hold(), hold()}, []bool{true, false})
	})
}
