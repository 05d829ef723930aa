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
)

// ErrLost tells that the connection ended before the command did. What it had
// written before that is written.
var ErrLost = errors.New("the server went away before the command was done")

// Run has the server at the other end of conn carry out a command for a caller,
// and returns its exit code. It closes conn. When ctx ends, the command is asked
// to stop, and Run still waits for it.
func Run(ctx context.Context, conn net.Conn, c *Caller) (code int, err error) {
	defer conn.Close()
	req, err := json.Marshal(c.Request)
	if err != nil {
		return 0, fmt.Errorf("send the command: %w", err)
	}
	if len(req) > maxHello {
		return 0, fmt.Errorf("send the command: its arguments are longer than %d octets", maxHello)
	}
	s := &shell{caller: c, out: &frameWriter{conn: conn}, inputs: map[uint32]io.ReadCloser{}, outputs: map[uint32]*pending{}}
	if err := s.out.send(hello, 0, req); err != nil {
		return 0, fmt.Errorf("send the command: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { s.out.send(cancel, 0, nil) })
	defer stop()
	defer s.closeAll()

	in := bufio.NewReaderSize(conn, maxPayload)
	var buf []byte
	for {
		var f frame
		if f, buf, err = readFrame(in, buf, maxPayload); err != nil {
			if errors.Is(err, errFrame) {
				return 0, err
			}
			return 0, ErrLost
		}
		if f.kind == quit {
			if len(f.payload) != 1 {
				return 0, fmt.Errorf("%w: exit code", errFrame)
			}
			return int(f.payload[0]), nil
		}
		if err := s.answer(f); err != nil {
			return 0, err
		}
	}
}

// A shell answers the questions of a command that the server carries out.
type shell struct {
	caller *Caller
	out    *frameWriter

	mu      sync.Mutex // guards the maps: a file is read in a goroutine of its own
	inputs  map[uint32]io.ReadCloser
	outputs map[uint32]*pending
}

// pending is an output with the first error of writing to it, told at Commit.
type pending struct {
	Output
	err error
}

// answer deals with one frame. Its errors end the command.
func (s *shell) answer(f frame) error {
	switch f.kind {
	case write:
		return s.write(f.stream, f.payload)
	case read:
		if len(f.payload) != 4 {
			return fmt.Errorf("%w: read", errFrame)
		}
		n := min(binary.BigEndian.Uint32(f.payload), maxPayload)
		go s.read(f.stream, int(n)) // may wait for a terminal while output goes on
	case open:
		in, err := s.caller.Open(string(f.payload))
		if err == nil {
			s.mu.Lock()
			s.inputs[f.stream] = in
			s.mu.Unlock()
		}
		return s.reply(f.stream, err)
	case create:
		out, err := s.caller.Create(string(f.payload))
		if err == nil {
			s.mu.Lock()
			s.outputs[f.stream] = &pending{Output: out}
			s.mu.Unlock()
		}
		return s.reply(f.stream, err)
	case commit:
		s.mu.Lock()
		p := s.outputs[f.stream]
		s.mu.Unlock()
		if p == nil {
			return fmt.Errorf("%w: commit of stream %d", errFrame, f.stream)
		}
		if p.err == nil {
			p.err = p.Commit()
		}
		return s.reply(f.stream, p.err)
	case closed:
		s.mu.Lock()
		defer s.mu.Unlock()
		if in := s.inputs[f.stream]; in != nil {
			in.Close()
		}
		if p := s.outputs[f.stream]; p != nil {
			p.Close()
		}
		delete(s.inputs, f.stream)
		delete(s.outputs, f.stream)
	case secret:
		prompt := string(f.payload)
		go func() {
			line, err := s.caller.Secret(prompt)
			if err != nil {
				s.reply(f.stream, err)
				return
			}
			s.out.sendText(data, f.stream, line)
		}()
	case key:
		go func() {
			pressed, err := s.caller.Key()
			if err != nil {
				s.reply(f.stream, err)
				return
			}
			s.out.sendText(data, f.stream, pressed)
		}()
	default:
		return fmt.Errorf("%w: type %q", errFrame, f.kind)
	}
	return nil
}

func (s *shell) write(stream uint32, p []byte) error {
	switch stream {
	case stdout:
		_, err := s.caller.Stdout.Write(p)
		return err
	case stderr:
		_, err := s.caller.Stderr.Write(p)
		return err
	}
	s.mu.Lock()
	out := s.outputs[stream]
	s.mu.Unlock()
	if out == nil {
		return fmt.Errorf("%w: write to stream %d", errFrame, stream)
	}
	if out.err == nil {
		_, out.err = out.Write(p)
	}
	return nil
}

func (s *shell) read(stream uint32, n int) {
	var in io.Reader = s.caller.Stdin
	if stream != stdin {
		s.mu.Lock()
		file, ok := s.inputs[stream]
		s.mu.Unlock()
		if !ok {
			s.reply(stream, fmt.Errorf("%w: read of stream %d", errFrame, stream))
			return
		}
		in = file
	}
	buf := make([]byte, n)
	got, err := in.Read(buf)
	switch {
	case got > 0: // an error shows again at the next read
		s.out.send(data, stream, buf[:got])
	case err == io.EOF:
		s.out.send(end, stream, nil)
	case err != nil:
		s.reply(stream, err)
	default:
		s.out.send(data, stream, nil)
	}
}

// reply sends done, or failed with the reason.
func (s *shell) reply(stream uint32, err error) error {
	if err != nil {
		return s.out.sendText(failed, stream, err.Error())
	}
	return s.out.send(done, stream, nil)
}

func (s *shell) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range s.inputs {
		in.Close()
	}
	for _, out := range s.outputs {
		out.Close()
	}
}
