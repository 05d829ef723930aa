package control

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

type frameType byte

const (
	hello  frameType = 'H'
	cancel frameType = 'c'
	data   frameType = 'd'
	end    frameType = 'e'
	failed frameType = 'x'
	done   frameType = 'o'

	read   frameType = 'r'
	open   frameType = 'O'
	create frameType = 'C'
	commit frameType = 'K'
	closed frameType = 'X'
	secret frameType = 'P'
	key    frameType = 'p'
	write  frameType = 'w'
	quit   frameType = 'q'
)

const (
	headerOctets = 9
	// maxPayload bounds a frame, and so what a read may ask for.
	maxPayload = 64 << 10
	// maxHello bounds a request: the longest argument list that Linux passes on.
	maxHello = 2 << 20
)

var errFrame = errors.New("malformed frame")

type frame struct {
	kind    frameType
	stream  uint32
	payload []byte // valid until the next readFrame with the same buffer
}

// readFrame reads one frame into buf, growing it if the payload needs it. An end
// of the connection between two frames is io.EOF.
func readFrame(r io.Reader, buf []byte, most int) (frame, []byte, error) {
	var h [headerOctets]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return frame{}, buf, err
	}
	f := frame{kind: frameType(h[0]), stream: binary.BigEndian.Uint32(h[1:5])}
	n := binary.BigEndian.Uint32(h[5:9])
	if uint64(n) > uint64(most) {
		return frame{}, buf, fmt.Errorf("%w: type %q of %d octets", errFrame, h[0], n)
	}
	if cap(buf) < int(n) {
		buf = make([]byte, n)
	}
	f.payload = buf[:n]
	if _, err := io.ReadFull(r, f.payload); err != nil {
		return frame{}, buf, fmt.Errorf("%w: cut off: %w", errFrame, err)
	}
	return f, buf, nil
}

// A frameWriter sends frames of several goroutines, each whole.
type frameWriter struct {
	mu   sync.Mutex
	conn net.Conn
	head [headerOctets]byte
}

// send writes one frame. payload must not be longer than maxPayload, except for hello.
func (w *frameWriter) send(kind frameType, stream uint32, payload []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.head[0] = byte(kind)
	binary.BigEndian.PutUint32(w.head[1:5], stream)
	binary.BigEndian.PutUint32(w.head[5:9], uint32(len(payload)))
	bufs := net.Buffers{w.head[:], payload}
	_, err := bufs.WriteTo(w.conn)
	return err
}

// sendText sends a text, cut to what a frame holds.
func (w *frameWriter) sendText(kind frameType, stream uint32, text string) error {
	return w.send(kind, stream, []byte(text[:min(len(text), maxPayload)]))
}
