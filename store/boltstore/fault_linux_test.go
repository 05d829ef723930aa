package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"almanac/store"
	"almanac/store/storetest"
)

func init() { roles["write into a limit"] = writeIntoLimit }

// apply puts an event into collection 1 of home 1.
func apply(s *Store, name, text string) error {
	op := storetest.Put(store.Calendar, 1, name, storetest.Event(name, text))
	_, err := s.Apply(context.Background(), &store.Batch{Home: 1, Ops: []store.Op{op}})
	return err
}

func TestAWriteThatFailsIsReportedAndTheNextSucceeds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var file *os.File
	s, err := Open(path, Options{OpenFile: func(name string, flag int, perm fs.FileMode) (*os.File, error) {
		var err error
		file, err = os.OpenFile(name, flag, perm)
		return file, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := createCalendar(s); err != nil {
		t.Fatal(err)
	}
	if err := apply(s, "before", "x"); err != nil {
		t.Fatal(err)
	}
	// From here on the descriptor is one that cannot be written to.
	fd := int(file.Fd())
	good, err := syscall.Dup(fd)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(good)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if err := syscall.Dup3(int(null.Fd()), fd, 0); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := apply(s, fmt.Sprint("failed-", i), "x"); err == nil {
			t.Error("a write that failed was acknowledged")
		}
		err := s.View(context.Background(), func(sn store.Snapshot) error {
			_, err := sn.Object(1, "before", store.WantBody)
			return err
		})
		if err != nil {
			t.Errorf("reading while writing fails: %v", err)
		}
	}
	if err := syscall.Dup3(good, fd, 0); err != nil {
		t.Fatal(err)
	}
	if err := apply(s, "after", "x"); err != nil {
		t.Errorf("after the disk has recovered: %v", err)
	}
	storetest.CheckClean(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.CheckClean(t, s)
	if got := strings.Join(memberNames(t, s), " "); got != "after before" {
		t.Errorf("members are %s", got)
	}
}

func memberNames(t *testing.T, s *Store) (names []string) {
	t.Helper()
	err := s.View(context.Background(), func(sn store.Snapshot) error {
		return sn.List(1, "", store.WantMeta, func(o *store.Object) bool {
			names = append(names, strings.Clone(o.Name))
			return true
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// writeIntoLimit writes until the file may not grow further, and goes on when it
// may again.
func writeIntoLimit(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		return err
	}
	if err := createCalendar(s); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	full := limit
	full.Cur = uint64(info.Size()) + 300<<10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	written, failed := 0, 0
	for i := 0; failed < 5 && i < 100000; i++ {
		err := apply(s, fmt.Sprint(i), strings.Repeat("x", 3000))
		switch {
		case err == nil:
			written++
			fmt.Println(i)
		case !errors.Is(err, store.ErrFull):
			return fmt.Errorf("error is %w, want %w", err, store.ErrFull)
		default:
			failed++
		}
	}
	if failed == 0 || written == 0 {
		return fmt.Errorf("%d written, %d failed", written, failed)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := apply(s, "after", "x"); err != nil {
		return fmt.Errorf("with space again: %w", err)
	}
	fmt.Println("after")
	return s.Close()
}

func TestAFullDiskLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	out, err := child("write into a limit", path).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("%v: %s", err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.CheckClean(t, s)
	have := make(map[string]bool)
	for _, name := range memberNames(t, s) {
		have[name] = true
	}
	for _, name := range strings.Fields(string(out)) {
		if !have[name] {
			t.Errorf("%s was acknowledged and is not there", name)
		}
	}
}

func TestAnUnconfirmedCommitStopsWriting(t *testing.T) {
	s := open(t)
	if err := createCalendar(s); err != nil {
		t.Fatal(err)
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	now := uint64(tx.ID())
	tx.Rollback()
	// A commit whose meta page is not there: the file is as before.
	s.doubt(now+1, errors.New("no space"))
	if err := apply(s, "a", "x"); err != nil {
		t.Errorf("write after a commit that left no trace: %v", err)
	}
	// One whose meta page is there, but perhaps not on disk.
	cause := errors.New("disk has gone")
	s.doubt(now+1, cause)
	if err := apply(s, "b", "x"); !errors.Is(err, cause) {
		t.Errorf("write after a commit in doubt: %v", err)
	}
	if got := strings.Join(memberNames(t, s), " "); got != "a" {
		t.Errorf("members are %s", got)
	}
}
