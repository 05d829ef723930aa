package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// bbolt trusts its pages. It walks them as it opens a file for writing, in a
// goroutine of its own, where a page that is not what it should be ends the
// process, and so does a file that was cut off: the memory map then ends in the
// void. So the pages are looked at before bbolt does. This reads with ReadAt,
// which can only fail, and checks all that bbolt relies on: that every page is
// the one it should be, is referred to once, has its elements inside of it, and
// its keys in order. It does not look at values.

// The shape of a page, as bbolt writes it in the byte order of the machine:
// number, flags, count of elements, number of pages that follow as part of it;
// then the elements, each of which says where its key is.
const (
	pageHeader   = 16
	pageElement  = 16 // of a branch: where, key size, page; of a leaf: flags, where, key size, value size
	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagBucket   = 0x01 // of an element: its value is a bucket
	bucketHeader = 16   // of such a value: root page, sequence; for root 0 the page itself follows
)

// maxPageDepth bounds the levels of pages, all nested buckets together. Each
// level of a tree at least doubles its pages, and buckets nest three deep.
const maxPageDepth = 128

// verify returns a DamageError with the first fault of the pages that the
// newest transaction in a file can reach. db is that file, open for reading.
func verify(db *bbolt.DB, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	return db.View(func(tx *bbolt.Tx) error {
		w := pageWalk{file: file, pageSize: int64(db.Info().PageSize)}
		w.high = uint64(tx.Size() / w.pageSize)
		if size < tx.Size() {
			return &DamageError{fmt.Sprintf("%d of its %d octets are missing at the end", tx.Size()-size, tx.Size())}
		}
		w.seen = make([]uint64, w.high/64+1)
		return w.tree(uint64(tx.Cursor().Bucket().RootPage()), nil, nil, 0)
	})
}

func badPage(id uint64, format string, args ...any) error {
	return &DamageError{fmt.Sprintf("page %d %s", id, fmt.Sprintf(format, args...))}
}

// A pageWalk is a way through the pages of a file.
type pageWalk struct {
	file     io.ReaderAt
	pageSize int64
	high     uint64   // all pages in use are below
	clip     bool     // a page that reaches beyond is taken for as much as there is
	seen     []uint64 // a bit for each
	levels   [][]byte // a buffer for each level of the walk
}

// tree walks the pages from one down. Its keys are from low on and before high,
// where these are not nil.
func (w *pageWalk) tree(id uint64, low, high []byte, depth int) error {
	if depth >= maxPageDepth {
		return badPage(id, "is too deep")
	}
	if id < 2 || id >= w.high {
		return badPage(id, "does not exist")
	}
	p, err := w.read(id, depth)
	if err != nil {
		return err
	}
	for i := range uint64(p.pages) {
		at := id + i
		if w.seen[at/64]&(1<<(at%64)) != 0 {
			return badPage(at, "is used twice")
		}
		w.seen[at/64] |= 1 << (at % 64)
	}
	switch p.flags {
	case flagLeaf:
		return w.leaf(&p, low, high, depth)
	case flagBranch:
		return w.branch(&p, low, high, depth)
	}
	return badPage(id, "is of no known kind")
}

func (w *pageWalk) branch(p *page, low, high []byte, depth int) error {
	if p.count == 0 {
		return badPage(p.id, "leads nowhere")
	}
	key, _, err := p.key(0, 0)
	if err != nil {
		return err
	}
	if bytes.Compare(key, low) < 0 {
		return badPage(p.id, "has a key that belongs before it")
	}
	for i := range p.count {
		next := high // the first key behind the i-th child
		if i < p.count-1 {
			if next, _, err = p.key(i+1, 0); err != nil {
				return err
			}
		}
		if next != nil && bytes.Compare(key, next) >= 0 {
			return badPage(p.id, "has its keys out of order")
		}
		element, err := p.at(p.element(i), pageElement)
		if err != nil {
			return err
		}
		if err := w.tree(binary.NativeEndian.Uint64(element[8:]), key, next, depth+1); err != nil {
			return err
		}
		key = next
	}
	return nil
}

func (w *pageWalk) leaf(p *page, low, high []byte, depth int) error {
	previous := low
	for i := range p.count {
		element, err := p.at(p.element(i), pageElement)
		if err != nil {
			return err
		}
		flags := binary.NativeEndian.Uint32(element)
		valueSize := int64(binary.NativeEndian.Uint32(element[12:]))
		key, value, err := p.key(i, 4)
		if err != nil {
			return err
		}
		if c := bytes.Compare(key, previous); c < 0 || c == 0 && i > 0 {
			return badPage(p.id, "has its keys out of order")
		}
		if high != nil && bytes.Compare(key, high) >= 0 {
			return badPage(p.id, "has a key that belongs behind it")
		}
		previous = key
		if value+valueSize > p.length {
			return badPage(p.id, "has a value that reaches beyond it")
		}
		switch flags {
		case 0:
		case flagBucket:
			if err := w.bucket(p, value, valueSize, depth); err != nil {
				return err
			}
		default:
			return badPage(p.id, "has an element of no known kind")
		}
	}
	return nil
}

