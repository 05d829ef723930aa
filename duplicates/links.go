package duplicates

import (
	"bytes"
	"slices"

	"almanac/dedupe/merge"
	"almanac/store"
)

// A linker knows which cards of a home name others: the members of groups, and
// related people. There is no index for that; one look at all cards finds them, for
// hardly any has such a line.
type linker struct {
	named map[string][]place // by plain UID
}

// linkedCard is a card with its links.
type linkedCard struct {
	at    place
	links []merge.Link
}

// newLinker looks at the books of a home that the user may write.
func newLinker(snap store.Snapshot, books []Book, home store.HomeID) (*linker, error) {
	l := &linker{named: map[string][]place{}}
	for _, b := range books {
		if b.Coll.Home != home || !b.Writable {
			continue
		}
		err := snap.List(b.Coll.ID, "", store.WantBody, func(o *store.Object) bool {
			if !mayLink(o.Body) {
				return true
			}
			links, err := merge.Links(o.Body)
			if err == nil { // a card that cannot be read names nobody
				l.apply([]linkedCard{{place{b.Coll.ID, string([]byte(o.Name))}, links}})
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return l, nil
}

// mayLink tells quickly whether a card may have links.
func mayLink(octets []byte) bool {
	for i := 0; i < len(octets); {
		// Names of properties are in capitals nearly always; one that is not, or is
		// folded, has the letters of a line break or small ones in between.
		end := bytes.IndexByte(octets[i:], '\n')
		if end < 0 {
			end = len(octets) - i - 1
		}
		if line := octets[i : i+end]; len(line) > 0 && begins(line) {
			return true
		}
		i += end + 1
	}
	return false
}

// begins tells whether a line may be a MEMBER, X-ADDRESSBOOKSERVER-MEMBER or RELATED,
// with a group before it.
func begins(line []byte) bool {
	if dot := bytes.IndexByte(line, '.'); dot >= 0 && dot < bytes.IndexAny(line, ":;") {
		line = line[dot+1:]
	}
	if len(line) < 7 {
		// So short a line with no colon in it is a name that is folded.
		return !bytes.ContainsAny(line, ":;") && len(bytes.TrimSpace(line)) > 0 && line[0] != ' ' && line[0] != '\t'
	}
	for _, name := range []string{"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER", "RELATED"} {
		head := line[:min(len(name), len(line))]
		if bytes.EqualFold(head, []byte(name)[:len(head)]) && (len(head) == len(name) || !bytes.ContainsAny(line, ":;")) {
			return true
		}
	}
	return false
}

// apply notes the links that cards have now.
func (l *linker) apply(cards []linkedCard) {
	for _, c := range cards {
		for _, link := range c.links {
			if !slices.Contains(l.named[link.UID], c.at) {
				l.named[link.UID] = append(l.named[link.UID], c.at)
			}
		}
	}
}

// naming returns the cards that name one of these, or did.
func (l *linker) naming(plain map[string]bool) []place {
	var out []place
	for uid := range plain {
		out = append(out, l.named[uid]...)
	}
	slices.SortFunc(out, func(a, b place) int {
		if a.coll != b.coll {
			return int(a.coll) - int(b.coll)
		}
		return bytes.Compare([]byte(a.name), []byte(b.name))
	})
	return slices.Compact(out)
}

// activeLinks returns the links that merges into a card have changed and that are
// not undone.
func (d *Desk) activeLinks(snap store.Snapshot, home store.HomeID, uid string) ([]linkChange, error) {
	log, err := mergesInto(snap, home, uid)
	if err != nil {
		return nil, err
	}
	var all []linkChange
	for _, m := range log {
		c, err := unpack(snap, m.key, m.Merge)
		if err != nil {
			return nil, err
		}
		all = append(all, c.Links...)
	}
	return all, nil
}
