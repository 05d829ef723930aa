//go:build interop

package gowebdav

import (
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-vcard"
	"github.com/emersion/go-webdav/carddav"
)

// dedupe runs "almanac dedupe" on the server's data, beside the running server.
func dedupe(t *testing.T, args ...string) {
	t.Helper()
	program := os.Getenv("INTEROP_ALMANAC")
	if program == "" {
		t.Skip("the server is another one")
	}
	cmd := exec.CommandContext(t.Context(), program, append([]string{"dedupe", args[0], os.Getenv("INTEROP_USER")}, args[1:]...)...)
	cmd.Env = append(os.Environ(), "ALMANAC_DATA="+os.Getenv("INTEROP_DATA"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("dedupe %v: %v\n%s", args, err, out)
	}
}

// TestDuplicates: to a client a merge is one change and some deletions, and undoing it
// brings the cards back.
func TestDuplicates(t *testing.T) {
	ctx := t.Context()
	server := connect(t)
	client, err := carddav.NewClient(server.http, server.url)
	if err != nil {
		t.Fatal(err)
	}
	principal, err := client.FindCurrentUserPrincipal(ctx)
	if err != nil {
		t.Fatal(err)
	}
	home, err := client.FindAddressBookHomeSet(ctx, principal)
	if err != nil {
		t.Fatal(err)
	}
	book := home + "doubles/"
	dedupe(t, "log")
	makeBook(t, book)
	for uid, name := range map[string]string{"d1": "Dora Double", "d2": "Dora Double", "d3": "Emil Single"} {
		if _, err := client.PutAddressObject(ctx, book+uid+".vcf", newCard(uid, name, uid+"@example.org")); err != nil {
			t.Fatal(err)
		}
	}
	group := newCard("dg", "Friends", "")
	delete(group, vcard.FieldEmail)
	group.SetValue("X-ADDRESSBOOKSERVER-KIND", "group")
	group.SetValue("X-ADDRESSBOOKSERVER-MEMBER", "urn:uuid:d2")
	if _, err := client.PutAddressObject(ctx, book+"dg.vcf", group); err != nil {
		t.Fatal(err)
	}
	token := ""
	// sync returns the names of what changed. The client takes a deletion in the answer
	// for an error of the whole, which it returns beside it.
	sync := func(t *testing.T) (updated []string, deleted bool) {
		t.Helper()
		answer, err := client.SyncCollection(ctx, book, &carddav.SyncQuery{DataRequest: carddav.AddressDataRequest{AllProp: true}, SyncToken: token})
		if answer == nil {
			t.Fatal(err)
		}
		token = answer.SyncToken
		for _, o := range answer.Updated {
			updated = append(updated, path.Base(o.Path))
		}
		slices.Sort(updated)
		return updated, err != nil || len(answer.Deleted) > 0
	}
	member := func(t *testing.T) string {
		t.Helper()
		o, err := client.GetAddressObject(ctx, book+"dg.vcf")
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(o.Card.Value("X-ADDRESSBOOKSERVER-MEMBER"), "urn:uuid:")
	}
	sync(t)

	t.Run("a merge is one change, a deletion, and the group that named it", func(t *testing.T) {
		dedupe(t, "merge", "doubles/d1.vcf", "doubles/d2.vcf")
		updated, deleted := sync(t)
		if _, err := client.GetAddressObject(ctx, book+"d2.vcf"); err == nil {
			t.Error("the card that was merged away is there")
		}
		if !deleted || !slices.Equal(updated, []string{"d1.vcf", "dg.vcf"}) {
			t.Errorf("updated %v, deleted: %v", updated, deleted)
		}
		if got := member(t); got != "d1" {
			t.Errorf("the group has %q", got)
		}
	})

	t.Run("an undo brings the card back", func(t *testing.T) {
		dedupe(t, "undo", "1")
		updated, deleted := sync(t)
		if deleted || !slices.Equal(updated, []string{"d1.vcf", "d2.vcf", "dg.vcf"}) {
			t.Errorf("updated %v, deleted: %v", updated, deleted)
		}
		if got := member(t); got != "d2" {
			t.Errorf("the group has %q", got)
		}
	})
}

// makeBook makes an address book.
func makeBook(t *testing.T, path string) {
	t.Helper()
	program := os.Getenv("INTEROP_ALMANAC")
	cmd := exec.CommandContext(t.Context(), program, "addressbook", "add", os.Getenv("INTEROP_USER"), "doubles")
	cmd.Env = append(os.Environ(), "ALMANAC_DATA="+os.Getenv("INTEROP_DATA"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v\n%s", path, err, out)
	}
}
