package dav_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store/memstore"
)

// found returns the names in a multistatus, in their order.
func found(t interface{ Fatal(...any) }, body []byte) []string {
	var reply syncReply
	if err := xml.Unmarshal(body, &reply); err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, r := range reply.Responses {
		names = append(names, path.Base(r.Href))
	}
	return names
}

func textQuery(property, needle, attrs string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(needle))
	return `<R:addressbook-query xmlns="DAV:" xmlns:R="urn:ietf:params:xml:ns:carddav"><prop><getetag/></prop><R:filter><R:prop-filter name="` + property + `"><R:text-match ` + attrs + `>` + b.String() + `</R:text-match></R:prop-filter></R:filter></R:addressbook-query>`
}

const mkcol = `<mkcol xmlns="DAV:" xmlns:R="urn:ietf:params:xml:ns:carddav"><set><prop><resourcetype><collection/><R:addressbook/></resourcetype></prop></set></mkcol>`

// TestTextSearchEqualsScan searches with the index of words, while cards change,
// and wants what reading all cards gives.
func TestTextSearchEqualsScan(t *testing.T) {
	words := []string{"Ann", "Äpfel", "Straße", "STRASSE", "Zoé", "Zoe\u0301", "Иван", "x@example.org", "a\\,b", "fi", ";"}
	s := davtest.NewServer(t, memstore.New())
	books := 0
	rapid.Check(t, func(rt *rapid.T) {
		books++
		book := fmt.Sprintf("/dav/addressbooks/ann/b%d/", books)
		if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "MKCOL", Target: book, Body: mkcol}); res.Code != http.StatusCreated {
			rt.Fatal(res.Code, res.Body)
		}
		limit := rapid.SampledFrom([]int{64 << 20, 9000, 0}).Draw(rt, "octets of the indexes")
		s.Handler.(*dav.Server).SetTextIndexOctets(limit)
		search := func() {
			property := rapid.SampledFrom([]string{"FN", "FN", "FN", "PHOTO", "X-NONE"}).Draw(rt, "property")
			needle := rapid.SampledFrom(append([]string{"apfel", "äpf", "foobar", "Zm9v", "fisch", "traß", "oe\u0301", "", "nn ä"}, words...)).Draw(rt, "needle")
			attrs := rapid.SampledFrom([]string{"", "", `collation="i;octet"`, `collation="i;ascii-casemap"`, `match-type="equals"`, `match-type="starts-with"`, `match-type="ends-with"`, `negate-condition="yes"`}).Draw(rt, "attributes")
			q := davtest.Request{User: "ann", Method: "REPORT", Target: book, Body: textQuery(property, needle, attrs)}
			res, _ := s.Do(t, q)
			got := found(rt, res.Body.Bytes())
			s.Handler.(*dav.Server).WithoutIndex(func() { res, _ = s.Do(t, q) })
			if want := found(rt, res.Body.Bytes()); !slices.Equal(got, want) {
				rt.Fatalf("%s %q %s: got %v, want %v", property, needle, attrs, got, want)
			}
		}
		for range rapid.IntRange(1, 20).Draw(rt, "writes") {
			name := fmt.Sprintf("%d.vcf", rapid.IntRange(0, 6).Draw(rt, "name"))
			if rapid.IntRange(0, 5).Draw(rt, "delete") == 0 {
				s.Do(t, davtest.Request{User: "ann", Method: "DELETE", Target: book + name})
			} else {
				fn := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 4).Draw(rt, "words"), " ")
				body := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + name + "\r\nFN:" + fn + "\r\nPHOTO;ENCODING=b:Zm9vYmFy\r\nEND:VCARD\r\n"
				res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: book + name, Body: body})
				if res.Code >= 300 {
					rt.Fatal(res.Code, res.Body)
				}
			}
			for range rapid.IntRange(0, 4).Draw(rt, "searches") {
				search()
			}
		}
	})
}

// TestTextSearchByMany asks and writes at once: the index is one, its askers many.
func TestTextSearchByMany(t *testing.T) {
	s := davtest.NewServer(t, davtest.OpenBolt(t))
	put := func(name, fn string) {
		body := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + name + "\r\nFN:" + fn + "\r\nEND:VCARD\r\n"
		if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: "/dav/addressbooks/ann/contacts/" + name, Body: body}); res.Code >= 300 {
			t.Error(res.Code, res.Body)
		}
	}
	put("always.vcf", "Needle Example")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 20 {
				if i == 0 {
					put(fmt.Sprintf("%d.vcf", j), fmt.Sprintf("Number %d", j))
					continue
				}
				res, _ := s.Do(t, davtest.Request{User: "ann", Method: "REPORT", Target: "/dav/addressbooks/ann/contacts/", Body: textQuery("FN", "needle", "")})
				if res.Code != http.StatusMultiStatus || !slices.Equal(found(t, res.Body.Bytes()), []string{"always.vcf"}) {
					t.Errorf("%d %s", res.Code, res.Body)
				}
			}
		})
	}
	all.Wait()
	s.CheckClean(t)
}
