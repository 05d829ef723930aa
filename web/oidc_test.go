package web_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"almanac/account"
	"almanac/account/oidc"
	"almanac/web"
)

// newProvider is an OpenID Connect provider that signs everybody in as the person
// that who returns. Package oidc tests what it checks; here it is enough that it
// plays its part.
func newProvider(t *testing.T, who func() string) *httptest.Server {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	var p *httptest.Server
	answer := func(path string, v func(*http.Request) any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if err := json.NewEncoder(w).Encode(v(r)); err != nil {
				t.Error(err)
			}
		})
	}
	answer("/.well-known/openid-configuration", func(*http.Request) any {
		return map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}}
	})
	answer("/keys", func(*http.Request) any {
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}}
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {q.Get("nonce")}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	answer("/token", func(r *http.Request) any {
		name, now := who(), time.Now()
		claims, _ := json.Marshal(map[string]any{"iss": p.URL, "aud": "almanac", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": r.PostFormValue("code"),
			"sub": "subject of " + name, "preferred_username": name})
		sig, err := signer.Sign(claims)
		if err != nil {
			t.Error(err)
		}
		token, _ := sig.CompactSerialize()
		return map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": token}
	})
	p = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// TestIdentityProvider: in through a provider, to the page that was asked for; not
// without an account, nor in a browser that began nothing, nor with its answer
// twice.
func TestIdentityProvider(t *testing.T) {
	who := "ann"
	op := newProvider(t, func() string { return who })
	var ip *web.IdentityProvider
	s := newSite(t, func(c *web.Config) {
		ip = &web.IdentityProvider{Name: "id.example.org", Admission: account.Admission{Existing: true}}
		c.Provider = ip
	})
	at, _ := url.Parse(s.http.URL)
	var err error
	ip.Provider, err = oidc.New(oidc.Config{Issuer: op.URL, ClientID: "almanac", RedirectURL: web.OIDCReturn(web.ParseAddress(at))})
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	p := b.get("/account/security")
	if !strings.Contains(p.body, "Sign in with id.example.org") {
		t.Error(p.body)
	}
	p = b.get(p.find(t, `href="(/account/oidc[^"]*)"`))
	p.is(t, http.StatusOK, "/account/security", "Security")

	stranger, back := s.browser(), ""
	stop := func(r *http.Request, _ []*http.Request) error { // at our door
		if strings.HasSuffix(r.URL.Path, "/oidc/back") {
			back = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}
	stranger.client.CheckRedirect = stop
	stranger.get("/account/oidc?next=//example.com")
	s.browser().get(back).is(t, http.StatusForbidden, "/account/oidc/back", "Sign in")
	stranger.client.CheckRedirect = nil
	stranger.get(back+"x").is(t, http.StatusForbidden, "/account/oidc/back", "Sign in") // the state of nobody
	stranger.get(back).is(t, http.StatusForbidden, "/account/oidc/back", "Sign in")     // and the flow is over

	who = "eve"
	p = s.browser().get("/account/oidc")
	p.is(t, http.StatusForbidden, "/account/oidc/back", "Sign in")
	if !strings.Contains(p.body, "There is no account here for you.") {
		t.Error(p.body)
	}
	// A provider that went away meanwhile.
	late := s.browser()
	late.client.CheckRedirect = stop
	late.get("/account/oidc")
	op.Close()
	p = late.get(back)
	p.is(t, http.StatusServiceUnavailable, "/account/oidc/back", "That did not work")
	if !strings.Contains(p.body, "The identity provider does not answer.") {
		t.Error(p.body)
	}
	if !strings.Contains(s.log.String(), "the identity provider does not answer") {
		t.Error("the log does not tell of it")
	}
}

func TestWithoutIdentityProvider(t *testing.T) {
	s := newSite(t, nil)
	if p := s.browser().get("/account/signin"); strings.Contains(p.body, "oidc") {
		t.Error(p.body)
	}
	for _, path := range []string{"/account/oidc", "/account/oidc/back?code=x"} {
		s.browser().get(path).is(t, http.StatusNotFound, path[:len(strings.Split(path, "?")[0])], "That did not work")
	}
}
