package boltstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"

	"go.etcd.io/bbolt"

	"almanac/store"
)

// A wreck is a file whose pages may be damaged. It is read as far as it goes:
// what is not sound is told and passed by. Like the walk in pages.go this reads
// with ReadAt alone and trusts nothing, but it never stops at the first fault.
type wreck struct {
	pages  pageWalk
	size   int64
	budget int64 // octets that may still be read: see newWreck
	seen   map[uint64]bool
	faults int
	told   map[string]bool
	tell   func(what string)
}

// wreckReads bounds how many octets are read, in sizes of the file. A sound page
// is read a few times at most, once for each question; pages that lie about what
// they hold could otherwise have all of the file read for each of their elements.
const wreckReads = 24

func newWreck(file io.ReaderAt, size int64, tell func(string)) *wreck {
	return &wreck{pages: pageWalk{file: file, clip: true}, size: size, budget: wreckReads*size + 1<<20, told: make(map[string]bool), tell: tell}
}

// fault tells of a page, once.
func (w *wreck) fault(err error) {
	w.faults++
	what := err.Error()
	var damage *DamageError
	if errors.As(err, &damage) {
		what = damage.What
	}
	if !w.told[what] {
		w.told[what] = true
		w.tell(what)
	}
}

// A head is what one of the two first pages says: where the tree of a
// transaction begins.
type head struct {
	root uint64
	txid uint64
}

// The shape of a head, behind the page's header, as bbolt writes it.
const (
	headMagic   = 0xED0CDAED
	headVersion = 2
	headSize    = 64
)

// heads reads the heads that are sound, the newest first, and finds the size of
// the pages. Without a sound head that is the size for which most pages are the
// ones that they should be; it is an error when there are none.
func (w *wreck) heads() (found []head, err error) {
	for _, size := range pageSizes {
		for id := range int64(2) {
			h, says, ok := w.head(id * size)
			if !ok || says != size || w.pages.pageSize != 0 && w.pages.pageSize != size {
				continue
			}
			w.setPageSize(size)
			if found = append(found, h); len(found) == 2 && h.txid > found[0].txid {
				found[0], found[1] = found[1], found[0]
			}
		}
	}
	if len(found) < 2 {
		w.fault(fmt.Errorf("of the two heads of the file, %d can be read", len(found)))
	}
	if len(found) > 0 {
		return found, nil
	}
	most := 0
	for _, size := range pageSizes {
		n := 0
		for at := 2 * size; at+size <= w.size; at += size {
			var b [pageHeader]byte
			if _, err := w.pages.file.ReadAt(b[:], at); err == nil && binary.NativeEndian.Uint64(b[:]) == uint64(at/size) {
				n++
			}
		}
		if n > most {
			most = n
			w.setPageSize(size)
		}
	}
	if most == 0 {
		return nil, fmt.Errorf("no page of it is one of a store: %w", store.ErrDamaged)
	}
	return nil, nil
}

// pageSizes are those that systems have.
var pageSizes = []int64{4096, 8192, 16384, 32768, 65536}

func (w *wreck) setPageSize(n int64) {
	w.pages.pageSize, w.pages.high = n, uint64((w.size+n-1)/n)
}

func (w *wreck) head(at int64) (h head, pageSize int64, ok bool) {
	var b [headSize]byte
	if _, err := w.pages.file.ReadAt(b[:], at+pageHeader); err != nil {
		return h, 0, false
	}
	u32, u64 := binary.NativeEndian.Uint32, binary.NativeEndian.Uint64
	sum := fnv.New64a()
	sum.Write(b[:headSize-8])
	ok = u32(b[0:]) == headMagic && u32(b[4:]) == headVersion && u64(b[headSize-8:]) == sum.Sum64()
	return head{root: u64(b[16:]), txid: u64(b[48:])}, int64(u32(b[8:])), ok
}

// A row of a wreck is one element of a leaf. Its key is valid until the visitor
// returns.
type wreckRow struct {
	w        *wreck
	p        *page
	depth    int
	key      []byte
	at, size int64 // of the value
	bucket   bool
}

// rows visits the rows of the tree that begins at a page, those of sound pages.
func (w *wreck) rows(root uint64, visit func(*wreckRow)) {
	w.seen = make(map[uint64]bool)
	w.tree(root, nil, 0, visit)
}

// rows visits the rows of the bucket that is the row's value.
func (r *wreckRow) rows(visit func(*wreckRow)) {
	if root := r.root(); root != 0 {
		r.w.tree(root, nil, r.depth+1, visit)
		return
	}
	inline, err := r.p.inline(r.at+bucketHeader, r.size-bucketHeader)
	if err != nil {
		r.w.fault(err)
		return
	}
	if r.depth+1 < maxPageDepth {
		r.w.leaf(&inline, r.depth+1, visit)
	}
}

