package dedupe_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"almanac/dedupe"
	"almanac/dedupe/synth"
)

// vcard makes a card of version 3.0 of some lines.
func vcard(lines ...string) string {
	return "BEGIN:VCARD\r\nVERSION:3.0\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n"
}

// crowd counts some people, so that names and numbers have the frequencies of a book.
func crowd(t testing.TB) *dedupe.Counts {
	c := &dedupe.Counts{}
	for _, r := range records(t, texts(1000)) {
		c.Add(r)
	}
	return c
}

func TestReasons(t *testing.T) {
	freq := crowd(t)
	for _, c := range []struct {
		name string
		a, b string
		same bool
		want []string
	}{
		{"a short form and a number in two notations",
			vcard("N:Example;Robert;;;", "FN:Robert Example", "TEL;TYPE=CELL:+41 79 123 45 67"),
			vcard("N:Example;Bob;;;", "FN:Bob Example", "TEL;TYPE=CELL:079 123 45 67"),
			true, []string{"Bob is a short form of Robert", "same family name: Example", "same mobile number"}},
		{"names exchanged, umlaut written out",
			vcard("N:Müller;Jörg;;;", "FN:Jörg Müller", "EMAIL:joerg.mueller@example.com"),
			vcard("N:Joerg;Mueller;;;", "FN:Mueller Joerg", "EMAIL:Joerg.Mueller@Example.com"),
			true, []string{"same name, given and family name exchanged", "same e-mail address"}},
		{"dots and plus at a provider that ignores them",
			vcard("N:Muster;Eva;;;", "FN:Eva Muster", "EMAIL:eva.muster@gmail.com"),
			vcard("N:Muster;E.;;;", "FN:E. Muster", "EMAIL:evamuster+shop@gmail.com"),
			true, []string{"E. is the initial of Eva", "same family name: Muster", "same mailbox in two spellings"}},
		{"another script",
			vcard("N:Иванов;Сергей;;;", "FN:Сергей Иванов", "TEL;TYPE=CELL:+7 916 123 45 67", "BDAY:1970-05-04"),
			vcard("N:Iwanow;Sergei;;;", "FN:Sergei Iwanow", "TEL;TYPE=CELL:+79161234567", "BDAY:19700504"),
			true, nil},
		{"a given name that ends as junior does",
			vcard("N:Kim;Min-jun;;;", "FN:Min-jun Kim", "TEL;TYPE=CELL:+82 10 1234 5678"),
			vcard("N:Kim;Minjun;;;", "FN:Minjun Kim", "TEL;TYPE=CELL:010-1234-5678"),
			true, []string{"same name", "same mobile number"}},
		{"spouses",
			vcard("N:Example;Anna;;;", "FN:Anna Example", "TEL;TYPE=HOME:044 123 45 67", "ADR;TYPE=HOME:;;Seeweg 4;Bern;;3000;"),
			vcard("N:Example;Peter;;;", "FN:Peter Example", "TEL;TYPE=HOME:044 123 45 67", "ADR;TYPE=HOME:;;Seeweg 4;Bern;;3000;"),
			false, []string{"same family name: Example", "same home number", "same address", "but other given names"}},
		{"father and son",
			vcard("N:Example;Hans;;;sen.", "FN:Hans Example sen.", "TEL;TYPE=HOME:044 123 45 67", "BDAY:1940-01-02"),
			vcard("N:Example;Hans;;;jun.", "FN:Hans Example jun.", "TEL;TYPE=HOME:044 123 45 67", "BDAY:1968-03-04"),
			false, []string{"same name", "same home number", "but other birthdays", "but one is the elder and one the younger of two"}},
		{"twins",
			vcard("N:Esempio;Daniele;;;", "FN:Daniele Esempio", "TEL;TYPE=HOME:06 1234567", "BDAY:1985-04-12"),
			vcard("N:Esempio;Daniela;;;", "FN:Daniela Esempio", "TEL;TYPE=HOME:06 1234567", "BDAY:1985-04-12"),
			false, nil},
		{"a company and who works there",
			vcard("N:;;;;", "FN:Beispiel AG", "ORG:Beispiel AG", "TEL;TYPE=WORK:044 999 88 77"),
			vcard("N:Muster;Eva;;;", "FN:Eva Muster", "ORG:Beispiel AG", "TEL;TYPE=WORK:044 999 88 77"),
			false, []string{"same work number", "same organisation", "but one is an organisation"}},
		{"a card of two people",
			vcard("N:Example;Anna;;;", "FN:Anna Example", "TEL;TYPE=HOME:044 123 45 67"),
			vcard("N:;Anna und Peter Example;;;", "FN:Anna und Peter Example", "TEL;TYPE=HOME:044 123 45 67"),
			false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := records(t, []string{c.a, c.b})
			for _, r := range r {
				freq.Add(r)
				defer freq.Remove(r)
			}
			got := dedupe.Compare(r[0], r[1], freq)
			if same := got.Score() >= 0.5; same != c.same {
				t.Errorf("score %.3f", got.Score())
			}
			if c.want != nil {
				if d := cmp.Diff(c.want, got.Reasons()); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

// TestCompareIsSymmetric: score, features and reasons are the same in both orders.
func TestCompareIsSymmetric(t *testing.T) {
	recs := records(t, texts(1000))
	freq := crowd(t)
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(recs)-1).Draw(t, "i")
		j := rapid.IntRange(0, len(recs)-1).Draw(t, "j")
		x, y := dedupe.Compare(recs[i], recs[j], freq), dedupe.Compare(recs[j], recs[i], freq)
		if d := cmp.Diff(x.Features(), y.Features()); d != "" {
			t.Error(d)
		}
		if x.Score() != y.Score() || !slices.Equal(x.Reasons(), y.Reasons()) {
			t.Errorf("%v %v and %v %v", x.Score(), x.Reasons(), y.Score(), y.Reasons())
		}
	})
}

// named gives groups in the terms of their cards' places in the first order.
func named(groups []dedupe.MatchGroup, place []int) []string {
	var out []string
	for _, g := range groups {
		m := make([]int, len(g.Members))
		for i, x := range g.Members {
			m[i] = place[x]
		}
		slices.Sort(m)
		out = append(out, fmt.Sprintf("%v %v %.6f", m, g.Confidence, g.Score))
	}
	slices.Sort(out)
	return out
}

// TestOrderDoesNotMatter: the groups are the same whatever the order of the cards,
// but for which of two equal cards is which.
func TestOrderDoesNotMatter(t *testing.T) {
	recs := records(t, texts(1000))
	seen := map[uint64]bool{}
	recs = slices.DeleteFunc(recs, func(r *dedupe.Record) bool {
		again := seen[r.Content]
		seen[r.Content] = true
		return again
	})
	place := make([]int, len(recs))
	for i := range place {
		place[i] = i
	}
	want := named(dedupe.Find(recs, dedupe.Options{}), place)
	for seed := range uint64(3) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		perm := rnd.Perm(len(recs))
		moved := make([]*dedupe.Record, len(recs))
		for i, p := range perm {
			moved[i] = recs[p]
		}
		if d := cmp.Diff(want, named(dedupe.Find(moved, dedupe.Options{}), perm)); d != "" {
			t.Fatal(d)
		}
	}
}

