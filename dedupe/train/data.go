package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"almanac/dedupe"
	"almanac/dedupe/synth"
)

// A set is an address book with its labels, read and ready to compare.
type set struct {
	name    string
	recs    []*dedupe.Record
	cluster []string
	tags    [][]string
	texts   []string
	hard    map[[2]string]string
}

// made reads a synthetic book.
func made(name string, o synth.Options) *set {
	b := synth.Make(o)
	s := &set{name: name}
	for _, c := range b.Cards {
		s.add(c.VCard, fmt.Sprint(c.Cluster), c.Tags)
	}
	s.hard = map[[2]string]string{}
	for _, h := range b.Hard {
		s.hard[[2]string{fmt.Sprint(min(h.A, h.B)), fmt.Sprint(max(h.A, h.B))}] = h.Kind
	}
	return s
}

func (s *set) add(text, cluster string, tags []string) {
	rec, err := dedupe.Read([]byte(text), "CH")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	s.recs = append(s.recs, rec)
	s.cluster = append(s.cluster, cluster)
	s.tags = append(s.tags, tags)
	s.texts = append(s.texts, text)
}

// labelled reads a folder of cards.jsonl and labels.csv. without, if not "", is the
// name of a property to take away.
func labelled(dir, without string) (*set, error) {
	labels := map[[2]string][2]string{}
	f, err := os.Open(filepath.Join(dir, "labels.csv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, row := range rows[1:] {
		labels[[2]string{row[0], row[1]}] = [2]string{row[2], row[3]}
	}
	cards, err := os.Open(filepath.Join(dir, "cards.jsonl"))
	if err != nil {
		return nil, err
	}
	defer cards.Close()
	s := &set{name: filepath.Base(dir) + strings.ToLower(without)}
	scan := bufio.NewScanner(cards)
	scan.Buffer(nil, 1<<26)
	for scan.Scan() {
		var c struct{ Book, Href, VCard string }
		if err := json.Unmarshal(scan.Bytes(), &c); err != nil {
			return nil, err
		}
		if without != "" {
			var keep []string
			for _, line := range strings.SplitAfter(c.VCard, "\r\n") {
				if !strings.HasPrefix(line, without) {
					keep = append(keep, line)
				}
			}
			c.VCard = strings.Join(keep, "")
		}
		l := labels[[2]string{c.Book, c.Href}]
		s.add(c.VCard, l[0], strings.Split(l[1], "|"))
	}
	return s, scan.Err()
}
