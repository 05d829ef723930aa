package dav

import "almanac/ical"

// series returns the compiled object of a candidate; nil without an error when its
// octets cannot be read, which is a fault of that object alone.
func (rq *request) series(c *candidate) (*ical.Series, error) {
	key := rq.keyOf(c.coll, c.obj)
	if s, ok := rq.caches.series.get(key); ok {
		return s, nil
	}
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	s, err := rq.compile(key, body)
	if err != nil {
		rq.log.Warn("calendar object cannot be read", "user", rq.who.Name, "collection", c.coll.Name, "object", c.obj.Name, "err", err)
		return nil, nil
	}
	return s, nil
}

// seriesOf returns the compiled object of a member whose octets were read.
func (rq *request) seriesOf(res *resource) (*ical.Series, error) {
	key := rq.keyOf(res.coll, res.obj)
	if s, ok := rq.caches.series.get(key); ok {
		return s, nil
	}
	return rq.compile(key, res.obj.Body)
}

// compile reads an object's octets and keeps what it found.
func (rq *request) compile(key objectKey, body []byte) (*ical.Series, error) {
	o, err := ical.ParseObject(body)
	if err != nil {
		return nil, err
	}
	s := ical.Compile(o, rq.caches.zones)
	rq.caches.series.put(key, s, s.Size())
	return s, nil
}
