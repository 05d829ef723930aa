package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A request is one that a client sends.
type request struct {
	id      string // the floor's name for its answer
	method  string
	path    string
	headers []string // name, value, name, value …
	body    string
	want    int    // status
	as      string // user name; "" for the target's. The password is the same
}

// client keeps enough connections open for every measured concurrency.
var client = &http.Client{
	Transport: &http.Transport{MaxIdleConnsPerHost: 128, DisableCompression: true},
	Timeout:   5 * time.Minute,
}

// do sends one request and returns the whole answer.
func (t *target) do(r request) (answer, error) {
	req, err := http.NewRequest(r.method, t.base+r.path, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	if t.user != "" {
		req.SetBasicAuth(cmp.Or(r.as, t.user), t.pass)
	}
	for i := 0; i+1 < len(r.headers); i += 2 {
		req.Header.Set(r.headers[i], r.headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	if r.want != 0 && resp.StatusCode != r.want {
		return answer{}, fmt.Errorf("%s: %s %s answered %d, not %d: %.300s", t.name, r.method, r.path, resp.StatusCode, r.want, body)
	}
	return answer{resp.StatusCode, resp.Header.Get("Content-Type"), body}, nil
}

// A cost is what a number of requests took.
type cost struct {
	requests int
	cpu      time.Duration // of the server
	wall     time.Duration
}

func (c cost) perRequest() time.Duration {
	if c.requests == 0 {
		return 0
	}
	return c.cpu / time.Duration(c.requests)
}

func (c cost) perSecond() float64 { return float64(c.requests) / c.wall.Seconds() }

// measure sends the requests in turn from a number of clients until the server has
// spent enough time on them for its clock, which ticks in hundredths of a second.
func (t *target) measure(requests []request, clients int, enough time.Duration, most int) (cost, error) {
	for _, r := range requests[:min(len(requests), 20)] {
		if _, err := t.do(r); err != nil { // warm up: connections, caches
			return cost{}, err
		}
	}
	began, err := t.cpu()
	if err != nil {
		return cost{}, err
	}
	start := time.Now()
	var next atomic.Int64
	var stop atomic.Bool
	var firstErr error
	var once sync.Once
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for !stop.Load() {
				i := int(next.Add(1)) - 1
				if i >= most {
					return
				}
				sent := time.Now()
				if _, err := t.do(requests[i%len(requests)]); err != nil {
					once.Do(func() { firstErr = err })
					stop.Store(true)
					return
				}
				// Looking at the clock costs the client more than a quick request.
				if i%16 == 15 || time.Since(sent) > 5*time.Millisecond {
					if now, err := t.cpu(); err == nil && now-began >= enough {
						stop.Store(true)
					}
				}
			}
		})
	}
	wg.Wait()
	if firstErr != nil {
		return cost{}, firstErr
	}
	wall := time.Since(start)
	ended, err := t.cpu()
	return cost{requests: min(int(next.Load()), most), cpu: ended - began, wall: wall}, err
}

// puts stores members from a number of clients, each once, and measures that.
func (t *target) puts(path string, members []member, clients int) (cost, error) {
	began, err := t.cpu()
	if err != nil {
		return cost{}, err
	}
	start := time.Now()
	var next atomic.Int64
	var firstErr error
	var once sync.Once
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(members) {
					return
				}
				a, err := t.do(request{method: "PUT", path: path + members[i].name, body: string(members[i].body)})
				if err == nil && a.status != 201 && a.status != 204 {
					err = fmt.Errorf("%s: PUT %s answered %d: %.300s", t.name, members[i].name, a.status, a.body)
				}
				if err != nil {
					once.Do(func() { firstErr = err })
					return
				}
			}
		})
	}
	wg.Wait()
	wall := time.Since(start)
	ended, err := t.cpu()
	if firstErr != nil {
		err = firstErr
	}
	return cost{requests: len(members), cpu: ended - began, wall: wall}, err
}

// renamed returns copies of members under other names and UIDs, so that they are
// new to a server that has the originals.
func renamed(members []member, suffix string) []member {
	out := make([]member, len(members))
	for i, m := range members {
		dot := strings.LastIndexByte(m.name, '.')
		uid := m.name[:dot]
		out[i] = member{
			name: uid + suffix + m.name[dot:],
			body: bytes.Replace(m.body, []byte("UID:"+uid), []byte("UID:"+uid+suffix), 1),
		}
	}
	return out
}
