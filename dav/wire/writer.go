package wire

import (
	"strconv"
	"sync"
)

// A Writer appends one XML body to a buffer. In steady state it allocates nothing.
//
// The caller opens and closes elements and keeps the nesting right; everything
// else (prefixes, declarations, escaping) is seen to here, for any name and any
// text. A Writer does no I/O: when [Writer.Full] says so, or at the end, the
// caller sends [Writer.Buffered] and calls [Writer.Discard].
//
//	w := wire.NewWriter()
//	defer w.Release()
//	w.Begin(wire.D("multistatus"), wire.CalDAV)
//	w.StartResponse("/dav/ann/work/")
//	w.StartPropstat()
//	w.Element(wire.D("displayname"), "Work")
//	w.EndPropstat(200)
//	w.EndResponse()
//	w.End(wire.D("multistatus"))
//
// A Writer may be used by one goroutine at a time.
type Writer struct {
	buf      []byte
	declared uint // bit i: known[i] is declared on the root
	gone     int  // octets discarded so far

	// Where the contents of the response and the propstat being written begin,
	// as positions that Mark would return.
	response, propstat int
}

const (
	writerSize = 64 << 10  // of a new buffer
	writerKeep = 512 << 10 // largest buffer that goes back to the pool
)

var writers = sync.Pool{New: func() any {
	return &Writer{buf: make([]byte, 0, writerSize)}
}}

// NewWriter returns an empty writer from the pool.
func NewWriter() *Writer { return writers.Get().(*Writer) }

// Release gives the writer and its buffer back to the pool. Neither the writer
// nor what Buffered returned may be used afterwards.
func (w *Writer) Release() {
	if cap(w.buf) <= writerKeep {
		*w = Writer{buf: w.buf[:0]}
		writers.Put(w)
	}
}

// Buffered returns what was written and not yet discarded. It is valid until the
// next call of a method of w.
func (w *Writer) Buffered() []byte { return w.buf }

// Discard forgets what is buffered, because it was sent. The body goes on from
// there. It must not be called inside a response, where the writer or the caller
// may still want to take back what was written.
func (w *Writer) Discard() {
	w.gone += len(w.buf)
	w.buf = w.buf[:0]
}

// Mark returns the current position in the body, for [Writer.Truncate].
func (w *Writer) Mark() int { return w.gone + len(w.buf) }

// Truncate takes back what was written since mark. It panics if that was discarded.
func (w *Writer) Truncate(mark int) {
	if mark < w.gone {
		panic("wire: truncate behind what was discarded")
	}
	w.buf = w.buf[:mark-w.gone]
}

// Begin writes the XML declaration and the start tag of the root. DAV:, the
// namespace of the root and the given ones are declared there, each under the one
// prefix it always has; giving one twice does no harm, so the namespaces of all
// names a request asks for may be passed as they come. Only the namespaces this
// package has a constant for can be declared here. A name in any other, or in one
// that is not given, is declared where it is used: better for one element, worse
// for a thousand.
func (w *Writer) Begin(root Name, spaces ...string) {
	w.buf = append(w.buf, `<?xml version="1.0" encoding="utf-8"?>`+"\n"...)
	mask := uint(1) // DAV:, for d:href and d:status
	if i := knownIndex(root.Space); i >= 0 {
		mask |= 1 << i
	}
	for _, space := range spaces {
		if i := knownIndex(space); i >= 0 {
			mask |= 1 << i
		}
	}
	w.declared = mask
	w.tag('<', root)
	for i := range known {
		if mask&(1<<i) != 0 {
			w.declareKnown(i)
		}
	}
	w.buf = append(w.buf, '>')
}

// End writes the end tag of the root.
func (w *Writer) End(root Name) { w.Close(root) }

// Open writes a start tag.
func (w *Writer) Open(n Name, attrs ...Attr) {
	w.startTag(n, attrs)
	w.buf = append(w.buf, '>')
}

// Tags returns the start and end tag that Open and Close write for a name without
// attributes. Who writes one element for each of thousands of members passes them
// to Raw. They are good for this body only.
func (w *Writer) Tags(n Name) (open, close string) {
	mark := len(w.buf)
	w.Open(n)
	open = string(w.buf[mark:])
	w.buf = w.buf[:mark]
	w.Close(n)
	close = string(w.buf[mark:])
	w.buf = w.buf[:mark]
	return open, close
}

// Close writes an end tag.
func (w *Writer) Close(n Name) {
	w.buf = append(w.buf, '<')
	w.tag('/', n)
	w.buf = append(w.buf, '>')
}

// Empty writes an element without content.
func (w *Writer) Empty(n Name, attrs ...Attr) {
	w.startTag(n, attrs)
	w.buf = append(w.buf, '/', '>')
}

