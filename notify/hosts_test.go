package notify

import (
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"almanac/account"
)

// TestSlower has a provider that asks for less: all that go there wait, others do not,
// and what has waited does not come all at once.
func TestSlower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := []time.Time{}
		r := &recorder{}
		r.fail = func(to *account.Channel, _ int) error {
			if to.Name != "one" {
				return nil
			}
			if asked = append(asked, time.Now()); len(asked) == 3 {
				return &Later{Reason: "429", After: 40 * time.Second, Slower: true}
			}
			return nil
		}
		p := newPost(t, r)
		p.box.Limits[account.Chat] = Limit{PerSecond: 10, Burst: 20, AtOnce: 1, Workers: 8}
		defer p.start()()
		begin := time.Now()
		var many []string
		for i := range 300 {
			many = append(many, fmt.Sprintf("%03d", i))
		}
		p.write(p.one, many...)
		p.write(p.two, "x")
		time.Sleep(30 * time.Second)
		synctest.Wait()
		p.is("of the other", r.count("two: x"), 1)
		p.is("asked", len(asked), 3)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		p.is("sent", len(r.all()), 301)
		p.is("asked again after", asked[3].Sub(begin).Round(time.Second), 40*time.Second)
		for i := range len(asked) - 20 {
			if i >= 3 && asked[i+20].Sub(asked[i]) < time.Second {
				t.Fatalf("%d to %d came within %s", i, i+20, asked[i+20].Sub(asked[i]))
			}
		}
	})
}

// TestSlowerIsBounded has one person's channel that asks everybody to wait an hour each
// time: the others at that host wait a minute.
func TestSlowerIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hourly := 0
		r := &recorder{fail: func(to *account.Channel, _ int) error {
			if to.Name == "greedy" {
				hourly++
				return &Later{Reason: "429", After: time.Hour, Slower: true}
			}
			return nil
		}}
		p := newPost(t, r)
		greedy, err := account.AddChannel(t.Context(), p.st, p.ann, "test", time.Now(), rand.Reader,
			account.Channel{Kind: account.Chat, Name: "greedy", Address: "ntfy://one.example.org/greedy", Verified: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		defer p.start()()
		p.write(greedy, "g")
		synctest.Wait()
		p.write(p.one, "a")
		time.Sleep(59 * time.Second)
		synctest.Wait()
		p.is("within a minute", r.all(), []string{})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		p.is("after it", r.all(), []string{"one: a"})
		time.Sleep(57 * time.Minute)
		synctest.Wait()
		p.is("the greedy one", hourly, 1)
	})
}

// TestQueueAtHost: those that wait for a place at a slow host come about when there is
// one, and are not written back again and again.
func TestQueueAtHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const messages, places = 200, 2
		r := &looks{recorder: recorder{wait: time.Second}}
		p := newPost(t, &r.recorder)
		p.box.Senders[account.Chat] = r
		p.box.Limits[account.Chat] = Limit{PerSecond: 1000, Burst: 1000, AtOnce: places, Workers: 8}
		defer p.start()()
		var many []string
		for i := range messages {
			many = append(many, fmt.Sprintf("%04d", i))
		}
		begin := time.Now()
		p.write(p.one, many...)
		for len(r.all()) < messages && time.Since(begin) < time.Hour {
			time.Sleep(time.Second)
		}
		if took, best := time.Since(begin), messages/places*time.Second; took > best*6/5 {
			t.Errorf("it took %s, and could be done in %s", took, best)
		}
		if n := r.n.Load(); n > 10*messages {
			t.Errorf("%d looks at %d messages", n, messages)
		}
	})
}

// looks counts how often messages are looked at.
type looks struct {
	recorder
	n atomic.Int64
}

func (l *looks) Host(to *account.Channel) string {
	l.n.Add(1)
	return l.recorder.Host(to)
}
