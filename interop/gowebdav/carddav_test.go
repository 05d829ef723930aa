//go:build interop

package gowebdav

import (
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-vcard"
	"github.com/emersion/go-webdav/carddav"
)

// newCard returns a vCard 3.0 with a name and an address.
func newCard(uid, name, email string) vcard.Card {
	card := vcard.Card{}
	card.SetValue(vcard.FieldVersion, "3.0")
	card.SetValue(vcard.FieldUID, uid)
	card.SetValue(vcard.FieldFormattedName, name)
	card.SetValue(vcard.FieldName, name+";;;;")
	card.SetValue(vcard.FieldEmail, email)
	return card
}

// names lists the formatted names of the cards, sorted.
func names(objects []carddav.AddressObject) []string {
	var list []string
	for _, object := range objects {
		list = append(list, object.Card.Value(vcard.FieldFormattedName))
	}
	slices.Sort(list)
	return list
}

func TestCardDAV(t *testing.T) {
	ctx := t.Context()
	server := connect(t)
	client, err := carddav.NewClient(server.http, server.url)
	if err != nil {
		t.Fatal(err)
	}
	wanted := carddav.AddressDataRequest{AllProp: true}
	var book, token string

	t.Run("the server says that it speaks CardDAV", func(t *testing.T) {
		if err := client.HasSupport(ctx); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("the address books are found from the URL alone", func(t *testing.T) {
		principal, err := client.FindCurrentUserPrincipal(ctx)
		if err != nil {
			t.Fatal(err)
		}
		home, err := client.FindAddressBookHomeSet(ctx, principal)
		if err != nil {
			t.Fatal(err)
		}
		books, err := client.FindAddressBooks(ctx, home)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range books {
			if strings.HasSuffix(b.Path, "/contacts/") {
				book = b.Path
				if !b.SupportsAddressData("text/vcard", "3.0") {
					t.Errorf("no vCard 3.0 among %v", b.SupportedAddressData)
				}
			}
		}
		if book == "" {
			t.Fatalf("no address book in %+v", books)
		}
	})
	if book == "" {
		t.FailNow()
	}

	t.Run("the first sync of an empty book gives a token", func(t *testing.T) {
		answer, err := client.SyncCollection(ctx, book, &carddav.SyncQuery{DataRequest: wanted})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Updated)+len(answer.Deleted) > 0 || answer.SyncToken == "" {
			t.Errorf("got %+v", answer)
		}
		token = answer.SyncToken
	})

	t.Run("cards are put and read back", func(t *testing.T) {
		for _, card := range []vcard.Card{
			newCard("ada@example.org", "Ada Example", "ada@example.org"),
			newCard("grace@example.org", "Grace Example", "grace@example.com"),
		} {
			name := strings.ToLower(strings.Fields(card.Value(vcard.FieldFormattedName))[0])
			put, err := client.PutAddressObject(ctx, book+name+".vcf", card)
			if err != nil {
				t.Fatal(err)
			}
			got, err := client.GetAddressObject(ctx, book+name+".vcf")
			if err != nil {
				t.Fatal(err)
			}
			if put.ETag == "" || put.ETag != got.ETag {
				t.Errorf("ETag %q after PUT, %q from GET", put.ETag, got.ETag)
			}
			if got.Card.Value(vcard.FieldEmail) != card.Value(vcard.FieldEmail) {
				t.Errorf("read back %v", got.Card)
			}
		}
	})

	t.Run("a query for an address finds its card", func(t *testing.T) {
		objects, err := client.QueryAddressBook(ctx, book, &carddav.AddressBookQuery{
			DataRequest: wanted,
			PropFilters: []carddav.PropFilter{{
				Name:        vcard.FieldEmail,
				TextMatches: []carddav.TextMatch{{Text: "GRACE@", MatchType: carddav.MatchStartsWith}},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if list := names(objects); !slices.Equal(list, []string{"Grace Example"}) {
			t.Errorf("found %v", list)
		}
	})

	t.Run("a multiget brings what was asked for", func(t *testing.T) {
		objects, err := client.MultiGetAddressBook(ctx, book, &carddav.AddressBookMultiGet{
			Paths:       []string{book + "grace.vcf", book + "ada.vcf"},
			DataRequest: wanted,
		})
		if err != nil {
			t.Fatal(err)
		}
		if list := names(objects); !slices.Equal(list, []string{"Ada Example", "Grace Example"}) {
			t.Errorf("got %v", list)
		}
	})

	t.Run("the next sync brings the changes and the deletions", func(t *testing.T) {
		answer, err := client.SyncCollection(ctx, book, &carddav.SyncQuery{DataRequest: wanted, SyncToken: token})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Updated) != 2 || len(answer.Deleted) != 0 {
			t.Fatalf("two were added, got %+v", answer)
		}
		if err := client.RemoveAll(ctx, book+"ada.vcf"); err != nil {
			t.Fatal(err)
		}
		// The CardDAV client takes the status 404 of a deleted card for an
		// error of the whole answer, which the CalDAV client doesn't; it
		// returns the answer beside it.
		before := answer.SyncToken
		answer, err = client.SyncCollection(ctx, book, &carddav.SyncQuery{DataRequest: wanted, SyncToken: before})
		if answer == nil {
			t.Fatal(err)
		}
		if len(answer.Updated) != 0 || answer.SyncToken == before {
			t.Errorf("one was deleted, got %+v", answer)
		}
		if err == nil && !slices.Equal(answer.Deleted, []string{book + "ada.vcf"}) {
			t.Errorf("one was deleted, got %v", answer.Deleted)
		}
	})
}
