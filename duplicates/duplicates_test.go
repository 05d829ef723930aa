package duplicates_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/account"
	"almanac/dedupe"
	"almanac/duplicates"
	"almanac/store"
	"almanac/store/memstore"
	"almanac/store/storetest"
)

// fatal is a test or one run of a property.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// A room is a store with a user at a desk.
type room struct {
	fatal
	*duplicates.Desk
	st    store.Store
	ctx   context.Context
	now   time.Time
	books map[string]store.CollID
}

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// newRoom makes a user ann with address books.
func newRoom(t fatal, books ...string) *room {
	t.Helper()
	r := &room{fatal: t, st: memstore.New(), ctx: context.Background(), now: start, books: map[string]store.CollID{}}
	ops := []store.Op{store.CreateHome{Home: store.Home{Name: "ann"}}}
	for _, b := range books {
		ops = append(ops, store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: b}})
	}
	res := r.apply(0, ops...)
	for i, b := range books {
		r.books[b] = res.Ops[i+1].Coll
	}
	r.Desk = &duplicates.Desk{Store: r.st, Who: account.Identity{Home: res.Ops[0].Home, Name: "ann"}, By: "test"}
	return r
}

func (r *room) apply(home store.HomeID, ops ...store.Op) *store.Result {
	r.Helper()
	r.now = r.now.Add(time.Second)
	res, err := r.st.Apply(r.ctx, &store.Batch{Home: home, At: r.now, Ops: ops})
	if err != nil {
		r.Fatalf("apply: %v", err)
	}
	return res
}

// card is the text of a card.
func card(uid string, lines ...string) string {
	return "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n"
}

// put writes BOOK/NAME.
func (r *room) put(path, text string) duplicates.Card {
	r.Helper()
	book, name, _ := strings.Cut(path, "/")
	r.apply(1, storetest.Put(store.AddressBook, r.books[book], name, []byte(text)))
	return r.card(path)
}

func (r *room) card(path string) duplicates.Card {
	r.Helper()
	c, err := r.Resolve(r.ctx, path)
	if err != nil {
		r.Fatalf("%v", err)
	}
	return c
}

