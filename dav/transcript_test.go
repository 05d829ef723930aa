package dav_test

import (
	"testing"

	"almanac/dav/davtest"
)

// TestTranscripts runs the dialogues in testdata/http: see package davtest for
// their form.
func TestTranscripts(t *testing.T) { davtest.Run(t, "../testdata/http") }
