package dav

import (
	"errors"
	"mime"
	"net/http"
	"strconv"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// post answers POST to a collection: it adds a member under a name of the server's
// own. RFC 5995 section 3.
func (rq *request) post() error {
	if err := rq.sameSite(); err != nil {
		return err
	}
	if t := rq.r.Header.Get("Content-Type"); t != "" && saysXML(t) || rq.at.kind == kindCalendarHome {
		return rq.postXML()
	}
	cond, err := rq.conditions()
	if err != nil {
		return err
	}
	f := flavourOf(rq.at.kind)
	name := newName(f)
	member := location{kind: f.member, user: rq.at.user, coll: rq.at.coll, name: name}
	rq.w.Header().Set("Location", rq.href(member))
	err = rq.write(name, func(snap store.Snapshot) (*resource, []store.Pre, error) {
		in, err := rq.find(snap, store.WantMeta)
		if err != nil {
			return nil, nil, err
		}
		if !in.exists() {
			return nil, nil, errNotFound
		}
		if err := rq.need(rq.who, account.Bind, in); err != nil {
			return nil, nil, err
		}
		pre, err := cond.judge(rq, snap, in)
		return in, append(pre, store.ETagIsNot{Coll: in.coll.ID, Name: name}), err
	})
	if err != nil {
		rq.w.Header().Del("Location")
	}
	return err
}

// postXML answers POST of what Apple's clients ask by it.
func (rq *request) postXML() error {
	body, err := rq.body()
	if err != nil {
		return err
	}
	switch {
	case rq.at.kind == kindCalendar && body.Is(wire.CalendarServer("share")):
		return rq.share(body)
	case rq.at.kind == kindCalendarHome && body.Is(wire.CalendarServer("invite-reply")):
		return rq.answerInvite(body)
	}
	// Subscribing to push, managing attachments: neither is announced.
	return &Error{Status: http.StatusForbidden, Err: errors.New("a collection takes members by POST, a calendar also CS:share, a calendar home CS:invite-reply")}
}

// sendXML ends an answer with a document.
func (rq *request) sendXML(w *wire.Writer) error {
	h := rq.w.Header()
	h.Set("Content-Type", "application/xml; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(w.Buffered())))
	rq.w.WriteHeader(http.StatusOK)
	_, err := rq.w.Write(w.Buffered())
	return err
}

// sameSite refuses what a form on another site's page can send without being
// asked: a POST to which the browser adds the password that it remembers. The
// other methods, and POST with a calendar's or card's type, need a preflight.
func (rq *request) sameSite() error {
	if err := crossOrigin.Check(rq.r); err != nil {
		switch mediaType, _, _ := mime.ParseMediaType(rq.r.Header.Get("Content-Type")); mediaType {
		case "", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded":
			return &Error{Status: http.StatusForbidden, Err: err}
		}
	}
	return nil
}

var crossOrigin = http.NewCrossOriginProtection()
