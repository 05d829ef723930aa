package duplicates

import (
	"bytes"
	"slices"

	"almanac/dedupe/merge"
	"almanac/store"
	"almanac/vcard"
)

// A line is what became of the reference of a merge through the merges that came
// after it.
type line struct {
	at      Card     // the card that has it
	was, is []byte   // its state after the last of these, and had the merge never been
	owners  [][]byte // other cards that are merged in it, and itself as it was once
}

// retold is a later merge as it is told from now on.
type retold struct {
	e      entry
	c      *content
	source int // which of its sources is the card of the line; -1 when it is the reference
}

// retell goes through the merges that came later and still hold, into the reference
// or taking it along into another card, and tells each as if the merge that is
// undone had never been. So they can be undone after it, in any order, and none keeps
// a copy of what came from it.
func (u *undoPlan) retell(snap store.Snapshot, log []entry) error {
	u.line = line{at: u.m.Reference, was: u.c.Merged, is: u.c.Before}
	l := &u.line
	for _, e := range log {
		if !e.Undone.IsZero() || e.key == u.m.key {
			continue
		}
		source := slices.IndexFunc(e.Sources, func(s Card) bool { return s.UID == l.at.UID })
		into := e.Reference.UID == l.at.UID
		if into && source >= 0 && (e.Sources[source].Coll != l.at.Coll || e.Reference.Coll == l.at.Coll) {
			source = -1 // one UID in two books, and this is the other card
		}
		if source >= 0 {
			if c, err := u.find(snap, l.at.UID, l.at.Coll); err != nil {
				return err
			} else if c != nil && !into {
				continue // somebody has written it again since
			}
		}
		if !into && source < 0 || e.key < u.m.key && source >= 0 {
			continue
		}
		c, err := unpack(snap, e.key, e.Merge)
		if err != nil {
			return err
		}
		if e.key < u.m.key {
			l.owners = append(l.owners, c.Sources...)
			continue
		}
		if source >= 0 {
			l.owners = append(append(append(l.owners, c.Before), c.Sources[:source]...), c.Sources[source+1:]...)
		} else {
			l.owners = append(l.owners, c.Sources...)
		}
		u.told = append(u.told, u.retellOne(e, c, source))
		l.at = e.Reference
	}
	if l.at.UID != u.m.Reference.UID { // what was merged into the other card before
		for _, e := range log {
			if e.Undone.IsZero() && e.key < u.m.key && e.Reference.UID == l.at.UID {
				c, err := unpack(snap, e.key, e.Merge)
				if err != nil {
					return err
				}
				l.owners = append(l.owners, c.Sources...)
			}
		}
	}
	return nil
}

// retellOne is retell of one merge. One that cannot be done again stays as it is told.
func (u *undoPlan) retellOne(e entry, c *content, source int) *retold {
	l, told := &u.line, *c
	state := &told.Before
	if source >= 0 {
		told.Sources = slices.Clone(c.Sources)
		state = &told.Sources[source]
	}
	if bytes.Equal(*state, l.was) {
		*state = l.is
	} else if without, err := u.back(*state); err == nil {
		*state = without
	}
	again, err := remerge(&told, e.Merge, false)
	if err != nil {
		return &retold{e, c, source}
	}
	if as, err := remerge(c, e.Merge, false); err == nil && !bytes.Equal(as, c.Merged) {
		if linked, err := remerge(&told, e.Merge, true); err == nil {
			again = linked
		}
	}
	l.was, l.is = c.Merged, again
	told.Merged = again
	e.Reference.ETag = store.ETagOf(again)
	if source >= 0 {
		e.Sources[source].ETag = store.ETagOf(*state)
	}
	return &retold{e, &told, source}
}

// remerge does a merge of the log again. With links, the merged card names itself
// where it named its sources.
func remerge(c *content, m *Merge, links bool) ([]byte, error) {
	merged, _, err := merge.Merge(c.Before, c.Sources, merge.Options{Revision: m.At})
	if err != nil || !links {
		return merged, err
	}
	renamed := map[string]string{}
	for _, s := range m.Sources {
		if s.UID != "" && s.UID != m.Reference.UID {
			renamed[s.UID] = m.Reference.UID
		}
	}
	return merge.Relink(merged, renamed)
}

// back takes out of a state of the reference what came with the merge.
func (u *undoPlan) back(octets []byte) ([]byte, error) {
	out, _, err := merge.Unmerge(u.c.Before, u.c.Merged, octets, u.c.Sources)
	if err == nil {
		_, err = vcard.Validate(out, 0)
	}
	return out, err
}

// without returns the card of the line, which was edited since, as it is to be after
// the undo. What others have brought too stays, or was the card's own all along.
func (u *undoPlan) without(now []byte) []byte {
	octets, err := u.back(now)
	if err != nil {
		return now // what somebody made of it cannot be taken apart: it stays
	}
	for _, owner := range u.line.owners {
		again, err := merge.Keep(now, octets, [][]byte{owner})
		if err == nil {
			_, err = vcard.Validate(again, 0)
		}
		if err == nil {
			octets = again
		}
	}
	return octets
}

// rewrite keeps other octets of a merge.
func (u *undoPlan) rewrite(e entry, c *content) error {
	was := e.Pieces
	pieces, err := pack(e.key, e.Merge, c)
	if err != nil {
		return err
	}
	for i := e.Pieces; i < was; i++ {
		pieces = append(pieces, store.DeleteRecord{Kind: kindOctets, Key: octetsKey(e.key, i)})
	}
	u.batch.Pre = append(u.batch.Pre, store.RecordIs{Kind: kindMerge, Key: e.key, Value: e.raw})
	u.batch.Ops = append(append(u.batch.Ops, u.entry(e)), pieces...)
	return nil
}
