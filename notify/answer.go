package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxAnswer is how much of an answer is read.
const maxAnswer = 64 << 10

// do makes a request and judges the answer: nil for a good one, else an error as a
// Sender's, in which the request's address, a secret, does not occur. It is what
// webpush.HTTPClient wants to have, so that it gives an answer whose body is read.
func (c *Courier) do(r *http.Request) (*http.Response, error) {
	host := r.URL.Hostname()
	if err := c.check(r.URL); err != nil {
		return nil, &GiveUp{Reason: fmt.Sprintf("%s: %v", host, err)}
	}
	res, err := c.client.Do(r)
	if err != nil {
		return nil, noAnswer(host, err)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	_ = res.Body.Close()
	if err != nil && res.StatusCode >= 300 {
		return nil, noAnswer(host, err)
	}
	res.Body = http.NoBody
	if c.private {
		body = nil // which could be of a server that the person may not read
	}
	return res, judge(host, res, body, c.now())
}

// noAnswer is the error for a request that got none.
func noAnswer(host string, err error) error {
	if errors.Is(err, errNotPublic) {
		return &GiveUp{Reason: fmt.Sprintf("%s: %v", host, errNotPublic)}
	}
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err // without the address
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("no answer in time")
	}
	return &Later{Reason: fmt.Sprintf("%s: %v", host, err), Outage: true}
}

// judge says what the answer to a request means for the message.
func judge(host string, res *http.Response, body []byte, now time.Time) error {
	text, wait := said(body)
	reason := fmt.Sprintf("%s answers %d %s", host, res.StatusCode, http.StatusText(res.StatusCode))
	if text != "" {
		reason += ": " + text
	}
	after := retryAfter(res.Header.Get("Retry-After"), now)
	if after == 0 {
		after = wait
	}
	after = min(max(after, 0), time.Hour)
	switch s := res.StatusCode; {
	case s >= 200 && s < 300:
		return nil
	case s >= 300 && s < 400:
		return &GiveUp{Reason: reason + "; it has moved, and nobody is followed elsewhere"}
	case s == http.StatusTooManyRequests:
		return &Later{Reason: reason, After: after, Slower: true}
	case s == http.StatusBadGateway, s == http.StatusServiceUnavailable, s == http.StatusGatewayTimeout:
		return &Later{Reason: reason, After: after, Outage: true}
	case s >= 500, s == http.StatusRequestTimeout, s == http.StatusTooEarly:
		if after > 0 {
			return &Later{Reason: reason, After: after, Slower: true}
		}
		return errors.New(reason) // may be about this message alone
	case s == http.StatusNotFound, s == http.StatusGone:
		return &GiveUp{Reason: reason, Gone: true}
	}
	return &GiveUp{Reason: reason}
}

// retryAfter reads a Retry-After (RFC 9110 section 10.2.3); 0 for none.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil && n > 0 && n < 1e6 {
		return time.Duration(n * float64(time.Second)) // Discord has fractions
	}
	if t, err := http.ParseTime(s); err == nil {
		return t.Sub(now)
	}
	return 0
}

// said reads what services say with an error, in JSON most of them: what is wrong, and
// how long to wait.
func said(body []byte) (text string, wait time.Duration) {
	var v map[string]any
	if err := json.Unmarshal(body, &v); err == nil {
		for _, key := range []string{"description", "message", "msg", "error"} { // Telegram; Discord and others; Zulip; Matrix, Gotify and ntfy
			if s, ok := v[key].(string); ok && text == "" {
				text = s
			}
		}
		inner, _ := v["parameters"].(map[string]any) // Telegram
		for _, seconds := range []any{v["retry_after"], v["retry-after"], inner["retry_after"]} {
			if n, ok := seconds.(float64); ok {
				wait = max(wait, time.Duration(min(max(n, 0), 1e6)*float64(time.Second)))
			}
		}
		if n, ok := v["retry_after_ms"].(float64); ok { // Matrix
			wait = max(wait, time.Duration(min(max(n, 0), 1e9)*float64(time.Millisecond)))
		}
	} else if text = string(body); strings.HasPrefix(strings.TrimSpace(text), "<") {
		text = "" // a page, not a word
	}
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	return Cut(text, 200), wait
}

// Cut shortens a text to a number of octets, and says so with an ellipsis.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const ellipsis = "…"
	s = s[:max(most-len(ellipsis), 0)]
	for len(s) > 0 {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n > 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return strings.TrimRightFunc(s, unicode.IsSpace) + ellipsis
}
