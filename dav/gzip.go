package dav

import (
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// zipperPool keeps compressors: a new one allocates more than most answers have.
type zipperPool struct{ pool sync.Pool }

var zippers zipperPool

func (p *zipperPool) get(w io.Writer) *gzip.Writer {
	if z, ok := p.pool.Get().(*gzip.Writer); ok {
		z.Reset(w)
		return z
	}
	// Level 1: phones wait for the network, and so do we for the processor.
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		panic(err) // a constant level is valid or not
	}
	return z
}

func (p *zipperPool) put(z *gzip.Writer) {
	z.Reset(nil)
	p.pool.Put(z)
}
