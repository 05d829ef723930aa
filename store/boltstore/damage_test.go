package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"almanac/store"
	"almanac/store/storetest"
)

// createCalendar makes home 1 with collection 1.
func createCalendar(s *Store) error {
	_, err := s.Apply(context.Background(), &store.Batch{Ops: []store.Op{
		store.CreateHome{Home: store.Home{Name: "ann"}},
		store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "work", Components: []string{"VEVENT"}}},
	}})
	return err
}

// soundFile returns the octets of a store with trees of several levels, large
// values and free pages.
func soundFile(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := createCalendar(s); err != nil {
		t.Fatal(err)
	}
	for i := range 24 {
		var ops []store.Op
		for j := range 10 {
			name := fmt.Sprint(i*10 + j)
			ops = append(ops, storetest.Put(store.Calendar, 1, name, storetest.Event(name, strings.Repeat("x", 1+(i*10+j)*37%900))))
		}
		if i%8 == 0 {
			ops = append(ops, storetest.Put(store.Calendar, 1, "large", storetest.Event("large", strings.Repeat("y", 9000+i))))
		}
		if _, err := s.Apply(context.Background(), &store.Batch{Home: 1, Ops: ops}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data[:inUse(t, data)]
}

// opens tells how a file opens, for writing and for reading: bbolt must not end
// the process, nor may what is read afterwards.
func opens(t *testing.T, path string, data []byte) error {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	r, errRead := Open(path, Options{ReadOnly: true})
	if errRead == nil {
		r.Close()
	}
	s, err := Open(path, Options{NoSync: true})
	if (err == nil) != (errRead == nil) {
		t.Errorf("open for writing: %v; for reading: %v", err, errRead)
	}
	if err != nil {
		return err
	}
	defer s.Close()
	// Damaged values may be found; that is no concern here.
	_ = s.Check(context.Background(), false, nil, func(store.Finding) {})
	_ = s.Backup(context.Background(), io.Discard)
	return nil
}

func TestNoDamageEndsTheProcess(t *testing.T) {
	sound := soundFile(t)
	path := filepath.Join(t.TempDir(), "store.db")
	if err := opens(t, path, sound); err != nil {
		t.Fatalf("undamaged: %v", err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	size := os.Getpagesize()
	fills := map[string]func([]byte){
		"zeroed": func(p []byte) { clear(p) },
		"overwritten": func(p []byte) {
			for i := range p {
				p[i] = byte(random.Uint32())
			}
		},
		"of another number":   func(p []byte) { p[0]++ },
		"of another kind":     func(p []byte) { p[8] ^= 3 },
		"with more elements":  func(p []byte) { p[11] = 0xff },
		"with a huge tail":    func(p []byte) { p[15] = 0x7f },
		"with a tail":         func(p []byte) { p[12]++ },
		"with one octet less": func(p []byte) { copy(p[100:], p[101:]) },
	}
	for name, fill := range fills {
		refused, tried := 0, 0
		for page := 0; page < len(sound)/size; page += 1 + random.IntN(8) {
			tried++
			data := bytes.Clone(sound)
			fill(data[page*size : (page+1)*size])
			err := opens(t, path, data)
			var damage *DamageError
			switch {
			case err == nil:
			case !errors.As(err, &damage) || !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "almanac restore"):
				t.Fatalf("page %d %s: %v", page, name, err)
			default:
				refused++
			}
		}
		// The rest are the older head, free pages, and those within large values.
		if refused < tried/4 && name != "with one octet less" {
			t.Errorf("%s: %d of %d pages were noticed", name, refused, tried)
		}
	}
	// Both heads.
	data := bytes.Clone(sound)
	clear(data[:2*size])
	if err := opens(t, path, data); !errors.Is(err, store.ErrForeign) {
		t.Errorf("without heads: %v", err)
	}
}

func TestAFileThatIsCutOffIsRefused(t *testing.T) {
	sound := soundFile(t)
	path := filepath.Join(t.TempDir(), "store.db")
	used := int64(len(sound))
	for _, n := range []int64{0, 1, 1000, 4096, 5000, 8192, 9000, used / 3, used / 2, used - 4096, used - 1} {
		want := store.ErrDamaged
		if n > 0 && n < 2*int64(os.Getpagesize()) {
			want = store.ErrForeign
		}
		if err := opens(t, path, sound[:n]); !errors.Is(err, want) {
			t.Errorf("the first %d of %d octets: %v, want %v", n, used, err, want)
		}
		if info, err := os.Stat(path); err != nil || info.Size() != n {
			t.Errorf("the first %d octets: the file was changed", n)
		}
	}
}

// inUse returns how many octets of the file the store needs.
func inUse(t testing.TB, data []byte) (n int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, _, err := openRaw(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bbolt.Tx) error { n = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// One octet anywhere is changed: bbolt's own walk must agree with ours, or else
// it would end this process.
func TestNoChangedOctetEndsTheProcess(t *testing.T) {
	sound := soundFile(t)
	path := filepath.Join(t.TempDir(), "store.db")
	random := rand.New(rand.NewPCG(3, 4))
	pages := len(sound) / os.Getpagesize()
	for range 150 {
		data := bytes.Clone(sound)
		// Most of what matters is at the beginning of a page.
		at := random.IntN(pages)*os.Getpagesize() + random.IntN(1+random.IntN(os.Getpagesize()))
		data[at] ^= byte(1 << random.IntN(8))
		if err := opens(t, path, data); err != nil && !errors.Is(err, store.ErrDamaged) {
			t.Errorf("octet %d: %v", at, err)
		}
	}
}

// A backup takes the place of the file while a server waits for its lock.
func TestAFileThatIsReplacedIsOpenedAgain(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "store.db"), filepath.Join(dir, "other.db")
	var epochs []string
	for _, name := range []string{path, other} {
		s, err := Open(name, Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		epochs = append(epochs, s.Epoch())
		s.Close()
	}
	opened := 0
	s, err := Open(path, Options{NoSync: true, OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, perm)
		if opened++; opened == 2 { // after the pages were looked at
			err = errors.Join(err, os.Rename(other, path))
		}
		return f, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Epoch() != epochs[1] {
		t.Errorf("the file of before is open, epoch %s of %s", s.Epoch(), epochs)
	}
}

// BenchmarkVerify tells what looking at the pages adds to opening a large file.
func BenchmarkVerify(b *testing.B) {
	path := filepath.Join(b.TempDir(), "store.db")
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	if err := createCalendar(s); err != nil {
		b.Fatal(err)
	}
	for i := range 240 {
		var ops []store.Op
		for j := range 500 {
			name := fmt.Sprint("event-", j*1000+i)
			ops = append(ops, storetest.Put(store.Calendar, 1, name, storetest.Event(name, strings.Repeat("x", 800))))
		}
		if _, err := s.Apply(context.Background(), &store.Batch{Home: 1, Ops: ops}); err != nil {
			b.Fatal(err)
		}
	}
	s.Close()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	var look, open time.Duration
	for b.Loop() {
		began := time.Now()
		db, file, err := openRaw(path, Options{ReadOnly: true})
		if err == nil {
			err = verify(db, file)
		}
		if err != nil {
			b.Fatal(err)
		}
		db.Close()
		look += time.Since(began)
		began = time.Now()
		if db, _, err = openRaw(path, Options{NoSync: true}); err != nil {
			b.Fatal(err)
		}
		open += time.Since(began)
		db.Close()
	}
	perGB := func(d time.Duration) float64 {
		return d.Seconds() / float64(b.N) / float64(info.Size()) * (1 << 30)
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "MB")
	b.ReportMetric(perGB(look), "verify-s/GB")
	b.ReportMetric(perGB(open), "bbolt-s/GB")
}
