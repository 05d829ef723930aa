package merge

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"almanac/vcard"
)

var update = flag.Bool("update", false, "rewrite the want files; read the difference before you keep it")

// TestGolden: the cards of each folder of testdata/golden, the reference first, make
// want.vcf, which want.json tells of.
func TestGolden(t *testing.T) {
	folders, err := filepath.Glob("testdata/golden/*")
	if err != nil || len(folders) == 0 {
		t.Fatal(folders, err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			names, err := filepath.Glob(folder + "/[0-9]-*.vcf")
			if err != nil {
				t.Fatal(err)
			}
			var cards [][]byte
			for _, name := range names {
				card, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				cards = append(cards, card)
			}
			merged, report, err := Merge(cards[0], cards[1:], Options{Revision: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			told, err := json.MarshalIndent(report, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, folder+"/want.vcf", merged)
			golden(t, folder+"/want.json", append(told, '\n'))
			if c, err := vcard.Validate(merged, 0); err != nil || len(c.Doc.Repairs) > 0 {
				t.Errorf("%v, %v", err, c.Doc.Repairs)
			}
			for _, version := range []string{vcard.V30, vcard.V40} {
				if _, err := vcard.Convert(merged, version); err != nil {
					t.Errorf("for clients of %s: %v", version, err)
				}
			}
		})
	}
}

// golden compares got with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	got = bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n"))
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}