// root returns the page at which the row's bucket begins; 0 when it lies in the
// row itself, or there is none.
func (r *wreckRow) root() uint64 {
	if !r.bucket || r.size < bucketHeader {
		return 0
	}
	head, err := r.p.at(r.at, bucketHeader)
	if err != nil {
		return 0
	}
	return binary.NativeEndian.Uint64(head)
}

// value reads the first n octets of the row's value, or all if there are fewer;
// nil when they cannot be read.
func (r *wreckRow) value(n int64) []byte {
	n = min(n, r.size)
	if r.w.budget -= n; r.w.budget < 0 {
		return nil
	}
	v, err := r.p.at(r.at, n)
	if err != nil {
		return nil
	}
	return v
}

// tree walks the pages from one down. first is the key that leads there: the page
// has it as its first, or it is not the one that was meant.
func (w *wreck) tree(id uint64, first []byte, depth int, visit func(*wreckRow)) {
	switch {
	case depth >= maxPageDepth:
		w.fault(badPage(id, "is too deep"))
		return
	case id < 2 || id >= w.pages.high:
		w.fault(badPage(id, "does not exist"))
		return
	case w.seen[id]:
		w.fault(badPage(id, "is used twice"))
		return
	}
	w.seen[id] = true
	p, err := w.read(id, depth)
	if err == nil && p.flags != flagLeaf && p.flags != flagBranch {
		err = badPage(id, "is of no known kind")
	}
	if err == nil && first != nil {
		var key []byte
		if key, _, err = p.key(0, keyAfter(&p)); err == nil && !bytes.Equal(key, first) {
			err = badPage(id, "is another than the one that should be there")
		}
	}
	if err != nil {
		w.fault(err)
		return
	}
	if p.flags == flagLeaf {
		w.leaf(&p, depth, visit)
		return
	}
	for i := range p.count {
		key, _, err := p.key(i, 0)
		if err != nil {
			w.fault(err)
			continue
		}
		element, err := p.at(p.element(i), pageElement)
		if err != nil {
			w.fault(err)
			continue
		}
		w.tree(binary.NativeEndian.Uint64(element[8:]), key, depth+1, visit)
	}
}

// keyAfter is after how many octets the elements of a page tell of their keys.
func keyAfter(p *page) int64 {
	if p.flags == flagLeaf {
		return 4
	}
	return 0
}

func (w *wreck) read(id uint64, depth int) (page, error) {
	if w.budget -= w.pages.pageSize; w.budget < 0 {
		return page{}, badPage(id, "is left unread: the pages lead round in circles")
	}
	return w.pages.read(id, depth)
}

func (w *wreck) leaf(p *page, depth int, visit func(*wreckRow)) {
	bad := false
	for i := range p.count {
		r := wreckRow{w: w, p: p, depth: depth}
		element, err := p.at(p.element(i), pageElement)
		if err == nil {
			r.key, r.at, err = p.key(i, 4)
		}
		if err == nil {
			r.size = int64(binary.NativeEndian.Uint32(element[12:]))
			flags := binary.NativeEndian.Uint32(element)
			r.bucket = flags == flagBucket
			if r.at+r.size > p.length || flags > flagBucket || len(r.key) > bbolt.MaxKeySize {
				err = badPage(p.id, "has a row that reaches beyond it")
			}
		}
		if w.budget -= pageElement + int64(len(r.key)); w.budget < 0 {
			err = badPage(p.id, "is left unread: the pages lead round in circles")
		}
		switch {
		case err == nil:
			visit(&r)
		case !bad:
			bad = true
			w.fault(err)
		}
		if w.budget < 0 {
			return
		}
	}
}

// sweep visits the rows of every leaf in the file, whether anything leads there
// or not, also those of small buckets within. Faults are not told: pages that are
// free hold anything.
func (w *wreck) sweep(leaf func(id uint64), visit func(*wreckRow)) {
	tell, told, faults := w.tell, w.told, w.faults
	w.tell, w.told = func(string) {}, make(map[string]bool)
	defer func() { w.tell, w.told, w.faults = tell, told, faults }()
	var deep func(r *wreckRow)
	deep = func(r *wreckRow) {
		visit(r)
		if r.bucket && r.root() == 0 && r.size >= bucketHeader+pageHeader {
			r.rows(deep)
		}
	}
	for id := uint64(2); id < w.pages.high; id++ {
		if p, err := w.read(id, 0); err == nil && p.flags == flagLeaf {
			leaf(id)
			w.leaf(&p, 0, deep)
		}
	}
}
