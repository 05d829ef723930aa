package boltstore

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/store"
	"almanac/store/storetest"
)

// The tests of crashes run this program again as another process, which finds in
// its environment what to do and with which file.
const (
	envRole = "BOLTSTORE_TEST_ROLE"
	envFile = "BOLTSTORE_TEST_FILE"
)

var roles = map[string]func(path string) error{"write until killed": writeUntilKilled}

func TestMain(m *testing.M) {
	if role := os.Getenv(envRole); role != "" {
		if err := roles[role](os.Getenv(envFile)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child returns this program in a role.
func child(role, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envRole+"="+role, envFile+"="+path)
	return cmd
}

const crashWriters = 4

// crashBook is the collection of a writer: a calendar, and for every other one an
// address book, whose index is brought up to date after every third card.
func crashBook(writer int) store.CollID { return store.CollID(1 + writer%2) }

// crashOp is the i-th batch of a writer, and the state of the name afterwards.
func crashOp(writer, i int) (op store.Op, name, state string) {
	name = fmt.Sprintf("%d-%d", writer, i%5)
	if i >= 5 && i%7 == 6 {
		return store.DeleteObject{Coll: crashBook(writer), Name: name}, name, ""
	}
	kind, body := store.Calendar, storetest.Event(name, fmt.Sprint(i))
	if crashBook(writer) == 2 {
		kind, body = store.AddressBook, storetest.Card(name, fmt.Sprintf("Ann%d Example%d", i, i%3))
	}
	return storetest.Put(kind, crashBook(writer), name, body), name, string(body)
}

func writeUntilKilled(path string) error {
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	s.foldAt = 3
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range crashWriters {
		wg.Go(func() {
			for i := 0; ; i++ {
				op, _, _ := crashOp(w, i)
				if _, err := s.Apply(context.Background(), &store.Batch{Home: 1, Ops: []store.Op{op}}); err != nil {
					fmt.Fprintln(os.Stderr, w, i, err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println("done", w, i)
				out.Unlock()
				if i%16 == 15 {
					if err := s.Expire(context.Background(), time.Now().AddDate(1, 0, 0)); err != nil {
						fmt.Fprintln(os.Stderr, err)
						os.Exit(1)
					}
				}
			}
		})
	}
	wg.Wait()
	return nil
}

func TestNothingAcknowledgedIsLostWhenKilled(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		path := filepath.Join(t.TempDir(), "store.db")
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Apply(context.Background(), &store.Batch{Ops: []store.Op{
			store.CreateHome{Home: store.Home{Name: "ann"}},
			store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "work", Components: []string{"VEVENT"}}},
			store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "people"}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		acknowledged := killed(t, path, time.Duration(40+37*round)*time.Millisecond)
		if s, err = Open(path, Options{}); err != nil {
			t.Fatal(err)
		}
		storetest.CheckClean(t, s)
		total := 0
		for w, n := range acknowledged {
			total += n
			// The writer may have written one more, of which it was not told.
			if got, want, next := crashState(t, s, w), wantState(w, n), wantState(w, n+1); got != want && got != next {
				t.Errorf("writer %d: after %d batches there is\n%s\nwant\n%s", w, n, got, want)
			}
		}
		if total == 0 {
			t.Error("nothing was written")
		}
		s.Close()
	}
}

// killed has a child write for a while, kills it, and returns how many batches of
// each writer were acknowledged.
func killed(t *testing.T, path string, after time.Duration) [crashWriters]int {
	t.Helper()
	cmd := child("write until killed", path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var n [crashWriters]int
	lines := bufio.NewScanner(out)
	var once sync.Once
	for lines.Scan() {
		once.Do(func() { time.AfterFunc(after, func() { cmd.Process.Kill() }) })
		var w, i int
		if _, err := fmt.Sscanf(lines.Text(), "done %d %d", &w, &i); err == nil {
			n[w] = i + 1
		}
	}
	cmd.Wait()
	return n
}

func wantState(writer, batches int) string {
	state := make(map[string]string)
	for i := range batches {
		_, name, body := crashOp(writer, i)
		state[name] = body
	}
	return stateText(writer, state)
}

func crashState(t *testing.T, s *Store, writer int) string {
	t.Helper()
	state := make(map[string]string)
	err := s.View(context.Background(), func(sn store.Snapshot) error {
		return sn.List(crashBook(writer), "", store.WantBody, func(o *store.Object) bool {
			if strings.HasPrefix(o.Name, fmt.Sprint(writer, "-")) {
				state[strings.Clone(o.Name)] = string(o.Body)
			}
			return true
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return stateText(writer, state)
}

func stateText(writer int, state map[string]string) string {
	var b strings.Builder
	for i := range 5 {
		name := fmt.Sprintf("%d-%d", writer, i)
		fmt.Fprintf(&b, "%s: %q\n", name, state[name])
	}
	return b.String()
}
