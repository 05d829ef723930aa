package duplicates_test

import (
	"context"
	"testing"

	"almanac/duplicates"
)

// TestAroundOfManyCards: of a book with common names, the group that one look-up tells
// is that of the whole search for all but a few cards.
func TestAroundOfManyCards(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	d, names := invented(t, 700)
	ctx := context.Background()
	groups, err := d.Find(ctx, duplicates.FindOptions{})
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]*duplicates.Group{}
	for i := range groups {
		for _, c := range groups[i].Cards {
			of[c.Name] = &groups[i]
		}
	}
	differ := 0
	for _, name := range names {
		c, err := d.Resolve(ctx, "people/"+name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Around(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		want := of[name]
		if (got == nil) != (want == nil) || got != nil && (got.ID != want.ID || got.Confidence != want.Confidence) {
			differ++
		}
	}
	t.Logf("%d of %d differ, in %d groups", differ, len(names), len(groups))
	if differ*50 > len(names) {
		t.Errorf("%d of %d cards are told another group than the whole search has", differ, len(names))
	}
}
