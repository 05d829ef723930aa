package zone

import (
	"os"
	"path/filepath"
	"testing"
)

// Ensure that the machine's zones are known by their release, and only a directory
// that names one counts.
func TestNewestDir(t *testing.T) {
	at := func(file, text string) string {
		dir := t.TempDir()
		if file != "" {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	old := at("tzdata.zi", "# version 2024a\n# This zic input file is in the public domain.\n")
	mac := at("+VERSION", "2025b\n")
	strange := at("tzdata.zi", "# version unknown\nR A 1916 o - Jun 14 23s 1 S\n")
	short := at("+VERSION", "9999")
	for _, c := range []struct {
		dirs         []string
		dir, version string
	}{
		{nil, "", ""},
		{[]string{at("", ""), strange, short, filepath.Join(t.TempDir(), "missing")}, "", ""},
		{[]string{old}, old, "2024a"},
		{[]string{old, strange, mac}, mac, "2025b"},
		{[]string{mac, old}, mac, "2025b"},
	} {
		if dir, version := newestDir(c.dirs); dir != c.dir || version != c.version {
			t.Errorf("%q: %q of release %q, want %q of %q", c.dirs, dir, version, c.dir, c.version)
		}
	}
}

// Ensure that what is built in has every name that is known, and says its release.
func TestShippedZones(t *testing.T) {
	if !isRelease(shippedVersion) {
		t.Errorf("release %q", shippedVersion)
	}
	for _, name := range ianaNames {
		if _, err := fromShipped(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := fromShipped("Europe/Nowhere"); err == nil {
		t.Error("a zone that there is not")
	}
}
