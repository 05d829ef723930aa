package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestABackupTakesNoPlaceThatIsTaken(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := func(name, text string) {
		t.Helper()
		if got, err := os.ReadFile(at(name)); err != nil || string(got) != text {
			t.Errorf("%s holds %q, want %q (%v)", name, got, text, err)
		}
	}
	write("backup", "backup")
	write("present", "present")
	// A server made a store while the backup was checked.
	if err := putInPlace(at("backup"), at("present")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("put in a place that is taken: %v", err)
	}
	want("present", "present")
	// What is kept takes no other's name.
	write("kept", "kept")
	if err := replace(at("present"), at("backup"), at("kept")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("kept under a name that is taken: %v", err)
	}
	want("present", "present")
	want("kept", "kept")
	// A backup that is not there leaves everything as it was.
	if err := replace(at("present"), at("missing"), at("other")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("replaced by nothing: %v", err)
	}
	want("present", "present")
	if _, err := os.Stat(at("other")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was kept: %v", err)
	}
	if err := replace(at("present"), at("backup"), at("other")); err != nil {
		t.Error(err)
	}
	want("present", "backup")
	want("other", "present")
	write("backup", "backup 2")
	if err := putInPlace(at("backup"), at("new")); err != nil {
		t.Error(err)
	}
	want("new", "backup 2")
}
