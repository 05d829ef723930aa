package search

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
)

// An Index tells which members of one collection may contain a text. It may be
// used by one goroutine at a time.
type Index struct {
	docs     []string         // names by number; "" is a member that was removed or replaced
	numbers  map[string]int32 // by name
	postings map[trigram]*posting
	wild     map[int32]bool // members whose texts are too long to be indexed: always candidates
	octets   int            // of names and postings
}

// A posting is the ascending list of the members that have a trigram, as the
// varints of the differences between their numbers.
type posting struct {
	list []byte
	last int32 // number of the last one
	n    int32
}

// maxText bounds the octets of one member's texts that are indexed. A member with
// more is a candidate always.
const maxText = 256 << 10

// What the parts of an Index take beside their contents, roughly.
const (
	docOctets     = 80
	postingOctets = 72
)

// NewIndex returns an empty Index.
func NewIndex() *Index {
	return &Index{
		numbers:  make(map[string]int32),
		postings: make(map[trigram]*posting),
		wild:     make(map[int32]bool),
	}
}

// Len is the number of members.
func (x *Index) Len() int { return len(x.numbers) }

// Size is about how many octets the Index takes.
func (x *Index) Size() int {
	return x.octets + docOctets*len(x.docs) + postingOctets*len(x.postings)
}

// Put indexes the texts of a member, in place of what was known of it.
func (x *Index) Put(name string, texts iter.Seq[string]) {
	x.Delete(name)
	doc := int32(len(x.docs))
	x.docs = append(x.docs, name)
	x.numbers[name] = doc
	x.octets += len(name)
	s := scratches.Get().(*scratch)
	defer s.release()
	room := maxText
	for text := range texts {
		if room -= len(text); room < 0 {
			x.wild[doc] = true
			return
		}
		s.add(text)
	}
	for _, t := range s.list {
		x.post(t, doc)
	}
}

func (x *Index) post(t trigram, doc int32) {
	p := x.postings[t]
	if p == nil {
		p = &posting{last: -1}
		x.postings[t] = p
	}
	before := cap(p.list)
	p.list = binary.AppendUvarint(p.list, uint64(doc-p.last))
	p.last = doc
	p.n++
	x.octets += cap(p.list) - before
}

// Delete forgets a member; one that is not known is no error. Its numbers stay in
// the lists until there are more of such than of living members.
func (x *Index) Delete(name string) {
	doc, ok := x.numbers[name]
	if !ok {
		return
	}
	x.octets -= len(name)
	x.docs[doc] = ""
	delete(x.numbers, name)
	delete(x.wild, doc)
	if dead := len(x.docs) - len(x.numbers); dead > len(x.numbers)+1000 {
		x.compact()
	}
}

// compact numbers the members anew, without those that are gone.
func (x *Index) compact() {
	to := make([]int32, len(x.docs))
	docs := make([]string, 0, len(x.numbers))
	wild := make(map[int32]bool, len(x.wild))
	for i, name := range x.docs {
		to[i] = -1
		if name == "" {
			continue
		}
		to[i] = int32(len(docs))
		x.numbers[name] = to[i]
		if x.wild[int32(i)] {
			wild[to[i]] = true
		}
		docs = append(docs, name)
	}
	old := x.postings
	x.docs, x.wild, x.postings, x.octets = docs, wild, make(map[trigram]*posting, len(old)), 0
	for _, name := range docs {
		x.octets += len(name)
	}
	for t, p := range old {
		for doc := range p.all() {
			if to[doc] >= 0 {
				x.post(t, to[doc])
			}
		}
	}
}

// Candidates returns the names of the members that q may take, in their order. It
// is never asked for Any, which names no member.
func (x *Index) Candidates(q Query) []string {
	docs := x.eval(q)
	for doc := range x.wild {
		docs = append(docs, doc)
	}
	names := make([]string, 0, len(docs))
	for _, doc := range docs {
		if name := x.docs[doc]; name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// eval returns numbers of members, ascending, some of them perhaps gone.
func (x *Index) eval(q Query) []int32 {
	switch q.op {
	case opContains:
		return x.contains(q.trigrams)
	case opAnd:
		docs := x.eval(q.sub[0])
		for _, sub := range q.sub[1:] {
			if len(docs) == 0 {
				break
			}
			docs = intersect(docs, slices.Values(x.eval(sub)))
		}
		return docs
	case opOr:
		var docs []int32
		for _, sub := range q.sub {
			docs = append(docs, x.eval(sub)...)
		}
		slices.Sort(docs)
		return slices.Compact(docs)
	}
	return nil
}

// worthJudging is how many entries of a list are looked at, at most, to be spared
// the judging of one candidate.
const worthJudging = 32

// contains intersects the lists of trigrams, the shortest first.
func (x *Index) contains(trigrams []trigram) []int32 {
	lists := make([]*posting, 0, len(trigrams))
	for _, t := range trigrams {
		p := x.postings[t]
		if p == nil {
			return nil
		}
		lists = append(lists, p)
	}
	slices.SortFunc(lists, func(a, b *posting) int { return cmp.Compare(a.n, b.n) })
	docs := slices.AppendSeq(make([]int32, 0, lists[0].n), lists[0].all())
	for _, p := range lists[1:] {
		if int(p.n) > worthJudging*len(docs) {
			break // and the lists behind it are longer
		}
		docs = intersect(docs, p.all())
	}
	return docs
}

// all yields the numbers in the list.
func (p *posting) all() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		doc := int32(-1)
		for rest := p.list; len(rest) > 0; {
			d, n := binary.Uvarint(rest)
			rest = rest[n:]
			doc += int32(d)
			if !yield(doc) {
				return
			}
		}
	}
}

// intersect keeps those of docs that are in the other ascending list.
func intersect(docs []int32, other iter.Seq[int32]) []int32 {
	kept := docs[:0]
	i := 0
	for doc := range other {
		for i < len(docs) && docs[i] < doc {
			i++
		}
		if i == len(docs) {
			break
		}
		if docs[i] == doc {
			kept = append(kept, doc)
			i++
		}
	}
	return kept
}
