package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"almanac/dedupe/synth"
)

// write writes a synthetic book in the form of the labelled sets.
func write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	only := func(list string) []string {
		if list == "" {
			return nil
		}
		return strings.Split(list, ",")
	}
	o := synth.Options{Seed: *seed, Cards: *size, Languages: only(*onLang), Exporters: only(*onExp), Damages: only(*onDam)}
	b := synth.Make(o)
	cards, err := os.Create(filepath.Join(dir, "cards.jsonl"))
	if err != nil {
		return err
	}
	defer cards.Close()
	e := json.NewEncoder(cards)
	e.SetEscapeHTML(false)
	labels := [][]string{{"book", "href", "cluster", "tags"}}
	by := map[int][]synth.Card{}
	for _, c := range b.Cards {
		if err := e.Encode(map[string]string{"book": c.Book, "href": c.Href, "vcard": c.VCard}); err != nil {
			return err
		}
		labels = append(labels, []string{c.Book, c.Href, fmt.Sprint(c.Cluster), strings.Join(c.Tags, "|")})
		by[c.Cluster] = append(by[c.Cluster], c)
	}
	hard := [][]string{{"a_book", "a_href", "b_book", "b_href", "kind"}}
	for _, h := range b.Hard {
		for _, x := range by[h.A] {
			for _, y := range by[h.B] {
				hard = append(hard, []string{x.Book, x.Href, y.Book, y.Href, h.Kind})
			}
		}
	}
	for name, rows := range map[string][][]string{"labels.csv": labels, "hard_negatives.csv": hard} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := csv.NewWriter(f).WriteAll(rows); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}
