package main

import (
	"fmt"
	"sort"
	"strings"

	"almanac/dedupe"
)

// review prints what the engine decides wrongly on a set: pairs that it shows as
// one and are not, pairs that it does not bring together, and for each what it made
// of them. Of each two clusters, and of each cluster, one pair stands for all.
func review(s *set, most int) {
	groups := dedupe.Find(s.recs, dedupe.Options{})
	of := make([]int, len(s.recs))
	for i := range of {
		of[i] = -1 - i
	}
	counts := &dedupe.Counts{}
	for _, r := range s.recs {
		counts.Add(r)
	}
	said := map[string]bool{}
	kinds := map[string]int{}
	tell := func(what, key string, i, j int) {
		if said[key] {
			return
		}
		said[key] = true
		kinds[what]++
		if len(said) > most {
			return
		}
		c := dedupe.Compare(s.recs[i], s.recs[j], counts)
		fmt.Printf("%s %.4f opposed %v %v %v\n", what, c.Score(), c.Opposed(), s.tags[i], s.tags[j])
		show(s, i, j, c)
	}
	for g, group := range groups {
		for _, m := range group.Members {
			of[m] = g
		}
		for _, p := range group.Pairs {
			i, j := group.Members[p.A], group.Members[p.B]
			if s.cluster[i] != s.cluster[j] {
				a, b := s.cluster[i], s.cluster[j]
				kind := s.hard[[2]string{min(a, b), max(a, b)}]
				what := "FALSE " + kind
				if p.Auto {
					what = "FALSE AUTO " + kind
				}
				tell(what, min(a, b)+"|"+max(a, b), i, j)
			}
		}
	}
	by := map[string][]int{}
	for i, c := range s.cluster {
		by[c] = append(by[c], i)
	}
	var names []string
	for c := range by {
		names = append(names, c)
	}
	sort.Strings(names)
	for _, c := range names {
		for k, i := range by[c] {
			for _, j := range by[c][:k] {
				if of[i] != of[j] {
					tell("MISSED", c, i, j)
				}
			}
		}
	}
	fmt.Println(kinds)
}

// show prints two cards and what the engine made of them.
func show(s *set, i, j int, c *dedupe.Comparison) {
	fmt.Printf("   %s\n   %s\n   reasons: %s\n   ", brief(s.texts[i]), brief(s.texts[j]), strings.Join(c.Reasons(), "; "))
	for f, v := range c.Features() {
		if v > 0 || v == 0 && (strings.Contains(dedupe.FeatureNames[f].Name, "birth") || f < 3) {
			fmt.Printf("%s=%.3g ", dedupe.FeatureNames[f].Name, v)
		}
	}
	fmt.Println()
}

// brief is a card without what does not matter, in one line.
func brief(text string) string {
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n ", ""), "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		name, _, _ = strings.Cut(name, ";")
		switch name {
		case "BEGIN", "END", "VERSION", "PRODID", "REV", "N", "PHOTO", "CATEGORIES", "":
			if name != "N" {
				continue
			}
		}
		out = append(out, line[:min(len(line), 90)])
	}
	return strings.Join(out, " | ")
}