// TestMask: no group holds both cards of a masked pair, whatever third cards there
// are. The masks are drawn from pairs that would be in one group.
func TestMask(t *testing.T) {
	recs := records(t, texts(1000))
	var pairs [][2]int
	for _, g := range dedupe.Find(recs, dedupe.Options{}) {
		for _, p := range g.Pairs {
			pairs = append(pairs, [2]int{g.Members[p.A], g.Members[p.B]})
		}
	}
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		var mask [][2]int
		for _, p := range pairs {
			if rnd.IntN(3) == 0 {
				if rnd.IntN(2) == 0 {
					p[0], p[1] = p[1], p[0]
				}
				mask = append(mask, p)
			}
		}
		of := map[int]int{}
		for n, g := range dedupe.Find(recs, dedupe.Options{Mask: mask}) {
			for _, m := range g.Members {
				of[m] = n + 1
			}
		}
		for _, p := range mask {
			if of[p[0]] != 0 && of[p[0]] == of[p[1]] {
				t.Fatalf("masked cards %v are in one group", p)
			}
		}
	}
}

// TestKeysFindPairs: two cards of one person that would be shown as one have a key
// in common, so that an index finds them.
func TestKeysFindPairs(t *testing.T) {
	b := synth.Make(synth.Options{Seed: 78, Cards: 3000})
	by := map[int][]*dedupe.Record{}
	freq := &dedupe.Counts{}
	for _, c := range b.Cards {
		r := records(t, []string{c.VCard})[0]
		by[c.Cluster] = append(by[c.Cluster], r)
		freq.Add(r)
	}
	pairs, missed := 0, 0
	for _, recs := range by {
		for i := range recs {
			for j := range i {
				if dedupe.Compare(recs[i], recs[j], freq).Score() < 0.5 {
					continue
				}
				pairs++
				keys := recs[j].Keys()
				if !slices.ContainsFunc(recs[i].Keys(), func(k uint64) bool { return slices.Contains(keys, k) }) {
					missed++
				}
			}
		}
	}
	if pairs < 1000 || missed > pairs/500 {
		t.Errorf("%d of %d pairs have no key in common", missed, pairs)
	}
}

