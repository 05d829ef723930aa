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
}

var _ store.Store = (*Store)(nil)

// mapSize is how much address space the file's map takes from the start, so that
// a growing file need not be mapped anew, for which all readers must be waited
// for. It is not memory.
const mapSize = 16 << 30

// lockWait is how long Open waits for another process to let go of the file.
const lockWait = time.Second

// Open opens the file at path and makes it if it is not there (unless ReadOnly).
// A file that another process has open is store.ErrLocked, one of a newer layout
// store.ErrTooNew; an older one is brought up to date.
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

func openFile(path string, opt Options) (*bbolt.DB, error) {
	o := &bbolt.Options{
		Timeout:        lockWait,
		NoFreelistSync: true, // else each commit writes all free pages
		FreelistType:   bbolt.FreelistMapType,
		ReadOnly:       opt.ReadOnly,
		NoSync:         opt.NoSync,
		NoStatistics:   true,
		OpenFile:       opt.OpenFile,
	}
	if strconv.IntSize == 64 && runtime.GOOS != "windows" {
		o.InitialMmapSize = mapSize
	}
	if opt.ReadOnly {
		// bbolt would make an empty file even so.
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("open store: %w", err)
		}
	}
	db, err := bbolt.Open(path, 0o600, o)
	if err != nil && o.InitialMmapSize != 0 && !errors.Is(err, berrors.ErrTimeout) {
		// Where address space is limited (ulimit -v), the file is mapped as it is.
		o.InitialMmapSize = 0
		db, err = bbolt.Open(path, 0o600, o)
	}
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("open store %s: %w", path, store.ErrLocked)
	case err != nil:
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return db, nil
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
	} else {
		err = migrate(s.db)
	}
	if err != nil {
		return "", err
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
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
	return fn(&snapshot{s: s, tx: tx, txid: uint64(tx.ID())})
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