// bucket walks the bucket that is a value of a leaf.
func (w *pageWalk) bucket(p *page, at, size int64, depth int) error {
	if size < bucketHeader {
		return badPage(p.id, "has a bucket that is cut off")
	}
	head, err := p.at(at, bucketHeader)
	if err != nil {
		return err
	}
	if root := binary.NativeEndian.Uint64(head); root != 0 {
		return w.tree(root, nil, nil, depth+1)
	}
	inline, err := p.inline(at+bucketHeader, size-bucketHeader)
	if err != nil {
		return err
	}
	if depth+1 >= maxPageDepth {
		return badPage(p.id, "is too deep")
	}
	return w.leaf(&inline, nil, nil, depth+1)
}

// A page is one that is being looked at, with those that are part of it.
type page struct {
	id     uint64
	flags  uint16
	count  int
	pages  int64
	length int64 // octets
	first  []byte
	file   io.ReaderAt
	offset int64
}

// read reads the first octets of a page, into the buffer of the level.
func (w *pageWalk) read(id uint64, depth int) (page, error) {
	for depth >= len(w.levels) {
		w.levels = append(w.levels, make([]byte, w.pageSize))
	}
	p := page{id: id, first: w.levels[depth], file: w.file, offset: int64(id) * w.pageSize}
	if _, err := w.file.ReadAt(p.first, p.offset); err != nil {
		return p, fmt.Errorf("read page %d: %w", id, err)
	}
	if got := binary.NativeEndian.Uint64(p.first); got != id {
		return p, badPage(id, "says that it is page %d", got)
	}
	p.pages = 1 + int64(binary.NativeEndian.Uint32(p.first[12:]))
	if left := int64(w.high - id); p.pages > left {
		if !w.clip {
			return p, badPage(id, "reaches beyond the end")
		}
		p.pages = left
	}
	p.length = p.pages * w.pageSize
	return p, p.head()
}

// inline returns the page of a small bucket, which lies in a leaf.
func (p *page) inline(at, size int64) (page, error) {
	in := page{id: p.id, length: size, file: p.file, offset: p.offset + at}
	if size < pageHeader {
		return in, badPage(p.id, "has a bucket that is cut off")
	}
	head, err := p.at(at, pageHeader)
	if err != nil {
		return in, err
	}
	in.first = head
	if at+size <= int64(len(p.first)) {
		in.first = p.first[at : at+size]
	}
	if err := in.head(); err != nil {
		return in, err
	}
	if in.flags != flagLeaf {
		return in, badPage(p.id, "has a bucket of no known kind")
	}
	return in, nil
}

// head reads the rest of the page's header.
func (p *page) head() error {
	p.flags = binary.NativeEndian.Uint16(p.first[8:])
	p.count = int(binary.NativeEndian.Uint16(p.first[10:]))
	if p.element(p.count) > p.length {
		return badPage(p.id, "has more elements than it can hold")
	}
	return nil
}

// element returns where an element of the page begins.
func (p *page) element(i int) int64 { return pageHeader + pageElement*int64(i) }

// key returns the key of an element and where it ends. The element says where it
// begins, as a distance from itself, and its size, after so many octets.
func (p *page) key(i int, after int64) (key []byte, end int64, err error) {
	element, err := p.at(p.element(i), pageElement)
	if err != nil {
		return nil, 0, err
	}
	at := p.element(i) + int64(binary.NativeEndian.Uint32(element[after:]))
	size := int64(binary.NativeEndian.Uint32(element[after+4:]))
	end = at + size
	if size > bbolt.MaxKeySize || at < p.element(p.count) || end > p.length {
		return nil, 0, badPage(p.id, "has a key that reaches beyond it")
	}
	key, err = p.at(at, size)
	return key, end, err
}

// at returns octets of the page: those at hand, or from the file.
func (p *page) at(at, n int64) ([]byte, error) {
	if at+n <= int64(len(p.first)) {
		return p.first[at : at+n], nil
	}
	if at+n > p.length {
		return nil, badPage(p.id, "reaches beyond its end")
	}
	out := make([]byte, n)
	if _, err := p.file.ReadAt(out, p.offset+at); err != nil {
		return nil, fmt.Errorf("read page %d: %w", p.id, err)
	}
	return out, nil
}
