// Without makes the table of what each part of the engine adds. For each part it
// builds the engine without it, trains a short model, and prints how that model does
// on books that it has not seen. Nothing in the tree is changed.
//
//	go run ./dedupe/train/without -dev FOLDER [-score BOOKS] [PART...]
//
// It is run at the root of the module. Books are folders and seeds, as for the
// program beside it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

var (
	dev   = flag.String("dev", "", "folder with febrl1 and febrl2 to train on")
	books = flag.String("score", "9901,9902", "books to score")
	trees = flag.String("trees", "110", "of each model")
	made  = flag.String("books", "5", "synthetic books to train on")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	for _, p := range parts {
		if flag.NArg() > 0 && !slices.Contains(flag.Args(), p.name) {
			continue
		}
		table, err := without(p)
		if err != nil {
			log.Fatalf("%s: %v", p.name, err)
		}
		fmt.Printf("without %s\n%s", p.name, table)
	}
}

// without trains and scores the engine without a part.
func without(p part) (string, error) {
	dir, err := os.MkdirTemp("", "without")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	replaced, err := p.files(root)
	if err != nil {
		return "", err
	}
	overlay := map[string]string{}
	for name, text := range replaced {
		overlay[filepath.Join(root, name)] = filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
		if err := os.WriteFile(overlay[filepath.Join(root, name)], []byte(text), 0o666); err != nil {
			return "", err
		}
	}
	train, model := filepath.Join(dir, "train"), filepath.Join(dir, "model.txt")
	build := func() error {
		text, err := json.Marshal(map[string]any{"Replace": overlay})
		if err != nil {
			return err
		}
		file := filepath.Join(dir, "overlay.json")
		if err := os.WriteFile(file, text, 0o666); err != nil {
			return err
		}
		return run("go", "build", "-overlay", file, "-o", train, "./dedupe/train")
	}
	if err := build(); err != nil {
		return "", err
	}
	if err := run(train, "-dev", *dev, "-without-set", "intl", "-trees", *trees, "-books", *made, "-ignore", p.ignore, "-o", model); err != nil {
		return "", err
	}
	overlay[filepath.Join(root, "dedupe/model.txt")] = model
	if err := build(); err != nil {
		return "", err
	}
	out, err := exec.Command(train, "-score", *books).Output()
	return string(out), err
}

// run runs a command and tells what it said when it fails.
func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
