package web

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The login flow that clients know from Nextcloud, its version 2: DAVx5, GNOME
// and others get an app password without anybody typing one.
//
//  1. The client POSTs to /index.php/login/v2 and gets two tokens: one to ask
//     with, and a link for the browser.
//  2. The person opens the link, signs in if need be, and grants.
//  3. The client, which has asked all the while and got 404, gets server, user
//     name and app password, once. It goes on at <server>/remote.php/dav, which
//     is DAV's root under another name.
//
// What strangers begin is kept nowhere: the link holds, sealed, who may ask. Only
// what somebody granted is in memory, for as long.
//
// Nextcloud's /status.php is not answered: DAVx5 and GNOME do not ask for it, and it
// would promise its files to those who do.

// flowRoot is where clients know the flow.
const flowRoot = "/index.php/login/"

const (
	flowPurpose = "login flow"
	flowLife    = 20 * time.Minute
)

// A flow is what the link of a login flow says.
type flow struct {
	Poll   string `json:"poll"`   // SHA-256 of the token that the client asks with, in hex
	Client string `json:"client"` // as it calls itself
}

type flowBegun struct {
	Poll struct {
		Token    string `json:"token"`
		Endpoint string `json:"endpoint"`
	} `json:"poll"`
	Login string `json:"login"`
}

type flowDone struct {
	Server      string `json:"server"`
	LoginName   string `json:"loginName"`
	AppPassword string `json:"appPassword"`
}

func (rq *request) beginFlow() error {
	if !rq.flows.allow(networkOf(rq.remote()), rq.now()) {
		return rq.tooFast()
	}
	token, err := newToken(rq.random)
	if err != nil {
		return err
	}
	digest := digestOf(token)
	text, err := rq.sealer.Seal(flowPurpose, flow{hex.EncodeToString(digest[:]), strings.Join(strings.Fields(short(rq.r.UserAgent(), 200)), " ")}, rq.now().Add(flowLife))
	if err != nil {
		return err
	}
	base := rq.address.Origin() + rq.prefix
	var out flowBegun
	out.Poll.Token, out.Poll.Endpoint = token, base+flowRoot+"v2/poll"
	out.Login = base + root + "grant?" + url.Values{"flow": {text}}.Encode()
	return rq.json(http.StatusOK, out)
}

// pollFlow answers 404 until the login was granted, and then with the password.
func (rq *request) pollFlow() error {
	if !rq.polls.allow(networkOf(rq.remote()), rq.now()) {
		return rq.tooFast()
	}
	rq.r.Body = http.MaxBytesReader(rq.w, rq.r.Body, maxForm)
	if err := rq.r.ParseForm(); err != nil {
		return rq.json(http.StatusBadRequest, []string{})
	}
	// Some clients write the token into the query.
	home, secret, err := rq.redeem(rq.grants, rq.r.Form.Get("token"))
	if errors.Is(err, errOver) {
		return rq.json(http.StatusNotFound, []string{})
	}
	if err != nil {
		return err
	}
	return rq.json(http.StatusOK, flowDone{Server: strings.TrimSuffix(rq.address.String(), "/"), LoginName: home.Name, AppPassword: secret})
}

// noFlow answers what else clients ask for below flowRoot.
func (rq *request) noFlow() error { return rq.json(http.StatusNotFound, []string{}) }

func (rq *request) tooFast() error {
	rq.w.Header().Set("Retry-After", "60")
	return rq.json(http.StatusTooManyRequests, []string{})
}

func (rq *request) json(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	rq.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	rq.w.WriteHeader(status)
	_, _ = rq.w.Write(body)
	return nil
}

// errFlow is a login flow that is over.
var errFlow = &pageError{http.StatusGone, "grant.over.title", "grant.over.text"}

// openFlow reads a link's token.
func (rq *request) openFlow(text string) (f flow, digest [32]byte, err error) {
	if rq.sealer.Open(flowPurpose, text, rq.now(), &f) != nil {
		return f, digest, errFlow
	}
	if n, err := hex.Decode(digest[:], []byte(f.Poll)); err != nil || n != len(digest) {
		return f, digest, errFlow
	}
	return f, digest, nil
}

// grantPage asks whether a client may have a password.
func (rq *request) grantPage() error {
	text := rq.r.URL.Query().Get("flow")
	f, _, err := rq.openFlow(text)
	if err != nil {
		return err
	}
	return rq.show(http.StatusOK, "grant", map[string]any{"Client": cmp.Or(f.Client, rq.lang.text("connect.device")), "Flow": text,
		"Label": rq.label(cmp.Or(clientName(f.Client), rq.lang.text("connect.device")) + ", " + rq.lang.date(rq.now()))})
}

// grant lets the client have it, or not.
func (rq *request) grant() error {
	form := rq.r.PostForm
	_, digest, err := rq.openFlow(form.Get("flow"))
	if err != nil {
		return err
	}
	if form.Get("answer") != "yes" {
		return rq.show(http.StatusOK, "message", map[string]any{"Title": "grant.refused.title", "Text": "grant.refused.text"})
	}
	rq.grants.add(digest, rq.session.home.ID, device{Label: rq.label(form.Get("label")), Scope: scopeOf(form)}, rq.now())
	return rq.show(http.StatusOK, "message", map[string]any{"Title": "grant.done.title", "Text": "grant.done.text"})
}

// clientName is a client's own name without versions: "DAVx5/4.4 (…)" is DAVx5.
func clientName(agent string) string {
	name, _, _ := strings.Cut(agent, "/")
	name, _, _ = strings.Cut(name, "(")
	if name = strings.TrimSpace(name); name == "" || name == "Mozilla" {
		return agent
	}
	return name
}
