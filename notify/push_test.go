package notify

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"almanac/account"
)

// A browser has the keys of one subscription.
type browser struct {
	private *ecdh.PrivateKey
	auth    []byte
}

func newBrowser(t testing.TB, private, auth string) browser {
	key, err := ecdh.P256().NewPrivateKey(unbase64(t, private))
	if err != nil {
		t.Fatal(err)
	}
	return browser{key, unbase64(t, auth)}
}

func unbase64(t testing.TB, s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b browser) channel(endpoint string) *account.Channel {
	enc := base64.RawURLEncoding
	return &account.Channel{ID: "c", Kind: account.Browser, Address: endpoint,
		P256dh: enc.EncodeToString(b.private.PublicKey().Bytes()), Auth: enc.EncodeToString(b.auth)}
}

// decrypt opens a message for the browser (RFC 8291 section 3, RFC 8188 section 2).
func (b browser) decrypt(body []byte) ([]byte, error) {
	if len(body) < 86+17 || len(body) > pushRecord || body[20] != 65 {
		return nil, fmt.Errorf("%d octets, not of this form", len(body))
	}
	salt, size, sender, sealed := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:86], body[86:]
	if int(size) < len(sealed) {
		return nil, fmt.Errorf("%d octets in records of %d", len(sealed), size)
	}
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	shared, err := b.private.ECDH(public)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(b.private.PublicKey().Bytes()) + string(sender)
	ikm, err1 := hkdf.Key(sha256.New, shared, b.auth, info, 32)
	key, err2 := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce, err3 := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	block, err4 := aes.NewCipher(key)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	padded, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	text, ok := bytes.CutSuffix(bytes.TrimRight(padded, "\x00"), []byte{2})
	if !ok {
		return nil, errors.New("the record is not the last one")
	}
	return text, nil
}

