package duplicates_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"almanac/dedupe"
	"almanac/duplicates"
	"almanac/store/storetest"
)

// TestUndoInAnyOrder merges, edits and undoes at random. Every undo brings the
// cards back as they were when they were merged away, but for what was undone of them
// since; every edit stays; and when all
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
		there := func() []string { return sorted(where) }
		undo := func(k int) {
			d := active[k]
			u := r.undo(d.id)
			got := r.all()
			for _, c := range u.Restored {
				path := c.Book + "/" + c.Name
				if want := d.octets[c.UID]; want != "" && got[path] != want {
					rt.Fatalf("undo of %s: %s is\n%s\nwas\n%s", d.id, path, got[path], d.octets[c.UID])
				}
				where[c.UID] = path
			}
			if len(u.Restored) != len(d.octets) {
				rt.Fatalf("undo of %s restored %v", d.id, u.Restored)
			}
			active = slices.Delete(active, k, k+1)
			// Cards that were merged away with what came back now are kept without it.
			for at, i := d.into, k; i < len(active); i++ {
				if _, took := active[i].octets[at]; took {
					active[i].octets[at] = ""
					at = active[i].into
				}
			}
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

// TestUndoOfMergesOfMerges merges what was merged and undoes at random. A card into
// which nothing is merged any more is at all times what it was at first, octet for
// octet, and so are all cards when all is undone; then a group has its members again.
func TestUndoOfMergesOfMerges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRoom(rt, "a", "b")
		first := map[string]string{} // octets by UID
		where := map[string]string{}
		tels := rapid.SampledFrom([]string{"+41 44 000 00 00", "044 000 00 00", "+41 79 111 11 11"})
		for i := range 7 {
			uid := fmt.Sprintf("u%d", i)
			lines := []string{
				fmt.Sprintf("N:Example;%s;;;", rapid.SampledFrom([]string{"Robert", "Bob", "Robert M."}).Draw(rt, "given")), "FN:Robert Example",
				"item1.TEL;TYPE=CELL:" + tels.Draw(rt, "tel"), "item1.X-ABLabel:" + rapid.SampledFrom([]string{"mobile", "boat"}).Draw(rt, "label"),
				fmt.Sprintf("NOTE:note of %d", rapid.IntRange(0, 3).Draw(rt, "note")),
				fmt.Sprintf("BDAY:198%d-03-01", rapid.IntRange(0, 1).Draw(rt, "born")),
				fmt.Sprintf("EMAIL:m%d@example.org", rapid.IntRange(0, 3).Draw(rt, "mail")),
			}
			if rapid.Bool().Draw(rt, "has its own") {
				lines = append(lines, fmt.Sprintf("X-OWN:%d", i), "CATEGORIES:friends,c"+uid)
			}
			path := fmt.Sprintf("%c/%s.vcf", 'a'+i%2, uid)
			r.put(path, card(uid, lines...))
			first[uid], where[uid] = r.all()[path], path
		}
		team := card("team", "X-ADDRESSBOOKSERVER-KIND:group", "N:Team;;;;", "FN:Team",
			"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:u0", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:u1", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:u3")
		r.put("a/team.vcf", team)
		type done struct {
			id, into string
			sources  []string
		}
		var active []done
		look := func() {
			got := r.all()
			if len(got) != len(where)+1 {
				rt.Fatalf("there are %d cards, not %d", len(got), len(where)+1)
			}
			for uid, path := range where {
				if slices.ContainsFunc(active, func(d done) bool { return d.into == uid }) {
					continue
				}
				if got[path] != first[uid] {
					rt.Fatalf("%s is\n%s\nwas\n%s", path, got[path], first[uid])
				}
			}
		}
		undo := func(k int) {
			for _, c := range r.undo(active[k].id).Restored {
				where[c.UID] = c.Book + "/" + c.Name
			}
			active = slices.Delete(active, k, k+1)
			look()
		}
		for range rapid.IntRange(2, 12).Draw(rt, "steps") {
			if len(where) < 2 || len(active) > 0 && rapid.IntRange(0, 2).Draw(rt, "undo") == 0 {
				undo(rapid.IntRange(0, len(active)-1).Draw(rt, "which"))
				continue
			}
			uids := rapid.Permutation(sorted(where)).Draw(rt, "cards")
			d := done{into: uids[0], sources: uids[1:rapid.IntRange(2, min(3, len(uids))).Draw(rt, "n")]}
			var others []string
			for _, uid := range d.sources {
				others = append(others, where[uid])
				delete(where, uid)
			}
			d.id = r.merge(where[d.into], others...).ID
			active = append(active, d)
			look()
		}
		for len(active) > 0 {
			undo(rapid.IntRange(0, len(active)-1).Draw(rt, "next"))
		}
		lines := func(text string) []string { return slices.Sorted(slices.Values(strings.Split(text, "\r\n"))) }
		if got := r.all()["a/team.vcf"]; !slices.Equal(lines(got), lines(team)) {
			rt.Errorf("the group is\n%s\nwas\n%s", got, team)
		}
		for _, m := range r.merges() {
			if m.Undone.IsZero() {
				rt.Errorf("merge %s is not undone", m.ID)
			}
		}
		storetest.CheckClean(rt, r.st)
	})
}

func sorted(m map[string]string) []string {
	return slices.Sorted(maps.Keys(m))
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
