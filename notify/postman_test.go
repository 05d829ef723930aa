package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"almanac/account"
	"almanac/store"
	"almanac/store/memstore"
)

// A recorder is a channel that notes what it was told, and fails when asked to.
type recorder struct {
	mu   sync.Mutex
	told []string
	fail int
	wait time.Duration
}

func (r *recorder) Tell(_ context.Context, n account.Notice) error {
	time.Sleep(r.wait)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail > 0 {
		r.fail--
		return errors.New("no connection")
	}
	r.told = append(r.told, fmt.Sprintf("%s %s>%s", n.ToName, n.From, n.Now))
	return nil
}

func (r *recorder) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.told, ", ")
}

// A post is a store with an organisation, whose changes of roles are told.
type post struct {
	*testing.T
	st  store.Store
	ann store.HomeID
	log bytes.Buffer
}

func newPost(t *testing.T) *post {
	p := &post{T: t, st: memstore.New()}
	var err error
	if p.ann, err = account.Create(t.Context(), p.st, store.Home{Name: "ann"}, "test", time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := account.CreateBody(t.Context(), p.st, account.Org, "acme", account.Body{}, "test", time.Now()); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *post) role(r account.Role) {
	p.Helper()
	who := account.Actor{CommandLine: true, Name: "command line"}
	if err := account.SetRole(p.Context(), p.st, who, "acme", p.ann, r, time.Now()); err != nil {
		p.Fatal(err)
	}
}

// start has a postman at work until the returned function has ended it.
func (p *post) start(c Channel) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	man := &Postman{Store: p.st, Channel: c, Log: slog.New(slog.NewTextHandler(&p.log, nil)), Now: time.Now}
	go func() { man.Run(ctx); close(done) }()
	return func() { cancel(); <-done }
}

// left is whether anything waits in the queue.
func (p *post) left() (some bool) {
	err := p.st.View(p.Context(), func(s store.Snapshot) (err error) {
		_, some, err = s.NextJob(account.NoticeQueue)
		return err
	})
	if err != nil {
		p.Error(err)
	}
	return some
}

func (p *post) is(what, got, want string) {
	p.Helper()
	if got != want {
		p.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestPostman(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, r := newPost(t), &recorder{}
		p.role(account.Guest)
		stop := p.start(r)
		synctest.Wait()
		p.is("what waited", r.all(), "ann >guest")
		p.role(account.Administrator)
		p.role("")
		time.Sleep(look)
		synctest.Wait()
		if got := r.all(); !strings.Contains(got, "ann guest>administrator") || !strings.Contains(got, "ann administrator>") {
			t.Errorf("told %s", got)
		}
		for range 3 * most {
			p.role(account.Guest)
			p.role("")
		}
		time.Sleep(look)
		synctest.Wait()
		if n := strings.Count(r.all(), ",") + 1; n != 3+6*most || p.left() {
			t.Errorf("%d were told, left: %v", n, p.left())
		}
		stop()
		p.is("log", p.log.String(), "")
	})
}

// TestCrash has the process end while a notice is told: the next postman tells it
// when the lease has run out, and not before.
func TestCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t)
		p.role(account.Guest)
		// What a postman does that dies after it has claimed.
		if jobs, err := p.st.Claim(t.Context(), account.NoticeQueue, "postman", time.Now(), most, lease); err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		r := &recorder{}
		defer p.start(r)()
		time.Sleep(lease - 2*look)
		synctest.Wait()
		p.is("within the lease", r.all(), "")
		time.Sleep(3 * look)
		synctest.Wait()
		p.is("after it", r.all(), "ann >guest")
		if p.left() {
			t.Error("it is still in the queue")
		}
	})
}

// TestShutdown ends a postman in the middle of a notice, which is then told once.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, slow := newPost(t), &recorder{wait: 10 * time.Second}
		p.role(account.Guest)
		p.role(account.Collaborator)
		stop := p.start(slow)
		time.Sleep(time.Second)
		stop()
		if strings.Count(slow.all(), ">") != 1 {
			t.Errorf("told %q", slow.all())
		}
		defer p.start(slow)()
		time.Sleep(lease + look + 11*time.Second)
		synctest.Wait()
		if strings.Count(slow.all(), ">") != 2 || p.left() {
			t.Errorf("told %q", slow.all())
		}
	})
}

// TestFailure tries again, later each time, and gives up in the end.
func TestFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, r := newPost(t), &recorder{fail: 3}
		p.role(account.Guest)
		stop := p.start(r)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		p.is("told", r.all(), "ann >guest")
		if n := strings.Count(p.log.String(), "could not be told yet"); n != 3 {
			t.Errorf("%d warnings:\n%s", n, &p.log)
		}
		stop()
		p.log.Reset()
		r = &recorder{fail: 1 << 30}
		p.role(account.Owner)
		stop = p.start(r)
		time.Sleep(tooOld + 2*time.Hour)
		synctest.Wait()
		if n := 1<<30 - r.fail; n < 10 || n > 100 || p.left() {
			t.Errorf("%d tries, left: %v", n, p.left())
		}
		stop()
		if !strings.Contains(p.log.String(), "could not be told and is dropped") {
			t.Error(p.log.String())
		}
	})
}

// TestUnreadable drops a job that no notice is in.
func TestUnreadable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t)
		bad := store.Enqueue{Job: store.Job{Queue: account.NoticeQueue, ID: "bad", Due: time.Now(), Payload: []byte("{")}}
		if _, err := p.st.Apply(t.Context(), &store.Batch{Ops: []store.Op{bad}}); err != nil {
			t.Fatal(err)
		}
		stop := p.start(&recorder{})
		synctest.Wait()
		stop()
		if p.left() || !strings.Contains(p.log.String(), "cannot be read and is dropped") {
			t.Error(p.log.String())
		}
	})
}

func TestLog(t *testing.T) {
	var out bytes.Buffer
	l := Log{slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, n := range []account.Notice{
		{Kind: account.NoticeRole, ToName: "ann", Org: "acme", Now: "owner", By: "command line", At: at},
		{Kind: account.NoticeRole, ToName: "ann", Org: "acme", From: "owner", By: "bob", At: at},
		{Kind: "other", ToName: "ann", By: "bob", At: at},
	} {
		if err := l.Tell(t.Context(), n); err != nil {
			t.Error(err)
		}
	}
	want := `level=INFO msg="a role has changed" user=ann organisation=acme from=none to=owner by="command line" at=2026-03-01T09:00:00.000Z
level=INFO msg="a role has changed" user=ann organisation=acme from=owner to=none by=bob at=2026-03-01T09:00:00.000Z
level=INFO msg=notice kind=other user=ann by=bob at=2026-03-01T09:00:00.000Z
`
	if out.String() != want {
		t.Errorf("got:\n%s", &out)
	}
}
