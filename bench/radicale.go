package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// radicaleVersion is pinned, so that figures of two runs speak of the same peer.
const radicaleVersion = "3.5.4"

// startRadicale installs the peer into a virtual environment, lays the objects
// into its folder as it would itself, and starts it.
func startRadicale(cache, work string, sizes []int) (*target, error) {
	venv := filepath.Join(cache, "radicale-"+radicaleVersion)
	python := filepath.Join(venv, "bin", "python")
	if _, err := os.Stat(filepath.Join(venv, "bin", "radicale")); err != nil {
		if out, err := exec.Command("python3", "-m", "venv", venv).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("python3 -m venv: %w: %s", err, out)
		}
		if out, err := exec.Command(python, "-m", "pip", "install", "--quiet", "radicale=="+radicaleVersion).CombinedOutput(); err != nil {
			os.RemoveAll(venv)
			return nil, fmt.Errorf("pip install radicale: %w: %s", err, out)
		}
	}
	folder := filepath.Join(work, "radicale")
	root := filepath.Join(folder, "collection-root", benchUser)
	for _, c := range shelves(sizes) {
		props := `{"tag": "VADDRESSBOOK"}`
		if c.calendar {
			props = `{"tag": "VCALENDAR"}`
		}
		dir := filepath.Join(root, c.name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, ".Radicale.props"), []byte(props), 0o600); err != nil {
			return nil, err
		}
		for _, m := range c.members {
			if err := os.WriteFile(filepath.Join(dir, m.name), m.body, 0o600); err != nil {
				return nil, err
			}
		}
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(work, "radicale.conf")
	text := fmt.Sprintf("[server]\nhosts = 127.0.0.1:%d\n[auth]\ntype = none\n[storage]\nfilesystem_folder = %s\n[logging]\nlevel = error\n[rights]\ntype = authenticated\n", port, folder)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	t := &target{
		name: "radicale", base: fmt.Sprintf("http://127.0.0.1:%d", port), user: benchUser, pass: "any",
		path: func(_ bool, name string) string { return fmt.Sprintf("/%s/%s/", benchUser, name) },
	}
	return t, t.start(python, "-m", "radicale", "--config", conf)
}
