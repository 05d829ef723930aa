package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	benchUser     = "bench"
	benchPassword = "correct-horse-battery"
)

// An almanac is the server under measurement and its command line.
type almanac struct {
	target
	binary, data string
	importTook   map[string]time.Duration // by collection
}

// run carries out one command on the data folder.
func (a *almanac) run(stdin string, args ...string) error {
	cmd := exec.Command(a.binary, append(args, "--data", a.data)...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("almanac %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// startAlmanac builds the server, makes an account, imports the objects with the
// command line, and starts it.
func startAlmanac(work string, sizes []int) (*almanac, error) {
	a := &almanac{binary: filepath.Join(work, "almanac"), data: filepath.Join(work, "data"), importTook: map[string]time.Duration{}}
	if out, err := exec.Command("go", "build", "-o", a.binary, "./cmd/almanac").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, out)
	}
	if err := a.run(benchPassword, "user", "add", benchUser, "--password-stdin"); err != nil {
		return nil, err
	}
	if err := a.seed(shelves(sizes)); err != nil {
		return nil, err
	}
	return a, a.serve()
}

// seed imports collections.
func (a *almanac) seed(all []shelf) error {
	for _, c := range all {
		kind := "addressbook"
		if c.calendar {
			kind = "calendar"
		}
		if err := a.run("", kind, "add", benchUser, c.name); err != nil {
			return err
		}
		file := filepath.Join(filepath.Dir(a.data), c.name+".import")
		if err := os.WriteFile(file, joined(c.members, c.calendar), 0o600); err != nil {
			return err
		}
		start := time.Now()
		if err := a.run("", "import", benchUser, c.name, file); err != nil {
			return err
		}
		a.importTook[c.name] = time.Since(start)
	}
	return nil
}

func (a *almanac) serve(args ...string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	listen := "127.0.0.1:" + strconv.Itoa(port)
	a.target = target{
		name: "almanac", base: "http://" + listen, user: benchUser, pass: benchPassword,
		path: func(calendar bool, name string) string {
			if calendar {
				return fmt.Sprintf("/dav/calendars/%s/%s/", benchUser, name)
			}
			return fmt.Sprintf("/dav/addressbooks/%s/%s/", benchUser, name)
		},
	}
	return a.start(a.binary, append([]string{"serve", "--data", a.data, "--listen", listen}, args...)...)
}
