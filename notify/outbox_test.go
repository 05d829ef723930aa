package notify

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"almanac/account"
	"almanac/store"
	"almanac/store/memstore"
)

// A recorder is a sender that notes what it was told, and fails when asked to.
type recorder struct {
	mu   sync.Mutex
	told []string // channel and title
	ids  map[string]int
	when []time.Time
	fail func(to *account.Channel, n int) error // n: how often that one was tried before
	wait time.Duration
	at   map[string]int
}

func (r *recorder) Host(to *account.Channel) string {
	_, host, _ := strings.Cut(to.Address, "//")
	host, _, _ = strings.Cut(host, "/")
	return host
}

func (r *recorder) Send(_ context.Context, to *account.Channel, m *Message, w *Words) error {
	time.Sleep(r.wait)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil {
		r.ids, r.at = map[string]int{}, map[string]int{}
	}
	n := r.at[m.ID]
	r.at[m.ID]++
	if r.fail != nil {
		if err := r.fail(to, n); err != nil {
			return err
		}
	}
	r.told = append(r.told, to.Name+": "+w.Title)
	r.ids[m.ID]++
	r.when = append(r.when, time.Now())
	return nil
}

func (r *recorder) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

// times is how often a message was sent.
func (r *recorder) times(id string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids[id]
}

// A post is a store with ann, who has two chats at two providers, and an outbox.
type post struct {
	*testing.T
	st  store.Store
	ann store.HomeID
	one *account.Channel
	two *account.Channel
	log bytes.Buffer
	box *Outbox
}

func newPost(t *testing.T, r *recorder) *post {
	p := &post{T: t, st: memstore.New()}
	var err error
	if p.ann, err = account.Create(t.Context(), p.st, store.Home{Name: "ann", Emails: []string{"ann@example.org"}}, "test", time.Now()); err != nil {
		t.Fatal(err)
	}
	add := func(name string) *account.Channel {
		c, err := account.AddChannel(t.Context(), p.st, p.ann, "test", time.Now(), rand.Reader,
			account.Channel{Kind: account.Chat, Name: name, Address: "ntfy://" + name + ".example.org/ann", Verified: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	p.one, p.two = add("one"), add("two")
	p.box = &Outbox{Store: p.st, Senders: map[account.ChannelKind]Sender{account.Chat: r}, Log: slog.New(slog.NewTextHandler(&p.log, nil)), Now: time.Now,
		Limits: map[account.ChannelKind]Limit{account.Chat: {PerSecond: 1000, Burst: 1000, AtOnce: 4, Workers: 8}}}
	return p
}

func (p *post) write(to *account.Channel, ids ...string) {
	p.Helper()
	b := &store.Batch{Home: p.ann, At: time.Now()}
	for _, id := range ids {
		m := &Message{ID: id, Home: p.ann, Channel: to.ID, Kind: KindReminder, At: time.Now(), Reminder: &Reminder{Summary: id, Ref: Ref{Home: p.ann}}}
		b.Ops = append(b.Ops, m.Op(account.Chat))
	}
	if _, err := p.st.Apply(p.Context(), b); err != nil {
		p.Fatal(err)
	}
	p.box.Kick()
}

// start has the outbox at work until the returned function has ended it.
func (p *post) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { p.box.Run(ctx); close(done) }()
	return func() { cancel(); <-done }
}

// left lists the jobs of a queue.
func (p *post) left(queue string) (all []*Waiting) {
	p.Helper()
	err := p.st.View(p.Context(), func(s store.Snapshot) error {
		return s.Jobs(queue, "", func(j *store.Job) bool {
			w, err := ReadWaiting(j)
			if err != nil {
				p.Error(err)
			}
			all = append(all, w)
			return true
		})
	})
	if err != nil {
		p.Error(err)
	}
	return all
}

func (p *post) is(what string, got, want any) {
	p.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		p.Errorf("%s: %s, want %s\n%s", what, g, w, &p.log)
	}
}

func TestOutboxSendsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		p := newPost(t, r)
		defer p.start()()
		synctest.Wait()
		begin := time.Now()
		p.write(p.one, "a", "b")
		synctest.Wait()
		got := r.all()
		slices.Sort(got)
		p.is("sent", got, []string{"one: a", "one: b"})
		p.is("after", time.Since(begin), time.Duration(0))
		p.is("left", len(p.left(Queue(account.Chat))), 0)
	})
}

