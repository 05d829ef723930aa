package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// SocketName is the name of the socket in the data folder.
const SocketName = "almanac.sock"

// maxSocketPath is the longest path that a socket's address takes everywhere:
// macOS has room for 104 octets with the closing NUL, Linux for 108.
const maxSocketPath = 103

// Listen makes the socket of a data folder, which must be locked by the caller
// through its store: what an earlier process left there is removed.
func Listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, SocketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	var ln *net.UnixListener
	err := withShortPath(dir, func(short string) (err error) {
		ln, err = net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen on the control socket %s: %w", path, err)
	}
	ln.SetUnlinkOnClose(false) // it would remove the short path, which is gone
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return nil, fmt.Errorf("close the control socket to others: %w", err)
	}
	return &listener{ln, path}, nil
}

// listener removes the socket when it is closed.
type listener struct {
	*net.UnixListener
	path string
}

func (l *listener) Close() error {
	err := l.UnixListener.Close()
	if rm := os.Remove(l.path); rm != nil && !errors.Is(rm, os.ErrNotExist) {
		return errors.Join(err, rm)
	}
	return err
}

// Dial connects to the server that has the data folder open. When there is none,
// the error is ErrNoServer.
func Dial(ctx context.Context, dir string) (net.Conn, error) {
	if _, err := os.Stat(filepath.Join(dir, SocketName)); errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoServer
	}
	var conn net.Conn
	err := withShortPath(dir, func(short string) (err error) {
		d := net.Dialer{Timeout: 5 * time.Second}
		conn, err = d.DialContext(ctx, "unix", short)
		return err
	})
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("connect to the server: %w (only the user who runs it may)", err)
	}
	if err != nil {
		// Refused: the process that made the socket is gone.
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	return conn, nil
}

// ErrNoServer tells that no server has the data folder open.
var ErrNoServer = errors.New("no server is running on this data folder")

// withShortPath calls use with a path of the socket that fits into a socket
// address: through a symbolic link in the folder for temporary files when the
// data folder's own path is too long. The path is needed only for the call.
func withShortPath(dir string, use func(path string) error) error {
	if path := filepath.Join(dir, SocketName); len(path) <= maxSocketPath {
		return use(path)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "almanac")
	if err != nil {
		return fmt.Errorf("make a short path to %s: %w", dir, err)
	}
	defer os.RemoveAll(tmp)
	link := filepath.Join(tmp, "d")
	if err := os.Symlink(abs, link); err != nil {
		return fmt.Errorf("make a short path to %s: %w", dir, err)
	}
	path := filepath.Join(link, SocketName)
	if len(path) > maxSocketPath {
		return fmt.Errorf("the path %s is too long for a socket: set TMPDIR to a shorter folder", path)
	}
	return use(path)
}
