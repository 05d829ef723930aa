package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"almanac/account"
)

// An op is an OpenID provider that signs everybody in as one person, and can be
// made to answer wrongly. It checks what the client sends as a real one does.
type op struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PrivateKey

	mu    sync.Mutex
	codes map[string]url.Values // the requests of codes that were not used yet

	claims map[string]any                       // of the ID token
	info   map[string]any                       // of userinfo
	token  func(claims map[string]any)          // changes the token before it is signed
	sign   func(payload []byte) (string, error) // signs in place of the provider's key
	broken bool                                 // every answer is an error of the server
}

const (
	clientID = "almanac"
	secret   = "a secret / with + signs"
	callback = "https://cal.example.org/back"
)

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newOP(t *testing.T) *op {
	o := &op{t: t, key: testKey(), codes: map[string]url.Values{}}
	o.claims = map[string]any{"sub": "s-1", "preferred_username": "ann", "name": "Ann Arbor", "email": "ann@example.org", "email_verified": true}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		o.json(w, map[string]any{
			"issuer": o.URL, "authorization_endpoint": o.URL + "/authorize", "token_endpoint": o.URL + "/token",
			"userinfo_endpoint": o.URL + "/userinfo", "jwks_uri": o.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		o.json(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &o.key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", o.authorize)
	mux.HandleFunc("POST /token", o.exchange)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer access" {
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		o.json(w, o.info)
	})
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.broken {
			http.Error(w, "broken", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *op) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		o.t.Error(err)
	}
}

func (o *op) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": clientID, "redirect_uri": callback, "code_challenge_method": "S256", "scope": "openid profile email"} {
		if q.Get(name) != want {
			o.t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) < 43 {
			o.t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	o.mu.Lock()
	code := fmt.Sprint("code-", len(o.codes))
	o.codes[code] = q
	o.mu.Unlock()
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {o.URL}}
	http.Redirect(w, r, callback+"?"+back.Encode(), http.StatusFound)
}

func (o *op) exchange(w http.ResponseWriter, r *http.Request) {
	user, password, ok := r.BasicAuth()
	if p, err := url.QueryUnescape(password); !ok || err != nil || user != clientID || p != secret {
		o.refuse(w, "invalid_client")
		return
	}
	o.mu.Lock()
	asked, ok := o.codes[r.PostFormValue("code")]
	delete(o.codes, r.PostFormValue("code"))
	o.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || r.PostFormValue("redirect_uri") != callback || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
		o.refuse(w, "invalid_grant")
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": o.URL, "aud": clientID, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": asked.Get("nonce")}
	for name, v := range o.claims {
		claims[name] = v
	}
	if o.token != nil {
		o.token(claims)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		o.t.Fatal(err)
	}
	sign := o.sign
	if sign == nil {
		sign = func(payload []byte) (string, error) { return signWith(o.key, payload) }
	}
	token, err := sign(payload)
	if err != nil {
		o.t.Fatal(err)
	}
	o.json(w, map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": token})
}

