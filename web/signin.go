package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"almanac/account"
)

// A ticket is what is known between the password and the code of two-factor
// authentication. It is sealed, in the form that asks for the code.
type ticket struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

const (
	ticketPurpose = "sign-in"
	ticketLife    = 5 * time.Minute
)

func (rq *request) signInPage() error {
	next := nextPage(rq.r.URL.Query().Get("next"))
	if rq.session != nil {
		rq.redirect(next)
		return nil
	}
	return rq.signInForm(http.StatusOK, "", next, "")
}

func (rq *request) signInForm(status int, user, next, problem string) error {
	data := map[string]any{"Name": user, "Next": nextPage(next), "Problem": problem}
	if rq.provider != nil {
		data["OIDC"] = rq.provider.Name
	}
	return rq.show(status, "signin", data)
}

func (rq *request) signIn() error {
	f := rq.r.PostForm
	return rq.try(ticket{strings.TrimSpace(f.Get("user")), f.Get("password")}, "", nextPage(f.Get("next")))
}

func (rq *request) signInCode() error {
	f := rq.r.PostForm
	next := nextPage(f.Get("next"))
	var t ticket
	if rq.sealer.Open(ticketPurpose, f.Get("ticket"), rq.now(), &t) != nil {
		return rq.signInForm(http.StatusForbidden, "", next, "signin.late")
	}
	return rq.try(t, strings.TrimSpace(f.Get("code")), next)
}

// try signs somebody in, or asks for what is missing.
func (rq *request) try(t ticket, code, next string) error {
	who, err := rq.auth.SignIn(rq.ctx, t.User, t.Password, code, rq.origin(), rq.now())
	switch {
	case errors.Is(err, account.ErrCodeWanted), errors.Is(err, account.ErrCode):
		text, sealErr := rq.sealer.Seal(ticketPurpose, t, rq.now().Add(ticketLife))
		if sealErr != nil {
			return sealErr
		}
		status, problem := http.StatusOK, ""
		if code != "" {
			status, problem = http.StatusForbidden, "signin.wrongcode"
		}
		return rq.show(status, "code", map[string]any{"Ticket": text, "Next": next, "Problem": problem})
	case errors.Is(err, account.ErrCredentials):
		return rq.signInForm(http.StatusForbidden, t.User, next, "signin.wrong")
	case err != nil:
		return err
	}
	if err := rq.begin(who); err != nil {
		return err
	}
	rq.redirect(next)
	return nil
}

// origin says who tries, for the throttle and the audit log.
func (rq *request) origin() account.Origin {
	return account.Origin{Addr: rq.remote(), Client: short(rq.r.UserAgent(), 200)}
}

func (rq *request) signOut() error {
	if err := rq.end(); err != nil {
		return err
	}
	rq.redirect("signin")
	return nil
}

// nextPage is where somebody goes after signing in: a page of ours, below root,
// whatever the form says.
func nextPage(next string) string {
	u, err := url.Parse(next)
	if err != nil || next == "" || len(next) > 2048 || u.IsAbs() || u.Host != "" || u.Opaque != "" ||
		strings.HasPrefix(u.Path, "/") || strings.Contains(u.Path, "..") || strings.ContainsAny(next, "\\\r\n\t") {
		return "connect"
	}
	return next
}
