package dav

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"

	"almanac/store"
)

// RFC 4918 section 11.5. The client learns that the disk is full, and nothing
// of the server's files.
func TestAFullDiskIsInsufficientStorage(t *testing.T) {
	e := asError(fmt.Errorf("commit: %w: %w", store.ErrFull, syscall.ENOSPC))
	if e.Status != http.StatusInsufficientStorage || e.Err != store.ErrFull {
		t.Errorf("answer is %d, %v", e.Status, e.Err)
	}
}
