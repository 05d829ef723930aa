package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/sync/errgroup"

	"almanac/account"
	"almanac/notify"
	"almanac/remind"
	"almanac/store"
	"almanac/store/boltstore"
)

// reminded are the figures of reminders.
type reminded struct {
	Due            int
	Late50, Late99 float64 // milliseconds after they were due, until a sink in the process has them
	LateCPU        float64 // milliseconds of processor time from that moment on

	Spread50, Spread99, SpreadCPU float64 // the same, each of another person

	Mail50, Mail99, MailCPU    float64 // the same, until an SMTP server on loopback has them
	Waiting                    int
	WaitingOctets              int64   // memory for them, above the store's without
	WaitingCPU                 float64 // milliseconds of processor time in ten idle seconds
	PutNew, PutEdited, PutHTTP alarmPut
}

// A sink notes how late messages come.
type sink struct {
	mu   sync.Mutex
	late []time.Duration
}

func (s *sink) note(due time.Time) {
	s.mu.Lock()
	s.late = append(s.late, time.Since(due))
	s.mu.Unlock()
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.late)
}

// percentiles are half and ninety-nine in a hundred, in milliseconds.
func (s *sink) percentiles() (half, most float64) {
	slices.Sort(s.late)
	at := func(p float64) float64 { return float64(s.late[int(p*float64(len(s.late)-1))].Microseconds()) / 1000 }
	return at(0.5), at(0.99)
}

func (s *sink) Host(*account.Channel) string { return "sink" }

func (s *sink) Send(_ context.Context, _ *account.Channel, m *notify.Message, _ *notify.Words) error {
	s.note(m.At)
	return nil
}

// Session, Mail and the like make the sink an SMTP server that takes everything.
func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &smtpSink{s}, nil }

type smtpSink struct{ s *sink }

func (x *smtpSink) Reset()                               {}
func (x *smtpSink) Logout() error                        { return nil }
func (x *smtpSink) Mail(string, *smtp.MailOptions) error { return nil }
func (x *smtpSink) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (x *smtpSink) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, date, _ := strings.Cut(string(text), "Date: ")
	date, _, _ = strings.Cut(date, "\r\n")
	due, err := time.Parse(time.RFC1123Z, date)
	if err != nil {
		return err
	}
	x.s.note(due)
	return nil
}

// begun says that a store has no alarms of versions before there were reminders, which
// package remind looks for once.
var begun = &store.Batch{Ops: []store.Op{store.PutRecord{Record: store.Record{Kind: "remind", Key: "begun", Value: []byte("1")}}}}

// swarm fills a store with events of some people that all remind at one moment.
func swarm(ctx context.Context, st store.Store, n, people int, due time.Time) error {
	if _, err := st.Apply(ctx, begun); err != nil {
		return err
	}
	one := func(p int) error {
		home, err := account.Create(ctx, st, store.Home{Name: fmt.Sprintf("user%d", p), Emails: []string{fmt.Sprintf("user%d@example.org", p)}}, "bench", time.Now())
		if err != nil {
			return err
		}
		res, err := st.Apply(ctx, &store.Batch{Home: home, Ops: []store.Op{store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "bench", Components: []string{"VEVENT"}}}}})
		if err != nil {
			return err
		}
		b := &store.Batch{Home: home, At: time.Now()}
		for i := range n / people {
			body := alarmed(i, due, true)
			x, err := store.IndexOf(store.Calendar, body)
			if err != nil {
				return err
			}
			b.Ops = append(b.Ops, store.PutObject{Coll: res.Ops[0].Coll, Name: fmt.Sprintf("%d.ics", i), Body: body, Index: x, Wake: store.WakeOfBody(body, b.At)})
		}
		_, err = st.Apply(ctx, b)
		return err
	}
	var group errgroup.Group
	group.SetLimit(100)
	for p := range people {
		group.Go(func() error { return one(p) })
	}
	return group.Wait()
}

