package account

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"almanac/store"
	"almanac/store/boltstore"
	"almanac/store/memstore"
)

// TestLeftovers shares two calendars in every way, deletes one, and lets the history
// run out: what was said of it stays as long as it can come back, and then goes; of
// the other nothing does.
func TestLeftovers(t *testing.T) {
	bolt, err := boltstore.Open(filepath.Join(t.TempDir(), "almanac.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, st := range map[string]store.Store{"memstore": memstore.New(), "boltstore": bolt} {
		t.Run(name, func(t *testing.T) {
			defer st.Close()
			p := newPeople(t, st, "ann", "bob")
			staff := p.body(Group, "staff", "")
			for _, calendar := range []string{"calendar", "tasks"} {
				c := p.coll("ann", store.Calendar, calendar)
				for i, to := range []Principal{UserPrincipal(p.homes["bob"]), staff} {
					p.must(ShareWith(t.Context(), st, c, to, Levels[i], "ann", noon))
				}
				// More than fits into one page.
				for i := range leftoverPage + 1 {
					ops, _ := AlarmsOps(c.ID, p.homes["bob"], fmt.Sprint("uid ", i), Alarms{"": "x"})
					p.apply("ann", ops...)
				}
				look, _ := LookOps(p.homes["bob"], c.ID, Look{Hidden: true})
				p.apply("bob", look...)
				_, _, err := AddLink(t.Context(), st, c, Link{Level: ShareRead}, "", rand.Reader, noon)
				p.must(err)
			}
			count := func() (all []int) {
				p.must(st.View(t.Context(), func(s store.Snapshot) error {
					for _, about := range aboutCollection {
						n := 0
						if err := s.Records(about.kind, "", "", func(*store.Record) bool { n++; return true }); err != nil {
							return err
						}
						all = append(all, n)
					}
					return nil
				}))
				return all
			}
			want := func(when string, want ...int) {
				t.Helper()
				p.must(RemoveLeftovers(t.Context(), st, p.now))
				if got := count(); !slices.Equal(got, want) {
					t.Errorf("%s there are %v shares, alarms, looks and links, want %v", when, got, want)
				}
			}
			// Bob loses the one calendar alone, and then his account.
			endings := func() {
				c := p.coll("ann", store.Calendar, "tasks")
				var s *Share
				p.view(func(snap store.Snapshot) (err error) {
					s, err = FindShare(snap, c.ID, UserPrincipal(p.homes["bob"]))
					return err
				})
				p.apply("ann", s.AnswerOps(false, p.now)...)
				want("with one declined", 2, leftoverPage+1, 1, 1)
				p.apply("ann", UnshareOps(c.ID, s.To)...)
				p.apply("ann", s.put())
				want("with one shared again", 2, leftoverPage+1, 1, 1)
				p.apply("ann", UnshareOps(c.ID, s.To)...)
				want("with one not shared with him", 1, 0, 1, 1)
				for _, home := range []store.HomeID{p.homes["bob"], p.user("cleo")} {
					ops, _ := AlarmsOps(c.ID, home, "uid", Alarms{"": "x"})
					p.apply("ann", ops...)
					p.must(ShareWith(t.Context(), st, c, UserPrincipal(home), ShareRead, "ann", p.now))
				}
				want("with two who have alarms", 3, 2, 0, 1) // a new share shows what was put aside
				p.apply("cleo", store.DeleteHome{})
				want("without cleo", 3, 1, 0, 1)
			}
			const both, one = 2 * (leftoverPage + 1), leftoverPage + 1
			want("with both calendars", 4, both, 2, 2)
			gone := p.coll("ann", store.Calendar, "calendar")
			p.apply("ann", store.DeleteCollection{Coll: gone.ID})
			want("with one in the trash", 4, both, 2, 2)
			p.apply("ann", store.RestoreCollection{Coll: gone.ID})
			want("with both again", 4, both, 2, 2)
			p.apply("ann", store.DeleteCollection{Coll: gone.ID})
			p.now = noon.Add(store.DefaultHistoryKeep)
			p.must(st.Expire(t.Context(), p.now))
			want("with one gone", 2, one, 1, 1)
			endings()
			p.must(st.Check(t.Context(), false, nil, func(f store.Finding) { t.Errorf("check: %+v", f) }))
		})
	}
}
