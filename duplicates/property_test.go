package duplicates_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"almanac/dedupe"
	"almanac/duplicates"
	"almanac/store/storetest"
)

// TestUndoInAnyOrder merges, edits and undoes at random. Every undo brings the
// cards back as they were when they were merged away; every edit stays; and when all
// is undone, every card has its own values and its edits.
func TestUndoInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRoom(rt, "a", "b")
		own := map[string][]string{} // by UID: lines that nobody else's card has
		where := map[string]string{} // by UID: BOOK/NAME while it is there
		for i := range 6 {
			uid := fmt.Sprintf("u%d", i)
			lines := []string{
				"N:Example;Robert;;;", "FN:Robert Example", "TEL:+41 44 000 00 00", // shared by all
				fmt.Sprintf("EMAIL:%s@example.org", uid), fmt.Sprintf("URL:https://example.org/%s", uid),
			}
			path := fmt.Sprintf("%c/%s.vcf", 'a'+i%2, uid)
			r.put(path, card(uid, lines...))
			own[uid], where[uid] = lines, path
		}
		r.put("a/team.vcf", card("team", "X-ADDRESSBOOKSERVER-KIND:group", "N:Team;;;;", "FN:Team",
			"X-ADDRESSBOOKSERVER-MEMBER:u0", "X-ADDRESSBOOKSERVER-MEMBER:u1", "X-ADDRESSBOOKSERVER-MEMBER:u3"))
		type done struct {
			id     string
			into   string
			octets map[string]string // of the sources, by UID
		}
		var active []done
		edits := 0
		there := func() []string {
			var uids []string
			for uid := range where {
				uids = append(uids, uid)
			}
			slices.Sort(uids)
			return uids
		}
		undo := func(k int) {
			d := active[k]
			u := r.undo(d.id)
			got := r.all()
			for _, c := range u.Restored {
				path := c.Book + "/" + c.Name
				if got[path] != d.octets[c.UID] {
					rt.Fatalf("undo of %s: %s is\n%s\nwas\n%s", d.id, path, got[path], d.octets[c.UID])
				}
				where[c.UID] = path
			}
			if len(u.Restored) != len(d.octets) {
				rt.Fatalf("undo of %s restored %v", d.id, u.Restored)
			}
			active = slices.Delete(active, k, k+1)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"merge": func(t *rapid.T) {
				uids := there()
				if len(uids) < 2 {
					t.Skip()
				}
				uids = rapid.Permutation(uids).Draw(t, "cards")[:rapid.IntRange(2, min(3, len(uids))).Draw(t, "n")]
				d := done{into: uids[0], octets: map[string]string{}}
				var others []string
				all := r.all()
				for _, uid := range uids[1:] {
					d.octets[uid] = all[where[uid]]
					others = append(others, where[uid])
					delete(where, uid)
				}
				d.id = r.merge(where[uids[0]], others...).ID
				active = append(active, d)
			},
			"edit": func(t *rapid.T) {
				uid := rapid.SampledFrom(there()).Draw(t, "card")
				edits++
				line := fmt.Sprintf("URL:https://example.com/edit%d", edits)
				text := r.all()[where[uid]]
				at := strings.Index(text, "END:VCARD")
				r.put(where[uid], text[:at]+line+"\r\n"+text[at:])
				own[uid] = append(own[uid], line)
			},
			"undo": func(t *rapid.T) {
				if len(active) == 0 {
					t.Skip()
				}
				undo(rapid.IntRange(0, len(active)-1).Draw(t, "which"))
			},
		})
		// The last first, so that no card comes back with what another had lent it.
		for len(active) > 0 {
			undo(len(active) - 1)
		}
		got := r.all()
		if len(got) != 7 {
			rt.Fatalf("there are %d cards", len(got))
		}
		for uid, lines := range own {
			text := got[where[uid]]
			for _, line := range lines {
				if !strings.Contains(text, line+"\r\n") {
					rt.Errorf("%s has lost %s:\n%s", uid, line, text)
				}
			}
		}
		storetest.CheckClean(rt, r.st)
	})
}

// TestAroundIsFind: what one look-up tells of a card is what the whole search does,
// after any writes. There are ten cards: with no key that more have than are compared
// one by one, both look at the same pairs. Cards of which no two say enough, but all
// together do, are left out of the comparison: see dedupe.Around.
func TestAroundIsFind(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRoom(rt, "a", "b")
		word := rapid.SampledFrom([]string{"Anna", "Bert", "Robert", "Carla", "Xaver", "Zoe"})
		for range rapid.IntRange(1, 30).Draw(rt, "writes") {
			n := rapid.IntRange(0, 9).Draw(rt, "card")
			lines := []string{
				fmt.Sprintf("N:%s;%s;;;", rapid.SampledFrom([]string{"Example", "Muster", "Exampel", "Zwyssig", "Ito"}).Draw(rt, "family"), word.Draw(rt, "given")),
				rapid.SampledFrom([]string{"TEL:+41 79 123 45 67", "TEL:+41 44 987 65 43", "TEL:+49 30 555 01 22", "TEL:+1 212 555 0190", "TEL:+39 06 777 31 13"}).Draw(rt, "tel"),
			}
			if rapid.Bool().Draw(rt, "mail") {
				lines = append(lines, fmt.Sprintf("EMAIL:m%d@example.org", rapid.IntRange(0, 5).Draw(rt, "box")))
			}
			if rapid.IntRange(0, 3).Draw(rt, "born") == 0 {
				lines = append(lines, fmt.Sprintf("BDAY:198%d-03-0%d", rapid.IntRange(0, 2).Draw(rt, "year"), rapid.IntRange(1, 2).Draw(rt, "day")))
			}
			r.put(fmt.Sprintf("%c/%d.vcf", 'a'+n%2, n), card(fmt.Sprintf("u%d", n), lines...))
		}
		groups := r.find()
		of := map[string]*duplicates.Group{}
		for i := range groups {
			for _, c := range groups[i].Cards {
				of[c.UID] = &groups[i]
			}
		}
		for path, text := range r.all() {
			c := r.card(path)
			got, err := r.Around(r.ctx, c)
			if err != nil {
				rt.Fatal(err)
			}
			if want := of[c.UID]; told(got) != told(want) && !byAll(got) && !byAll(want) {
				rt.Errorf("around %s is\n%s\nfind has\n%s\n%s", path, told(got), told(want), text)
			}
		}
	})
}

// byAll reports whether a group has a card that no single pair suggests.
func byAll(g *duplicates.Group) bool {
	if g == nil {
		return false
	}
	for i := range g.Cards {
		if !slices.ContainsFunc(g.Pairs, func(p dedupe.Pair) bool { return (p.A == i || p.B == i) && p.Score >= 0.6 }) {
			return true
		}
	}
	return false
}

// told is all that a group says, its cards in the order of their UIDs.
func told(g *duplicates.Group) string {
	if g == nil {
		return "nothing"
	}
	var lines []string
	for _, p := range g.Pairs {
		a, b := g.Cards[p.A].UID, g.Cards[p.B].UID
		if a > b {
			a, b = b, a
		}
		lines = append(lines, fmt.Sprintf("%s %s %.5f %v %q", a, b, p.Score, p.Auto, p.Reasons))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%v %.5f %s reference %s\n%s", paths(g.Cards), g.Score, g.Confidence, g.Cards[g.Reference].UID, strings.Join(lines, "\n"))
}
