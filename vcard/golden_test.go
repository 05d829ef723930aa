package vcard

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the .want files; read the difference before you keep it")

// golden compares got with the file name, line by line in the failure.
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

// glob lists testdata by pattern, so that a case cannot be forgotten.
func glob(t testing.TB, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no files for %s: %v", pattern, err)
	}
	return names
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(src, []byte("\r\n")) {
		src = bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))
	}
	return src
}

// TestUpgrade: testdata/upgrade/NAME.vcf becomes NAME.want.
func TestUpgrade(t *testing.T) {
	for _, name := range glob(t, "testdata/upgrade/*.vcf") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			got, err := Upgrade(read(t, name))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(name, ".vcf")+".want", got)
			c, err := Parse(got)
			if err != nil || c.Version != V30 || len(c.Doc.Repairs) > 0 {
				t.Errorf("%v, version %q, repairs %v", err, c.Version, c.Doc.Repairs)
			}
		})
	}
}

// TestConvert: testdata/convert/NAME.v3.vcf becomes NAME.v3.want in 4.0, and
// NAME.v4.vcf becomes NAME.v4.want in 3.0; the way back is NAME.vN.back.
func TestConvert(t *testing.T) {
	for _, name := range glob(t, "testdata/convert/*.vcf") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			src := read(t, name)
			from, to := V30, V40
			if strings.HasSuffix(name, ".v4.vcf") {
				from, to = to, from
			}
			there, err := Convert(src, to)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(name, ".vcf")+".want", there)
			back, err := Convert(there, from)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(name, ".vcf")+".back", back)
			same, err := Convert(src, from)
			if err != nil || !bytes.Equal(same, src) {
				t.Errorf("converted to its own version: %v\n%s", err, same)
			}
			again, err := Convert(src, to)
			if err != nil || !bytes.Equal(again, there) {
				t.Errorf("converted twice: %v\n%s", err, again)
			}
		})
	}
}
