package zone

import (
	"archive/zip"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// shipped is the IANA data that is built in, as Go packs it, of release
// shippedVersion. Package time's own copy serves only where a machine has none, and
// an old machine has old laws.
//
//go:embed zoneinfo.zip
var shipped string

// machineDirs are where systems keep the IANA data.
var machineDirs = []string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"}

// newest returns how zones are read: from the machine where its data is of a later
// release than what is built in, else from that. What the environment variable
// ZONEINFO names is always taken, as package time takes it.
var newest = sync.OnceValue(func() func(name string) (*time.Location, error) {
	if os.Getenv("ZONEINFO") != "" {
		return time.LoadLocation
	}
	if dir, version := newestDir(machineDirs); version > shippedVersion {
		return func(name string) (*time.Location, error) {
			data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				return fromShipped(name) // a machine may have a part of the zones
			}
			return time.LoadLocationFromTZData(name, data)
		}
	}
	return fromShipped
})

// newestDir finds the directory with the latest release of the IANA data, and which
// it is; "" for none.
func newestDir(dirs []string) (dir, version string) {
	for _, d := range dirs {
		if v := releaseOf(d); v > version {
			dir, version = d, v
		}
	}
	return dir, version
}

// releaseOf tells the release of a directory of zones, such as "2026a", "" where it
// does not say: by the first line of tzdata.zi, which Linux has, or by +VERSION, which
// macOS and the BSDs have.
func releaseOf(dir string) string {
	for _, file := range []string{"tzdata.zi", "+VERSION"} {
		f, err := os.Open(filepath.Join(dir, file))
		if err != nil {
			continue
		}
		var head [64]byte
		n, _ := io.ReadFull(f, head[:])
		f.Close()
		line, _, _ := strings.Cut(string(head[:n]), "\n")
		version := strings.TrimSpace(strings.TrimPrefix(line, "# version "))
		if isRelease(version) {
			return version
		}
	}
	return ""
}

// isRelease tells whether a text is a year and a letter.
func isRelease(s string) bool {
	if len(s) != 5 || s[4] < 'a' || s[4] > 'z' {
		return false
	}
	return strings.Trim(s[:4], "0123456789") == ""
}

var shippedFiles = sync.OnceValues(func() (*zip.Reader, error) {
	return zip.NewReader(strings.NewReader(shipped), int64(len(shipped)))
})

func fromShipped(name string) (*time.Location, error) {
	files, err := shippedFiles()
	if err != nil {
		return nil, fmt.Errorf("the built-in zones: %w", err)
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return time.LoadLocationFromTZData(name, data)
}
