package boltstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	mrand "math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"almanac/store"
	"almanac/store/feed"
)

// Options are the settings of a store. The zero value serves.
type Options struct {
	// ReadOnly opens an existing file for reading; several processes may do so
	// while none writes.
	ReadOnly bool
	// HistoryKeep is how long the history is kept: 0 for store.DefaultHistoryKeep,
	// negative to let Expire remove all of it.
	HistoryKeep time.Duration
	// Now is the clock for batches without a moment; nil for time.Now.
	Now func() time.Time
	// NoSync leaves it to the system when what was written reaches the disk. A
	// crash then may damage the file: only for files that can be made again.
	NoSync bool
	// OpenFile opens the file; nil for os.OpenFile.
	OpenFile func(name string, flag int, perm fs.FileMode) (*os.File, error)
}

// A Store is a store.Store in one file.
type Store struct {
	db    *bbolt.DB
	opt   Options
	epoch string
	cache cache
	feed  *feed.Feed

	mu      sync.Mutex
	queue   []*request
	closed  bool
	wake    chan struct{} // holds one value when the queue may have something
	stopped chan struct{} // closed when the writer has ended
	broken  atomic.Pointer[error]

	// Of the writer: how many cards of an address book wait to be indexed, and from
	// how many on that is done.
	waiting map[store.CollID]int
	foldAt  int
}

var _ store.Store = (*Store)(nil)

// mapSize is how much address space the file's map takes from the start, so that
// a growing file need not be mapped anew, for which all readers must be waited
// for. It is not memory.
const mapSize = 16 << 30

// growBy is in which steps the file grows, in octets. bbolt's own 16 MiB would be
// most of what a small store takes.
const growBy = 2 << 20

// lockWait is how long Open waits for another process to let go of the file.
const lockWait = time.Second

