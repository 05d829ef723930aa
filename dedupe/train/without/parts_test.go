package main

import (
	"slices"
	"strings"
	"testing"

	"almanac/dedupe"
)

// TestParts: each part can still be taken out, and the features that it names are
// there.
func TestParts(t *testing.T) {
	for _, p := range parts {
		if _, err := p.files("../../.."); err != nil {
			t.Errorf("without %s: %v", p.name, err)
		}
		for name := range strings.SplitSeq(p.ignore, ",") {
			if name != "" && !slices.ContainsFunc(dedupe.FeatureNames[:], func(f struct {
				Name string
				Way  int
			}) bool {
				return f.Name == name
			}) {
				t.Errorf("without %s: there is no feature %q", p.name, name)
			}
		}
	}
}
