// Package almanac_test guards the arrows between the packages.
package almanac_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is which of our packages each of them may import, directly: those
// from lines below its own. A package that is not here may not exist. A row that
// is needed no more may go, one that points upwards may not come.
//
// Tests may use more; what is shipped may not.
var mayImport = map[string][]string{
	// Leaves: they know nothing of ours.
	"contentline": {},
	"collation":   {},
	"search":      {},
	"sync":        {},
	"dav/wire":    {},

	// Formats, and what they mean. They see no store, no clock and no network.
	"ical/recur": {},
	"ical/zone":  {"contentline", "ical/recur"},
	"ical":       {"contentline", "collation", "ical/recur", "ical/zone"},
	"vcard":      {"contentline", "collation"},

	// Duplicates among cards: what a value means, and making one card of several.
	"dedupe/value":  {"contentline"},
	"dedupe/merge":  {"contentline", "vcard", "dedupe/value"},
	"dedupe/near":   {},
	"dedupe/forest": {},
	"dedupe/names":  {},
	"dedupe":        {"contentline", "vcard", "dedupe/value", "dedupe/names", "dedupe/near", "dedupe/forest"},
	// Inventing address books and training on them: nothing that is shipped imports these.
	"dedupe/synth":         {"dedupe/names", "dedupe/value"},
	"dedupe/train":         {"dedupe", "dedupe/forest", "dedupe/synth"},
	"dedupe/train/without": {},

	// State. The store reads the formats so that nothing is kept without its index.
	"store":           {"contentline", "ical", "ical/zone", "vcard", "dedupe", "dedupe/merge"},
	"store/feed":      {"store"},
	"store/memstore":  {"store", "store/feed", "dedupe"},
	"store/boltstore": {"store", "store/feed", "dedupe", "ical"}, // for the names of ical.Class
	"store/storetest": {"store", "store/memstore", "dedupe", "dedupe/merge"},

	// Who may do what. dav/wire, a leaf, is for the properties of a new account's collections.
	"account": {"store", "ical", "ical/zone", "dav/wire"}, // ical for the names of ical.Class
	// People from elsewhere: with libraries for the network, which account is free of.
	"account/ldap": {"account"},
	"account/oidc": {"account"},
	"notify":       {"account", "store", "ical/zone"},
	"remind":       {"account", "store", "ical", "ical/zone", "contentline", "dav/wire", "notify"},
	"publish":      {"account", "store", "ical", "vcard", "dav/wire"},

	// What a user does about duplicates.
	"duplicates": {"account", "store", "dedupe", "dedupe/merge", "dedupe/value", "vcard"},

	// Edges.
	"seal":        {},
	"web":         {"account", "account/oidc", "store", "seal", "notify", "remind", "ical/zone"},
	"dav":         {"account", "store", "search", "sync", "ical", "ical/zone", "vcard", "contentline", "collation", "dav/wire"},
	"dav/davtest": {"account", "dav", "store", "store/memstore", "store/boltstore"},

	// The command line wires everything together. Its own packages are about what
	// is outside: a shell's process, another server. Neither sees the store.
	"cmd/almanac":         {"*"},
	"cmd/almanac/control": {},
	"cmd/almanac/source":  {"dav/wire"},

	// Measuring uses the parts; trying out uses the program from outside.
	"bench":            {"*"},
	"interop/gowebdav": {},
	"interop/ldap":     {},
}

const module = "almanac"

func TestImports(t *testing.T) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read the answer of go list: %v", err)
		}
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if name == module {
			continue // this package
		}
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("package %s is not in the table: give it a line", name)
			continue
		}
		for _, i := range p.Imports {
			i, ours := strings.CutPrefix(i, module+"/")
			if ours && !slices.Contains(allowed, i) && !slices.Contains(allowed, "*") {
				t.Errorf("%s imports %s: the arrow points the wrong way, or the table lacks it", name, i)
			}
		}
	}
}

// TestOnlyOneImportsBolt keeps the file format behind the store's interface.
func TestOnlyOneImportsBolt(t *testing.T) {
	out, err := exec.Command("go", "list", "-e", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		pkg, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		// The measurements compare with a bare bbolt file.
		if pkg == module+"/store/boltstore" || pkg == module+"/bench" {
			continue
		}
		if slices.ContainsFunc(strings.Fields(imports), func(i string) bool { return strings.HasPrefix(i, "go.etcd.io/bbolt") }) {
			t.Errorf("%s imports bbolt; only store/boltstore does", pkg)
		}
	}
}