// Open opens the file at path and makes it if it is not there (unless ReadOnly).
// A file that another process has open is store.ErrLocked, one of a newer layout
// store.ErrTooNew; an older one is brought up to date. One whose pages are not
// sound is store.ErrDamaged, and one that was never a store store.ErrForeign.
func Open(path string, opt Options) (*Store, error) {
	if opt.HistoryKeep == 0 {
		opt.HistoryKeep = store.DefaultHistoryKeep
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	db, err := openFile(path, opt)
	if err != nil {
		return nil, err
	}
	s := &Store{
		db: db, opt: opt, feed: feed.New(mrand.Uint32()),
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
		waiting: make(map[store.CollID]int), foldAt: foldAt,
	}
	s.cache.reset()
	if s.epoch, err = s.prepare(); err != nil {
		db.Close()
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if opt.ReadOnly {
		close(s.stopped)
	} else {
		go s.write()
	}
	return s, nil
}

// A DamageError is met on opening a file whose pages are not sound. It is a
// store.ErrDamaged.
type DamageError struct {
	What string // the first fault
}

func (e *DamageError) Error() string {
	return "it is damaged: " + e.What + `; put a backup in its place with "almanac restore FILE", or read what is left of it with "almanac salvage -o FOLDER"`
}

func (e *DamageError) Unwrap() error { return store.ErrDamaged }

// openTries is how often a file is opened that is replaced meanwhile.
const openTries = 5

// openFile opens the file with bbolt, once its pages are known to be sound.
func openFile(path string, opt Options) (*bbolt.DB, error) {
	for range openTries {
		db, err := openSound(path, opt)
		switch {
		case err != nil:
			return nil, fmt.Errorf("open store %s: %w", path, err)
		case db != nil:
			return db, nil
		}
	}
	return nil, fmt.Errorf("open store %s: %w", path, store.ErrLocked)
}

// openSound returns nil when the path no longer names the file that it opened: a
// backup took its place while this process waited for the lock.
func openSound(path string, opt Options) (*bbolt.DB, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !opt.ReadOnly:
		return openLasting(path, opt)
	case err != nil:
		return nil, reason(err) // bbolt would make an empty file also for reading
	}
	look := opt
	look.ReadOnly = true
	db, file, err := openRaw(path, look)
	switch {
	case errors.Is(err, store.ErrLocked):
		return nil, err
	case err != nil && info.Size() == 0:
		return nil, &DamageError{"the file is empty"}
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum),
		err != nil && info.Size() < 2*int64(os.Getpagesize()):
		return nil, fmt.Errorf(`%w, or its head is damaged: then "almanac salvage -o FOLDER" reads what is left`, store.ErrForeign)
	case err != nil:
		return nil, err
	}
	if err = verify(db, file); err == nil && opt.ReadOnly {
		return db, nil
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	return openLasting(path, opt)
}

// openLasting opens the file for writing, or returns nil when it has lost its
// name since.
func openLasting(path string, opt Options) (*bbolt.DB, error) {
	db, file, err := openRaw(path, opt)
	if err != nil {
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil {
		var named fs.FileInfo
		if named, err = os.Stat(path); err == nil && os.SameFile(opened, named) {
			return db, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return nil, errors.Join(err, db.Close())
}

// openRaw has bbolt open the file, and returns also the file, which bbolt closes.
func openRaw(path string, opt Options) (db *bbolt.DB, file *os.File, err error) {
	open := opt.OpenFile
	if open == nil {
		open = os.OpenFile
	}
	o := &bbolt.Options{
		Timeout:        lockWait,
		NoFreelistSync: true, // else each commit writes all free pages
		FreelistType:   bbolt.FreelistMapType,
		ReadOnly:       opt.ReadOnly,
		NoSync:         opt.NoSync,
		NoStatistics:   true,
		OpenFile: func(name string, flag int, perm fs.FileMode) (_ *os.File, err error) {
			file, err = open(name, flag, perm)
			return file, err
		},
	}
	if strconv.IntSize == 64 && runtime.GOOS != "windows" {
		o.InitialMmapSize = mapSize
	}
	defer func() {
		// A list of free pages that is no such list: only another program writes one.
		if r := recover(); r != nil {
			err = errors.Join(&DamageError{fmt.Sprint(r)}, file.Close())
		}
	}()
	db, err = bbolt.Open(path, 0o600, o)
	if err != nil && o.InitialMmapSize != 0 && !errors.Is(err, berrors.ErrTimeout) {
		// Where address space is limited (ulimit -v), the file is mapped as it is.
		o.InitialMmapSize = 0
		db, err = bbolt.Open(path, 0o600, o)
	}
	if errors.Is(err, berrors.ErrTimeout) {
		err = store.ErrLocked
	}
	if err == nil {
		db.AllocSize = growBy
	}
	return db, file, reason(err)
}

// reason leaves out the path, which the caller names.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// prepare brings the layout up to date and returns the epoch.
func (s *Store) prepare() (epoch string, err error) {
	if s.opt.ReadOnly {
		err = s.db.View(func(tx *bbolt.Tx) error {
			v, err := schemaOf(tx)
			if err == nil && v != len(migrations) {
				err = fmt.Errorf("its layout is version %d; it must be opened for writing once to become version %d", v, len(migrations))
			}
			return err
		})
	} else if err = migrate(s.db); err == nil {
		err = refreshDigests(s.db)
	}
	if err != nil {
		return "", err
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		for _, name := range allBuckets {
			if tx.Bucket(name) == nil {
				return &DamageError{fmt.Sprintf("bucket %s is missing", name)}
			}
		}
		epoch = string(tx.Bucket(bMeta).Get(kEpoch))
		if epoch == "" {
			return fmt.Errorf("epoch: %w", store.ErrDamaged)
		}
		return nil
	})
	return epoch, err
}

// newEpoch returns a name that no other store has.
func newEpoch() []byte { return []byte(rand.Text()[:16]) }

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.view(func(sn *snapshot) error { return fn(sn) })
}

func (s *Store) view(fn func(*snapshot) error) error {
	tx, err := s.db.Begin(false)
	if err != nil {
		return mapError(err)
	}
	defer tx.Rollback()
	sn := &snapshot{s: s, tx: tx, txid: uint64(tx.ID())}
	defer sn.release()
	return fn(sn)
}

func mapError(err error) error {
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return store.ErrClosed
	}
	return err
}

// Epoch implements store.Store.
func (s *Store) Epoch() string { return s.epoch }

// Close implements store.Store. It also waits for the snapshots in use.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return store.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	s.rouse()
	s.feed.Close()
	<-s.stopped
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}
