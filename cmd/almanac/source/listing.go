package source

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"almanac/dav/wire"
)

// taken are the properties that come along with a collection.
var taken = []wire.Name{
	wire.D("displayname"),
	wire.AppleICal("calendar-color"), wire.AppleICal("calendar-order"),
	wire.C("calendar-description"), wire.C("calendar-timezone"),
	wire.Card("addressbook-description"),
}

// limits are for what a server answers, which is longer than what clients ask.
var limits = wire.Limits{Octets: maxListing, Elements: 20_000_000}

// propfind asks for properties at a URL and returns the responses.
func (a *Account) propfind(ctx context.Context, at *url.URL, depth string, names ...wire.Name) ([]response, error) {
	w := wire.NewWriter()
	defer w.Release()
	root := wire.D("propfind")
	w.Begin(root, wire.CalDAV, wire.CardDAV, wire.Apple)
	w.Open(wire.D("prop"))
	for _, n := range names {
		w.Empty(n)
	}
	w.Close(wire.D("prop"))
	w.End(root)
	req, err := http.NewRequestWithContext(ctx, "PROPFIND", at.String(), bytes.NewReader(bytes.Clone(w.Buffered())))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/xml; charset=utf-8")
	req.Header.Set("Depth", depth)
	resp, err := a.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusMultiStatus {
		drop(resp)
		return nil, fmt.Errorf("PROPFIND %s: the server answers %s", at, resp.Status)
	}
	body, err := wire.Parse(resp.Body, limits)
	if err != nil {
		return nil, fmt.Errorf("PROPFIND %s: %w", at, err)
	}
	return responses(body), nil
}

// A response is one resource of a multistatus, with the properties it has.
type response struct {
	href   string
	status string // of the resource as a whole; "" where the properties have their own
	props  map[wire.Name]*wire.Elem
}

func responses(multistatus *wire.Elem) []response {
	var out []response
	for e := range multistatus.ChildrenNamed(wire.D("response")) {
		r := response{href: e.Child(wire.D("href")).TrimmedText(), status: e.Child(wire.D("status")).TrimmedText(), props: map[wire.Name]*wire.Elem{}}
		for ps := range e.ChildrenNamed(wire.D("propstat")) {
			if !strings.Contains(ps.Child(wire.D("status")).TrimmedText(), " 200") {
				continue
			}
			if prop := ps.Child(wire.D("prop")); prop != nil {
				for _, p := range prop.Children {
					r.props[p.Name] = p
				}
			}
		}
		out = append(out, r)
	}
	return out
}

// listHome lists the collections below a home.
func (a *Account) listHome(ctx context.Context, home *url.URL) ([]Collection, error) {
	set := wire.C("supported-calendar-component-set")
	found, err := a.propfind(ctx, home, "1", append(taken[:len(taken):len(taken)], wire.D("resourcetype"), set)...)
	if err != nil {
		return nil, err
	}
	var out []Collection
	for _, r := range found {
		kind := r.props[wire.D("resourcetype")]
		calendar := kind.Child(wire.C("calendar")) != nil
		if !calendar && kind.Child(wire.Card("addressbook")) == nil {
			continue
		}
		at, err := resolve(home, r.href)
		if err != nil {
			return nil, err
		}
		c := Collection{Calendar: calendar, Path: strings.Clone(r.href), Name: lastSegment(r.href), at: at}
		for comp := range r.props[set].ChildrenNamed(wire.C("comp")) {
			name, _ := comp.Attr("name")
			c.Components = append(c.Components, strings.ToUpper(name))
		}
		for _, n := range taken {
			if e := r.props[n]; e != nil && e.TrimmedText() != "" {
				c.Props = append(c.Props, Prop{n, strings.Clone(e.Fragment())})
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// Members lists the objects of a collection.
func (a *Account) Members(ctx context.Context, c *Collection) ([]Member, error) {
	found, err := a.propfind(ctx, c.at, "1", wire.D("resourcetype"), wire.D("getetag"))
	if err != nil {
		return nil, err
	}
	var out []Member
	for _, r := range found {
		switch {
		case strings.Contains(r.status, " 507"): // RFC 6578 section 3.6, which some servers use for every listing
			return nil, fmt.Errorf("PROPFIND %s: the server lists only a part", c.at)
		case strings.Contains(r.status, " 404"), r.props[wire.D("resourcetype")].Child(wire.D("collection")) != nil:
			continue
		}
		at, err := resolve(c.at, r.href)
		if err == nil && strings.TrimSuffix(at.Path, "/") == strings.TrimSuffix(c.at.Path, "/") {
			continue // the collection itself, of which the server does not say that it is one
		}
		if err != nil {
			at = nil // Read says so
		}
		out = append(out, Member{strings.Clone(r.href), lastSegment(r.href), strings.Clone(r.props[wire.D("getetag")].TrimmedText()), at})
	}
	return out, nil
}

// lastSegment is the name that a path ends in, decoded; "" where it has none.
func lastSegment(href string) string {
	segments, _, err := wire.DecodePath(href)
	if err != nil || len(segments) == 0 {
		return ""
	}
	return strings.Clone(segments[len(segments)-1])
}
