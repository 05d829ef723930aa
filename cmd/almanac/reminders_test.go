package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"almanac/account"
	"almanac/cmd/almanac/control"
	"almanac/notify"
	"almanac/store"
	"almanac/store/memstore"
)

// chatServer is "hook LOG": it starts a chat server, which writes what its incoming
// webhook is told into LOG, one line each, and has $HOOK be the webhook's address.
func chatServer(ts *testscript.TestScript, neg bool, args []string) {
	log := ts.MkAbs(args[0])
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return
		}
		fmt.Fprintf(f, "%s %s %s\n", r.Method, r.URL.Path, body)
		_ = f.Close()
	}))
	ts.Defer(server.Close)
	ts.Setenv("HOOK", server.URL+"/hooks/4x1b")
	ts.Check(os.WriteFile(log, nil, 0o600))
}

// alarmSoon is "soon EVENT": EVENT becomes an event with an alarm that is about to go
// off. It has to be stored before that: what was due earlier is not told.
func alarmSoon(ts *testscript.TestScript, neg bool, args []string) {
	now := time.Now().UTC()
	event := strings.NewReplacer("\n", "\r\n", "SOON", now.Add(4*time.Second).Format("20060102T150405Z"),
		"THAT-DAY", now.AddDate(0, 0, 3).Format("20060102")).Replace(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example.org//test//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:THAT-DAY
SUMMARY:Dentist
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER;VALUE=DATE-TIME:SOON
END:VALARM
END:VEVENT
END:VCALENDAR
`)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(event), 0o600))
}

// A postbox notes what is mailed.
type postbox []string

func (b *postbox) Host(*account.Channel) string { return "mail.example.org" }

func (b *postbox) Send(_ context.Context, to *account.Channel, _ *notify.Message, w *notify.Words) error {
	*b = append(*b, to.Address+": "+w.Title)
	return nil
}

// TestRoleIsToldAtOnce: the outbox looks when a command has written something.
func TestRoleIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mails postbox
		st := memstore.New()
		server := &Env{Now: time.Now, Random: rand.Reader, Getenv: func(string) string { return "" }, Environ: func() []string { return nil },
			outbox: &notify.Outbox{Store: st, Now: time.Now, Log: slog.New(slog.DiscardHandler),
				Senders: map[account.ChannelKind]notify.Sender{account.Mail: &mails}}}
		if _, err := account.Create(t.Context(), st, store.Home{Name: "ann", Emails: []string{"ann@example.org"}}, "test", time.Now()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go server.outbox.Run(ctx)
		begin := time.Now()
		for _, args := range []string{"user add bob --password-stdin", "org add acme --owner bob", "org member add acme ann --role guest"} {
			synctest.Wait()
			var out bytes.Buffer
			c := &control.Caller{Request: control.Request{Args: strings.Fields(args)}, Stdin: strings.NewReader("a password for bob\n"), Stdout: &out, Stderr: &out}
			if code := server.runLive(st)(t.Context(), c); code != 0 {
				t.Fatal(args, out.String())
			}
		}
		synctest.Wait()
		if want := "[ann@example.org: Your role in acme has changed]"; fmt.Sprint(mails) != want || time.Since(begin) > time.Second {
			t.Errorf("%s after %s, want %s at once", mails, time.Since(begin), want)
		}
		cancel()
		synctest.Wait()
	})
}
