package dav

import (
	"net/http"
	"strings"
	"time"

	"almanac/dav/wire"
	"almanac/store"
	davsync "almanac/sync"
)

// conditions are what a request says must hold: If-Match, If-None-Match,
// If-Unmodified-Since and If-Modified-Since (RFC 9110 section 13.1), If (RFC 4918
// section 10.4) and If-Schedule-Tag-Match (RFC 6638 section 8.3).
//
// They are judged twice. First against the snapshot in which the resource is
// looked up, so that a request which cannot succeed is refused before its body is
// read. Then, for a write, inside its transaction, as the store's preconditions.
type conditions struct {
	match, noneMatch               *wire.ETagList
	modifiedSince, unmodifiedSince time.Time
	lists                          wire.IfHeader
	scheduleTag                    bool
}

// conditions reads the headers.
func (rq *request) conditions() (conditions, error) {
	var c conditions
	h := rq.r.Header
	for _, list := range []struct {
		name string
		to   **wire.ETagList
	}{{"If-Match", &c.match}, {"If-None-Match", &c.noneMatch}} {
		if lines := h[list.name]; len(lines) != 0 {
			tags, err := wire.ParseETags(list.name, lines)
			if err != nil {
				return c, err
			}
			*list.to = &tags
		}
	}
	if lines := h["If"]; len(lines) != 0 {
		var err error
		if c.lists, err = wire.ParseIf(strings.Join(lines, " ")); err != nil {
			return c, err
		}
	}
	// RFC 9110 sections 13.1.3 and 13.1.4: beside an entity tag a date does not
	// count, and one that cannot be read never does.
	if v := h.Get("If-Unmodified-Since"); v != "" && c.match == nil {
		c.unmodifiedSince, _ = http.ParseTime(v)
	}
	if v := h.Get("If-Modified-Since"); v != "" && c.noneMatch == nil {
		c.modifiedSince, _ = http.ParseTime(v)
	}
	c.scheduleTag = h.Get("If-Schedule-Tag-Match") != ""
	return c, nil
}

// judge tells whether a write to res may go on, and returns what its transaction
// has to find unchanged. The refusal is 412.
func (c *conditions) judge(rq *request, snap store.Snapshot, res *resource) ([]store.Pre, error) {
	var pre []store.Pre
	// No scheduling, no schedule tags: none matches. RFC 6638 section 8.3.
	if c.scheduleTag {
		return nil, errPrecondition
	}
	if c.match != nil {
		if !res.exists() || !c.match.Any && (res.obj == nil || !c.match.Strong(opaque(res.obj.ETag))) {
			return nil, errPrecondition
		}
		if res.obj != nil {
			p := store.ETagIs{Coll: res.coll.ID, Name: res.name}
			switch {
			case res.stored != nil:
				p = store.ETagIs{Coll: res.coll.ID, Name: res.name, ETags: []string{res.stored.ETag}}
			case !c.match.Any:
				p.ETags = tagTexts(c.match, false)
			}
			pre = append(pre, p)
		}
	}
	if c.noneMatch != nil {
		if res.exists() && (c.noneMatch.Any || res.obj != nil && c.noneMatch.Weak(opaque(res.obj.ETag))) {
			return nil, errPrecondition
		}
		switch {
		case res.kind&kindMember == 0 || res.coll == nil:
		case res.stored != nil:
			pre = append(pre, pin(res))
		default:
			p := store.ETagIsNot{Coll: res.coll.ID, Name: res.name}
			if !c.noneMatch.Any {
				p.ETags = tagTexts(c.noneMatch, true)
			}
			pre = append(pre, p)
		}
	}
	if !c.unmodifiedSince.IsZero() && res.obj != nil {
		if res.obj.Modified.Truncate(time.Second).After(c.unmodifiedSince) {
			return nil, errPrecondition
		}
		pre = append(pre, pin(res))
	}
	return c.judgeLists(rq, snap, res, pre)
}

// judgeLists judges the If header. What it looked at becomes a precondition of
// the transaction: a change meanwhile is then 412, though another list might have
// held. That is the answer a client of If is prepared for.
func (c *conditions) judgeLists(rq *request, snap store.Snapshot, res *resource, pre []store.Pre) ([]store.Pre, error) {
	if len(c.lists) == 0 {
		return pre, nil
	}
	var failed error
	seen := make(map[string]*resource)
	find := func(href string) *resource {
		if href == "" {
			return res
		}
		if r, ok := seen[href]; ok {
			return r
		}
		// What cannot be looked up, or may not be, has no state that could match.
		r := &resource{}
		if at, err := rq.locate(href); err == nil {
			if r, err = rq.lookup(snap, rq.who, at, store.WantMeta); err != nil {
				if asError(err).Status >= http.StatusInternalServerError {
					failed = err
				}
				r = &resource{}
			}
		}
		seen[href] = r
		return r
	}
	holds := c.lists.Eval(func(href string, cond wire.IfCondition) bool {
		r := find(href)
		switch {
		case r.kind&kindMember != 0 && r.coll != nil:
			pre = append(pre, pin(r))
			return cond.Token == "" && r.obj != nil && !cond.ETag.Weak && cond.ETag.Opaque == opaque(r.obj.ETag)
		case r.kind&kindCollection != 0 && r.coll != nil && cond.Token != "":
			// RFC 6578 section 5: a sync-token is a state token.
			pre = append(pre, store.RevIs{Coll: r.coll.ID, Rev: r.coll.Rev})
			token, err := davsync.ParseToken(cond.Token)
			return err == nil && token == rq.token(r)
		}
		// There are no locks, and so neither a lock token nor DAV:no-lock (RFC 4918
		// section 10.4.8) matches anything.
		return false
	})
	if failed != nil {
		return nil, failed
	}
	if !holds {
		return nil, errPrecondition
	}
	return pre, nil
}

// judgeRead judges the conditions of GET and HEAD, but for If, in the order of RFC
// 9110 section 13.2.2. notModified says that the answer is 304. etag is that of the
// representation chosen, "" if it has none.
func (c *conditions) judgeRead(etag string, modified time.Time) (notModified bool, err error) {
	modified = modified.Truncate(time.Second)
	switch {
	case c.match != nil && !c.match.Any && !c.match.Strong(opaque(etag)):
		return false, errPrecondition
	case !c.unmodifiedSince.IsZero() && modified.After(c.unmodifiedSince):
		return false, errPrecondition
	case c.noneMatch != nil:
		return c.noneMatch.Any || etag != "" && c.noneMatch.Weak(opaque(etag)), nil
	}
	return !c.modifiedSince.IsZero() && !modified.After(c.modifiedSince), nil
}

// pin holds as long as the member is as it was in the snapshot.
func pin(res *resource) store.Pre {
	if res.obj == nil {
		return store.ETagIsNot{Coll: res.coll.ID, Name: res.name}
	}
	etag := res.obj.ETag
	if res.stored != nil {
		etag = res.stored.ETag
	}
	return store.ETagIs{Coll: res.coll.ID, Name: res.name, ETags: []string{etag}}
}

// opaque takes the quotes off a stored entity tag.
func opaque(etag string) string { return strings.Trim(etag, `"`) }

// tagTexts are the tags of a list in the form in which the store has them. Weak
// ones count only where the comparison is weak.
func tagTexts(l *wire.ETagList, weak bool) []string {
	texts := make([]string, 0, len(l.Tags))
	for _, tag := range l.Tags {
		if weak || !tag.Weak {
			texts = append(texts, wire.ETag{Opaque: tag.Opaque}.String())
		}
	}
	return texts
}
