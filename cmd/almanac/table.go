package main

import (
	"strings"
	"text/tabwriter"
)

// A table is printed for people, in columns.
type table struct{ *tabwriter.Writer }

func (env *Env) table(head ...string) table {
	t := table{tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)}
	t.line(head)
	return t
}

// row adds a row of text from outside.
func (t table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = orDash(c)
	}
	t.line(cells)
}

func (t table) line(cells []string) { _, _ = t.Write([]byte(strings.Join(cells, "\t") + "\n")) }
