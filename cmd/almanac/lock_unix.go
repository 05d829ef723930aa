//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"

	"almanac/store"
)

// lockFile opens a file and locks it as the store does, without reading it: it
// may be too damaged for that. It returns nil when there is no such file, and
// store.ErrLocked when a process has it open.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, store.ErrLocked
		}
		return nil, err
	}
	return f, nil
}
