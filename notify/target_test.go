package notify

import (
	"errors"
	"testing"

	"almanac/account"
)

func TestCheckTarget(t *testing.T) {
	browser := *newBrowser(t, browserKey, browserAuth).channel(pushEndpoint)
	for _, test := range []struct {
		c       account.Channel
		private bool
		want    string
	}{
		{account.Channel{Kind: account.Mail, Address: "ann@example.org"}, false, ""},
		{account.Channel{Kind: account.Mail, Address: "ann"}, false, `no such channel can be: "ann" is no mail address`},
		{account.Channel{Kind: account.Chat, Address: "ntfy://ntfy.example.org/ann"}, false, ""},
		{account.Channel{Kind: account.Chat, Address: "http://10.0.0.1/hooks/s3cret"}, true, ""},
		{account.Channel{Kind: account.Chat, Address: "https://10.0.0.1/hooks/s3cret"}, false, "no such channel can be: https: 10.0.0.1: its address is not one of the public internet"},
		{account.Channel{Kind: account.Chat, Address: "ntfy://ntfy.example.org"}, false, "no such channel can be: ntfy: topic is required; it has to be like ntfy://ntfy.example.org/TOPIC"},
		{browser, false, ""},
		{account.Channel{Kind: account.Browser, Address: pushEndpoint}, false, "no such channel can be: the browser's key p256dh is not a point of the curve P-256"},
	} {
		test.c.Name = "c"
		got := ""
		if err := CheckTarget(&test.c, test.private); err != nil {
			got = err.Error()
			if !errors.Is(err, account.ErrChannel) {
				t.Errorf("%s is no ErrChannel", got)
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.c.Address, got, test.want)
		}
	}
}
