package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// results are all figures of a run.
type results struct {
	Short     bool
	Rows      []row
	Flat      []flatness
	Imports   []imported
	FirstSync *firstSync `json:",omitempty"`
	Homes     *homes     `json:",omitempty"`
	Doubles   []*doubles `json:",omitempty"`
	Reminders *reminded  `json:",omitempty"`
}

// A row is one workload at one size. Costs are microseconds of the server's
// processor time per request.
type row struct {
	Workload  string
	Objects   int
	Octets    int `json:",omitempty"` // of the answer
	Almanac   float64
	Floor     float64
	Ratio     float64
	Goal      float64 `json:",omitempty"`
	Peer      float64 `json:",omitempty"`
	PeerError string  `json:",omitempty"`
	Requests  int

	PerSecond      float64 `json:",omitempty"` // of writes, durable each
	FloorPerSecond float64 `json:",omitempty"`
	PeerPerSecond  float64 `json:",omitempty"`
}

// A flatness compares one workload's cost on a small and a large collection.
type flatness struct {
	Workload                 string
	Small, Large             int
	SmallMicros, LargeMicros float64
}

type imported struct {
	Collection string
	Seconds    float64
}

// Homes compares listing a home full of one's own calendars with one full of shared
// ones, in microseconds.
type homes struct {
	Calendars               int
	OwnMicros, SharedMicros float64
}

type firstSync struct {
	Objects, Octets        int
	IdleOctets, PeakOctets int64
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func (r *row) set(ours, bare cost) {
	r.Almanac, r.Floor, r.Requests = micros(ours.perRequest()), micros(bare.perRequest()), ours.requests
	if r.Floor > 0 {
		r.Ratio = r.Almanac / r.Floor
	}
}

// print writes the tables as doc/figures.md shows them.
func (r *results) print(out io.Writer) {
	fmt.Fprintf(out, "Processor time of the server per request, %d cores. Ratio: almanac over floor; in brackets what is aimed at.\n\n", runtime.NumCPU())
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "request\tobjects\tanswer\talmanac\tfloor\tratio\t\tRadicale\t/ almanac\t")
	for _, x := range r.Rows {
		goal := ""
		if x.Goal > 0 {
			goal = fmt.Sprintf("(%g)", x.Goal)
		}
		peer, times := "-", "-"
		switch {
		case x.PeerError != "":
			peer = "failed"
		case x.Peer > 0:
			peer, times = duration(x.Peer), fmt.Sprintf("%.0f", x.Peer/x.Almanac)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%.1f\t%s\t%s\t%s\t\n", x.Workload, x.Objects, octets(int64(x.Octets)), duration(x.Almanac), duration(x.Floor), x.Ratio, goal, peer, times)
	}
	w.Flush()
	r.printWrites(out)
	if len(r.Flat) > 0 {
		fmt.Fprintf(out, "\nThe same on a larger calendar:\n\n")
		w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, f := range r.Flat {
			fmt.Fprintf(w, "%s\t%d: %s\t%d: %s\t%.2f times\t\n", f.Workload, f.Small, duration(f.SmallMicros), f.Large, duration(f.LargeMicros), f.LargeMicros/f.SmallMicros)
		}
		w.Flush()
	}
	if h := r.Homes; h != nil {
		fmt.Fprintf(out, "\nListing a home with %d calendars: %s of one's own, %s of others, %.1f times.\n",
			h.Calendars, duration(h.OwnMicros), duration(h.SharedMicros), h.SharedMicros/h.OwnMicros)
	}
	slices.SortFunc(r.Imports, func(a, b imported) int { return strings.Compare(a.Collection, b.Collection) })
	fmt.Fprintf(out, "\nalmanac import, the whole command:\n\n")
	for _, i := range r.Imports {
		fmt.Fprintf(out, "  %-12s %.2f s\n", i.Collection, i.Seconds)
	}
	r.printDoubles(out)
	if r.Reminders != nil {
		fmt.Fprintln(out)
		r.Reminders.print(out)
	}
	if s := r.FirstSync; s != nil {
		fmt.Fprintf(out, "\nFirst sync of %d objects with data (%s): %s above the idle server's %s.\n",
			s.Objects, octets(int64(s.Octets)), octets(s.PeakOctets-s.IdleOctets), octets(s.IdleOctets))
	}
}

// printWrites shows how sharing commits pays: durable writes a second against
// those of one client.
func (r *results) printWrites(out io.Writer) {
	var one float64
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "\nDurable writes a second:\n\n")
	for _, x := range r.Rows {
		if x.PerSecond == 0 {
			continue
		}
		if one == 0 {
			one = x.PerSecond
		}
		fmt.Fprintf(w, "%s\talmanac %.0f\t%.1f times one client\tfloor %.0f\tRadicale %.0f\t\n", x.Workload, x.PerSecond, x.PerSecond/one, x.FloorPerSecond, x.PeerPerSecond)
	}
	w.Flush()
}

func duration(us float64) string {
	switch {
	case us < 1000:
		return fmt.Sprintf("%.0f us", us)
	case us < 1e6:
		return fmt.Sprintf("%.1f ms", us/1000)
	}
	return fmt.Sprintf("%.2f s", us/1e6)
}

func octets(n int64) string {
	switch {
	case n == 0:
		return "-"
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