// The example of RFC 8291 section 5: so that what decrypts here is worth something.
func TestDecrypt(t *testing.T) {
	b := newBrowser(t, "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "BTBZMqHH6r4Tts7J_aSIgg")
	text, err := b.decrypt(unbase64(t, "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"+
		"mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"+
		"pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"))
	if err != nil || string(text) != "When I grow up, I want to be a watermelon" {
		t.Errorf("%q, %v", text, err)
	}
}

const (
	pushEndpoint = "https://push.example.net/wp/abc"
	browserKey   = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
	browserAuth  = "BTBZMqHH6r4Tts7J_aSIgg"
)

func newTestPusher(t testing.TB, c *Courier) *Pusher {
	p, err := NewPusher(c, bytes.Repeat([]byte{7}, 32), "mailto:post@example.org", func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkVAPID judges a request's signature as a push service does (RFC 8292 section 2).
func checkVAPID(t *testing.T, header, public, audience string) {
	t.Helper()
	token, key, ok := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	if !ok || key != public {
		t.Fatalf("Authorization: %s", header)
	}
	point, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), unbase64(t, key))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.Verify(point)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	// The library has the time from the system.
	if left := time.Until(time.Unix(claims.Exp, 0)); left < time.Hour || left > 24*time.Hour {
		t.Errorf("the signature is good for %s", left)
	}
	if claims.Exp = 0; claims.Aud != audience || claims.Sub != "mailto:post@example.org" {
		t.Errorf("%+v", claims)
	}
}

func TestPush(t *testing.T) {
	f := newFar(t, false)
	f.answers(201, "", "")
	b, p := newBrowser(t, browserKey, browserAuth), newTestPusher(t, f.courier)
	to := b.channel(pushEndpoint)
	m := &Message{ID: "r-1", Kind: KindReminder, Reminder: &Reminder{Ref: Ref{Home: 1, Coll: 2, UID: "u", Alarm: "a"},
		Start: noon.Add(time.Hour), End: noon.Add(2 * time.Hour), Insist: time.Hour, NextAt: noon.Add(time.Hour)}}
	w := &Words{Lang: "fr", Title: "Réunion", When: "aujourd’hui", Lines: []Line{{"Lieu", "Salle 2"}}, StopURL: "https://cal.example.org/remind/abc", Stop: "Arrêter", Later: "Plus tard"}
	for range 2 { // sent again after a crash
		if err := p.Send(t.Context(), to, m, w); err != nil {
			t.Fatal(err)
		}
	}
	all := f.take()
	if len(all) != 2 || p.Host(to) != "push.example.net" {
		t.Fatalf("%d requests to %s", len(all), p.Host(to))
	}
	for _, a := range all {
		checkVAPID(t, a.Header.Get("Authorization"), p.PublicKey(), "https://push.example.net")
		text, err := b.decrypt([]byte(a.Body))
		if err != nil {
			t.Fatal(err)
		}
		want := `{"title":"Réunion","body":"aujourd’hui\nLieu: Salle 2","tag":"` + topic("2 u a ") + `","lang":"fr",` +
			`"url":"https://cal.example.org/remind/abc","stop":"Arrêter","later":"Plus tard","insist":true}`
		if string(text) != want {
			t.Errorf("the browser gets %s", text)
		}
		got := map[string]string{"asked": a.Method + " " + a.URL}
		for _, key := range []string{"Ttl", "Topic", "Urgency", "Content-Encoding"} {
			got[key] = a.Header.Get(key)
		}
		if diff := cmp.Diff(map[string]string{"asked": "POST " + pushEndpoint, "Ttl": "3600", "Topic": topic("r-1"), "Urgency": "high", "Content-Encoding": "aes128gcm"}, got); diff != "" {
			t.Error(diff)
		}
	}
	if all[0].Body[:86] == all[1].Body[:86] {
		t.Error("a salt and a key are used twice")
	}
}

func TestPushAnswers(t *testing.T) {
	f := newFar(t, false)
	b, p := newBrowser(t, browserKey, browserAuth), newTestPusher(t, f.courier)
	for _, test := range []struct {
		status int
		want   error
	}{
		{404, &GiveUp{Reason: "push.example.net answers 404 Not Found (the browser was removed; turn notifications on in it again)", Gone: true}},
		{410, &GiveUp{Reason: "push.example.net answers 410 Gone (the browser was removed; turn notifications on in it again)", Gone: true}},
		{403, &GiveUp{Reason: "push.example.net answers 403 Forbidden (turn notifications off and on again in this browser)"}},
		{429, &Later{Reason: "push.example.net answers 429 Too Many Requests", Slower: true}},
		{503, &Later{Reason: "push.example.net answers 503 Service Unavailable", Outage: true}},
	} {
		f.answers(test.status, "", "")
		err := p.Send(t.Context(), b.channel(pushEndpoint), boardMeeting, boardWords)
		if got, want := fmt.Sprintf("%+v", told(err)), fmt.Sprintf("%+v", told(test.want)); got != want {
			t.Errorf("%d means %s, want %s", test.status, got, want)
		}
	}
}

func TestPushCheck(t *testing.T) {
	p := newTestPusher(t, NewCourier(false, nil, time.Now))
	good := *newBrowser(t, browserKey, browserAuth).channel(pushEndpoint)
	for _, test := range []struct {
		change func(*account.Channel)
		want   string
	}{
		{func(*account.Channel) {}, ""},
		{func(c *account.Channel) { c.Auth += "==" }, ""},
		{func(c *account.Channel) { c.Address = "%" }, "the push service's address is no URL"},
		{func(c *account.Channel) { c.Address = "http://push.example.net/" }, "the push service push.example.net: it has to begin with https://"},
		{func(c *account.Channel) { c.Address = "https://169.254.169.254/" }, "the push service 169.254.169.254: its address is not one of the public internet"},
		{func(c *account.Channel) { c.P256dh = "" }, "the browser's key p256dh is not a point of the curve P-256"},
		{func(c *account.Channel) {
			c.P256dh = base64.RawURLEncoding.EncodeToString(append([]byte{4}, make([]byte, 64)...))
		}, "the browser's key p256dh is not a point of the curve P-256"},
		{func(c *account.Channel) { c.Auth = "abcd" }, "the browser's secret auth has not 16 octets"},
	} {
		c, got := good, ""
		test.change(&c)
		if err := p.Check(&c); err != nil {
			got = err.Error()
			if err := p.Send(t.Context(), &c, boardMeeting, boardWords); fmt.Sprint(told(err)) != fmt.Sprint(told(&GiveUp{Reason: got})) {
				t.Errorf("sent: %v", err)
			}
		}
		if got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// What is no key by itself makes one all the same; what is too short does not.
func TestSigningKey(t *testing.T) {
	for _, secret := range [][]byte{make([]byte, 32), bytes.Repeat([]byte{0xFF}, 32), bytes.Repeat([]byte{1}, 32)} {
		p, err := NewPusher(nil, secret, "https://cal.example.org/", time.Now)
		if err != nil || len(unbase64(t, p.PublicKey())) != 65 {
			t.Errorf("%x: %v", secret, err)
		}
	}
	if _, err := NewPusher(nil, make([]byte, 31), "", time.Now); err == nil || err.Error() != "a key for browsers has 32 octets, not 31" {
		t.Error(err)
	}
}

func TestTTL(t *testing.T) {
	at := func(h float64) time.Time { return noon.Add(time.Duration(h * float64(time.Hour))) }
	for _, test := range []struct {
		m    Message
		want time.Duration
	}{
		{Message{Kind: KindTest}, 10 * time.Minute},
		{Message{Kind: KindRole}, 7 * 24 * time.Hour},
		{Message{Reminder: &Reminder{}}, 10 * time.Minute},
		{Message{Reminder: &Reminder{Start: at(1)}}, time.Hour},
		{Message{Reminder: &Reminder{Start: at(-1), End: at(2)}}, 2 * time.Hour},
		{Message{Reminder: &Reminder{Start: at(-2), End: at(-1)}}, 10 * time.Minute},
		{Message{Reminder: &Reminder{Start: at(-2), End: at(-1), NextAt: at(0.5)}}, 30 * time.Minute},
		{Message{Reminder: &Reminder{Start: at(5), NextAt: at(1)}}, time.Hour},
		{Message{Reminder: &Reminder{Start: at(1), NextAt: at(5)}}, time.Hour},
		{Message{Reminder: &Reminder{Task: true}}, 24 * time.Hour},
		{Message{Reminder: &Reminder{Task: true, End: at(-48)}}, 24 * time.Hour},
		{Message{Reminder: &Reminder{Start: at(5000)}}, 7 * 24 * time.Hour},
	} {
		if got := ttl(&test.m, noon); got != test.want {
			t.Errorf("%+v: %s, want %s", test.m.Reminder, got, test.want)
		}
	}
}

// Whatever a message says, it fits a push, and the browser can read it.
func TestPushFits(t *testing.T) {
	b, p := newBrowser(t, browserKey, browserAuth), newTestPusher(t, NewCourier(false, nil, time.Now))
	rapid.Check(t, func(rt *rapid.T) {
		text := func(label string) string {
			return strings.Repeat(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"<", "\x01", "€"})).Draw(rt, label), rapid.IntRange(0, 3000).Draw(rt, label+" times"))
		}
		w := &Words{Lang: "de", Title: text("title"), When: "heute", Lines: []Line{{"Notizen", text("notes")}}, StopURL: "https://cal.example.org/" + text("link"), Stop: "Stopp", Later: "Später"}
		sent := pushOf(boardMeeting, w)
		var got Push
		if err := json.Unmarshal(sent, &got); err != nil || len(sent) > maxPush || got.URL == "" && got.Stop != "" || got.URL != "" && got.URL != strings.ToValidUTF8(w.StopURL, "\uFFFD") {
			rt.Fatalf("%d octets, %v: %s", len(sent), err, sent)
		}
	})
	// The library agrees about how much fits.
	f := newFar(t, false)
	p.courier = f.courier
	w := &Words{Title: "t", When: strings.Repeat("<", 1000)}
	if err := p.Send(t.Context(), b.channel(pushEndpoint), boardMeeting, w); err != nil {
		t.Fatal(err)
	}
	if all := f.take(); len(all) != 1 || len(all[0].Body) != pushRecord {
		t.Errorf("%d requests", len(all))
	} else if text, err := b.decrypt([]byte(all[0].Body)); err != nil || !bytes.Equal(text, pushOf(boardMeeting, w)) {
		t.Errorf("%v", err)
	}
}
