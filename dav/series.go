package dav

import (
	"strings"

	"almanac/ical"
)

// series returns the compiled object of a candidate.
func (rq *request) series(c *candidate) (*ical.Series, error) {
	key := objectKey{c.coll.ID, c.obj.ETag}
	if s, ok := rq.caches.series.get(key); ok {
		return s, nil
	}
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	return rq.compile(key, body)
}

// seriesOf is series for a resource whose body has been read.
func (rq *request) seriesOf(res *resource) (*ical.Series, error) {
	key := objectKey{res.coll.ID, res.obj.ETag}
	if s, ok := rq.caches.series.get(key); ok {
		return s, nil
	}
	return rq.compile(key, res.obj.Body)
}

// compile reads an object's octets and keeps what it found. The error is an
// *unreadableError.
func (rq *request) compile(key objectKey, body []byte) (*ical.Series, error) {
	o, err := ical.ParseObject(body)
	if err != nil {
		return nil, &unreadableError{err}
	}
	s := ical.Compile(o, rq.caches.zones)
	key.etag = strings.Clone(key.etag) // the snapshot's
	rq.caches.series.put(key, s, s.Size())
	return s, nil
}

// An unreadableError says that a stored object cannot be read: a fault of that
// object alone.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return e.err.Error() }
func (e *unreadableError) Unwrap() error { return e.err }