// TestCountsGoBack: removing records leaves what was there before.
func TestCountsGoBack(t *testing.T) {
	recs := records(t, texts(1000))
	var all, rest dedupe.Counts
	for i, r := range recs {
		all.Add(r)
		if i%3 != 0 {
			rest.Add(r)
		}
	}
	for i, r := range recs {
		if i%3 == 0 {
			all.Remove(r)
		}
	}
	if all.Cards() != rest.Cards() {
		t.Errorf("%d cards, not %d", all.Cards(), rest.Cards())
	}
	for _, r := range recs {
		for _, term := range r.Terms() {
			if all.Count(term) != rest.Count(term) || all.Holders(term) != rest.Holders(term) {
				t.Fatalf("a term has %d cards and %d names, not %d and %d", all.Count(term), all.Holders(term), rest.Count(term), rest.Holders(term))
			}
		}
	}
}

func TestGroupCardsAreNoMembers(t *testing.T) {
	recs := records(t, []string{
		vcard("N:Friends;;;;", "FN:Friends", "X-ADDRESSBOOKSERVER-KIND:group", "UID:1"),
		vcard("N:Friends;;;;", "FN:Friends", "X-ADDRESSBOOKSERVER-KIND:group", "UID:1"),
	})
	if g := dedupe.Find(recs, dedupe.Options{}); len(g) != 0 {
		t.Errorf("%v", g)
	}
}

// TestReference: the card that says most is kept, of those the most recent.
func TestReference(t *testing.T) {
	recs := records(t, []string{
		vcard("N:Example;Anna;;;", "FN:Anna Example", "TEL:+41791234567", "REV:20200101T000000Z"),
		vcard("N:Example;Anna;;;", "FN:Anna Example", "TEL:+41791234567", "EMAIL:anna@example.org", "REV:20100101T000000Z"),
		vcard("N:Example;Anna;;;", "FN:Anna Example", "TEL:+41791234567", "EMAIL:anna@example.org", "REV:20220101T000000Z"),
	})
	g := dedupe.Find(recs, dedupe.Options{Frequency: crowd(t)})
	if len(g) != 1 || g[0].Reference != 2 || len(g[0].Members) != 3 {
		t.Errorf("%+v", g)
	}
}

// TestJoint: which cards are of two people.
func TestJoint(t *testing.T) {
	for _, c := range []struct {
		n, fn string
		want  bool
	}{
		{";Anna und Peter Muster;;;", "Anna und Peter Muster", true},
		{"Esempio;Maria e Franco;;;", "Maria e Franco Esempio", true},
		{"Exempel;Eva och Lars;;;", "Eva och Lars Exempel", true},
		{";;;;", "Jan i Ewa Przyklad", true},
		{";;;;", "Anna & Peter Example", true},
		{"Costa e Silva;João;;;", "João Costa e Silva", false},
		{"Example;Anna E.;;;", "Anna E. Example", false},
		{"Van;En;;;", "En Van", false},
		{"Ortega y Gasset;José;;;", "José Ortega y Gasset", false},
	} {
		if got := records(t, []string{vcard("N:"+c.n, "FN:"+c.fn)})[0]; got.Joint != c.want {
			t.Errorf("%s: joint %v", c.fn, got.Joint)
		}
	}
}
