package dav

import (
	"fmt"
	"mime"
	"net/http"

	"almanac/account"
	"almanac/store"
)

// post answers POST to a collection: it adds a member under a name of the server's
// own. RFC 5995 section 3.
func (rq *request) post() error {
	if t := rq.r.Header.Get("Content-Type"); t != "" && saysXML(t) {
		// Sharing, subscribing to push, managing attachments: none is announced.
		return &Error{Status: http.StatusForbidden, Err: fmt.Errorf("a collection takes only members by POST, not %.100s", t)}
	}
	if err := rq.sameSite(); err != nil {
		return err
	}
	var coll *store.Collection
	cond, err := rq.conditions()
	if err != nil {
		return err
	}
	var pre []store.Pre
	err = rq.view(func(snap store.Snapshot) error {
		res, err := rq.find(snap, store.WantMeta)
		if err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		if err := rq.need(rq.who, account.Bind, res); err != nil {
			return err
		}
		coll = res.coll
		pre, err = cond.judge(rq, snap, res)
		return err
	})
	if err != nil {
		return err
	}
	f := flavourOf(rq.at.kind)
	name := newName(f)
	member := location{kind: f.member, user: rq.at.user, coll: coll.Name, name: name}
	rq.w.Header().Set("Location", rq.href(member))
	err = rq.write(coll, name, append(pre, store.ETagIsNot{Coll: coll.ID, Name: name}))
	if err != nil {
		rq.w.Header().Del("Location")
	}
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