// alarmed is an event that begins at a moment, with an alarm then; without one it has as
// many octets of something else.
func alarmed(i int, at time.Time, alarm bool) []byte {
	name := "VALARM"
	if !alarm {
		name = "X-ALRM"
	}
	form := at.UTC().Format("20060102T150405Z")
	return fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//bench//EN\r\nBEGIN:VEVENT\r\nUID:remind-%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:%s\r\nDTEND:%s\r\nSUMMARY:Event %d\r\nLOCATION:Room %d\r\nBEGIN:%s\r\nACTION:EMAIL\r\nTRIGGER:PT0S\r\nEND:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		i, form, at.Add(time.Hour).UTC().Format("20060102T150405Z"), i, i%50, name, name)
}

// measureLateness has n alarms due in one moment, notes how late a sender has them, and
// returns what that takes from then on, in milliseconds of processor time.
func measureLateness(path string, n, people int, sender notify.Sender, s *sink) (cpu float64, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	st, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return 0, err
	}
	defer st.Close()
	due := time.Now().Add(12*time.Second + time.Duration(people)*time.Millisecond).Truncate(time.Second)
	if err := swarm(ctx, st, n, people, due); err != nil {
		return 0, err
	}
	quiet := slog.New(slog.DiscardHandler)
	box := &notify.Outbox{Store: st, Log: quiet, Now: time.Now, Senders: map[account.ChannelKind]notify.Sender{account.Mail: sender},
		Limits: map[account.ChannelKind]notify.Limit{account.Mail: {PerSecond: 1e6, Burst: 1e6, AtOnce: 4, Workers: 4}}}
	service := &remind.Service{Store: st, Log: quiet, Now: time.Now, Late: time.Hour, Floor: time.Minute, Outbox: box}
	var group sync.WaitGroup
	group.Go(func() { box.Run(ctx) })
	group.Go(func() { service.Run(ctx) })
	time.Sleep(time.Until(due))
	before := ownCPU()
	for end := time.Now().Add(3 * time.Minute); s.count() < n && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	cpu = float64((ownCPU() - before).Microseconds()) / 1000
	cancel()
	group.Wait()
	if s.count() < n {
		return 0, fmt.Errorf("%d of %d reminders arrived", s.count(), n)
	}
	return cpu, nil
}

// measureReminders measures lateness, waiting alarms, and what an alarm adds to a PUT.
func (o *options) measureReminders(work string) (r *reminded, err error) {
	r = &reminded{Due: 10_000, Waiting: 1_000_000}
	if o.short {
		r.Due, r.Waiting = 2000, 100_000
	}
	say("%d alarms due in one moment", r.Due)
	direct := &sink{}
	if r.LateCPU, err = measureLateness(filepath.Join(work, "late.db"), r.Due, 100, direct, direct); err != nil {
		return nil, err
	}
	r.Late50, r.Late99 = direct.percentiles()
	say("the same, each of somebody else")
	spread := &sink{}
	if r.SpreadCPU, err = measureLateness(filepath.Join(work, "spread.db"), r.Due, r.Due, spread, spread); err != nil {
		return nil, err
	}
	r.Spread50, r.Spread99 = spread.percentiles()
	say("the same of few by mail")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	mails := &sink{}
	server := smtp.NewServer(mails)
	server.Domain, server.AllowInsecureAuth = "sink.example.org", true
	go server.Serve(ln)
	defer server.Close()
	mailer, err := notify.NewMailer(notify.MailConfig{URL: &url.URL{Scheme: "smtp", Host: ln.Addr().String()}, From: "almanac@example.org"})
	if err != nil {
		return nil, err
	}
	if r.MailCPU, err = measureLateness(filepath.Join(work, "mail.db"), r.Due, 100, mailer, mails); err != nil {
		return nil, err
	}
	r.Mail50, r.Mail99 = mails.percentiles()
	say("%d alarms that wait", r.Waiting)
	if err := r.measureWaiting(filepath.Join(work, "waiting.db")); err != nil {
		return nil, err
	}
	say("PUT with and without an alarm, over HTTP")
	r.PutHTTP, err = alarmPutsOverHTTP(filepath.Join(work, "puts"), 40)
	return r, err
}

