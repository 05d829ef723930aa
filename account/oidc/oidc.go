package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"almanac/account"
)

var (
	// ErrState tells that an answer does not belong to the flow that was begun in
	// this browser.
	ErrState = errors.New("the answer is not that of a sign-in begun here")
	// ErrDenied tells that the provider, or the person there, said no.
	ErrDenied = errors.New("the provider did not sign the person in")
	// ErrToken tells that the provider's answer cannot be trusted, or does not say
	// who the person is.
	ErrToken = errors.New("the provider's answer is no use")
)

// A Config is what the provider was told of this server, and what its answers mean.
type Config struct {
	Issuer       string // the provider's URL
	ClientID     string
	ClientSecret string // "" for a public client
	RedirectURL  string // where it sends people back; registered there
	// UserClaim is the claim that has the user name: DefaultUserClaim, "email", …
	UserClaim string
	// Client is used for all requests; nil means one with timeouts.
	Client *http.Client
}

// DefaultUserClaim is the claim that most providers have the user name in.
const DefaultUserClaim = "preferred_username"

// CheckIssuer tells whether a text can be Config.Issuer. Plain HTTP is for a
// provider on this machine.
func CheckIssuer(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return fmt.Errorf("%q is not the URL of a provider", text)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"):
		return nil
	}
	return fmt.Errorf("%q does not begin with https://", text)
}

// A Provider is an OpenID Connect provider. Its methods may be called by many
// goroutines at once.
type Provider struct {
	c Config

	mu    sync.Mutex
	found *discovered
	tried time.Time // when its configuration was asked for in vain
	err   error
}

type discovered struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
}

// New checks the configuration; it connects to nothing.
func New(c Config) (*Provider, error) {
	if err := CheckIssuer(c.Issuer); err != nil {
		return nil, fmt.Errorf("oidc: %w", err)
	}
	if c.ClientID == "" || c.RedirectURL == "" {
		return nil, errors.New("oidc: no client ID or no address to come back to")
	}
	if c.UserClaim == "" {
		c.UserClaim = DefaultUserClaim
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 10 * time.Second}
	}
	bounded := *c.Client
	bounded.Transport = boundedTransport{c.Client.Transport}
	c.Client = &bounded
	return &Provider{c: c}, nil
}

// maxAnswer bounds an answer of the provider, in octets.
const maxAnswer = 1 << 20

// boundedTransport cuts answers that are too long: they are no use then.
type boundedTransport struct{ next http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

// askAgain is how long a provider that gave no configuration is left alone.
const askAgain = 10 * time.Second

// discover asks the provider for its configuration, once.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if p.err != nil && time.Since(p.tried) < askAgain {
		return nil, p.err
	}
	// What is found outlives the request that asked first: its keys are fetched anew
	// when they change.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.c.Client), p.c.Issuer)
	if err != nil {
		p.tried, p.err = time.Now(), unavailable(err)
		return nil, p.err
	}
	p.found = &discovered{
		provider: provider,
		verifier: provider.Verifier(&oidc.Config{ClientID: p.c.ClientID}),
		oauth: oauth2.Config{ClientID: p.c.ClientID, ClientSecret: p.c.ClientSecret, RedirectURL: p.c.RedirectURL,
			Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile", "email"}},
	}
	return p.found, nil
}

func unavailable(err error) error {
	return &account.UnavailableError{RetryAfter: askAgain, Err: fmt.Errorf("oidc: %w", err)}
}

// A Flow is one sign-in under way. It is for the browser that began it alone: none
// of it may be seen by another.
type Flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
}

// NewFlow begins a sign-in. random is a source of secure randomness.
func NewFlow(random io.Reader) (Flow, error) {
	var f Flow
	for _, text := range []*string{&f.State, &f.Nonce, &f.Verifier} {
		raw := make([]byte, 32) // RFC 7636 section 4.1 recommends as many for the verifier
		if _, err := io.ReadFull(random, raw); err != nil {
			return Flow{}, fmt.Errorf("read randomness for a sign-in: %w", err)
		}
		*text = base64.RawURLEncoding.EncodeToString(raw)
	}
	return f, nil
}

// AuthURL returns where the browser is sent. A provider that cannot be reached is an
// *account.UnavailableError.
func (p *Provider) AuthURL(ctx context.Context, f Flow) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return d.oauth.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// Exchange tells who came back, by the query that they came with. It is ErrState,
// ErrDenied, ErrToken or an *account.UnavailableError when they are not known.
func (p *Provider) Exchange(ctx context.Context, f Flow, query url.Values) (account.Person, error) {
	if f.State == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(f.State)) != 1 {
		return account.Person{}, ErrState
	}
	if iss := query.Get("iss"); iss != "" && iss != p.c.Issuer {
		return account.Person{}, fmt.Errorf("%w: it is from another provider", ErrState)
	}
	if code := query.Get("error"); code != "" {
		return account.Person{}, fmt.Errorf("%w: %.100q", ErrDenied, code)
	}
	d, err := p.discover(ctx)
	if err != nil {
		return account.Person{}, err
	}
	ctx = oidc.ClientContext(ctx, p.c.Client)
	token, err := d.oauth.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(f.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < 500:
		return account.Person{}, fmt.Errorf("%w: the code was refused: %.100q", ErrDenied, refused.ErrorCode)
	case err != nil:
		return account.Person{}, unavailable(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return account.Person{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return account.Person{}, fmt.Errorf("%w: the token is of another sign-in", ErrToken)
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return account.Person{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if text(claims, p.c.UserClaim) == "" && d.provider.UserInfoEndpoint() != "" {
		// Some providers keep the token short and tell the rest there.
		info, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return account.Person{}, unavailable(err)
		}
		if info.Subject != id.Subject {
			return account.Person{}, fmt.Errorf("%w: it tells of somebody else", ErrToken)
		}
		if err := info.Claims(&claims); err != nil {
			return account.Person{}, fmt.Errorf("%w: %w", ErrToken, err)
		}
	}
	return p.person(id.Subject, claims)
}

// person reads the claims of OpenID Connect Core 1.0 section 5.1.
func (p *Provider) person(subject string, claims map[string]any) (account.Person, error) {
	who := account.Person{Source: p.c.Issuer, Subject: subject, Name: text(claims, p.c.UserClaim), DisplayName: text(claims, "name")}
	// A claim that is missing says nothing; one that is false says that the address
	// may be anybody's.
	checked := claims["email_verified"] != false && claims["email_verified"] != "false"
	address := text(claims, "email")
	if a, err := mail.ParseAddress(address); checked && err == nil && a.Address == address {
		who.Emails = []string{address}
	}
	switch {
	case who.Name == "":
		return account.Person{}, fmt.Errorf("%w: it has no %s", ErrToken, p.c.UserClaim)
	case p.c.UserClaim == "email" && !checked:
		return account.Person{}, fmt.Errorf("%w: the mail address is not verified", ErrToken)
	}
	return who, nil
}

func text(claims map[string]any, name string) string {
	s, _ := claims[name].(string)
	return s
}
