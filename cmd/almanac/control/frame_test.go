package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func frames(fs ...any) []byte {
	var out []byte
	for i := 0; i < len(fs); i += 3 {
		payload := fs[i+2].(string)
		n := len(payload)
		stream := fs[i+1].(int)
		out = append(out, byte(fs[i].(frameType)), byte(stream>>24), byte(stream>>16), byte(stream>>8), byte(stream),
			byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		out = append(out, payload...)
	}
	return out
}

func TestReadFrame(t *testing.T) {
	r := bytes.NewReader(frames(data, 258, "abc", end, 3, ""))
	f, buf, err := readFrame(r, nil, 10)
	if err != nil || f.kind != data || f.stream != 258 || string(f.payload) != "abc" {
		t.Errorf("first frame %+v, %v", f, err)
	}
	if f, buf, err = readFrame(r, buf, 10); err != nil || f.kind != end || f.stream != 3 || len(f.payload) != 0 {
		t.Errorf("second frame %+v, %v", f, err)
	}
	if _, _, err = readFrame(r, buf, 10); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	for name, raw := range map[string][]byte{
		"longer than allowed": frames(data, 1, "12345678901"),
		"payload cut off":     frames(data, 1, "123")[:headerOctets+1],
		"four gigabytes":      {byte(data), 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff},
	} {
		if _, _, err := readFrame(bytes.NewReader(raw), nil, 10); !errors.Is(err, errFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// seeds are peers that are broken in one way each.
var seeds = [][]byte{
	{},
	[]byte("GET / HTTP/1.1\r\n\r\n"),
	frames(hello, 0, `{"Args":["x"]}`),
	frames(hello, 0, `{"Args":["x"]}`, data, 0, "input", end, 0, ""),
	frames(hello, 0, `{"Args":["x"]}`, data, 99, "nobody asked", cancel, 0, ""),
	frames(hello, 0, `[`),
	frames(cancel, 0, ""),
	frames(hello, 0, `{}`, failed, 3, "no", failed, 4, "no", done, 5, "", failed, 0, "no"),
	frames(hello, 0, `{}`, done, 4, "", data, 4, "x", end, 4, "", done, 5, "", done, 5, "", data, 6, "pw"),
	{byte(hello), 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},
}

// FuzzServer plays broken shells to a server that asks for everything.
func FuzzServer(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		here, there := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			serveOne(context.Background(), there, func(ctx context.Context, c *Caller) int {
				if in, err := c.Open("in"); err == nil {
					io.Copy(io.Discard, in)
					in.Close()
				}
				if out, err := c.Create("out"); err == nil {
					out.Write([]byte("x"))
					out.Commit()
					out.Close()
				}
				c.Secret("?")
				io.Copy(c.Stdout, io.LimitReader(c.Stdin, 1<<20))
				return 0
			})
		}()
		go io.Copy(io.Discard, here)
		here.SetWriteDeadline(time.Now().Add(5 * time.Second))
		here.Write(raw)
		here.Close()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("the session goes on without its shell")
		}
	})
}

// FuzzShell plays broken servers to a shell.
func FuzzShell(f *testing.F) {
	f.Add(frames(quit, 0, "\x03"))
	f.Add(frames(write, 1, "out", write, 2, "err", write, 77, "nowhere"))
	f.Add(frames(read, 0, "\x00\x00\x00\x08", quit, 0, "\x00"))
	f.Add(frames(read, 9, "\xff\xff\xff\xff", read, 0, "short"))
	f.Add(frames(open, 5, "in", read, 5, "\x00\x01\x00\x00", closed, 5, "", closed, 5, "", read, 5, "\x00\x00\x00\x01"))
	f.Add(frames(create, 5, "out", write, 5, "text", commit, 5, "", commit, 6, ""))
	f.Add(frames(create, 5, "out", create, 5, "out", closed, 5, "", secret, 6, "Password: "))
	f.Add(frames(quit, 0, ""))
	f.Add([]byte{byte(write), 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, raw []byte) {
		here, there := net.Pipe()
		go func() {
			go io.Copy(io.Discard, there)
			there.SetWriteDeadline(time.Now().Add(5 * time.Second))
			there.Write(raw)
			there.Close()
		}()
		d := newDesk(strings.NewReader("some input"))
		d.files["in"] = "text"
		done := make(chan struct{})
		go func() { defer close(done); Run(context.Background(), here, &d.Caller) }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("the shell goes on without its server")
		}
	})
}
