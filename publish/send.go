package publish

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
	"almanac/vcard"
)

// A page ends with so many objects, or so many octets.
const (
	pageObjects = 500
	pageOctets  = 192 << 10
)

// send writes a feed, page by page. Should the store fail in the middle, the
// connection is cut, so that no part is taken for the whole.
func (s *Server) send(w http.ResponseWriter, r *http.Request, f *feed) {
	var out io.Writer = w
	if wire.AcceptsGzip(r.Header) {
		w.Header().Set("Content-Encoding", "gzip")
		if r.Method == http.MethodGet {
			// Level 1: readers wait for the network, and so do we for the processor.
			zip, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // a constant level is valid
			defer zip.Close()
			out = zip
		}
	}
	if r.Method == http.MethodHead {
		return
	}
	var page bytes.Buffer
	add, end := cards(&page)
	if f.coll.Kind == store.Calendar {
		add, end = calendar(&page, f)
	}
	for after, more := "", true; more; {
		more = false
		n := 0
		var failed error
		err := s.Store.View(r.Context(), func(snap store.Snapshot) error {
			return snap.List(f.coll.ID, after, store.WantBody, func(o *store.Object) bool {
				if n++; n > pageObjects || page.Len() >= s.pageSize {
					more = true
					return false
				}
				failed = add(o)
				after = strings.Clone(o.Name)
				return failed == nil
			})
		})
		if err == nil {
			err = failed
		}
		if err == nil && !more {
			err = end()
		}
		if err == nil {
			_, err = out.Write(page.Bytes())
			page.Reset()
		}
		if err != nil {
			if r.Context().Err() == nil {
				s.Log.Error("a feed was broken off", "error", err)
			}
			panic(http.ErrAbortHandler)
		}
	}
}

// calendar writes objects as one VCALENDAR, each as who has the link sees it. One
// that cannot be read is left out: nobody knows what is in it.
func calendar(page *bytes.Buffer, f *feed) (add func(*store.Object) error, end func() error) {
	join := ical.NewJoiner(page, f.heading, nil)
	sight := f.link.Sight()
	add = func(o *store.Object) error {
		sees := sight.Of(o.Index.Class)
		if sees == account.SeesNothing {
			return nil
		}
		// A copy: the joiner remembers the names of zones beyond the snapshot.
		obj, err := ical.ParseObject(bytes.Clone(o.Body))
		if err != nil {
			return nil
		}
		var shown []byte
		switch {
		case sees == account.SeesBusy:
			shown = ical.BusyOnly(obj, ical.BusySummary)
		case o.Index.Alarms:
			shown = ical.WithAlarms(obj, nil)
		default:
			return join.Add(obj)
		}
		if shown == nil {
			return nil
		}
		if obj, err = ical.ParseObject(shown); err != nil {
			return nil
		}
		return join.Add(obj)
	}
	return add, join.Close
}

// cards writes each card alone: what lies around it, such as a byte order mark,
// would be in the way of the next.
func cards(page *bytes.Buffer) (add func(*store.Object) error, end func() error) {
	add = func(o *store.Object) error {
		c, err := vcard.Parse(o.Body)
		if err != nil {
			return nil
		}
		card := o.Body[c.Root.Start:c.Root.End]
		page.Write(card)
		if n := len(card); n > 0 && card[n-1] != '\n' {
			page.WriteString("\r\n")
		}
		return nil
	}
	return add, func() error { return nil }
}
