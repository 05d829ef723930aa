package notify

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// What an answer means for the message.
func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		status      int
		after, body string
		want        error
	}{
		{200, "", "ok", nil},
		{201, "", "", nil},
		{204, "", "", nil},
		{302, "", "", &GiveUp{Reason: "chat.example.org answers 302 Found; it has moved, and nobody is followed elsewhere"}},
		{400, "", `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`, &GiveUp{Reason: "chat.example.org answers 400 Bad Request: Bad Request: chat not found"}},
		{401, "", `{"errcode":"M_UNKNOWN_TOKEN","error":"Invalid access token"}`, &GiveUp{Reason: "chat.example.org answers 401 Unauthorized: Invalid access token"}},
		{403, "", "no_active_\x1b[31mhooks", &GiveUp{Reason: "chat.example.org answers 403 Forbidden: no_active_ [31mhooks"}},
		{403, "", " <html>No</html>", &GiveUp{Reason: "chat.example.org answers 403 Forbidden"}},
		{404, "", "", &GiveUp{Reason: "chat.example.org answers 404 Not Found", Gone: true}},
		{410, "", strings.Repeat("gone ", 50000), &GiveUp{Reason: "chat.example.org answers 410 Gone: " + strings.Repeat("gone ", 39) + "go…", Gone: true}},
		{413, "", "", &GiveUp{Reason: "chat.example.org answers 413 Request Entity Too Large"}},
		{429, "7", "", &Later{Reason: "chat.example.org answers 429 Too Many Requests", After: 7 * time.Second, Slower: true}},
		{429, "0.5", "", &Later{Reason: "chat.example.org answers 429 Too Many Requests", After: time.Second / 2, Slower: true}},
		{429, noon.Add(time.Minute).Format(http.TimeFormat), "", &Later{Reason: "chat.example.org answers 429 Too Many Requests", After: time.Minute, Slower: true}},
		{429, "999999", "", &Later{Reason: "chat.example.org answers 429 Too Many Requests", After: time.Hour, Slower: true}},
		{429, "-1", "", &Later{Reason: "chat.example.org answers 429 Too Many Requests", Slower: true}},
		{429, "", `{"ok":false,"description":"slow","parameters":{"retry_after":3}}`, &Later{Reason: "chat.example.org answers 429 Too Many Requests: slow", After: 3 * time.Second, Slower: true}},
		{429, "", `{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":1500}`, &Later{Reason: "chat.example.org answers 429 Too Many Requests: slow", After: 1500 * time.Millisecond, Slower: true}},
		{429, "", `{"message":"slow","retry_after":1e300}`, &Later{Reason: "chat.example.org answers 429 Too Many Requests: slow", After: time.Hour, Slower: true}},
		{429, "", `{"message":"slow","retry_after":-1e300}`, &Later{Reason: "chat.example.org answers 429 Too Many Requests: slow", Slower: true}},
		{500, "", `{"message":1}`, errors.New("chat.example.org answers 500 Internal Server Error")},
		{500, "9", "", &Later{Reason: "chat.example.org answers 500 Internal Server Error", After: 9 * time.Second, Slower: true}},
		{408, "", "", errors.New("chat.example.org answers 408 Request Timeout")},
		{502, "", "", &Later{Reason: "chat.example.org answers 502 Bad Gateway", Outage: true}},
		{503, "60", "", &Later{Reason: "chat.example.org answers 503 Service Unavailable", After: time.Minute, Outage: true}},
		{504, "", "", &Later{Reason: "chat.example.org answers 504 Gateway Timeout", Outage: true}},
	} {
		f := newFar(t, false)
		f.answers(test.status, test.after, test.body)
		r, err := http.NewRequest(http.MethodPost, "https://chat.example.org/hooks/s3cret", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.courier.do(r)
		if got, want := fmt.Sprintf("%+v", told(err)), fmt.Sprintf("%+v", told(test.want)); got != want {
			t.Errorf("%d %q %.50q means\n%s\nwant\n%s", test.status, test.after, test.body, got, want)
		}
	}
}

// told is an error with its kind and all of its fields.
func told(err error) any {
	switch e := err.(type) {
	case *GiveUp:
		return struct{ GiveUp GiveUp }{*e}
	case *Later:
		return []any{"later", e.Reason, e.After, e.Outage, e.Slower}
	}
	return err
}

// In one's own network, a server's words are not for whoever named it.
func TestAnswerOfPrivateServer(t *testing.T) {
	f := newFar(t, true)
	f.answers(400, "", "the secret of the house")
	r, err := http.NewRequest(http.MethodPost, "https://chat.example.org/", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.courier.do(r)
	if want := "chat.example.org answers 400 Bad Request"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// A server that is not there is an outage; the secret in the address stays one.
func TestNoAnswer(t *testing.T) {
	f := newFar(t, false)
	f.server.Close()
	r, err := http.NewRequest(http.MethodPost, "https://chat.example.org/hooks/s3cret", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.courier.do(r)
	later := (*Later)(nil)
	if !errors.As(err, &later) || !later.Outage || !strings.HasPrefix(later.Reason, "chat.example.org: dial tcp 127.0.0.1:") || strings.Contains(later.Reason, "s3cret") {
		t.Errorf("%#v", err)
	}
}

// Whatever a server says, it is one short line and a wait within bounds.
func FuzzSaid(f *testing.F) {
	f.Add([]byte(`{"description":"slow","parameters":{"retry_after":3},"retry_after":-1e300,"retry_after_ms":1e300}`))
	f.Add([]byte(`{"message":{"a":[]},"msg":"\u0007\ud800","error":null,"parameters":[]}`))
	f.Add([]byte("no_\x1b[31m \xff\xfe service\u2028"))
	f.Add([]byte("<!doctype html>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		text, wait := said(body)
		if len(text) > 200 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q", text)
		}
		if wait < 0 || wait > 1e6*time.Second {
			t.Error(wait)
		}
	})
}
