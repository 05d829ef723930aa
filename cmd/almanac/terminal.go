package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"unicode/utf8"

	"golang.org/x/term"

	"almanac/cmd/almanac/control"
)

// processCaller is the caller of a command that was typed for this process. When
// ctx ends, who waits for the terminal waits no longer.
func processCaller(ctx context.Context, args []string) control.Caller {
	isTerminal := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	c := control.Caller{
		Request: control.Request{Args: args, Term: control.Term{
			Stdin: isTerminal(os.Stdin), Stdout: isTerminal(os.Stdout), Stderr: isTerminal(os.Stderr),
			Lang: os.Getenv("LANG"), Plain: os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb",
		}, User: osUser()},
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Open:   func(name string) (io.ReadCloser, error) { return os.Open(name) },
		Create: createOutput,
		Secret: func(prompt string) (string, error) { return readSecret(ctx, prompt) },
		Key:    func() (string, error) { return readKey(ctx) },
	}
	if c.Term.Stdin {
		c.Stdin = &interruptible{ctx: ctx, r: os.Stdin}
	}
	if w, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil {
		c.Term.Width = w
	}
	return c
}

// osUser is who runs this process, and who became that with sudo.
func osUser() string {
	name := "uid " + strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if before := os.Getenv("SUDO_USER"); before != "" && before != name {
		name = before + " as " + name
	}
	return name
}

// readSecret reads a line from the terminal without showing it, and leaves the
// terminal as it was.
func readSecret(ctx context.Context, prompt string) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	fmt.Fprint(os.Stderr, prompt)
	defer fmt.Fprintln(os.Stderr)
	line, err := await(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	if ctx.Err() != nil {
		_ = term.Restore(fd, before) // the reading goes on, and would restore it later
		return "", ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(line), nil
}

// readKey waits for one key and leaves the terminal as it was. Keys typed ahead wait
// for the next call. Of a key that sends several characters each is one.
func readKey(ctx context.Context) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", fmt.Errorf("read a key: %w", err)
	}
	defer term.Restore(fd, before)
	got, err := await(ctx, func() ([]byte, error) { return oneKey(os.Stdin) })
	if err != nil {
		return "", fmt.Errorf("read a key: %w", err)
	}
	return string(got), nil
}

// oneKey reads the octets of one character.
func oneKey(r io.Reader) ([]byte, error) {
	buf := make([]byte, utf8.UTFMax)
	n, err := r.Read(buf[:1])
	if err != nil || n == 0 {
		return nil, errors.Join(err, io.ErrUnexpectedEOF)
	}
	for !utf8.FullRune(buf[:n]) {
		more, err := r.Read(buf[n : n+1])
		if n += more; err != nil {
			return nil, err
		}
	}
	return buf[:n], nil
}

// interruptible reads from a terminal until ctx ends. A read that is then under
// way is left behind: the process ends soon.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i *interruptible) Read(p []byte) (int, error) {
	got, err := await(i.ctx, func() ([]byte, error) {
		buf := make([]byte, len(p))
		n, err := i.r.Read(buf)
		return buf[:n], err
	})
	return copy(p, got), err
}

// await waits for read or for the end of ctx.
func await(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type answer struct {
		p   []byte
		err error
	}
	done := make(chan answer, 1)
	go func() {
		p, err := read()
		done <- answer{p, err}
	}()
	select {
	case a := <-done:
		return a.p, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
