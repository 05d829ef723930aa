package web

import (
	"errors"
	"net/http"
	"time"

	"almanac/account"
	"almanac/account/oidc"
)

// An IdentityProvider is where people sign in beside their passwords.
type IdentityProvider struct {
	*oidc.Provider
	Name      string // what people know it by
	Admission account.Admission
}

// oidcBack is the page that a provider sends people back to, below root.
const oidcBack = "oidc/back"

// OIDCReturn is the address that a provider is told to send people back to.
func OIDCReturn(a Address) string { return a.String() + root[1:] + oidcBack }

const (
	oidcCookie  = "almanac-oidc"
	oidcPurpose = "oidc"
	oidcLife    = 10 * time.Minute
)

// An oidcFlow is a sign-in under way at the provider. It is sealed in a cookie, so
// that only the browser that began it can end it.
type oidcFlow struct {
	Flow oidc.Flow `json:"flow"`
	Next string    `json:"next"`
}

func (rq *request) oidcBegin() error {
	if rq.provider == nil {
		return errNoPage
	}
	f, err := oidc.NewFlow(rq.random)
	if err != nil {
		return err
	}
	to, err := rq.provider.AuthURL(rq.ctx, f)
	if err != nil {
		return rq.noProvider(err)
	}
	text, err := rq.sealer.Seal(oidcPurpose, oidcFlow{f, nextPage(rq.r.URL.Query().Get("next"))}, rq.now().Add(oidcLife))
	if err != nil {
		return err
	}
	rq.setCookie(oidcCookie, text, oidcLife)
	rq.w.Header().Set("Location", to)
	rq.w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (rq *request) oidcBack() error {
	if rq.provider == nil {
		return errNoPage
	}
	var f oidcFlow
	c, err := rq.r.Cookie(oidcCookie)
	if err != nil || rq.sealer.Open(oidcPurpose, c.Value, rq.now(), &f) != nil {
		return rq.signInForm(http.StatusForbidden, "", "", "signin.late")
	}
	rq.setCookie(oidcCookie, "", -1)
	person, err := rq.provider.Exchange(rq.ctx, f.Flow, rq.r.URL.Query())
	if errors.As(err, new(*account.UnavailableError)) {
		return rq.noProvider(err)
	}
	if err == nil {
		var who account.Identity
		if who, err = rq.auth.SignInWith(rq.ctx, person, rq.provider.Admission, rq.origin(), rq.now()); err == nil {
			if err := rq.begin(who); err != nil {
				return err
			}
			rq.redirect(f.Next)
			return nil
		}
	}
	problem := ""
	switch {
	case errors.Is(err, account.ErrNoAccount), errors.As(err, new(*account.NameError)):
		problem = "oidc.noaccount"
	case errors.Is(err, oidc.ErrState), errors.Is(err, oidc.ErrDenied), errors.Is(err, oidc.ErrToken):
		problem = "oidc.failed"
	default:
		return err
	}
	rq.log.Info("a sign-in at the identity provider came to nothing", "error", err)
	return rq.signInForm(http.StatusForbidden, "", f.Next, problem)
}

// noProvider says that the identity provider does not answer, to the person and, with
// the reason, to whoever runs the server. Other errors it lets pass.
func (rq *request) noProvider(err error) error {
	if !errors.As(err, new(*account.UnavailableError)) || rq.ctx.Err() != nil {
		return err
	}
	rq.log.Error("the identity provider does not answer", "error", err)
	rq.w.Header().Set("Retry-After", "60")
	return &pageError{http.StatusServiceUnavailable, "error.title", "error.provider"}
}