// fill writes events whose alarms wait, a thousand in each calendar.
func (r *reminded) fill(ctx context.Context, st store.Store) (home store.HomeID, colls []store.CollID, err error) {
	const each = 1000
	home, err = account.Create(ctx, st, store.Home{Name: "ann"}, "bench", time.Now())
	if err != nil {
		return 0, nil, err
	}
	if _, err := st.Apply(ctx, begun); err != nil {
		return 0, nil, err
	}
	now := time.Now()
	later := now.Add(24 * time.Hour)
	for i := 0; i < r.Waiting; {
		res, err := st.Apply(ctx, &store.Batch{Home: home, Ops: []store.Op{store.CreateCollection{Collection: store.Collection{
			Kind: store.Calendar, Name: fmt.Sprint("bench-", len(colls)), Components: []string{"VEVENT"}}}}})
		if err != nil {
			return 0, nil, err
		}
		coll := res.Ops[0].Coll
		colls = append(colls, coll)
		b := &store.Batch{Home: home, At: now}
		for range each {
			due := later.Add(time.Duration(i*7919%r.Waiting) * time.Second).Truncate(time.Second)
			body := alarmed(i, due, true)
			x, err := store.IndexOf(store.Calendar, body)
			if err != nil {
				return 0, nil, err
			}
			b.Ops = append(b.Ops, store.PutObject{Coll: coll, Name: fmt.Sprintf("waiting-%07d", i), Body: body, Index: x, Wake: due})
			i++
		}
		if _, err := st.Apply(ctx, b); err != nil {
			return 0, nil, err
		}
	}
	return home, colls, nil
}

// measureWaiting fills the queue, looks at what waiting costs, and writes events beside it.
func (r *reminded) measureWaiting(path string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	st, err := boltstore.Open(path, boltstore.Options{NoSync: true})
	if err != nil {
		return err
	}
	defer os.Remove(path)
	home, colls, err := r.fill(ctx, st)
	if err != nil {
		return err
	}
	// The one that filled it has much in memory that goes with it.
	if err := st.Close(); err != nil {
		return err
	}
	if st, err = boltstore.Open(path, boltstore.Options{}); err != nil {
		return err
	}
	defer st.Close()
	before := heapInUse()
	cpu := ownCPU()
	service := &remind.Service{Store: st, Log: slog.New(slog.DiscardHandler), Now: time.Now, Late: time.Hour, Floor: time.Minute}
	done := make(chan struct{})
	go func() { service.Run(ctx); close(done) }()
	time.Sleep(10 * time.Second)
	r.WaitingCPU = float64((ownCPU() - cpu).Microseconds()) / 1000
	r.WaitingOctets = max(heapInUse()-before, 0)
	cancel()
	<-done
	r.PutNew, r.PutEdited, err = alarmPuts(st, home, colls[0], 500)
	return err
}

// reminders measures only reminders.
func (o *options) reminders() (*results, error) {
	work, err := os.MkdirTemp("", "almanac-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	r := &results{Short: o.short}
	r.Reminders, err = o.measureReminders(work)
	return r, err
}

func (r *reminded) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d reminders due in one moment\thalf within %.0f ms\t99 in 100 within %.0f ms\t%.0f ms of processor time\n", r.Due, r.Late50, r.Late99, r.LateCPU)
	fmt.Fprintf(w, "the same, each of another person\thalf within %.0f ms\t99 in 100 within %.0f ms\t%.0f ms\n", r.Spread50, r.Spread99, r.SpreadCPU)
	fmt.Fprintf(w, "the same, to an SMTP server on loopback\thalf within %.0f ms\t99 in 100 within %.0f ms\t%.0f ms\n", r.Mail50, r.Mail99, r.MailCPU)
	fmt.Fprintf(w, "%d alarms that wait\t%.1f MiB\t%.1f ms of processor time in ten seconds\n", r.Waiting, float64(r.WaitingOctets)/(1<<20), r.WaitingCPU)
	for _, p := range []struct {
		what string
		alarmPut
	}{{"PUT of a new event in the store", r.PutNew}, {"of one that is there", r.PutEdited}, {"of a new one over HTTP", r.PutHTTP}} {
		fmt.Fprintf(w, "%s, without and with an alarm\t%.0f and %.0f µs of processor time, %+.0f %%\t%.0f and %.0f µs\n", p.what, p.Without.CPU, p.With.CPU, p.more(), p.Without.Wall, p.With.Wall)
	}
	w.Flush()
}
