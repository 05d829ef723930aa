package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"almanac/account"
	"almanac/store"
)

// passwordLeast is the shortest password that somebody may choose, in characters.
const passwordLeast = 10

func (rq *request) securityPage() error {
	done := map[string]string{"password": "security.password.done", "off": "twofactor.off.done"}[rq.r.URL.Query().Get("done")]
	return rq.security(http.StatusOK, done, "", "")
}

// security shows the page: done says what was done, problem what went wrong in the
// part of that name.
func (rq *request) security(status int, done, part, problem string) error {
	two, proves, err := rq.twoFactor()
	if err != nil {
		return err
	}
	return rq.show(status, "security", map[string]any{"Two": two, "Proves": proves, "HasPassword": rq.session.home.Secret != "",
		"Done": done, "Part": part, "Problem": problem, "Least": passwordLeast})
}

// twoFactor returns the state of two-factor authentication, and whether the account
// has a password: without one there is nothing that a code would guard.
func (rq *request) twoFactor() (two account.TwoFactor, proves bool, err error) {
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		if two, err = account.TwoFactorOf(snap, rq.session.home.ID); err != nil {
			return err
		}
		proves, err = rq.auth.HasPassword(snap, rq.session.home)
		return err
	})
	return two, proves, err
}

// proved tells whether the form has the account's password, and the code where one
// is wanted: a browser left alone must not be enough to take an account over.
// Otherwise it has shown the page with the problem.
func (rq *request) proved(part string) (bool, error) {
	f := rq.r.PostForm
	who, err := rq.auth.SignIn(rq.ctx, rq.session.home.Name, f.Get("current"), strings.TrimSpace(f.Get("code")), rq.origin(), rq.now())
	switch {
	case errors.Is(err, account.ErrCredentials), err == nil && who.Home != rq.session.home.ID:
		// In a directory the name may be another person's, who has another account.
		return false, rq.security(http.StatusForbidden, "", part, "security.wrong")
	case errors.Is(err, account.ErrCodeWanted), errors.Is(err, account.ErrCode):
		return false, rq.security(http.StatusForbidden, "", part, "signin.wrongcode")
	}
	return err == nil, err
}

// changePassword sets a new password. Every other browser is signed out; devices
// have passwords of their own and stay.
func (rq *request) changePassword() error {
	home, password := rq.session.home, rq.r.PostForm.Get("new")
	switch {
	case home.Secret == "":
		return errNoPage
	case utf8.RuneCountInString(password) < passwordLeast:
		return rq.security(http.StatusUnprocessableEntity, "", "password", "security.short")
	case len(password) > account.MaxPassword:
		return rq.security(http.StatusUnprocessableEntity, "", "password", "security.long")
	}
	if ok, err := rq.proved("password"); !ok {
		return err
	}
	secret, err := account.NewSecret(password, rq.random)
	if err != nil {
		return err
	}
	if err := rq.apply(home, store.SetHome{Secret: &secret}); err != nil {
		return err
	}
	ctx := context.WithoutCancel(rq.ctx)
	if err := account.Audit(ctx, rq.store, account.Event{At: rq.now(), Act: account.PasswordSet, Actor: home.Name, Subject: home.Name,
		Addr: rq.remote().String(), Client: rq.r.UserAgent()}); err != nil {
		return err
	}
	if err := rq.begin(account.Identity{Home: home.ID, Name: home.Name}); err != nil {
		return err
	}
	rq.redirect("security?done=password")
	return nil
}

// twoFactorBegin makes a secret, and shows it for the authenticator app. It takes the
// password: with a secret of theirs, somebody at a browser left alone would lock the
// owner out.
func (rq *request) twoFactorBegin() error {
	two, proves, err := rq.twoFactor()
	switch {
	case err != nil:
		return err
	case !proves:
		return errNoPage
	case two.On:
		rq.redirect("security")
		return nil
	}
	if ok, err := rq.proved("on"); !ok {
		return err
	}
	host, _ := rq.address.HostPort()
	secret, uri, err := account.BeginTwoFactor(context.WithoutCancel(rq.ctx), rq.store, rq.session.home.ID, host, rq.random, rq.now())
	if err != nil {
		return err
	}
	return rq.enrol(http.StatusOK, enrolment{Secret: secret, URI: uri}, "")
}

// An enrolment is a secret that waits for its first code. The form holds it, sealed,
// so that a mistyped code does not begin anew.
type enrolment struct {
	Secret string `json:"secret"`
	URI    string `json:"uri"`
}

const enrolPurpose = "two-factor"

func (rq *request) enrol(status int, e enrolment, problem string) error {
	svg, err := qrSVG(e.URI, rq.lang.text("qr.twofactor"))
	if err != nil {
		return err
	}
	text, err := rq.sealer.Seal(enrolPurpose, e, rq.now().Add(flowLife))
	if err != nil {
		return err
	}
	return rq.show(status, "twofactor", map[string]any{"QR": svg, "Secret": spaced(e.Secret), "Enrolment": text, "Problem": problem})
}

// twoFactorOn turns it on once the app has shown that it has the secret.
func (rq *request) twoFactorOn() error {
	home := rq.session.home
	codes, err := account.ConfirmTwoFactor(context.WithoutCancel(rq.ctx), rq.store, home.ID, strings.TrimSpace(rq.r.PostForm.Get("code")), home.Name, rq.random, rq.now())
	switch {
	case errors.Is(err, account.ErrCode):
		var e enrolment
		if rq.sealer.Open(enrolPurpose, rq.r.PostForm.Get("enrolment"), rq.now(), &e) != nil {
			rq.redirect("security")
			return nil
		}
		return rq.enrol(http.StatusForbidden, e, "signin.wrongcode")
	case errors.Is(err, account.ErrNotBegun):
		rq.redirect("security")
		return nil
	case err != nil:
		return err
	}
	return rq.show(http.StatusOK, "recovery", map[string]any{"Codes": codes})
}

func (rq *request) twoFactorOff() error {
	if ok, err := rq.proved("off"); !ok {
		return err
	}
	home := rq.session.home
	if err := account.EndTwoFactor(context.WithoutCancel(rq.ctx), rq.store, home.ID, home.Name, rq.now()); err != nil {
		return err
	}
	rq.redirect("security?done=off")
	return nil
}

// spaced writes a text in groups of four, for typing.
func spaced(s string) string {
	var out strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return out.String()
}
