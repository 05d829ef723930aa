package account

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"almanac/store"
	"almanac/store/memstore"
)

func TestChannels(t *testing.T) {
	st, now := memstore.New(), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	ann, err := Create(t.Context(), st, store.Home{Name: "ann", Emails: []string{"ann@example.org"}}, "test", now)
	if err != nil {
		t.Fatal(err)
	}
	add := func(c Channel) error {
		_, err := AddChannel(t.Context(), st, ann, "test", now.Add(time.Hour), rand.Reader, c)
		return err
	}
	for _, c := range []struct {
		channel Channel
		wrong   string // "" for none
	}{
		{Channel{Kind: Chat, Name: "Family", Address: "ntfy://ntfy.example.org/ann"}, ""},
		{Channel{Kind: Mail, Name: "office", Address: "ann@example.com", Takes: []string{"email", "display"}}, ""},
		{Channel{Kind: Chat, Name: "family", Address: "ntfy://ntfy.example.org/ann"}, `there is one called "family"`},
		{Channel{Kind: "fax", Name: "a", Address: "1"}, "is none of mail, browser and chat"},
		{Channel{Kind: Mail, Name: "a", Address: "Ann <ann@example.org>"}, "is no mail address"},
		{Channel{Kind: Mail, Name: "a", Address: "ann@example.org\r\nBcc: bob@example.org"}, "control characters"},
		{Channel{Kind: Mail, Name: "a,b", Address: "ann@example.org"}, "no commas"},
		{Channel{Kind: Mail, Name: "a", Address: "ann@example.org", Takes: []string{"smoke"}}, "it can take email, display, audio"},
		{Channel{Kind: Browser, Name: "a", Address: "file:///etc/passwd"}, "its address is no URL"},
	} {
		err := add(c.channel)
		if (err == nil) != (c.wrong == "") || err != nil && (!errors.Is(err, ErrChannel) || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%+v: %v, want %q", c.channel, err, c.wrong)
		}
	}
	names := func() (out []string) {
		_ = st.View(t.Context(), func(snap store.Snapshot) error {
			all, err := Channels(snap, ann)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range all {
				out = append(out, c.Name+" "+c.Address+" "+strings.Join(c.Takes, "+"))
			}
			return nil
		})
		return out
	}
	var fam *Channel
	_ = st.View(t.Context(), func(snap store.Snapshot) (err error) {
		fam, err = ChannelNamed(snap, ann, "FAMILY")
		return err
	})
	if err := ChangeChannel(t.Context(), st, ann, OwnMail, "test", now, func(c *Channel) { c.Takes = []string{"EMAIL", "AUDIO"} }); err != nil {
		t.Error(err)
	}
	if err := RemoveChannel(t.Context(), st, ann, fam.ID, "test", now); err != nil {
		t.Error(err)
	}
	want := []string{"mail ann@example.org EMAIL+AUDIO", "office ann@example.com EMAIL+DISPLAY"}
	if d := cmp.Diff(want, names()); d != "" {
		t.Errorf("channels (-want +got):\n%s", d)
	}
	for i := range MaxChannels {
		if err := add(Channel{Kind: Mail, Name: strings.Repeat("x", i+1), Address: "a@example.org"}); (err == nil) != (i < MaxChannels-2) {
			t.Errorf("channel %d: %v", i, err)
		}
	}
}

func TestServerKey(t *testing.T) {
	st, now := memstore.New(), time.Now()
	a, err := ServerKey(t.Context(), st, rand.Reader, "links", now)
	if err != nil || len(a) != 32 {
		t.Fatal(a, err)
	}
	again, err := ServerKey(t.Context(), st, nil, "links", now)
	other, err2 := ServerKey(t.Context(), st, nil, "push", now)
	if err != nil || err2 != nil || !bytes.Equal(a, again) || bytes.Equal(a, other) {
		t.Errorf("%x, then %x (%v), and %x (%v)", a, again, err, other, err2)
	}
}
