package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// chatServer is "hook LOG EVENT": it starts a chat server, which writes what its incoming
// webhook is told into LOG, one line each, and has $HOOK be the webhook's address. EVENT
// becomes an event with an alarm that is about to go off.
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
	now := time.Now().UTC()
	event := strings.NewReplacer("\n", "\r\n", "SOON", now.Add(2*time.Second).Format("20060102T150405Z"),
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
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(event), 0o600))
}