// TestOutboxTriesAgain, later each time, and gives up with the reason in the end.
func TestOutboxTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(_ *account.Channel, n int) error {
			if n < 3 {
				return errors.New("no connection")
			}
			return nil
		}}
		p := newPost(t, r)
		stop := p.start()
		p.write(p.one, "a")
		time.Sleep(time.Minute)
		synctest.Wait()
		p.is("after a minute", r.all(), []string{})
		w := p.left(Queue(account.Chat))[0]
		p.is("what became of it so far", fmt.Sprint(w.Tries, w.Error), "2no connection")
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		p.is("after six", r.all(), []string{"one: a"})
		r.fail = func(*account.Channel, int) error { return errors.New("no connection") }
		p.write(p.one, "b")
		time.Sleep(oldReminder + 5*time.Hour)
		synctest.Wait()
		stop()
		p.is("waits", len(p.left(Queue(account.Chat))), 0)
		gone := p.left(FailedQueue)
		p.is("given up", fmt.Sprint(len(gone), gone[0].ID, gone[0].Error, gone[0].KindOf), "1bno connectionchat")
		if n := r.at["b"]; n < 8 || n > 20 {
			t.Errorf("%d tries", n)
		}
		stop = p.start()
		time.Sleep(keepFailed + time.Hour)
		synctest.Wait()
		stop()
		p.is("forgotten", len(p.left(FailedQueue)), 0)
	})
}

// TestOutboxFinal gives up at once, and takes a channel away that has gone.
func TestOutboxFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(*account.Channel, int) error { return &GiveUp{Reason: "unsubscribed", Gone: true} }}
		p := newPost(t, r)
		defer p.start()()
		p.write(p.one, "a")
		synctest.Wait()
		p.is("given up", p.left(FailedQueue)[0].Error, "unsubscribed")
		err := p.st.View(t.Context(), func(s store.Snapshot) error {
			_, err := account.ChannelOf(s, p.ann, p.one.ID)
			return err
		})
		p.is("channel", err, account.ErrNoChannel)
		p.write(p.one, "b") // written by who did not know yet
		synctest.Wait()
		p.is("left", len(p.left(Queue(account.Chat))), 0)
		p.is("given up", len(p.left(FailedQueue)), 1)
	})
}

// TestOutage has one provider down: the other's messages go out at once, those of the
// one that is down wait, at the cost of few tries, and all are sent in the end.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down, tries := true, 0
		r := &recorder{wait: time.Second}
		r.fail = func(to *account.Channel, _ int) error {
			if to.Name == "one" && down {
				tries++
				return &Later{Reason: "503", Outage: true}
			}
			return nil
		}
		p := newPost(t, r)
		stop := p.start()
		var many []string
		for i := range 500 {
			many = append(many, fmt.Sprintf("%03d", i))
		}
		p.write(p.one, many...)
		p.write(p.two, "x", "y")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		got := r.all()
		slices.Sort(got)
		p.is("of the other", got, []string{"two: x", "two: y"})
		time.Sleep(time.Hour)
		if tries > 60 {
			t.Errorf("%d tries at a provider that was down for an hour", tries)
		}
		r.mu.Lock()
		down = false
		r.mu.Unlock()
		time.Sleep(time.Hour)
		synctest.Wait()
		stop()
		if n := len(r.all()); n != 502 {
			t.Errorf("%d were sent, left %d", n, len(p.left(Queue(account.Chat))))
		}
		for _, n := range r.ids {
			if n != 1 {
				t.Fatalf("one was sent %d times", n)
			}
		}
	})
}

// TestBurst keeps to the limit of a provider, and sends all.
func TestBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		p := newPost(t, r)
		p.box.Limits[account.Chat] = Limit{PerSecond: 10, Burst: 20, AtOnce: 8, Workers: 8}
		stop := p.start()
		var many []string
		for i := range 1000 {
			many = append(many, fmt.Sprintf("%04d", i))
		}
		p.write(p.one, many...)
		time.Sleep(time.Second)
		p.write(p.two, "x")
		synctest.Wait()
		p.is("another provider", slices.Contains(r.all(), "two: x"), true)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		stop()
		if n := len(r.all()); n != 1001 {
			t.Fatalf("%d were sent", n)
		}
		for i := range r.when {
			for j := i; j < len(r.when) && r.when[j].Sub(r.when[i]) < 10*time.Second; j++ {
				if j-i > 20+10*10+20 {
					t.Fatalf("%d within ten seconds", j-i)
				}
			}
		}
	})
}

// TestCrashWhileSending has the process end between sending and recording: the message
// is sent again with the same identity when the lease has run out.
func TestCrashWhileSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		p := newPost(t, r)
		p.write(p.one, "a")
		jobs, err := p.st.Claim(t.Context(), Queue(account.Chat), "outbox", time.Now(), most, lease)
		if err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		p.box.attempt(t.Context(), account.Chat, &task{job: &jobs[0]}) // and what follows is never written
		defer p.start()()
		time.Sleep(lease - time.Second)
		synctest.Wait()
		p.is("within the lease", r.times("a"), 1)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		p.is("after it", r.times("a"), 2)
		p.is("left", len(p.left(Queue(account.Chat))), 0)
	})
}

