package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A desk is a caller whose files and terminal are in memory.
type desk struct {
	Caller
	out, err bytes.Buffer
	mu       sync.Mutex
	files    map[string]string
}

func newDesk(stdin io.Reader, args ...string) *desk {
	d := &desk{files: map[string]string{}}
	d.Caller = Caller{
		Request: Request{Args: args, Term: Term{Stderr: true, Width: 80, Lang: "de_CH.UTF-8"}},
		Stdin:   stdin, Stdout: &d.out, Stderr: &d.err,
		Open: func(name string) (io.ReadCloser, error) {
			text, ok := d.files[name]
			if !ok {
				return nil, fmt.Errorf("no file %s", name)
			}
			return io.NopCloser(strings.NewReader(text)), nil
		},
		Create: func(name string) (Output, error) {
			if strings.HasPrefix(name, "full/") {
				return &memory{d: d, name: name, full: true}, nil
			}
			return &memory{d: d, name: name}, nil
		},
		Secret: func(prompt string) (string, error) { return "typed at " + prompt, nil },
		Key:    func() (string, error) { return "k", nil },
	}
	return d
}

type memory struct {
	bytes.Buffer
	d    *desk
	name string
	full bool
}

func (m *memory) Write(p []byte) (int, error) {
	if m.full {
		return 0, errors.New("no space left")
	}
	return m.Buffer.Write(p)
}

func (m *memory) Commit() error {
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	m.d.files[m.name] = m.String()
	return nil
}

func (m *memory) Close() error { return nil }

// serveFor starts a server in a fresh folder, and stops it with the test.
func serveFor(t *testing.T, run func(ctx context.Context, c *Caller) int) (dir string, stop func()) {
	t.Helper()
	dir = t.TempDir()
	ln, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, ln, run) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Serve: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return dir, stop
}