// all returns every card, by BOOK/NAME.
func (r *room) all() map[string]string {
	r.Helper()
	out := map[string]string{}
	err := r.st.View(r.ctx, func(sn store.Snapshot) error {
		for book, coll := range r.books {
			err := sn.List(coll, "", store.WantBody, func(o *store.Object) bool {
				out[book+"/"+strings.Clone(o.Name)] = string(o.Body)
				return true
			})
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.Fatalf("%v", err)
	}
	return out
}

// expect compares all cards with what they should be, but for REV, which tells when
// a card was changed last.
func (r *room) expect(want map[string]string) {
	r.Helper()
	got := r.all()
	for path, text := range got {
		if want[path] != text {
			got[path] = revLine.ReplaceAllString(text, "")
		}
	}
	for path, text := range want {
		if got[path] != text {
			r.Errorf("%s is\n%s\nwant\n%s", path, got[path], text)
		}
	}
	for path, text := range got {
		if _, ok := want[path]; !ok {
			r.Errorf("%s is there:\n%s", path, text)
		}
	}
}

var revLine = regexp.MustCompile(`REV:.*\r\n`)

func (r *room) merge(ref string, others ...string) *duplicates.Merge {
	r.Helper()
	r.now = r.now.Add(time.Second)
	var cards []duplicates.Card
	for _, o := range others {
		cards = append(cards, r.card(o))
	}
	m, err := r.Merge(r.ctx, r.card(ref), cards, r.now)
	if err != nil {
		r.Fatalf("merge: %v", err)
	}
	return m
}

func (r *room) undo(id string) *duplicates.Undoing {
	r.Helper()
	r.now = r.now.Add(time.Second)
	u, err := r.Undo(r.ctx, id, r.now)
	if err != nil {
		r.Fatalf("undo %s: %v", id, err)
	}
	return u
}

func (r *room) find(books ...string) []duplicates.Group {
	r.Helper()
	groups, err := r.Find(r.ctx, duplicates.FindOptions{Books: books})
	if err != nil {
		r.Fatalf("find: %v", err)
	}
	return groups
}

// paths are the cards of a group.
func paths(cards []duplicates.Card) []string {
	var out []string
	for _, c := range cards {
		out = append(out, c.Book+"/"+c.Name)
	}
	slices.Sort(out)
	return out
}

var (
	robert = card("u1", "N:Example;Robert;;;", "FN:Robert Example", "TEL;TYPE=CELL:+41 79 000 00 01", "EMAIL:robert@example.org", "ADR:;;Sample Lane 1;Zug;;6300;CH")
	bob    = card("u2", "N:Example;Bob;;;", "FN:Bob Example", "TEL;TYPE=CELL:+41790000001", "EMAIL:robert@example.org", "URL:https://example.org/bob")
	rob    = card("u3", "N:Example;Robert;;;", "FN:Robert Example", "TEL;TYPE=CELL:079 000 00 01", "EMAIL:robert@example.org", "NOTE:likes tea")
	zoe    = card("u4", "N:Sample;Zoe;;;", "FN:Zoe Sample", "TEL:+41 44 000 00 09")
)

func TestFindMergeUndo(t *testing.T) {
	r := newRoom(t, "private", "work")
	r.put("private/robert.vcf", robert)
	r.put("work/bob.vcf", bob)
	r.put("private/zoe.vcf", zoe)
	team := r.put("work/team.vcf", card("g", "X-ADDRESSBOOKSERVER-KIND:group", "N:Team;;;;", "FN:Team", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:u2", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:u4"))
	before := r.all()

	groups := r.find()
	if len(groups) != 1 || !slices.Equal(paths(groups[0].Cards), []string{"private/robert.vcf", "work/bob.vcf"}) || !groups[0].Mergeable {
		t.Fatalf("found %+v", groups)
	}
	if g := r.find("private"); len(g) != 0 {
		t.Errorf("in one book there is %+v", g)
	}
	around, err := r.Around(r.ctx, r.card("work/bob.vcf"))
	if err != nil || around == nil || around.ID != groups[0].ID || around.Score != groups[0].Score {
		t.Errorf("around bob is %+v (%v), want %+v", around, err, groups[0])
	}
	if g, err := r.Around(r.ctx, r.card("private/zoe.vcf")); g != nil || err != nil {
		t.Errorf("around zoe is %+v (%v)", g, err)
	}

	m := r.merge("private/robert.vcf", "work/bob.vcf")
	after := r.all()
	if len(after) != 3 || !strings.Contains(after["private/robert.vcf"], "URL:https://example.org/bob") {
		t.Errorf("after the merge: %v", after)
	}
	if want := strings.Replace(before["work/team.vcf"], "uuid:u2", "uuid:u1", 1); after["work/team.vcf"] != want {
		t.Errorf("the group is\n%s\nwant\n%s", after["work/team.vcf"], want)
	}
	if g := r.find(); len(g) != 0 {
		t.Errorf("after the merge there is %+v", g)
	}
	log, err := r.Log(r.ctx)
	if err != nil || len(log) != 1 || log[0].ID != "1" || m.ID != "1" || log[0].Name != "Robert Example" || !slices.Equal(log[0].Names, []string{"Bob Example"}) {
		t.Errorf("the log is %+v (%v)", log, err)
	}

	// An edit in between stays.
	edited := strings.Replace(after["private/robert.vcf"], "END:VCARD", "NOTE:edited\r\nEND:VCARD", 1)
	r.put("private/robert.vcf", edited)
	u := r.undo("1")
	if !slices.Equal(paths(u.Restored), []string{"work/bob.vcf"}) || u.Reference == nil {
		t.Errorf("undone: %+v", u)
	}
	got := r.all()
	if got["work/bob.vcf"] != bob || !strings.Contains(got["private/robert.vcf"], "NOTE:edited") || strings.Contains(got["private/robert.vcf"], "/bob") {
		t.Errorf("after the undo: %v", got)
	}
	for _, uid := range []string{"u2", "u4"} {
		if !strings.Contains(got["work/team.vcf"], uid) {
			t.Errorf("the group lost %s:\n%s", uid, got["work/team.vcf"])
		}
	}
	if strings.Contains(got["work/team.vcf"], "u1") {
		t.Errorf("the group still names u1:\n%s", got["work/team.vcf"])
	}
	if _, err := r.Undo(r.ctx, "1", r.now); !errors.Is(err, duplicates.ErrUndone) {
		t.Errorf("a second undo: %v", err)
	}
	_ = team
	storetest.CheckClean(t, r.st)
}

func TestMergeSeesWhatWasSeen(t *testing.T) {
	r := newRoom(t, "private")
	a, b := r.put("private/a", robert), r.put("private/b", bob)
	r.put("private/b", strings.Replace(bob, "Bob", "Rob", 1))
	if _, err := r.Merge(r.ctx, a, []duplicates.Card{b}, r.now); !errors.Is(err, duplicates.ErrChanged) {
		t.Errorf("merge of a card that has changed: %v", err)
	}
	if _, err := r.Merge(r.ctx, a, []duplicates.Card{a}, r.now); err == nil {
		t.Error("a card was merged with itself")
	}
	if _, err := r.Merge(r.ctx, a, nil, r.now); err == nil {
		t.Error("a card was merged with nothing")
	}
}

func TestOrderOfUndo(t *testing.T) {
	for _, order := range [][]string{{"1", "2"}, {"2", "1"}} {
		t.Run(strings.Join(order, ","), func(t *testing.T) {
			r := newRoom(t, "private")
			r.put("private/robert", robert)
			r.put("private/bob", bob)
			r.put("private/rob", strings.Replace(rob, "NOTE", "URL:https://example.org/bob\r\nNOTE", 1))
			before := r.all()
			r.merge("private/robert", "private/bob")
			r.merge("private/robert", "private/rob")
			r.undo(order[0])
			if text := r.all()["private/robert"]; !strings.Contains(text, "/bob") {
				t.Errorf("what both had is lost:\n%s", text)
			}
			r.undo(order[1])
			r.expect(before)
		})
	}
}

func TestUndoWhenTheReferenceWasMergedToo(t *testing.T) {
	r := newRoom(t, "private")
	r.put("private/a", robert)
	r.put("private/b", bob)
	r.put("private/c", rob)
	r.merge("private/a", "private/b")
	r.merge("private/c", "private/a")
	u := r.undo("1")
	if u.Reference == nil || u.Reference.Name != "c" {
		t.Errorf("the reference is %+v", u.Reference)
	}
	got := r.all()
	if got["private/b"] != bob || strings.Contains(got["private/c"], "/bob") {
		t.Errorf("after the first undo: %v", got)
	}
	r.undo("2")
	r.expect(map[string]string{"private/a": robert, "private/b": bob, "private/c": rob})
}

// TestUndoBringsDeadPropertiesBack of the cards that were merged away; the reference
// keeps its own, and takes over none: they are about another resource.
func TestUndoBringsDeadPropertiesBack(t *testing.T) {
	r := newRoom(t, "private")
	r.put("private/a", robert)
	r.put("private/b", bob)
	color := func(v string) store.Prop {
		return store.Prop{Space: "urn:example", Local: "color", XML: "<color xmlns='urn:example'>" + v + "</color>"}
	}
	other := store.Prop{Space: "urn:example", Local: "size", XML: "<size xmlns='urn:example'>2</size>"}
	for name, set := range map[string][]store.Prop{"a": {color("red")}, "b": {color("blue"), other}} {
		r.apply(1, store.PatchProps{Target: store.OnObject, Coll: r.books["private"], Name: name, Set: set})
	}
	props := func(name string) store.PropSet {
		t.Helper()
		var o *store.Object
		err := r.st.View(r.ctx, func(sn store.Snapshot) (err error) {
			o, err = sn.Object(r.books["private"], name, store.WantProps)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return o.Props
	}
	m := r.merge("private/a", "private/b")
	if got := props("a"); !slices.Equal(got, store.PropSet{color("red")}) {
		t.Errorf("merged: %v", got)
	}
	r.undo(m.ID)
	if got := props("a"); !slices.Equal(got, store.PropSet{color("red")}) {
		t.Errorf("the reference has %v", got)
	}
	if got := props("b"); !slices.Equal(got, store.PropSet{color("blue"), other}) {
		t.Errorf("the card that came back has %v", got)
	}
}

func TestUndoFindsRoom(t *testing.T) {
	r := newRoom(t, "private", "work")
	r.put("private/a.vcf", robert)
	r.put("work/b.vcf", bob)
	r.merge("private/a.vcf", "work/b.vcf")
	r.put("work/b.vcf", zoe)
	if u := r.undo("1"); u.Restored[0].Name != "b-1.vcf" {
		t.Errorf("restored as %+v", u.Restored)
	}
	r.merge("private/a.vcf", "work/b-1.vcf")
	r.apply(1, store.DeleteCollection{Coll: r.books["work"]}, store.DeleteObject{Coll: r.books["private"], Name: "a.vcf"})
	u := r.undo("2")
	if u.Reference != nil || len(u.Restored) != 1 || u.Restored[0].Book != "private" {
		t.Errorf("restored as %+v", u)
	}
}

// together reports whether a group has both.
func together(g *duplicates.Group, a, b string) bool {
	has := func(uid string) bool {
		return slices.ContainsFunc(g.Cards, func(c duplicates.Card) bool { return c.UID == uid })
	}
	return has(a) && has(b)
}

func TestHide(t *testing.T) {
	r := newRoom(t, "private", "work")
	a, b := r.put("private/a.vcf", robert), r.put("private/b.vcf", bob)
	r.put("work/c.vcf", rob)
	if g := r.find(); len(g) != 1 || len(g[0].Cards) != 3 {
		t.Fatalf("found %+v", g)
	}
	if err := r.Hide(r.ctx, []duplicates.Card{a, b}, r.now); err != nil {
		t.Fatal(err)
	}
	apart := func(when string) {
		t.Helper()
		for _, g := range r.find() {
			if together(&g, "u1", "u2") {
				t.Errorf("%s they are in %v", when, paths(g.Cards))
			}
		}
		for _, c := range []string{"u1", "u2"} {
			g, err := r.Around(r.ctx, r.card(c))
			if err != nil {
				t.Fatal(err)
			}
			if g != nil && together(g, "u1", "u2") {
				t.Errorf("%s %v are around %s", when, paths(g.Cards), c)
			}
		}
	}
	apart("hidden")
	r.put("private/b.vcf", strings.Replace(bob, "Bob", "Robert", 2))
	apart("edited")
	r.apply(1, store.MoveObject{From: r.books["private"], FromName: "b.vcf", To: r.books["work"], ToName: "x.vcf"})
	apart("moved")
	if _, err := r.Merge(r.ctx, r.card("u1"), []duplicates.Card{r.card("u2")}, r.now); !errors.Is(err, duplicates.ErrHidden) {
		t.Errorf("merge of a hidden pair: %v", err)
	}
	// The card that b is merged into is not a either.
	r.merge("work/c.vcf", "work/x.vcf")
	for _, g := range r.find() {
		t.Errorf("after the merge there is %v", paths(g.Cards))
	}
	hidden, err := r.Hidden(r.ctx)
	if err != nil || len(hidden) != 1 || hidden[0].There != [2]bool{true, true} {
		t.Fatalf("hidden are %+v (%v)", hidden, err)
	}
	r.undo("1")
	hidden, err = r.Hidden(r.ctx)
	if err != nil || len(hidden) != 1 || hidden[0].There != [2]bool{true, true} || hidden[0].Cards[1].Book+hidden[0].Cards[0].Book != "workprivate" && hidden[0].Cards[0].Book+hidden[0].Cards[1].Book != "workprivate" {
		t.Fatalf("after the undo hidden are %+v (%v)", hidden, err)
	}
	apart("after merge and undo")
	id, err := r.PairOf(r.ctx, r.card("u1"), r.card("u2"))
	if err != nil || id != hidden[0].ID {
		t.Errorf("the pair is %q (%v)", id, err)
	}
	if err := r.Unhide(r.ctx, id, r.now); err != nil {
		t.Fatal(err)
	}
	if g := r.find(); len(g) != 1 || len(g[0].Cards) != 3 {
		t.Errorf("taken back, there is %+v", g)
	}
}

// TestHideOneUIDInTwoBooks: an exporter gave two people one number.
func TestHideOneUIDInTwoBooks(t *testing.T) {
	r := newRoom(t, "private", "work", "club")
	a, b := r.put("private/a.vcf", robert), r.put("work/b.vcf", robert)
	if g := r.find(); len(g) != 1 {
		t.Fatalf("found %+v", g)
	}
	if err := r.Hide(r.ctx, []duplicates.Card{a, b}, r.now); err != nil {
		t.Fatal(err)
	}
	if g := r.find(); len(g) != 0 {
		t.Errorf("hidden, there is %+v", g)
	}
	r.apply(1, store.MoveObject{From: r.books["work"], FromName: "b.vcf", To: r.books["club"], ToName: "b.vcf"})
	if g := r.find(); len(g) != 0 {
		t.Errorf("moved, there is %+v", g)
	}
}

func TestSharedBooks(t *testing.T) {
	r := newRoom(t, "private")
	res := r.apply(0, store.CreateHome{Home: store.Home{Name: "bert"}},
		store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "club"}})
	bert, club := res.Ops[0].Home, res.Ops[1].Coll
	r.put("private/a.vcf", robert)
	r.apply(bert, storetest.Put(store.AddressBook, club, "b.vcf", []byte(bob)), storetest.Put(store.AddressBook, club, "c.vcf", []byte(rob)))
	share(t, r, bert, club, account.ShareRead)
	g := r.find()
	if len(g) != 1 || len(g[0].Cards) != 3 || g[0].Mergeable {
		t.Fatalf("found %+v", g)
	}
	ref, other := r.card("club@bert/b.vcf"), r.card("club@bert/c.vcf")
	if _, err := r.Merge(r.ctx, ref, []duplicates.Card{other}, r.now); !errors.Is(err, duplicates.ErrReadOnly) {
		t.Errorf("merge in a book to be read: %v", err)
	}
	share(t, r, bert, club, account.ShareWrite)
	if _, err := r.Merge(r.ctx, r.card("private/a.vcf"), []duplicates.Card{other}, r.now); !errors.Is(err, duplicates.ErrTwoHomes) {
		t.Errorf("merge of cards of two homes: %v", err)
	}
	if err := r.Hide(r.ctx, []duplicates.Card{r.card("private/a.vcf"), other}, r.now); err != nil {
		t.Fatal(err)
	}
	m, err := r.Merge(r.ctx, ref, []duplicates.Card{other}, r.now)
	if err != nil {
		t.Fatal(err)
	}
	if g := r.find(); len(g) != 0 {
		t.Errorf("after the merge there is %+v", g)
	}
	r.undo(m.ID)
	if g := r.find(); len(g) != 1 || len(g[0].Cards) != 2 {
		t.Errorf("after the undo there is %+v", g)
	}
}

func TestCertain(t *testing.T) {
	r := newRoom(t, "private")
	for i := range 3 {
		for j := range 3 {
			r.put(fmt.Sprintf("private/%d-%d.vcf", i, j), card(fmt.Sprintf("u%d-%d", i, j), "N:"+[]string{"Example;Robert", "Sample;Zoe", "Muster;Carla"}[i]+";;;",
				"FN:x", fmt.Sprintf("TEL;TYPE=CELL:+41 79 %d00 00 1%d", i, 3*i), fmt.Sprintf("EMAIL:%s@example.org", []string{"rob", "zoe.s", "mcarla"}[i])))
		}
	}
	groups := r.find()
	plan := duplicates.CertainOf(groups)
	if len(plan) != 3 {
		t.Fatalf("the plan is %+v of %+v", plan, groups)
	}
	if groups[0].Confidence != dedupe.Certain {
		t.Errorf("the first is %s", groups[0].Confidence)
	}
	before := r.all()
	n := 0
	err := r.Carry(r.ctx, plan, func() time.Time { return r.now }, func(_ int, m *duplicates.Merge, err error) bool {
		if err != nil {
			t.Error(err)
		}
		n++
		return true
	})
	if err != nil || n != 3 || len(r.all()) != 3 || len(r.find()) != 0 {
		t.Errorf("%d merges (%v) left %v", n, err, r.all())
	}
	for _, id := range []string{"2", "3", "1"} {
		r.undo(id)
	}
	r.expect(before)
}

// share gives ann a level on a book of somebody else, accepted.
func share(t *testing.T, r *room, owner store.HomeID, coll store.CollID, level account.Level) {
	t.Helper()
	var ops []store.Op
	err := r.st.View(r.ctx, func(sn store.Snapshot) error {
		c, err := sn.Collection(coll)
		if err != nil {
			return err
		}
		to := account.UserPrincipal(1)
		old, err := account.FindShare(sn, coll, to)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		s := account.Share{Coll: coll, To: to, Level: level, Status: account.Accepted, Of: owner, Invite: "i"}
		ops, err = account.ShareOps(c, old, s, r.now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r.apply(owner, ops...)
	err = r.st.View(r.ctx, func(sn store.Snapshot) error {
		s, err := account.FindShare(sn, coll, account.UserPrincipal(1))
		if err == nil {
			ops = s.AnswerOps(true, r.now)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r.apply(owner, ops...)
}

// merges is the log.
func (r *room) merges() []duplicates.Merge {
	r.Helper()
	log, err := r.Log(r.ctx)
	if err != nil {
		r.Fatalf("%v", err)
	}
	return log
}

// TestMergeOfVeryMany takes several merges, which are undone one by one.
func TestMergeOfVeryMany(t *testing.T) {
	r := newRoom(t, "private")
	var cards []duplicates.Card
	want := map[string]string{}
	for i := range 230 {
		path := fmt.Sprintf("private/%d", i)
		want[path] = card(fmt.Sprintf("u%d", i), "N:Example;Robert;;;", "FN:Robert Example", fmt.Sprintf("EMAIL:m%d@example.org", i))
		cards = append(cards, r.put(path, want[path]))
	}
	if _, err := r.Merge(r.ctx, cards[0], cards[1:], start); err == nil || !strings.Contains(err.Error(), "one merge is of 2 to 100 cards, not of 230") {
		t.Errorf("all at once: %v", err)
	}
	plan := duplicates.PlanOf(cards[0], cards[1:])
	var ids []string
	err := r.Carry(r.ctx, plan, func() time.Time { return start }, func(_ int, m *duplicates.Merge, err error) bool {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.ID)
		return true
	})
	if err != nil || len(ids) != 3 {
		t.Fatalf("%d merges: %v", len(ids), err)
	}
	if got := r.all(); len(got) != 1 || strings.Count(got["private/0"], "EMAIL") != 230 {
		t.Errorf("%d cards are left:\n%s", len(got), got["private/0"])
	}
	for _, i := range []int{1, 0, 2} {
		r.undo(ids[i])
	}
	r.expect(want)
}
