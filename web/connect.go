package web

import (
	"context"
	"crypto/tls"
	"errors"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/account"
	"almanac/store"
)

// The kinds of device that people choose from, in the order of the page.
const (
	apple    = "apple"
	android  = "android"
	computer = "computer"
	other    = "other"
)

var deviceKinds = []string{apple, android, computer, other}

// platform is what a browser runs on, and the name that such a device gets.
func platform(agent string) (kind, name string) {
	for _, p := range []struct{ mark, kind, name string }{
		{"iPhone", apple, "iPhone"},
		{"iPad", apple, "iPad"},
		{"Android", android, "Android"},
		{"Macintosh", apple, "Mac"},
		{"Windows", computer, "Windows"},
		{"CrOS", computer, "Chromebook"},
		{"Linux", computer, "Linux"},
	} {
		if strings.Contains(agent, p.mark) {
			return p.kind, p.name
		}
	}
	return other, ""
}

// A device is a device about to be connected: its app password is made when it
// comes for it.
type device struct {
	Label string
	Scope account.Scope
}

// The lives of what waits for a device.
const (
	linkLife  = 10 * time.Minute
	linksMost = 5 // for each account

	// UnusedLife is how long an app password that was made for a device stays when
	// the device never comes.
	UnusedLife = 14 * 24 * time.Hour
)

// labelMost is the longest name of a device, in characters.
const labelMost = 60

// connectPage shows how a device is connected. Without a kind in the path, the one
// that the browser runs on is chosen.
func (rq *request) connectPage() error {
	kind := rq.r.PathValue("device")
	here, name := platform(rq.r.UserAgent())
	switch {
	case kind == "":
		kind = here
	case !slices.Contains(deviceKinds, kind):
		return errNoPage
	}
	if kind != here || name == "" {
		name = map[string]string{apple: "iPhone", android: "Android", computer: "Thunderbird"}[kind]
		if name == "" {
			name = rq.lang.text("connect.device")
		}
	}
	user := rq.session.home.Name
	code, caption := rq.address.String(), "qr.address"
	if kind == android {
		code, caption = rq.address.DAVx5(user, ""), "qr.davx5"
	}
	svg, err := qrSVG(code, rq.lang.text(caption))
	if err != nil {
		return err
	}
	return rq.show(http.StatusOK, "connect", map[string]any{
		"Kind": kind, "Kinds": deviceKinds, "Here": kind == here, "QR": svg,
		"Label":  name + ", " + rq.lang.date(rq.now()),
		"DAVx5":  template.URL(rq.address.DAVx5(user, "")),
		"CalDAV": template.URL(rq.address.CalDAV(user)),
	})
}

// connect makes what a device needs.
func (rq *request) connect() error {
	kind := rq.r.PathValue("device")
	f := rq.r.PostForm
	d := device{Label: rq.label(f.Get("label")), Scope: scopeOf(f)}
	if kind == apple {
		token, err := rq.newLink(rq.session.home.ID, d)
		if err != nil {
			return err
		}
		query := url.Values{"token": {token}}.Encode()
		if f.Get("how") != "scan" {
			// A GET, so that Safari hands the answer to the settings.
			rq.redirect("profile?" + query)
			return nil
		}
		link := rq.address.String() + root[1:] + "link?" + query
		svg, err := qrSVG(link, rq.lang.text("qr.profile"))
		if err != nil {
			return err
		}
		return rq.show(http.StatusOK, "scan", map[string]any{"QR": svg, "Link": link, "Minutes": int(linkLife / time.Minute)})
	}
	if !slices.Contains(deviceKinds, kind) {
		return errNoPage
	}
	secret, err := rq.addPassword(rq.session.home, d, rq.now().Add(UnusedLife))
	if err != nil {
		return err
	}
	user := rq.session.home.Name
	data := map[string]any{"Kind": kind, "Label": d.Label, "Password": secret, "Days": int(UnusedLife / (24 * time.Hour))}
	if kind == android {
		link := rq.address.DAVx5(user, secret)
		svg, err := qrSVG(link, rq.lang.text("qr.davx5"))
		if err != nil {
			return err
		}
		data["QR"], data["DAVx5"] = svg, template.URL(link)
	}
	return rq.show(http.StatusOK, "made", data)
}

// newLink begins a one-time link and returns its token.
func (s *Server) newLink(home store.HomeID, d device) (token string, err error) {
	if token, err = newToken(s.random); err == nil {
		s.links.add(digestOf(token), home, d, s.now())
	}
	return token, err
}