// TestSlow has more to send than a lease is long: nothing is sent twice.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{wait: 10 * time.Second}
		p := newPost(t, r)
		var many []string
		for i := range 300 {
			many = append(many, fmt.Sprintf("%03d", i))
		}
		p.write(p.one, many...)
		stop := p.start()
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		stop()
		for id, n := range r.ids {
			if n != 1 {
				t.Errorf("%s was sent %d times", id, n)
			}
		}
		p.is("sent", len(r.ids), 300)
	})
}

// TestSlowHost has providers that answer after half a minute, again and again: nobody
// else's messages wait for them, even when one person names many of them.
func TestSlowHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		slow := &slowly{recorder: r, name: "slow"}
		p := newPost(t, r)
		p.box.Senders[account.Chat], p.box.Limits = slow, nil
		eve, err := account.Create(t.Context(), p.st, store.Home{Name: "eve"}, "test", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		b := &store.Batch{Home: eve, At: time.Now()}
		for i := range account.MaxChannels {
			c, err := account.AddChannel(t.Context(), p.st, eve, "test", time.Now(), rand.Reader,
				account.Channel{Kind: account.Chat, Name: fmt.Sprint("slow", i), Address: fmt.Sprintf("ntfy://slow%d.example.org/x", i), Verified: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			for j := range 20 {
				m := &Message{ID: fmt.Sprint("eve-", i, "-", j), Home: eve, Channel: c.ID, Kind: KindTest, At: time.Now()}
				b.Ops = append(b.Ops, m.Op(account.Chat))
			}
		}
		if _, err := p.st.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		stop := p.start()
		time.Sleep(time.Second)
		for i := range 20 {
			begin := time.Now()
			p.write(p.one, fmt.Sprint("ann-", i))
			for r.count("one: ann-"+fmt.Sprint(i)) == 0 && time.Since(begin) < time.Minute {
				time.Sleep(10 * time.Millisecond)
			}
			if late := time.Since(begin); late > time.Second {
				t.Errorf("message %d waited %s for others", i, late)
			}
			time.Sleep(7 * time.Second)
		}
		stop()
	})
}

// slowly has the channels whose name begins so answer late, and well.
type slowly struct {
	*recorder
	name string
}

func (s *slowly) Send(ctx context.Context, to *account.Channel, m *Message, w *Words) error {
	if strings.HasPrefix(to.Name, s.name) {
		time.Sleep(29 * time.Second)
	}
	return s.recorder.Send(ctx, to, m, w)
}

func (r *recorder) count(told string) (n int) {
	for _, s := range r.all() {
		if s == told {
			n++
		}
	}
	return n
}

// TestStale drops what has waited and is of no use any more.
func TestStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{fail: func(_ *account.Channel, n int) error {
			if n == 0 {
				return errors.New("no connection")
			}
			return nil
		}}
		p := newPost(t, r)
		p.box.Stale = func(_ context.Context, m *Message) string { return map[string]string{"a": "it was stopped"}[m.ID] }
		defer p.start()()
		p.write(p.one, "a", "b")
		time.Sleep(time.Hour)
		synctest.Wait()
		p.is("sent", r.all(), []string{"one: b"})
	})
}

// TestShutdown ends the outbox in the middle of a message, which is then sent once.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{wait: 10 * time.Second}
		p := newPost(t, r)
		p.write(p.one, "a")
		stop := p.start()
		time.Sleep(time.Second)
		stop()
		p.is("sent", r.all(), []string{"one: a"})
		p.is("left", len(p.left(Queue(account.Chat))), 0)
	})
}

// TestNotices mails changes of roles, and logs them where there is no mail.
func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		p := newPost(t, r)
		if _, err := account.CreateBody(t.Context(), p.st, account.Org, "acme", account.Body{}, "test", time.Now()); err != nil {
			t.Fatal(err)
		}
		role := func(r account.Role) {
			who := account.Actor{CommandLine: true, Name: "command line"}
			if err := account.SetRole(t.Context(), p.st, who, "acme", p.ann, r, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		stop := p.start()
		role(account.Guest)
		p.box.Kick()
		synctest.Wait()
		stop()
		if !strings.Contains(p.log.String(), "a role has changed") {
			t.Error(p.log.String())
		}
		p.box.Senders[account.Mail] = r
		defer p.start()()
		role(account.Administrator)
		p.box.Kick()
		synctest.Wait()
		p.is("mailed", r.all(), []string{"mail: Your role in acme has changed"})
	})
}
