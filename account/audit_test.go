package account

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/store"
	"almanac/store/memstore"
)

func (s *scene) events(f AuditFilter) []Event {
	s.t.Helper()
	return eventsOf(s.t, s.st, f)
}

func eventsOf(t testing.TB, st store.Store, f AuditFilter) (all []Event) {
	t.Helper()
	err := st.View(t.Context(), func(sn store.Snapshot) error {
		return AuditLog(sn, f, func(e Event) bool { all = append(all, e); return true })
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func verifyAudit(t testing.TB, st store.Store, known AuditHead) (head AuditHead, err error) {
	t.Helper()
	if e := st.View(t.Context(), func(sn store.Snapshot) error {
		head, err = VerifyAudit(sn, known)
		return nil
	}); e != nil {
		t.Fatal(e)
	}
	return head, err
}

func details(events []Event) (out []string) {
	for _, e := range events {
		out = append(out, e.Detail)
	}
	return out
}

// written returns a store with so many entries, one an hour, by ann, bob and ann.
func written(t testing.TB, n int) store.Store {
	st := memstore.New()
	t.Cleanup(func() { st.Close() })
	for i := range n {
		e := Event{At: noon.Add(time.Duration(i) * time.Hour), Act: RoleChanged, Actor: []string{"ann", "bob"}[i%2], Subject: "cyd", Detail: fmt.Sprint(i)}
		if err := Audit(t.Context(), st, e); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

func TestAuditLogIsRead(t *testing.T) {
	st := written(t, 6)
	for _, c := range []struct {
		filter AuditFilter
		want   string
	}{
		{AuditFilter{}, "[0 1 2 3 4 5]"},
		{AuditFilter{User: "bob"}, "[1 3 5]"},
		{AuditFilter{User: "cyd", Last: 2}, "[4 5]"},
		{AuditFilter{User: "nobody"}, "[]"},
		{AuditFilter{Since: noon.Add(4 * time.Hour)}, "[4 5]"},
		{AuditFilter{After: 4}, "[4 5]"},
		{AuditFilter{After: 4, User: "ann"}, "[4]"},
		{AuditFilter{Last: 3}, "[3 4 5]"},
		{AuditFilter{Last: 30}, "[0 1 2 3 4 5]"},
		{AuditFilter{User: "ann", Since: noon.Add(time.Hour), Last: 1}, "[4]"},
	} {
		if got := fmt.Sprint(details(eventsOf(t, st, c.filter))); got != c.want {
			t.Errorf("%+v chooses %s, want %s", c.filter, got, c.want)
		}
	}
	first := eventsOf(t, st, AuditFilter{})[0]
	if want := (Event{Seq: 1, At: noon, Act: RoleChanged, Actor: "ann", Subject: "cyd", Detail: "0"}); first != want {
		t.Errorf("%+v, want %+v", first, want)
	}
}

// TestAuditChain: whatever is changed in the records, it shows.
func TestAuditChain(t *testing.T) {
	raw := func(seq uint64) store.PutRecord {
		return store.PutRecord{Record: store.Record{Kind: factAudit, Key: auditKey(seq)}}
	}
	changed := func(st store.Store, seq uint64, old, new string) store.Op {
		op := raw(seq)
		if err := st.View(t.Context(), func(sn store.Snapshot) error {
			r, err := sn.Record(factAudit, auditKey(seq))
			op.Record = *r
			op.Record.Value = []byte(strings.Replace(string(r.Value), old, new, 1))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return op
	}
	gone := func(seq uint64) store.Op { return store.DeleteRecord{Kind: factAudit, Key: auditKey(seq)} }
	for _, c := range []struct {
		name string
		ops  func(store.Store) []store.Op
		want string
	}{
		{"nothing", func(store.Store) []store.Op { return nil }, ""},
		{"a word", func(st store.Store) []store.Op { return []store.Op{changed(st, 3, "ann", "eve")} }, "entry 4"},
		{"the last entry", func(st store.Store) []store.Op { return []store.Op{changed(st, 6, "bob", "eve")} }, "entry 6"},
		{"an entry taken out", func(store.Store) []store.Op { return []store.Op{gone(3)} }, "entry 3"},
		{"the first taken out", func(store.Store) []store.Op { return []store.Op{gone(1)} }, "entry 1"},
		{"the last taken out", func(store.Store) []store.Op { return []store.Op{gone(6)} }, "entry 6"},
		{"one added", func(store.Store) []store.Op { return []store.Op{raw(7)} }, "entry 7"},
		{"the head taken away", func(store.Store) []store.Op {
			return []store.Op{store.DeleteRecord{Kind: factAuditHead, Key: auditHeadKey}}
		}, "entry"},
	} {
		st := written(t, 6)
		if ops := c.ops(st); ops != nil {
			if _, err := st.Apply(t.Context(), &store.Batch{Ops: ops}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := verifyAudit(t, st, AuditHead{})
		if c.want == "" && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var broken *ChainError
		if c.want != "" && (!errors.As(err, &broken) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestAuditIsComparedWithAnEarlierHead(t *testing.T) {
	st := written(t, 3)
	noted, err := verifyAudit(t, st, AuditHead{})
	if err != nil || noted.Seq != 3 {
		t.Fatal(noted, err)
	}
	if err := Audit(t.Context(), st, Event{At: noon.Add(5 * time.Hour), Act: AdminAct}); err != nil {
		t.Fatal(err)
	}
	if head, err := verifyAudit(t, st, noted); err != nil || head.Seq != 4 {
		t.Errorf("a log that grew: %+v, %v", head, err)
	}
	// Written anew from the beginning, each chain is whole in itself.
	forged := written(t, 2)
	if err := Audit(t.Context(), forged, Event{At: noon, Act: AdminAct, Detail: "other"}, Event{At: noon, Act: AdminAct}); err != nil {
		t.Fatal(err)
	}
	if _, err := verifyAudit(t, forged, AuditHead{}); err != nil {
		t.Error(err)
	}
	if _, err := verifyAudit(t, forged, noted); err == nil {
		t.Error("a forged log passes for the noted one")
	}
	if _, err := verifyAudit(t, written(t, 2), noted); err == nil {
		t.Error("a shortened log passes for the noted one")
	}
	if err := ExpireAudit(t.Context(), st, noon.Add(4*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := verifyAudit(t, st, noted); err != nil {
		t.Errorf("after the noted entry went by age: %v", err)
	}
}

// TestAuditModel: entries come and go by age, and the log is always what a slice
// would be, and whole.
func TestAuditModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		st := memstore.New()
		defer st.Close()
		var model []string
		var times []time.Time
		now, n := noon, 0
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			now = now.Add(time.Hour)
			if rapid.IntRange(0, 3).Draw(rt, "what") > 0 {
				var events []Event
				for range rapid.SampledFrom([]int{0, 1, 1, 2, 2, 3, 3, 300}).Draw(rt, "events") {
					events = append(events, Event{At: now, Act: AdminAct, Detail: fmt.Sprint(n)})
					model, times = append(model, fmt.Sprint(n)), append(times, now)
					n++
				}
				if err := Audit(t.Context(), st, events...); err != nil {
					rt.Fatal(err)
				}
			} else {
				before := now.Add(-time.Duration(rapid.IntRange(0, 5).Draw(rt, "hours")) * time.Hour)
				if err := ExpireAudit(t.Context(), st, before); err != nil {
					rt.Fatal(err)
				}
				for len(times) > 0 && times[0].Before(before) {
					model, times = model[1:], times[1:]
				}
			}
			if got := details(eventsOf(t, st, AuditFilter{})); fmt.Sprint(got) != fmt.Sprint(model) {
				rt.Fatalf("the log has %v, want %v", got, model)
			}
			if head, err := verifyAudit(t, st, AuditHead{}); err != nil || head.Seq != uint64(n) {
				rt.Fatalf("head %+v, %v", head, err)
			}
		}
	})
}

func TestAuditFromManySidesAtOnce(t *testing.T) {
	st := written(t, 0)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if err := Audit(t.Context(), st, Event{At: noon, Act: AdminAct, Detail: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if head, err := verifyAudit(t, st, AuditHead{}); err != nil || head.Seq != 16 || len(eventsOf(t, st, AuditFilter{})) != 16 {
		t.Errorf("%+v, %v", head, err)
	}
}

func TestAuditCutsWhatIsTooLong(t *testing.T) {
	st := written(t, 0)
	long := strings.Repeat("ü", 100_000)
	if err := Audit(t.Context(), st, Event{At: noon, Act: AdminAct, Actor: long, Subject: long, Addr: long, Client: long, Detail: long + "\xff"}); err != nil {
		t.Fatal(err)
	}
	if e := eventsOf(t, st, AuditFilter{})[0]; len(e.Detail) != 1000 || len(e.Client) != 200 {
		t.Errorf("%+v", e)
	}
}

func TestSignInsAreToldOnceForEachDeviceAndNetwork(t *testing.T) {
	s := newScene(t)
	_, secret := s.add(AppPassword{Label: "phone"})
	poll := func(password, client, addr string, after time.Duration) {
		t.Helper()
		if _, err := s.auth.Check(t.Context(), "ann", password, Origin{netip.MustParseAddr(addr), client}, noon.Add(after)); err != nil {
			t.Fatal(err)
		}
		s.flush(after)
	}
	seen := len(s.events(AuditFilter{}))
	for i := range 3 { // the last two as after a restart, the last after an update of the app
		day := time.Duration(i) * 24 * time.Hour
		poll(secret, fmt.Sprintf("DAVx5/4.%d", i), "192.0.2.1", day)
		poll(secret, fmt.Sprintf("DAVx5/4.%d", i), "192.0.2.1", day+time.Minute)
		poll("right", "Thunderbird/128", "192.0.2.1", day)
		s.auth.verified.Purge()
	}
	poll(secret, "DAVx5/4.2", "2001:db8:1:2:3::4", 72*time.Hour)
	poll(secret, "DAVx5/4.2", "2001:db8:1:2:5::6", 72*time.Hour) // the same network
	var got []string
	for _, e := range s.events(AuditFilter{})[seen:] {
		got = append(got, fmt.Sprintf("%s %s %s %s %s", e.Act, e.Subject, e.Addr, e.Client, e.Detail))
	}
	want := []string{
		`sign-in ann 192.0.2.1 DAVx5/4.0 with app password "phone"`,
		`sign-in ann 192.0.2.1 Thunderbird/128 with the account's password`,
		`sign-in ann 2001:db8:1:2:3::4 DAVx5/4.2 with app password "phone"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("told:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i := range 2 { // each sign-in on the pages is told
		if err := s.signIn("right", "", "192.0.2.1", 73*time.Hour); err != nil {
			t.Fatal(err)
		}
		s.flush(73 * time.Hour)
		if e := s.events(AuditFilter{})[seen+3+i]; e.Act != SignedIn || e.Detail != "on the pages" {
			t.Errorf("%+v", e)
		}
	}
}

func TestFailuresAreCountedTogether(t *testing.T) {
	s := newScene(t)
	seen := len(s.events(AuditFilter{}))
	for range 3 {
		s.try("ann", "wrong", "192.0.2.1", 0)
	}
	for i := range 5 { // a password typed in the place of the name
		s.try(fmt.Sprint("Secret-", i), "wrong", "192.0.2.1", time.Second)
	}
	s.flush(time.Second)
	var got []string
	for _, e := range s.events(AuditFilter{})[seen:] {
		got = append(got, fmt.Sprintf("%s %q %s %s %d", e.Act, e.Subject, e.Addr, e.Detail, e.Count))
	}
	want := []string{
		`sign-in-failed "ann" 192.0.2.1 wrong password 3`,
		`sign-in-failed "" 192.0.2.1 wrong password; of users that are not there 5`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("told:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestAnAttackDoesNotFillTheLog: however many names are tried from however many
// networks.
func TestAnAttackDoesNotFillTheLog(t *testing.T) {
	s := newScene(t)
	s.auth.decoy = cheap("nobody has this")
	seen := len(s.events(AuditFilter{}))
	const tries = 3000
	for i := range tries {
		s.try(fmt.Sprint("user ", i), "wrong", fmt.Sprintf("198.51.%d.%d", i/200, i%200), 0)
	}
	s.flush(0)
	told := s.events(AuditFilter{})[seen:]
	sum := 0
	for _, e := range told {
		sum += max(e.Count, 1)
	}
	if len(told) != maxFailureEvents+1 || sum != tries {
		t.Errorf("%d entries tell of %d tries", len(told), sum)
	}
}
