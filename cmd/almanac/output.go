package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"almanac/cmd/almanac/control"
)

// createOutput makes a file that takes its name only when it is complete and on
// disk, so that a command that fails half-way never leaves half a file, nor
// takes away the one that was there.
func createOutput(name string) (control.Output, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", name, err)
	}
	return &fileOutput{File: f, name: name}, nil
}

type fileOutput struct {
	*os.File
	name string
	done bool
}

func (o *fileOutput) Commit() error {
	if err := o.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", o.name, err)
	}
	if err := o.File.Close(); err != nil {
		return fmt.Errorf("write %s: %w", o.name, err)
	}
	if err := os.Rename(o.File.Name(), o.name); err != nil {
		return err
	}
	o.done = true
	return syncFolder(filepath.Dir(o.name))
}

func (o *fileOutput) Close() error {
	if o.done {
		return nil
	}
	o.done = true
	return errors.Join(o.File.Close(), os.Remove(o.File.Name()))
}

// syncFolder makes a renaming durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