// ProfileLink makes a link that hands an account's configuration profile to whoever
// opens it first, within the next ten minutes.
func (s *Server) ProfileLink(a Address, home store.HomeID, label string) (string, error) {
	token, err := s.newLink(home, device{Label: label})
	return a.String() + root[1:] + "link?" + url.Values{"token": {token}}.Encode(), err
}

// errOver tells that a token is nobody's, or no more.
var errOver = errors.New("the token is over")

// redeem makes the app password that waits for whoever has the token, once: where it
// could not be made, it can be asked for again. It is errOver for other tokens, and
// when the account is gone.
func (rq *request) redeem(from *waiting[device], token string) (home *store.Home, secret string, err error) {
	ok, err := from.use(digestOf(token), rq.now(), func(d device, id store.HomeID) error {
		err := rq.store.View(rq.ctx, func(snap store.Snapshot) (err error) {
			home, err = snap.Home(id)
			return err
		})
		if err == nil {
			secret, err = rq.addPassword(home, d, rq.now().Add(UnusedLife))
		}
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err == nil && (!ok || secret == "") {
		err = errOver
	}
	return home, secret, err
}

// addPassword makes the app password of a device.
func (rq *request) addPassword(home *store.Home, d device, unused time.Time) (secret string, err error) {
	_, secret, err = account.AddAppPassword(context.WithoutCancel(rq.ctx), rq.store, home.ID,
		account.AppPassword{Label: d.Label, Scope: d.Scope, Unused: unused}, home.Name, rq.random, rq.now())
	if errors.Is(err, account.ErrTooMany) {
		return "", &pageError{http.StatusForbidden, "error.title", "error.toomany"}
	}
	return secret, err
}

// label is what somebody called a device, or a name for it.
func (rq *request) label(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if r := []rune(text); len(r) > labelMost {
		text = string(r[:labelMost])
	}
	if text == "" {
		text = rq.lang.text("connect.device") + ", " + rq.lang.date(rq.now())
	}
	return text
}

// scopeOf reads what a device may do.
func scopeOf(f url.Values) account.Scope {
	s := account.Scope{ReadOnly: f.Get("readonly") != ""}
	switch f.Get("scope") {
	case "calendars":
		s.Kinds = []store.Kind{store.Calendar}
	case "contacts":
		s.Kinds = []store.Kind{store.AddressBook}
	}
	return s
}

// errLink is a one-time link that is over.
var errLink = &pageError{http.StatusGone, "link.over.title", "link.over.text"}

// linkPage is where a phone ends up that has read the code of a profile. It does
// not use the link up: cameras and messengers look at links before people do.
func (rq *request) linkPage() error {
	token := rq.r.URL.Query().Get("token")
	d, _, ok := rq.links.look(digestOf(token), rq.now())
	if !ok {
		return errLink
	}
	return rq.show(http.StatusOK, "link", map[string]any{"Label": d.Label, "Token": token})
}

// profile hands out a configuration profile, once.
func (rq *request) profile() error {
	token := rq.r.URL.Query().Get("token")
	if rq.r.Method == http.MethodHead {
		// Whoever only looks does not use it up.
		if _, _, ok := rq.links.look(digestOf(token), rq.now()); !ok {
			return errLink
		}
		rq.w.Header().Set("Content-Type", MediaType)
		rq.w.WriteHeader(http.StatusOK)
		return nil
	}
	home, secret, err := rq.redeem(rq.links, token)
	if errors.Is(err, errOver) {
		return errLink
	}
	if err != nil {
		return err
	}
	body := NewProfile(rq.address, home, rq.principal(home.Name), secret, rq.lang).Encode()
	if rq.certificate != nil {
		body = rq.sign(body)
	}
	h := rq.w.Header()
	h.Set("Content-Type", MediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "almanac.mobileconfig"}))
	rq.w.WriteHeader(http.StatusOK)
	_, _ = rq.w.Write(body)
	return nil
}

// sign signs a profile if that can be done: an unsigned one works too, with a
// warning on the device.
func (rq *request) sign(body []byte) []byte {
	var pair *tls.Certificate
	pair, err := rq.certificate()
	if err == nil && pair == nil {
		return body
	}
	if err == nil {
		var signed []byte
		if signed, err = Sign(body, pair); err == nil {
			return signed
		}
	}
	rq.log.Warn("a profile goes out without a signature", "error", err)
	return body
}

// NewProfile makes the profile of an account, with the words of a language.
func NewProfile(a Address, home *store.Home, principal, password string, l lang) *Profile {
	name := home.DisplayName
	if name == "" {
		name = home.Name
	}
	host, _ := a.HostPort()
	return &Profile{
		Address: a, User: home.Name, Password: password, Principal: principal,
		Account:     name + " (" + host + ")",
		Title:       l.text("profile.title", name),
		Description: l.text("profile.text", host),
	}
}