func (o *op) refuse(w http.ResponseWriter, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"error":%q}`, code)
}

func signWith(key *rsa.PrivateKey, payload []byte) (string, error) {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		return "", err
	}
	sig, err := s.Sign(payload)
	if err != nil {
		return "", err
	}
	return sig.CompactSerialize()
}

func (o *op) provider(change func(*Config)) *Provider {
	o.t.Helper()
	c := Config{Issuer: o.URL, ClientID: clientID, ClientSecret: secret, RedirectURL: callback}
	if change != nil {
		change(&c)
	}
	p, err := New(c)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

// visit is the browser at the provider: it returns the query that it comes back with.
func (o *op) visit(p *Provider, f Flow) url.Values {
	o.t.Helper()
	address, err := p.AuthURL(o.t.Context(), f)
	if err != nil {
		o.t.Fatal(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(address)
	if err != nil {
		o.t.Fatal(err)
	}
	resp.Body.Close()
	back, err := resp.Location()
	if err != nil || !strings.HasPrefix(back.String(), callback+"?") {
		o.t.Fatal(back, err)
	}
	return back.Query()
}

func newFlow(t *testing.T) Flow {
	t.Helper()
	f, err := NewFlow(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSigningIn(t *testing.T) {
	o := newOP(t)
	p := o.provider(nil)
	f := newFlow(t)
	q := o.visit(p, f)
	got, err := p.Exchange(t.Context(), f, q)
	want := account.Person{Source: o.URL, Subject: "s-1", Name: "ann", DisplayName: "Ann Arbor", Emails: []string{"ann@example.org"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := p.Exchange(t.Context(), f, q); !errors.Is(err, ErrDenied) {
		t.Errorf("the same code again: %v", err)
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, v any) func(map[string]any) { return func(c map[string]any) { c[name] = v } }
	for _, c := range []struct {
		name   string
		token  func(map[string]any)
		sign   func([]byte) (string, error)
		change func(*Config)
		query  func(url.Values)
		want   error
	}{
		{name: "another nonce", token: set("nonce", "x"), want: ErrToken},
		{name: "no nonce", token: func(c map[string]any) { delete(c, "nonce") }, want: ErrToken},
		{name: "for another client", token: set("aud", "x"), want: ErrToken},
		{name: "of another issuer", token: set("iss", "https://id.example.com"), want: ErrToken},
		{name: "expired", token: set("exp", time.Now().Add(-time.Hour).Unix()), want: ErrToken},
		{name: "no user name", token: set("preferred_username", ""), want: ErrToken},
		{name: "a user name that is no text", token: set("preferred_username", 7), want: ErrToken},
		{name: "an unverified address as the name", token: set("email_verified", false), change: func(c *Config) { c.UserClaim = "email" }, want: ErrToken},
		{name: "signed by somebody else", sign: func(p []byte) (string, error) { return signWith(other, p) }, want: ErrToken},
		{name: "not signed", sign: func(p []byte) (string, error) {
			e := base64.RawURLEncoding.EncodeToString
			return e([]byte(`{"alg":"none"}`)) + "." + e(p) + ".", nil
		}, want: ErrToken},
		{name: "signed with what the client's secret makes", sign: func(p []byte) (string, error) {
			s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat(secret, 2))}, nil)
			if err != nil {
				return "", err
			}
			sig, err := s.Sign(p)
			if err != nil {
				return "", err
			}
			return sig.CompactSerialize()
		}, want: ErrToken},
		{name: "no token", sign: func([]byte) (string, error) { return "", nil }, want: ErrToken},
		{name: "another state", query: func(q url.Values) { q.Set("state", "x") }, want: ErrState},
		{name: "no state", query: func(q url.Values) { q.Del("state") }, want: ErrState},
		{name: "another provider's iss", query: func(q url.Values) { q.Set("iss", "https://id.example.com") }, want: ErrState},
		{name: "an error", query: func(q url.Values) { q.Set("error", "access_denied") }, want: ErrDenied},
		{name: "a code that nobody gave", query: func(q url.Values) { q.Set("code", "x") }, want: ErrDenied},
		{name: "a wrong client secret", change: func(c *Config) { c.ClientSecret = "x" }, want: ErrDenied},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOP(t)
			o.token, o.sign = c.token, c.sign
			p := o.provider(c.change)
			f := newFlow(t)
			q := o.visit(p, f)
			if c.query != nil {
				c.query(q)
			}
			if got, err := p.Exchange(t.Context(), f, q); !errors.Is(err, c.want) {
				t.Errorf("%+v, %v; want %v", got, err, c.want)
			}
		})
	}
	t.Run("the answer of another browser's flow", func(t *testing.T) {
		o := newOP(t)
		p := o.provider(nil)
		mine, theirs := newFlow(t), newFlow(t)
		q := o.visit(p, theirs)
		if _, err := p.Exchange(t.Context(), mine, q); !errors.Is(err, ErrState) {
			t.Error(err)
		}
		// With the state as well, the code is of no use without its verifier.
		stolen := mine
		stolen.State = theirs.State
		if _, err := p.Exchange(t.Context(), stolen, q); !errors.Is(err, ErrDenied) {
			t.Error(err)
		}
		if _, err := p.Exchange(t.Context(), Flow{}, url.Values{}); !errors.Is(err, ErrState) {
			t.Error(err)
		}
	})
}

func TestTheNameMayBeInUserinfo(t *testing.T) {
	o := newOP(t)
	o.claims = map[string]any{"sub": "s-1"}
	o.info = map[string]any{"sub": "s-1", "preferred_username": "ann", "email": "ann@example.org", "email_verified": false}
	p := o.provider(nil)
	f := newFlow(t)
	got, err := p.Exchange(t.Context(), f, o.visit(p, f))
	if diff := cmp.Diff(account.Person{Source: o.URL, Subject: "s-1", Name: "ann"}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	o.info["sub"] = "s-2"
	f = newFlow(t)
	if _, err := p.Exchange(t.Context(), f, o.visit(p, f)); !errors.Is(err, ErrToken) {
		t.Errorf("of somebody else: %v", err)
	}
}

func TestAProviderThatIsAway(t *testing.T) {
	o := newOP(t)
	o.broken = true
	p := o.provider(nil)
	f := newFlow(t)
	var away *account.UnavailableError
	if _, err := p.AuthURL(t.Context(), f); !errors.As(err, &away) || away.RetryAfter < time.Second {
		t.Errorf("before its configuration is known: %v", err)
	}
	o.broken = false
	p.tried = time.Time{}
	q := o.visit(p, f)
	o.broken = true
	if _, err := p.Exchange(t.Context(), f, q); !errors.As(err, &away) {
		t.Errorf("at the end: %v", err)
	}
}

func TestCheckIssuer(t *testing.T) {
	for text, want := range map[string]bool{
		"https://id.example.org": true, "https://id.example.org/realms/x": true, "http://localhost:8080": true, "http://127.0.0.1:1": true,
		"http://id.example.org": false, "id.example.org": false, "https://": false, "https://a:b@id.example.org": false, "https://id.example.org/?a": false, "": false,
	} {
		if err := CheckIssuer(text); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, c := range []Config{{}, {Issuer: "https://id.example.org"}, {Issuer: "https://id.example.org", ClientID: "x"}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