// Element writes an element with text and nothing else.
func (w *Writer) Element(n Name, text string) {
	if text == "" {
		w.Empty(n)
		return
	}
	w.Open(n)
	w.Text(text)
	w.Close(n)
}

// ElementBytes is Element for octets.
func (w *Writer) ElementBytes(n Name, text []byte) {
	if len(text) == 0 {
		w.Empty(n)
		return
	}
	w.Open(n)
	w.TextBytes(text)
	w.Close(n)
}

// Text writes character data. A character that XML does not allow, and what is not
// UTF-8, becomes U+FFFD; a carriage return survives.
func (w *Writer) Text(s string) { w.buf = appendText(w.buf, s) }

// TextBytes is Text for octets.
func (w *Writer) TextBytes(b []byte) { w.buf = appendText(w.buf, b) }

// CleanText is TextBytes for text that is UTF-8 and has no control characters but
// tab and line ends. It writes nothing, and returns false, when there are others.
func (w *Writer) CleanText(b []byte) (ok bool) {
	w.buf, ok = appendCleanText(w.buf, b)
	return ok
}

// Raw writes a fragment as it is. It must be well-formed and declare what it uses,
// as what [Elem.Fragment] returns does. No default namespace is ever in force in
// what a Writer writes, so a fragment in no namespace stays in none.
func (w *Writer) Raw(fragment string) { w.buf = append(w.buf, fragment...) }

// startTag writes a start tag without its closing bracket, and the declarations
// that the names in it need.
func (w *Writer) startTag(n Name, attrs []Attr) {
	w.tag('<', n)
	own := knownIndex(n.Space)
	if own >= 0 {
		if w.declared&(1<<own) == 0 {
			w.declareKnown(own)
		}
	} else if bindable(n.Space) {
		w.declare(foreignPrefix, n.Space)
	}
	for i, a := range attrs {
		w.buf = append(w.buf, ' ')
		switch {
		case a.Name.Space == XML:
			w.buf = append(w.buf, "xml:"...)
		case bindable(a.Name.Space):
			// A prefix of its own, whether or not there is one already: attributes
			// in namespaces are too rare for more.
			w.buf = append(w.buf, 'a')
			w.buf = strconv.AppendInt(w.buf, int64(i), 10)
			w.buf = append(w.buf, ':')
		}
		w.local(a.Name.Local)
		w.buf = append(w.buf, '=', '"')
		w.buf = appendAttrValue(w.buf, a.Value)
		w.buf = append(w.buf, '"')
		if a.Name.Space != XML && bindable(a.Name.Space) {
			w.declare("a"+strconv.Itoa(i), a.Name.Space)
		}
	}
}

// foreignPrefix is the prefix of elements in a namespace that is not known. Each
// declares it anew.
const foreignPrefix = "x"

// bindable reports whether a prefix can be declared for space. None can for the
// reserved two, and none is needed for no namespace.
func bindable(space string) bool { return space != "" && space != XML && space != xmlnsSpace }

// tag writes an opening character and the name with its prefix.
func (w *Writer) tag(opening byte, n Name) {
	w.buf = append(w.buf, opening)
	switch i := knownIndex(n.Space); {
	case i >= 0:
		w.buf = append(w.buf, known[i].prefix...)
		w.buf = append(w.buf, ':')
	case n.Space == XML:
		w.buf = append(w.buf, "xml:"...)
	case bindable(n.Space):
		w.buf = append(w.buf, foreignPrefix+":"...)
	}
	w.local(n.Local)
}

// local writes a local name. Names that Parse read or this program made are
// written as they are; a character that no name may have becomes an underscore, so
// that a damaged stored name cannot break an answer.
func (w *Writer) local(s string) {
	if s != "" && class[s[0]]&nameStart != 0 {
		i := 1
		for i < len(s) && class[s[i]]&nameRest != 0 {
			i++
		}
		if i == len(s) {
			w.buf = append(w.buf, s...)
			return
		}
	}
	if s != "" && scanName(s) == len(s) {
		w.buf = append(w.buf, s...)
		return
	}
	start := len(w.buf)
	for _, r := range s {
		enc := string(r)
		if len(w.buf) > start && scanName("_"+enc) == 1+len(enc) || scanName(enc) == len(enc) {
			w.buf = append(w.buf, enc...)
		} else {
			w.buf = append(w.buf, '_')
		}
	}
	if len(w.buf) == start {
		w.buf = append(w.buf, '_')
	}
}

func (w *Writer) declareKnown(i int) { w.declare(known[i].prefix, known[i].space) }

func (w *Writer) declare(prefix, space string) {
	w.buf = append(w.buf, " xmlns:"...)
	w.buf = append(w.buf, prefix...)
	w.buf = append(w.buf, '=', '"')
	w.buf = appendAttrValue(w.buf, space)
	w.buf = append(w.buf, '"')
}
