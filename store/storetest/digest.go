package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"almanac/dedupe"
	"almanac/dedupe/merge"
	"almanac/store"
	"almanac/store/memstore"
)

// runCards writes cards to two address books in every way there is, here and to the
// model, and sees now and then that both compare and find them by the same: what is
// indexed is what would be, were it made from nothing.
func runCards(t *testing.T, open func(t *testing.T) store.Store) {
	rapid.Check(t, func(r *rapid.T) {
		s, model := open(t), memstore.New()
		defer s.Close()
		defer model.Close()
		book := func(name string) store.Op {
			return store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: name}}
		}
		apply := func(home store.HomeID, ops ...store.Op) {
			b := store.Batch{Home: home, At: epochStart, Ops: ops}
			twin := b
			_, err := s.Apply(context.Background(), &b)
			_, want := model.Apply(context.Background(), &twin)
			if (err == nil) != (want == nil) {
				r.Fatalf("%+v: %v, but the model says %v", ops, err, want)
			}
		}
		compare := func(*rapid.T) {
			got, want := Books(r, s), Books(r, model)
			if d := Diff(want, got); d != "" {
				r.Fatalf("cards are compared or found by something else (-want +got):\n%s", d)
			}
		}
		apply(0, store.CreateHome{Home: store.Home{Name: "ann"}}, book("a"), book("b"))
		colls := rapid.SampledFrom([]store.CollID{1, 1, 2})
		r.Repeat(map[string]func(*rapid.T){
			"put": func(r *rapid.T) {
				var ops []store.Op
				for range rapid.IntRange(1, 4).Draw(r, "cards") {
					name := names.Draw(r, "name")
					ops = append(ops, Put(store.AddressBook, colls.Draw(r, "coll"), name, drawCard(r, "uid-"+name)))
				}
				apply(1, ops...)
			},
			"delete": func(r *rapid.T) {
				apply(1, store.DeleteObject{Coll: colls.Draw(r, "coll"), Name: names.Draw(r, "name")})
			},
			"move": func(r *rapid.T) {
				apply(1, store.MoveObject{From: colls.Draw(r, "from"), FromName: names.Draw(r, "name"), To: colls.Draw(r, "to"), ToName: names.Draw(r, "to name"), Overwrite: true})
			},
			"touch": func(r *rapid.T) {
				apply(1, store.TouchObject{Coll: colls.Draw(r, "coll"), Name: names.Draw(r, "name")})
			},
			"trash":   func(r *rapid.T) { apply(1, store.DeleteCollection{Coll: colls.Draw(r, "coll")}) },
			"restore": func(r *rapid.T) { apply(1, store.RestoreCollection{Coll: colls.Draw(r, "coll")}) },
			"compare": compare,
		})
		compare(r)
		CheckClean(r, s)
		CheckClean(r, model)
	})
}

// linked are the UIDs that cards name.
var linked = []string{"one", "two", "three"}

func drawCard(r *rapid.T, uid string) []byte {
	word := rapid.SampledFrom([]string{"Anna", "Bert", "Carla", "Example"})
	text := fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nN:%s;%s;;;\r\nFN:x\r\n", uid, word.Draw(r, "family"), word.Draw(r, "given"))
	for range rapid.IntRange(0, 2).Draw(r, "numbers") {
		text += fmt.Sprintf("TEL:+41 44 000 00 0%d\r\n", rapid.IntRange(1, 3).Draw(r, "number"))
	}
	if rapid.IntRange(0, 9).Draw(r, "group") == 0 {
		text += "X-ADDRESSBOOKSERVER-KIND:group\r\n"
	}
	for range rapid.IntRange(-6, 2).Draw(r, "links") {
		text += "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:" + rapid.SampledFrom(linked).Draw(r, "member") + "\r\n"
	}
	return []byte(text + "END:VCARD\r\n")
}

// Books tells what the cards of the first two collections are compared and found by,
// in lines, by their names.
func Books(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, s store.Store) []string {
	t.Helper()
	var lines []string
	err := s.View(context.Background(), func(sn store.Snapshot) error {
		for _, coll := range []store.CollID{1, 2} {
			if c, err := sn.Collection(coll); err != nil || c.Kind != store.AddressBook {
				continue
			}
			called := map[uint64]string{}
			keys := map[uint64]bool{}
			for _, uid := range linked {
				keys[merge.LinkKey(uid)] = true
			}
			last := uint64(0)
			var failed error
			err := sn.Digests(coll, nil, func(card uint64, name string, d dedupe.Digest) bool {
				rec, err := d.Record()
				if failed = err; err != nil || card <= last {
					failed = fmt.Errorf("card %d after %d: %w", card, last, err)
					return false
				}
				last = card
				called[card] = name
				lines = append(lines, fmt.Sprintf("%d: %s is %q", coll, name, d))
				for _, p := range rec.Postings() {
					keys[p.Key] = true
				}
				return true
			})
			if err != nil || failed != nil {
				return fmt.Errorf("digests: %w, %w", err, failed)
			}
			for key := range keys {
				last := uint64(0)
				err := sn.Sharing(coll, key, func(card uint64, initials string) bool {
					lines = append(lines, fmt.Sprintf("%d: %x has %s %q", coll, key, called[card], initials))
					if called[card] == "" || card <= last {
						failed = fmt.Errorf("key %x has card %d after %d", key, card, last)
					}
					last = card
					return true
				})
				if err != nil {
					return err
				}
			}
			for card, name := range called {
				if n, err := sn.Card(coll, name); n != card || err != nil {
					return fmt.Errorf("number of %s is %d, %w, but it has digest %d", name, n, err, card)
				}
				err := sn.Digests(coll, []uint64{card}, func(n uint64, told string, _ dedupe.Digest) bool {
					lines = append(lines, fmt.Sprintf("%d: %s %s by its number %v", coll, name, told, n == card))
					return true
				})
				if err != nil {
					return err
				}
			}
			if failed != nil {
				return failed
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read the books: %v", err)
	}
	slices.SortFunc(lines, strings.Compare)
	return lines
}
