package notify

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/account"
)

// Any text can be given as an address: what is made of it are requests to public hosts
// by https, or an error that does not tell the secret.
func FuzzChatAddress(f *testing.F) {
	for scheme, s := range chatServices {
		f.Add(s.like)
		f.Add(scheme + "://")
		f.Add(scheme + "://user:s3cr3t-token@127.0.0.1:1/a/b/c?x=1&title=%zz;;")
	}
	for _, c := range chatCases {
		f.Add(c.address)
	}
	f.Add("telegram://1:2@telegram?chats=,,,")
	f.Add("gotify://h/p/Axxxxxxxxxxxxxx?extras={}&priority=99&date=x&useheader=yes&disabletls=yes")
	f.Add("ntfy://h/t?scheme=file&delay=1&priority=max&actions=a;b&tags=,")
	c := NewChatter(NewCourier(false, nil, time.Now))
	f.Fuzz(func(t *testing.T, address string) {
		to := &account.Channel{Kind: account.Chat, Address: address}
		all, err := c.requests(context.Background(), address, &note{id: "i", title: "t", text: "a\nb", link: "https://cal.example.org/x", label: "Stop"})
		for _, r := range all {
			if err == nil && (r.URL.Scheme != "https" || r.URL.Hostname() == "") {
				t.Fatalf("%q leads to %q", address, r.URL)
			}
		}
		if checked := c.Check(to); (checked == nil) != (err == nil) {
			t.Fatalf("%q: checked %v, sent %v", address, checked, err)
		}
		host, shown := c.Host(to), Shown(to)
		u, parsed := url.Parse(address)
		if parsed != nil || u.User == nil {
			return
		}
		secret, _ := u.User.Password()
		if len(secret) < 8 || !strings.ContainsAny(secret, "0123456789") || strings.Contains(u.Host+u.Scheme+u.RawQuery, secret) {
			return
		}
		if strings.Contains(host+shown, secret) || err != nil && strings.Contains(err.Error(), secret) && !strings.Contains(chatServices[u.Scheme].like, secret) {
			t.Fatalf("%q is told: %q, %q, %v", secret, host, shown, err)
		}
	})
}
