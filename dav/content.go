package dav

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"

	"almanac/dav/wire"
)

// reader returns the request's body with its Content-Encoding undone. RFC 9110
// section 8.4.
func (rq *request) reader() (io.Reader, error) {
	switch coding := strings.ToLower(strings.TrimSpace(strings.Join(rq.r.Header["Content-Encoding"], ","))); coding {
	case "", "identity":
		return rq.r.Body, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(rq.r.Body)
		if err == io.EOF {
			return rq.r.Body, nil // nothing is sent at all
		}
		if err != nil {
			return nil, badRequest("the body is not gzip: %w", err)
		}
		return z, nil
	default:
		// RFC 9110 section 15.5.16.
		rq.w.Header().Set("Accept-Encoding", "gzip")
		return nil, &Error{Status: http.StatusUnsupportedMediaType, Err: fmt.Errorf("content coding %.60q is not known here, gzip is", coding)}
	}
}

// object reads the body of a request that stores a member. One octet more than
// is taken is never read, compressed or not.
func (rq *request) object(f *flavour) ([]byte, error) {
	if len(rq.r.Header["Content-Range"]) != 0 {
		// RFC 9110 section 14.5: a part must not be taken for the whole.
		return nil, badRequest("Content-Range: parts of an object cannot be written")
	}
	if rq.r.ContentLength > rq.maxObject {
		return nil, rq.tooLarge(f)
	}
	in, err := rq.reader()
	if err != nil {
		return nil, err
	}
	const atOnce = 1 << 20 // a length is believed up to this; more has to arrive first
	body := make([]byte, 0, 1+min(max(rq.r.ContentLength, 4<<10), atOnce))
	in = io.LimitReader(in, rq.maxObject+1)
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := in.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if int64(len(body)) > rq.maxObject {
			return nil, rq.tooLarge(f)
		}
		if err == io.EOF {
			return body, nil
		}
		if err != nil {
			return nil, readError(err)
		}
	}
}

// readError is a body that broke off, or that the transport has had enough of.
func readError(err error) error {
	var e *http.MaxBytesError
	if errors.As(err, &e) {
		return err
	}
	return badRequest("read the body: %w", err)
}

// tooLarge: RFC 4791 section 5.3.2.1, RFC 6352 section 6.3.2.1. The rest of the
// body is not worth reading.
func (rq *request) tooLarge(f *flavour) error {
	rq.w.Header().Set("Connection", "close")
	return forbidden(wire.Name{Space: f.space, Local: "max-resource-size"}, fmt.Errorf("more than %d octets", rq.maxObject))
}
