package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "floor" {
		if err := runFloor(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "floor:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	sizes := flag.String("objects", "1000,10000", "objects in a collection, one run for each")
	flag.BoolVar(&o.short, "short", false, "1 000 objects, few rounds")
	flag.BoolVar(&o.json, "json", false, "print figures as JSON")
	flag.BoolVar(&o.peer, "peer", true, "measure Radicale too")
	flag.IntVar(&o.large, "large", 100000, "objects of the calendar that shows whether cost grows with size; 0 for none")
	flag.StringVar(&o.cache, "cache", filepath.Join(cacheDir(), "almanac-bench"), "folder to install the peer into")
	flag.DurationVar(&o.enough, "cpu", 2*time.Second, "processor time to spend on each figure")
	doubles := flag.String("cards", "10000,100000", "cards of an address book with duplicates, one run for each; \"\" for none")
	only := flag.Bool("duplicates", false, "measure only these")
	onlyReminders := flag.Bool("reminders", false, "measure only reminders")
	flag.Parse()
	if o.short {
		*sizes, o.large, o.enough, *doubles = "1000", 0, 300*time.Millisecond, "1000"
	}
	for text := range strings.SplitSeq(*doubles, ",") {
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1000 {
			fmt.Fprintf(os.Stderr, "bench: %q is not a number of cards from 1000\n", text)
			os.Exit(2)
		}
		o.doubles = append(o.doubles, n)
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 100 {
			fmt.Fprintf(os.Stderr, "bench: %q is not a number of objects from 100\n", text)
			os.Exit(2)
		}
		o.sizes = append(o.sizes, n)
	}
	measure := o.run
	if *only {
		measure = o.duplicates
	}
	if *onlyReminders {
		measure = o.reminders
	}
	r, err := measure()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if o.json {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		out.Encode(r)
		return
	}
	r.print(os.Stdout)
}

type options struct {
	sizes  []int
	large  int
	short  bool
	json   bool
	peer   bool
	cache  string
	enough time.Duration

	doubles []int
}

func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return os.TempDir()
	}
	return dir
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// run measures everything.
func (o *options) run() (*results, error) {
	work, err := os.MkdirTemp("", "almanac-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	r := &results{Short: o.short}

	seedSizes := o.sizes
	if o.large > 0 {
		seedSizes = append(seedSizes[:len(seedSizes):len(seedSizes)], o.large)
	}
	say("importing %v objects of each kind", seedSizes)
	a, err := startAlmanac(work, seedSizes)
	if err != nil {
		return nil, err
	}
	defer func() { a.stop() }()
	for name, took := range a.importTook {
		r.Imports = append(r.Imports, imported{name, took.Seconds()})
	}

	var peer *target
	if o.peer {
		if peer, err = startRadicale(o.cache, work, o.sizes); err != nil {
			say("Radicale is left out: %v", err)
			peer = nil
		} else {
			defer peer.stop()
		}
	}

	if err := o.reads(r, a, peer, work); err != nil {
		return nil, err
	}
	if o.large > 0 {
		if err := o.flat(r, a); err != nil {
			return nil, err
		}
	}
	if err := o.writes(r, a, peer, work); err != nil {
		return nil, err
	}
	if err := o.homes(r, a); err != nil {
		return nil, err
	}
	if !o.short {
		if err := o.firstSync(r, a); err != nil {
			return nil, err
		}
	}
	a.stop()
	say("checking the store")
	if err := a.run("", "check"); err != nil {
		return nil, err
	}
	if r.Reminders, err = o.measureReminders(work); err != nil {
		return nil, err
	}
	return r, o.allDoubles(r, work)
}

// duplicates measures only the duplicate engine.
func (o *options) duplicates() (*results, error) {
	work, err := os.MkdirTemp("", "almanac-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	r := &results{Short: o.short}
	return r, o.allDoubles(r, work)
}

func (o *options) allDoubles(r *results, work string) error {
	for _, n := range o.doubles {
		d, err := o.measureDoubles(work, n)
		if err != nil {
			return err
		}
		r.Doubles = append(r.Doubles, d)
	}
	return nil
}

// reads measures the workloads on almanac, the floor and the peer.
func (o *options) reads(r *results, a *almanac, peer *target, work string) error {
	file := filepath.Join(work, "floor.db")
	answers := map[string]answer{}
	type job struct {
		size     int
		load     workload
		requests []request
	}
	var jobs []job
	for s, size := range o.sizes {
		for w, load := range workloads {
			if load.own > 0 && s > 0 {
				continue // its collection is the same at every size
			}
			requests, err := load.requests(&a.target, size)
			if err != nil {
				return err
			}
			for i := range requests {
				requests[i].id = fmt.Sprintf("%d-%d-%d", size, w, i)
				if answers[requests[i].id], err = a.do(requests[i]); err != nil {
					return err
				}
			}
			jobs = append(jobs, job{size, load, requests})
		}
	}
	if err := record(file, answers); err != nil {
		return err
	}
	floor, err := startFloor(file)
	if err != nil {
		return err
	}
	defer floor.stop()
	for _, j := range jobs {
		say("measuring %s, %d objects", j.load.name, j.size)
		objects := j.size
		if j.load.own > 0 {
			objects = j.load.own
		}
		row := row{Workload: j.load.name, Objects: objects, Goal: j.load.goal, Octets: len(answers[j.requests[0].id].body)}
		ours, err := a.measure(j.requests, 1, o.enough, 1_000_000)
		if err != nil {
			return err
		}
		bare, err := floor.measure(floored(j.requests), 1, o.enough, 1_000_000)
		if err != nil {
			return err
		}
		row.set(ours, bare)
		// Five thousand endless series take Radicale more than a minute for each request.
		if peer != nil && j.load.own == 0 {
			requests, err := j.load.requests(peer, j.size)
			if err == nil {
				var theirs cost
				if theirs, err = peer.measure(requests, 1, o.enough/4, 500); err == nil {
					row.Peer = micros(theirs.perRequest())
				}
			}
			if err != nil {
				row.PeerError = err.Error()
			}
		}
		r.Rows = append(r.Rows, row)
	}
	return nil
}

// floored are the same requests as the floor takes them.
func floored(requests []request) []request {
	out := make([]request, len(requests))
	for i, r := range requests {
		r.path = "/r/" + r.id
		out[i] = r
	}
	return out
}

func startFloor(file string) (*target, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	listen := fmt.Sprintf("127.0.0.1:%d", port)
	t := &target{name: "floor", base: "http://" + listen, user: benchUser, pass: benchPassword}
	return t, t.start(self, "floor", "--file", file, "--listen", listen)
}

// flat measures what must not grow with the collection.
func (o *options) flat(r *results, a *almanac) error {
	small := o.sizes[0]
	for _, w := range workloads {
		if w.name != "idle poll" && w.name != "delta after one change" && w.name != "GET" {
			continue
		}
		f := flatness{Workload: w.name, Small: small, Large: o.large}
		for _, size := range []int{small, o.large} {
			requests, err := w.requests(&a.target, size)
			if err != nil {
				return err
			}
			c, err := a.measure(requests, 1, o.enough, 1_000_000)
			if err != nil {
				return err
			}
			if size == small {
				f.SmallMicros = micros(c.perRequest())
			} else {
				f.LargeMicros = micros(c.perRequest())
			}
		}
		r.Flat = append(r.Flat, f)
	}
	f := flatness{Workload: "PUT", Small: small, Large: o.large}
	for _, size := range []int{small, o.large} {
		c, err := a.puts(a.collection(true, size), renamed(events(o.count(1000)), "-flat"), 1)
		if err != nil {
			return err
		}
		if size == small {
			f.SmallMicros = micros(c.perRequest())
		} else {
			f.LargeMicros = micros(c.perRequest())
		}
	}
	r.Flat = append(r.Flat, f)
	return nil
}

// count is how many objects a figure about writing takes.
func (o *options) count(full int) int {
	if o.short {
		return max(100, full/5)
	}
	return full
}

// writes measures PUT of new members at several concurrencies.
func (o *options) writes(r *results, a *almanac, peer *target, work string) error {
	file := filepath.Join(work, "floor-writes.db")
	floor, err := startFloor(file)
	if err != nil {
		return err
	}
	defer floor.stop()
	size := o.sizes[len(o.sizes)-1]
	for _, clients := range []int{1, 8, 64} {
		say("measuring PUT from %d clients", clients)
		fresh := renamed(events(o.count(500+clients*100)), fmt.Sprintf("-c%d", clients))
		ours, err := a.puts(a.collection(true, size), fresh, clients)
		if err != nil {
			return err
		}
		bare, err := floor.puts("/w/", fresh, clients)
		if err != nil {
			return err
		}
		row := row{Workload: fmt.Sprintf("PUT, %d at once", clients), Objects: size, Goal: 3}
		row.set(ours, bare)
		row.PerSecond, row.FloorPerSecond = ours.perSecond(), bare.perSecond()
		if peer != nil {
			theirs, err := peer.puts(peer.collection(true, size), fresh[:min(len(fresh), 200)], clients)
			if err == nil {
				row.Peer, row.PeerPerSecond = micros(theirs.perRequest()), theirs.perSecond()
			} else {
				row.PeerError = err.Error()
			}
		}
		r.Rows = append(r.Rows, row)
	}
	return nil
}

// homes measures listing a home of many calendars: those of one's own, and as many
// that somebody else shares.
func (o *options) homes(r *results, a *almanac) error {
	const calendars = 100
	say("sharing %d calendars", calendars)
	for _, user := range []string{"giver", "taker"} {
		if err := a.run(benchPassword, "user", "add", user, "--password-stdin"); err != nil {
			return err
		}
	}
	for i := range calendars {
		name := fmt.Sprintf("c%03d", i)
		if err := a.run("", "calendar", "add", "giver", name); err != nil {
			return err
		}
		if err := a.run("", "share", "add", "giver", name, "taker", "read"); err != nil {
			return err
		}
	}
	list := func(user string) (float64, error) {
		c, err := a.measure([]request{{method: "PROPFIND", path: "/dav/calendars/" + user + "/", as: user, want: 207,
			headers: []string{"Content-Type", xmlCT, "Depth", "1"},
			body:    xmlV + `<D:propfind ` + davNS + `><D:prop><D:resourcetype/><D:displayname/><D:current-user-privilege-set/><D:sync-token/><CS:getctag/></D:prop></D:propfind>`}},
			1, o.enough, 1_000_000)
		return micros(c.perRequest()), err
	}
	h := &homes{Calendars: calendars}
	var err error
	if h.OwnMicros, err = list("giver"); err != nil {
		return err
	}
	h.SharedMicros, err = list("taker")
	r.Homes = h
	return err
}

// firstSync measures the memory that listing 50 000 objects with their data takes.
func (o *options) firstSync(r *results, a *almanac) error {
	const size = 50000
	say("measuring the memory of a first sync of %d objects", size)
	a.stop()
	if err := a.seed([]shelf{{calendarName(size), true, events(size)}}); err != nil {
		return err
	}
	if err := a.serve(); err != nil {
		return err
	}
	path := a.collection(true, size)
	ask := request{method: "PROPFIND", path: path, headers: []string{"Depth", "0"}, want: 207}
	if _, err := a.do(ask); err != nil {
		return err
	}
	idle, err := a.memory()
	if err != nil {
		return err
	}
	octets := 0
	top, err := a.peak(func() error {
		answer, err := a.do(request{method: "REPORT", path: path, want: 207, headers: []string{"Content-Type", xmlCT, "Depth", "0"},
			body: xmlV + `<D:sync-collection ` + davNS + `><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/><C:calendar-data/></D:prop></D:sync-collection>`})
		octets = len(answer.body)
		return err
	})
	r.FirstSync = &firstSync{Objects: size, Octets: octets, IdleOctets: idle, PeakOctets: top}
	return err
}
