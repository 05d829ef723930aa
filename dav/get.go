package dav

import (
	"net/http"

	"almanac/store"
)

// get answers GET and HEAD: a member's octets, and of everything else a page for
// the person who put the address into a browser.
func (rq *request) get() error {
	if rq.at.kind&kindLeaf == 0 {
		return rq.showPage()
	}
	cond, err := rq.conditions()
	if err != nil {
		return err
	}
	var res *resource
	err = rq.view(func(snap store.Snapshot) error {
		if res, err = rq.find(snap, store.WantBody); err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		_, err = cond.judgeLists(rq, snap, res, nil)
		return err
	})
	if err != nil {
		return err
	}
	rep, err := rq.represent(res)
	if err != nil {
		return err
	}
	same, err := cond.judgeRead(rep.etag, res.obj.Modified)
	if err != nil {
		return err
	}
	h := rq.w.Header()
	if rep.etag != "" {
		h.Set("ETag", rep.etag)
	}
	h.Set("Last-Modified", res.obj.Modified.UTC().Format(http.TimeFormat))
	// Kept by a browser, but asked about each time: web clients would else show
	// what was there minutes ago.
	h.Set("Cache-Control", "no-cache")
	if res.kind == kindCard {
		h.Set("Vary", "Accept")
	}
	if same {
		rq.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	rq.sendObject(http.StatusOK, rep.mediaType, rep.body)
	return nil
}
