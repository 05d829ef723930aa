package dav

import (
	"almanac/dav/wire"
	davsync "almanac/sync"
)

// syncProps tell whether anything happened.
var syncProps = []property{
	// RFC 6578 section 4. DAVx5 stops its sync when the text is the one it has.
	{name: wire.D("sync-token"), on: kindCollection, get: syncToken},
	// calendarserver-ctag. Still what Thunderbird, KDE and older iOS poll; the same
	// text, so that one is never newer than the other.
	{name: wire.CalendarServer("getctag"), on: kindCollection, get: syncToken},
}

func syncToken(rq *request, res *resource, w *wire.Writer) bool {
	w.TextBytes(rq.token(res).AppendTo(rq.scratch[:0]))
	return true
}

// token names the present state of a collection.
func (rq *request) token(res *resource) davsync.Token {
	return davsync.Token{Epoch: rq.store.Epoch(), Coll: uint64(res.coll.ID), Rev: uint64(res.coll.Rev), View: rq.lens(res).view()}
}
