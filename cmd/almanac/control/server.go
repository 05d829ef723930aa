package control

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// The streams that are always open.
const (
	stdin uint32 = iota
	stdout
	stderr
	firstFile
)

// maxSessions bounds the commands that run at a time.
const maxSessions = 64

// Serve carries out the commands that arrive at a socket with run, which returns
// the exit code, until ctx ends; then the commands' contexts end too, and Serve
// returns when they are done. It closes ln.
func Serve(ctx context.Context, ln net.Listener, run func(ctx context.Context, c *Caller) int) error {
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	defer ln.Close()
	var sessions sync.WaitGroup
	defer sessions.Wait()
	slots := make(chan struct{}, maxSessions)
	for {
		conn, err := ln.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept on the control socket: %w", err)
		}
		if err != nil {
			// Out of file descriptors, most likely: it passes.
			time.Sleep(100 * time.Millisecond)
			continue
		}
		select {
		case slots <- struct{}{}:
		default:
			conn.Close()
			continue
		}
		sessions.Go(func() {
			defer func() { <-slots }()
			serveOne(ctx, conn, run)
		})
	}
}

// helloTimeout is how long a peer may take to say what it wants.
const helloTimeout = 10 * time.Second

// lastWords is how long a command that was stopped may take to say so.
const lastWords = time.Second

func serveOne(ctx context.Context, conn net.Conn, run func(ctx context.Context, c *Caller) int) {
	defer conn.Close()
	ctx, cancelCommand := context.WithCancel(ctx)
	defer cancelCommand()

	in := bufio.NewReaderSize(conn, maxPayload)
	conn.SetReadDeadline(time.Now().Add(helloTimeout))
	f, _, err := readFrame(in, nil, maxHello)
	if err != nil || f.kind != hello {
		return // no shell of ours
	}
	conn.SetReadDeadline(time.Time{})
	s := &session{out: &frameWriter{conn: conn}, open: map[uint32]chan reply{}}
	s.next.Store(firstFile)
	c := &Caller{
		Stdin:  &input{s: s, stream: stdin},
		Stdout: &output{s: s, stream: stdout},
		Stderr: &output{s: s, stream: stderr},
		Open:   s.openInput,
		Create: s.createOutput,
		Secret: s.askSecret,
		Key:    s.askKey,
	}
	if err := json.Unmarshal(f.payload, &c.Request); err != nil {
		return
	}
	// Once the command is to stop, nobody answers its questions any more: it
	// may be waiting for somebody to type, or to read.
	stop := context.AfterFunc(ctx, func() {
		s.lose(context.Cause(ctx))
		conn.SetWriteDeadline(time.Now().Add(lastWords))
	})
	defer stop()
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		s.receive(in, cancelCommand)
	}()
	code := run(ctx, c)
	s.out.send(quit, 0, []byte{byte(code)})
	conn.Close()
	<-reading
}

// A session is the server's end of one command.
type session struct {
	out  *frameWriter
	next atomic.Uint32 // the last stream that was numbered

	mu   sync.Mutex
	open map[uint32]chan reply // where the answer to a stream's question goes
	lost error                 // set when no more answers can come
}

type reply struct {
	kind    frameType
	payload []byte
}

// receive hands out the answers until the connection ends, which ends the command.
func (s *session) receive(in io.Reader, cancelCommand func()) {
	defer cancelCommand()
	var buf []byte
	for {
		var f frame
		var err error
		if f, buf, err = readFrame(in, buf, maxPayload); err != nil {
			s.lose(errors.New("the caller went away"))
			return
		}
		if f.kind == cancel {
			cancelCommand()
			continue
		}
		s.mu.Lock()
		to := s.open[f.stream]
		delete(s.open, f.stream)
		s.mu.Unlock()
		if to == nil {
			continue // the command has given up the question
		}
		to <- reply{f.kind, append([]byte(nil), f.payload...)} // has room for one
	}
}

func (s *session) lose(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil {
		s.lost = err
	}
	for stream, to := range s.open {
		close(to)
		delete(s.open, stream)
	}
}

// extend gives the caller so long to take what is written next. Once the command
// is to stop, that is decided already.
func (s *session) extend(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil {
		s.out.conn.SetWriteDeadline(time.Now().Add(d))
	}
}

// ask sends a question and waits for its answer.
func (s *session) ask(kind frameType, stream uint32, payload []byte) (reply, error) {
	to := make(chan reply, 1)
	s.mu.Lock()
	if s.lost != nil {
		defer s.mu.Unlock()
		return reply{}, s.lost
	}
	if s.open[stream] != nil {
		defer s.mu.Unlock()
		return reply{}, fmt.Errorf("stream %d is in use", stream)
	}
	s.open[stream] = to
	s.mu.Unlock()
	if len(payload) > maxPayload {
		payload = payload[:maxPayload]
	}
	if err := s.out.send(kind, stream, payload); err != nil {
		return reply{}, fmt.Errorf("ask the caller: %w", err)
	}
	r, ok := <-to
	if !ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		return reply{}, s.lost
	}
	if r.kind == failed {
		return reply{}, errors.New(string(r.payload))
	}
	return r, nil
}

func (s *session) openInput(name string) (io.ReadCloser, error) {
	stream := s.next.Add(1)
	if _, err := s.ask(open, stream, []byte(name)); err != nil {
		return nil, err
	}
	return &input{s: s, stream: stream}, nil
}

func (s *session) createOutput(name string) (Output, error) {
	stream := s.next.Add(1)
	if _, err := s.ask(create, stream, []byte(name)); err != nil {
		return nil, err
	}
	return &output{s: s, stream: stream}, nil
}

func (s *session) askSecret(prompt string) (string, error) {
	r, err := s.ask(secret, s.next.Add(1), []byte(prompt))
	if err != nil {
		return "", err
	}
	return string(r.payload), nil
}

func (s *session) askKey() (string, error) {
	r, err := s.ask(key, s.next.Add(1), nil)
	if err != nil {
		return "", err
	}
	return string(r.payload), nil
}

// An input reads from a stream of the caller. It is used by one goroutine.
type input struct {
	s      *session
	stream uint32
	rest   []byte
	eof    bool
}

// readAhead is how much is asked for at a time.
const readAhead = maxPayload

func (in *input) Read(p []byte) (int, error) {
	for len(in.rest) == 0 {
		if in.eof {
			return 0, io.EOF
		}
		if len(p) == 0 {
			return 0, nil
		}
		r, err := in.s.ask(read, in.stream, binary.BigEndian.AppendUint32(nil, readAhead))
		if err != nil {
			return 0, err
		}
		in.rest, in.eof = r.payload, r.kind == end
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}

func (in *input) Close() error { return in.s.out.send(closed, in.stream, nil) }

// An output writes to a stream of the caller.
type output struct {
	s       *session
	stream  uint32
	timeout time.Duration
}

// SetWriteTimeout has writing fail, and the command with it, once the caller takes
// nothing for so long. Without it a command waits for its reader as any program
// does at the end of a pipe.
func (o *output) SetWriteTimeout(d time.Duration) { o.timeout = d }

func (o *output) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := min(len(p), maxPayload)
		if o.timeout > 0 {
			o.s.extend(o.timeout)
		}
		if err := o.s.out.send(write, o.stream, p[:n]); err != nil {
			return written, fmt.Errorf("write to the caller: %w", err)
		}
		written, p = written+n, p[n:]
	}
	return written, nil
}

func (o *output) Commit() error {
	_, err := o.s.ask(commit, o.stream, nil)
	return err
}

func (o *output) Close() error { return o.s.out.send(closed, o.stream, nil) }
