package davtest

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the replies in the transcripts anew")

// Run runs every transcript in the folders below root, each against every store.
// A subtest is named for its folder, its file and its store. With around, which
// returns a handler that stands before the server's, only one store is tried.
func Run(t *testing.T, root string, around ...func(*Server) http.Handler) {
	files, err := filepath.Glob(filepath.Join(root, "*", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts below %s (%v)", root, err)
	}
	for _, file := range files {
		area := filepath.Base(filepath.Dir(file))
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(area+"/"+name, func(t *testing.T) {
			if *update {
				rewrite(t, file)
			}
			backends := Backends
			if len(around) > 0 {
				backends = backends[:1]
			}
			for _, backend := range backends {
				t.Run(backend.Name, func(t *testing.T) {
					t.Parallel()
					s := NewServer(t, backend.Open(t))
					for _, outer := range around {
						s.Handler = outer(s)
					}
					play(t, s, read(t, file), filepath.Join(area, filepath.Base(file)))
				})
			}
		})
	}
}

func read(t *testing.T, file string) *transcript {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	script, err := parseTranscript(string(src))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return script
}

// play runs a transcript and compares.
func play(t *testing.T, s *Server, script *transcript, name string) {
	vars := variables{}
	for _, x := range script.exchanges {
		want := x.expected()
		got, _ := send(t, s, x, vars, x.header)
		if vars.match(want, got) {
			continue
		}
		t.Errorf("%s:%d: %s> %s %s (-want +got)\n%s", name, x.line, x.User, x.Method, x.Target,
			cmp.Diff(strings.Split(want, "\n"), strings.Split(vars.show(got), "\n")))
	}
	s.CheckClean(t)
}

// rewrite writes the replies anew.
func rewrite(t *testing.T, file string) {
	script := read(t, file)
	s := NewServer(t, Backends[0].Open(t))
	vars := variables{}
	for _, x := range script.exchanges {
		listed := x.header
		if x.status == 0 && !x.aborted {
			listed = nil
		}
		got, res := send(t, s, x, vars, listed)
		if (x.status != 0 || x.aborted) && vars.match(x.expected(), got) {
			continue
		}
		if res == nil {
			x.aborted, x.status, x.header, x.body = true, 0, nil, nil
			continue
		}
		if listed == nil {
			listed = usualHeaders(res.Header())
		}
		x.aborted, x.status, x.header = false, res.Code, nil
		for _, h := range listed {
			name, _, _ := strings.Cut(h, ":")
			x.header = append(x.header, vars.name(headerText(res.Header(), name)))
		}
		x.body = strings.Split(vars.name(bodyText(res)), "\n")
		if res.Body.Len() == 0 {
			x.body = nil
		}
	}
	if err := os.WriteFile(file, []byte(script.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// usualHeaders are listed in a reply that is written for the first time.
func usualHeaders(h http.Header) []string {
	var list []string
	for _, name := range []string{"Allow", "DAV", "Content-Type", "ETag", "Location", "Cache-Control", "Preference-Applied", "WWW-Authenticate", "Retry-After"} {
		if h.Get(name) != "" {
			list = append(list, name+":")
		}
	}
	return list
}

// send sends the request with its variables filled in and returns the reply as a
// text of the same form as expected.
func send(t *testing.T, s *Server, x *exchange, vars variables, listed []string) (string, *httptest.ResponseRecorder) {
	t.Helper()
	q := x.Request
	q.Target, q.Body = vars.fill(q.Target), vars.fill(q.Body)
	q.Header = nil
	for _, h := range x.Header {
		q.Header = append(q.Header, vars.fill(h))
	}
	res, aborted := s.Do(t, q)
	if aborted {
		return "aborted\n", nil
	}
	var out strings.Builder
	out.WriteString(strconv.Itoa(res.Code) + "\n")
	for _, h := range listed {
		name, _, _ := strings.Cut(h, ":")
		out.WriteString(headerText(res.Header(), name) + "\n")
	}
	out.WriteString("\n" + bodyText(res))
	return out.String(), res
}

func headerText(h http.Header, name string) string {
	if len(h.Values(name)) == 0 {
		return name + ": -"
	}
	return name + ": " + strings.Join(h.Values(name), ", ")
}

// bodyText shows a reply's body as a file has it.
func bodyText(res *httptest.ResponseRecorder) string {
	body := res.Body.String()
	if isXML(res.Header()) && body != "" {
		laidOut, err := canonicalXML(body)
		if err == nil {
			return laidOut
		}
		body = fmt.Sprintf("not well-formed: %v\n%s", err, body)
	}
	return strings.Join(shownBody(body), "\n")
}

// expected is the reply in the form in which send returns it.
func (x *exchange) expected() string {
	if x.aborted {
		return "aborted\n"
	}
	var out strings.Builder
	out.WriteString(strconv.Itoa(x.status) + "\n")
	for _, h := range x.header {
		out.WriteString(h + "\n")
	}
	body := strings.Join(x.body, "\n")
	if strings.HasPrefix(body, "<") {
		// By hand it may have been laid out in another way.
		if laidOut, err := canonicalXML(body); err == nil {
			body = laidOut
		}
	}
	out.WriteString("\n" + body)
	return out.String()
}
