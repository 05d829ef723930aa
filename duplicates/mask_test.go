package duplicates_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"almanac/duplicates"
)

// TestHiddenNeverMeet hides, merges, undoes and takes back at random. No group has both
// cards of a hidden pair, nor those that have them by merges, whether all cards are
// searched or one is looked up; and these are not merged.
func TestHiddenNeverMeet(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRoom(rt, "a", "b")
		where := map[string]string{} // by UID: BOOK/NAME while it is there
		for i := range 5 {
			uid := fmt.Sprintf("u%d", i)
			where[uid] = fmt.Sprintf("%c/%s.vcf", 'a'+i%2, uid)
			r.put(where[uid], card(uid, "N:Example;Robert;;;", "FN:Robert Example", "TEL;TYPE=CELL:+41 79 000 00 01", "EMAIL:robert@example.org"))
		}
		type done struct {
			id, into string
			sources  []string
		}
		var active []done
		hidden := map[string][2]string{} // UIDs, by the ID of the pair
		// holders are the cards that have what a UID said.
		holders := func(uid string) (there []string) {
			all := []string{uid}
			for i := 0; i < len(all); i++ {
				if where[all[i]] != "" {
					there = append(there, all[i])
				}
				for _, d := range active {
					if slices.Contains(d.sources, all[i]) && !slices.Contains(all, d.into) {
						all = append(all, d.into)
					}
				}
			}
			return there
		}
		meet := func(uids []string) bool {
			for _, p := range hidden {
				for _, a := range holders(p[0]) {
					for _, b := range holders(p[1]) {
						if a != b && slices.Contains(uids, a) && slices.Contains(uids, b) {
							return true
						}
					}
				}
			}
			return false
		}
		some := func(t *rapid.T, most int) (uids []string, cards []duplicates.Card) {
			uids = rapid.Permutation(sorted(where)).Draw(t, "cards")
			if len(uids) < 2 {
				t.Skip()
			}
			uids = uids[:rapid.IntRange(2, min(most, len(uids))).Draw(t, "n")]
			for _, uid := range uids {
				cards = append(cards, r.card(where[uid]))
			}
			return uids, cards
		}
		rt.Repeat(map[string]func(*rapid.T){
			"hide": func(t *rapid.T) {
				uids, cards := some(t, 2)
				if err := r.Hide(r.ctx, cards, r.now); err != nil {
					t.Fatal(err)
				}
				pairs, err := r.Hidden(r.ctx)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range pairs {
					if _, known := hidden[p.ID]; !known {
						hidden[p.ID] = [2]string(uids)
					}
				}
				if len(pairs) != len(hidden) {
					t.Fatalf("%d pairs are listed, %d hidden", len(pairs), len(hidden))
				}
			},
			"take back": func(t *rapid.T) {
				pairs, err := r.Hidden(r.ctx)
				if err != nil || len(pairs) == 0 {
					t.Skip()
				}
				p := rapid.SampledFrom(pairs).Draw(t, "pair")
				if err := r.Unhide(r.ctx, p.ID, r.now); err != nil {
					t.Fatal(err)
				}
				after, err := r.Hidden(r.ctx)
				if err != nil || len(after) != len(pairs)-1 {
					t.Fatalf("%d pairs of %d are left (%v)", len(after), len(pairs), err)
				}
				if !p.There[0] || !p.There[1] {
					t.Fatalf("a pair is gone: %+v", p)
				}
				delete(hidden, p.ID)
			},
			"merge": func(t *rapid.T) {
				uids, cards := some(t, 3)
				m, err := r.Merge(r.ctx, cards[0], cards[1:], r.now)
				if want := meet(uids); want != errors.Is(err, duplicates.ErrHidden) || err != nil && !want {
					t.Fatalf("merge of %v: %v; hidden are %v", uids, err, hidden)
				}
				if err != nil {
					return
				}
				active = append(active, done{m.ID, uids[0], uids[1:]})
				for _, uid := range uids[1:] {
					delete(where, uid)
				}
			},
			"undo": func(t *rapid.T) {
				if len(active) == 0 {
					t.Skip()
				}
				k := rapid.IntRange(0, len(active)-1).Draw(t, "which")
				for _, c := range r.undo(active[k].id).Restored {
					where[c.UID] = c.Book + "/" + c.Name
				}
				active = slices.Delete(active, k, k+1)
			},
			"look": func(t *rapid.T) {
				groups := r.find()
				g, err := r.Around(r.ctx, r.card(where[rapid.SampledFrom(sorted(where)).Draw(t, "card")]))
				if err != nil {
					t.Fatal(err)
				}
				if g != nil {
					groups = append(groups, *g)
				}
				for _, g := range groups {
					var uids []string
					for _, c := range g.Cards {
						uids = append(uids, c.UID)
					}
					if meet(uids) {
						t.Fatalf("a group has %v; hidden are %v, merged %+v", uids, hidden, active)
					}
				}
			},
		})
	})
}