func call(t *testing.T, ctx context.Context, dir string, d *desk) (int, error) {
	t.Helper()
	conn, err := Dial(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	return Run(ctx, conn, &d.Caller)
}

func TestACommandActsOnItsCaller(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 100_000) // many frames
	dir, _ := serveFor(t, func(ctx context.Context, c *Caller) int {
		want := Request{Args: []string{"import", "ä b"}, Term: Term{Stderr: true, Width: 80, Lang: "de_CH.UTF-8"}}
		if diff := cmp.Diff(want, c.Request); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
		typed, err := io.ReadAll(c.Stdin)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(c.Stdout, "stdin has %d octets\n", len(typed))
		fmt.Fprintln(c.Stderr, "a warning")
		in, err := c.Open("in.ics")
		if err != nil {
			t.Error(err)
		}
		out, err := c.Create("out.ics")
		if err != nil {
			t.Error(err)
		}
		if n, err := io.Copy(out, in); err != nil || n != int64(len(big)) {
			t.Errorf("copied %d octets, %v", n, err)
		}
		for _, err := range []error{out.Commit(), out.Close(), in.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
		if _, err := c.Open("nix"); err == nil || err.Error() != "no file nix" {
			t.Errorf("Open(nix): %v", err)
		}
		if s, err := c.Secret("Password: "); err != nil || s != "typed at Password: " {
			t.Errorf("Secret = %q, %v", s, err)
		}
		if k, err := c.Key(); err != nil || k != "k" {
			t.Errorf("Key = %q, %v", k, err)
		}
		return 7
	})
	d := newDesk(strings.NewReader(big), "import", "ä b")
	d.files["in.ics"] = big
	code, err := call(t, t.Context(), dir, d)
	if code != 7 || err != nil {
		t.Errorf("Run = %d, %v", code, err)
	}
	if got, want := d.out.String(), fmt.Sprintf("stdin has %d octets\n", len(big)); got != want {
		t.Errorf("stdout %q, want %q", got, want)
	}
	if got := d.err.String(); got != "a warning\n" {
		t.Errorf("stderr %q", got)
	}
	if d.files["out.ics"] != big {
		t.Errorf("out.ics has %d octets", len(d.files["out.ics"]))
	}
}

func TestAWriteErrorIsToldAtCommit(t *testing.T) {
	dir, _ := serveFor(t, func(ctx context.Context, c *Caller) int {
		out, err := c.Create("full/x")
		if err != nil {
			t.Error(err)
		}
		defer out.Close()
		out.Write([]byte("x"))
		if err := out.Commit(); err == nil || err.Error() != "no space left" {
			t.Errorf("Commit: %v", err)
		}
		return 1
	})
	d := newDesk(nil)
	if code, err := call(t, t.Context(), dir, d); code != 1 || err != nil {
		t.Errorf("Run = %d, %v", code, err)
	}
	if len(d.files) != 0 {
		t.Errorf("files: %v", d.files)
	}
}

func TestCancelReachesACommandThatWaitsForInput(t *testing.T) {
	typing, never := io.Pipe()
	defer never.Close()
	dir, _ := serveFor(t, func(ctx context.Context, c *Caller) int {
		fmt.Fprintln(c.Stdout, "waiting")
		_, err := c.Stdin.Read(make([]byte, 1))
		if !errors.Is(err, context.Canceled) || ctx.Err() == nil {
			t.Errorf("Read: %v; context: %v", err, ctx.Err())
		}
		fmt.Fprintln(c.Stderr, "stopped")
		return 1
	})
	ctx, cancel := context.WithCancel(t.Context())
	d := newDesk(typing)
	d.Stdout = writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
	code, err := call(t, ctx, dir, d)
	if code != 1 || err != nil || d.err.String() != "stopped\n" {
		t.Errorf("Run = %d, %v; stderr %q", code, err, d.err.String())
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestACallerThatGoesAwayEndsItsCommand(t *testing.T) {
	ended := make(chan error, 1)
	dir, _ := serveFor(t, func(ctx context.Context, c *Caller) int {
		<-ctx.Done()
		_, err := c.Stdin.Read(make([]byte, 1))
		ended <- err
		return 0
	})
	conn, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	w := &frameWriter{conn: conn}
	if err := w.send(hello, 0, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("input of nobody")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the command goes on")
	}
}

func TestAServerThatStopsEndsItsCommands(t *testing.T) {
	started := make(chan struct{})
	dir, stop := serveFor(t, func(ctx context.Context, c *Caller) int {
		close(started)
		<-ctx.Done()
		return 3
	})
	go func() { <-started; stop() }()
	if code, err := call(t, t.Context(), dir, newDesk(nil)); code != 3 || err != nil {
		t.Errorf("Run = %d, %v", code, err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial after that: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, SocketName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestAServerThatDies(t *testing.T) {
	dir := t.TempDir()
	ln, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		conn, err := ln.Accept()
		if err == nil {
			conn.Close()
		}
	}()
	if _, err := call(t, t.Context(), dir, newDesk(nil)); err == nil {
		t.Error("no error")
	}
}

func TestManyCommandsAtOnce(t *testing.T) {
	var running atomic.Int32
	dir, _ := serveFor(t, func(ctx context.Context, c *Caller) int {
		running.Add(1)
		n, _ := io.Copy(c.Stdout, c.Stdin)
		return int(n % 100)
	})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			text := strings.Repeat("x", 1000+i)
			d := newDesk(strings.NewReader(text))
			if code, err := call(t, t.Context(), dir, d); code != len(text)%100 || err != nil || d.out.String() != text {
				t.Errorf("Run %d = %d, %v, %d octets", i, code, err, d.out.Len())
			}
		})
	}
	wg.Wait()
}

func TestListenTakesTheSocketOfADeadServer(t *testing.T) {
	dir := t.TempDir()
	old, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, SocketName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	old.SetUnlinkOnClose(false)
	old.Close()
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial of a dead server: %v", err)
	}
	ln, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	info, err := os.Stat(filepath.Join(dir, SocketName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", info.Mode(), err)
	}
}

func TestALongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 120), strings.Repeat("e", 120))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A standing caller is one whose output is not taken until it is let go.
func standing(d *desk) (let func()) {
	held := make(chan struct{})
	d.Stdout = writerFunc(func(p []byte) (int, error) { <-held; return len(p), nil })
	return sync.OnceFunc(func() { close(held) })
}

func TestAWriteTimeoutEndsACommandWhoseReaderStandsStill(t *testing.T) {
	ended := make(chan error, 1)
	dir, _ := serveFor(t, func(ctx context.Context, c *Caller) int {
		c.Stdout.(interface{ SetWriteTimeout(time.Duration) }).SetWriteTimeout(50 * time.Millisecond)
		_, err := io.Copy(c.Stdout, io.LimitReader(zeros{}, 64<<20))
		ended <- err
		return 0
	})
	d := newDesk(nil)
	let := standing(d)
	defer let()
	go func() {
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write: %v", err)
		}
		let()
	}()
	if code, err := call(t, t.Context(), dir, d); !errors.Is(err, ErrLost) {
		t.Errorf("Run = %d, %v", code, err)
	}
}

// zeros reads without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestAServerThatStopsDoesNotWaitForAReaderThatStandsStill(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Hour} {
		dir, stop := serveFor(t, func(ctx context.Context, c *Caller) int {
			c.Stdout.(interface{ SetWriteTimeout(time.Duration) }).SetWriteTimeout(timeout)
			io.Copy(c.Stdout, io.LimitReader(zeros{}, 64<<20))
			return 0
		})
		d := newDesk(nil)
		let := standing(d)
		done := make(chan struct{})
		go func() {
			defer close(done)
			if code, err := call(t, t.Context(), dir, d); !errors.Is(err, ErrLost) {
				t.Errorf("Run = %d, %v", code, err)
			}
		}()
		time.Sleep(20 * time.Millisecond) // most likely it stands still by now; it need not
		stop()
		let()
		<-done
	}
}
