package dav

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"almanac/account"
	"almanac/ical"
	"almanac/store"
)

// A lens shows the objects of somebody else's calendar as the one who asks may see
// them. Private ones are not there, of confidential ones, and of a calendar that is
// shared as free/busy, only the time is told; and instead of the owner's alarms,
// which ring for the owner, there are the asker's own.
//
// What is shown differs from what is stored and so has an entity tag of its own,
// made from the stored one. A nil lens shows everything as it is.
type lens struct {
	coll   *store.Collection
	who    store.HomeID
	sight  account.Sight
	alarms map[string]account.Alarms // the asker's own, by account.AlarmsKey; nil until read
	last   sightOf                   // how the last object was seen
	seen   store.Object
}

// lensFor returns the lens through which who sees the members of the collection
// that res is, or is in.
func lensFor(who account.Identity, res *resource) *lens {
	if res.coll == nil || res.coll.Home == who.Home || res.coll.Kind != store.Calendar {
		return nil
	}
	return &lens{coll: res.coll, who: who.Home, sight: res.access.Sight}
}

func (rq *request) lens(res *resource) *lens { return lensFor(rq.who, res) }

// again returns another lens like l, to look while what l showed is in use.
func (l *lens) again() *lens {
	return &lens{coll: l.coll, who: l.who, sight: l.sight, alarms: l.alarms}
}

// A sightOf tells how an object is seen.
type sightOf uint8

const (
	asStored  sightOf = iota
	veiled            // not at all
	busyOnly          // when it is
	ownAlarms         // with other alarms
)

// how decides how an object is seen, by its index record.
func (l *lens) how(x *store.Index) sightOf {
	switch l.sight.Of(x.Class) {
	case account.SeesNothing:
		return veiled
	case account.SeesBusy:
		return busyOnly
	}
	if x.Alarms || len(l.alarms[account.AlarmsKey(x.UID)]) > 0 {
		return ownAlarms
	}
	return asStored
}

// see returns what of an object is seen, nil for nothing. Body is there when it is
// in o. What is returned is valid as long as o, and until the next call.
func (l *lens) see(snap store.Snapshot, o *store.Object) (*store.Object, error) {
	if l == nil || o == nil {
		return o, nil
	}
	if l.alarms == nil {
		var err error
		if l.alarms, err = account.AlarmsOf(snap, l.coll.ID, l.who); err != nil {
			return nil, err
		}
	}
	how := l.how(&o.Index)
	l.last = how
	switch how {
	case asStored:
		return o, nil
	case veiled:
		return nil, nil
	}
	l.seen = *o
	seen := &l.seen
	if how == busyOnly {
		seen.Props = nil // whatever was noted on it says more
	}
	body := o.Body
	if body == nil && how == busyOnly {
		// Whether an event takes up time at all is known from its octets.
		whole, err := snap.Object(l.coll.ID, o.Name, store.WantBody)
		if err != nil {
			return nil, err
		}
		body = whole.Body
	}
	seen.ETag = l.tag(o, how)
	seen.Size = -1 // not worked out
	if body == nil {
		return seen, nil
	}
	shown := l.show(body, o.Index.UID, how)
	if shown == nil {
		l.last = veiled
		return nil, nil
	}
	if o.Body != nil {
		seen.Body, seen.Size = shown, int64(len(shown))
	}
	return seen, nil
}

// show makes what is seen of an object's octets. Those that cannot be read show
// nothing: who knows what is in them.
func (l *lens) show(body []byte, uid string, how sightOf) []byte {
	o, err := ical.ParseObject(body)
	if err != nil {
		return nil
	}
	if how == busyOnly {
		return ical.BusyOnly(o, ical.BusySummary)
	}
	return ical.WithAlarms(o, ical.Alarms(l.alarms[account.AlarmsKey(uid)]))
}

// tag is the entity tag of what is seen. The letter also names the form in which it
// is made: a new form gets a new one.
func (l *lens) tag(o *store.Object, how sightOf) string {
	tag := strings.TrimSuffix(o.ETag, `"`)
	if how == busyOnly {
		return tag + `-b"`
	}
	h := sha256.New()
	own := l.alarms[account.AlarmsKey(o.Index.UID)]
	for _, key := range slices.Sorted(maps.Keys(own)) {
		h.Write([]byte(key + "\x00" + own[key] + "\x00"))
	}
	return tag + "-a" + hex.EncodeToString(h.Sum(nil)[:6]) + `"`
}

// view names what of the collection is seen, for sync-tokens.
func (l *lens) view() string {
	switch {
	case l == nil:
		return ""
	case l.sight == account.SeesBusy:
		return "b"
	case l.sight == account.SeesShared:
		return "s"
	}
	return "a"
}
