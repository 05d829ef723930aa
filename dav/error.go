package dav

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// An Error is a refusal: a status, the precondition elements that the RFCs name
// for it, and a reason in words for people who read the body.
type Error struct {
	Status     int
	Conditions []wire.Condition
	Err        error
}

func (e *Error) Error() string {
	text := http.StatusText(e.Status)
	for _, c := range e.Conditions {
		text += ", " + c.Name.Local
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

var (
	errUnauthorized = &Error{Status: http.StatusUnauthorized}
	errNotFound     = &Error{Status: http.StatusNotFound}
	errPrecondition = &Error{Status: http.StatusPreconditionFailed}
)

// badRequest refuses what cannot be understood.
func badRequest(format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Err: fmt.Errorf(format, args...)}
}

// forbidden refuses with a precondition element. RFC 4791 section 1.3: 403 says
// that repeating the request is no use.
func forbidden(condition wire.Name, err error) *Error {
	return &Error{Status: http.StatusForbidden, Conditions: []wire.Condition{{Name: condition}}, Err: err}
}

// conflict refuses with a precondition element what may succeed later.
func conflict(condition wire.Name, err error) *Error {
	return &Error{Status: http.StatusConflict, Conditions: []wire.Condition{{Name: condition}}, Err: err}
}

// needPrivileges names the privilege that is missing. RFC 3744 section 7.1.1.
func needPrivileges(href string, p account.Privilege) *Error {
	return &Error{Status: http.StatusForbidden, Conditions: []wire.Condition{wire.NeedPrivileges(href, privilegeNames(p)...)}}
}

// uidConflict says who has the UID. RFC 4791 section 5.3.2.1, RFC 6352 section 6.3.2.1.
// An href of "" is of what the one who asks may not see.
func uidConflict(f *flavour, href string, err error) *Error {
	if href == "" {
		return forbidden(wire.Name{Space: f.space, Local: "no-uid-conflict"}, errors.New("the UID is in use"))
	}
	return &Error{Status: http.StatusForbidden, Conditions: []wire.Condition{
		wire.HrefCondition(wire.Name{Space: f.space, Local: "no-uid-conflict"}, href),
	}, Err: err}
}

// asError gives every error of the layers below its status. What it does not
// know is 500, said blandly; fail logs it.
func asError(err error) *Error {
	var (
		e         *Error
		throttled *account.ThrottledError
		syntax    *wire.SyntaxError
		tooLarge  *http.MaxBytesError
		pre       *store.PreconditionError
	)
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, account.ErrCredentials):
		return errUnauthorized
	case errors.As(err, &throttled):
		// 503, not 429: phones know Retry-After with 503 only.
		return &Error{Status: http.StatusServiceUnavailable, Err: err}
	case errors.As(err, &pre):
		return errPrecondition
	case errors.Is(err, store.ErrNotFound):
		return errNotFound
	case errors.Is(err, wire.ErrTooLarge), errors.As(err, &tooLarge):
		return &Error{Status: http.StatusRequestEntityTooLarge, Err: err}
	case errors.As(err, &syntax), errors.Is(err, wire.ErrHeader):
		return &Error{Status: http.StatusBadRequest, Err: err}
	case errors.Is(err, store.ErrInvalid):
		return &Error{Status: http.StatusBadRequest, Err: err}
	case errors.Is(err, store.ErrFull):
		// RFC 4918 section 11.5. What the system says of it is for the log.
		return &Error{Status: http.StatusInsufficientStorage, Err: store.ErrFull}
	case errors.Is(err, store.ErrClosed):
		return &Error{Status: http.StatusServiceUnavailable, Err: err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Status: http.StatusServiceUnavailable, Err: err}
	}
	return &Error{Status: http.StatusInternalServerError, Err: err}
}

// fail writes the answer for an error. Nothing of the answer has been written yet.
func (rq *request) fail(err error) {
	e := asError(err)
	h := rq.w.Header()
	switch e.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", challenge)
	case http.StatusServiceUnavailable:
		wait := 5
		var throttled *account.ThrottledError
		if errors.As(err, &throttled) {
			wait = int(math.Ceil(throttled.RetryAfter.Seconds()))
		}
		h.Set("Retry-After", strconv.Itoa(wait))
	case http.StatusInternalServerError:
		rq.log.Error("request failed", "method", rq.r.Method, "path", rq.r.URL.Path, "user", rq.who.Name, "err", err)
		e = &Error{Status: e.Status}
	case http.StatusInsufficientStorage:
		if !errors.Is(err, store.ErrFull) {
			break // the account is full, not the disk
		}
		rq.log.Error("request failed", "method", rq.r.Method, "path", rq.r.URL.Path, "user", rq.who.Name, "err", err)
	case http.StatusRequestEntityTooLarge:
		// The rest of the body is not worth reading.
		h.Set("Connection", "close")
	}
	h.Del("ETag")
	reason := ""
	if e.Err != nil {
		reason = e.Err.Error()
	}
	body := wire.ErrorBody(reason, e.Conditions...)
	if len(body) != 0 {
		h.Set("Content-Type", "application/xml; charset=utf-8")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	rq.w.WriteHeader(e.Status)
	if rq.r.Method != http.MethodHead {
		rq.w.Write(body)
	}
}
