package search

// A Query is what the texts of a member must contain for it to be a candidate.
// The zero Query is Any. A Query may be used by many goroutines.
type Query struct {
	op       op
	trigrams []trigram // opContains: of the needle, each once
	sub      []Query   // opAnd, opOr: at least two, none of them Any
}

type op uint8

const (
	opAny op = iota
	opContains
	opAnd
	opOr
)

// Any takes every member: a condition that an Index cannot judge.
var Any = Query{}

// IsAny tells whether q selects nothing, so that all members must be judged.
func (q Query) IsAny() bool { return q.op == opAny }

// Contains takes the members with a text that may contain the needle, under any
// collation.
func Contains(needle string) Query {
	var f folder
	list := needleTrigrams(f.fold(needle))
	if len(list) == 0 {
		return Any
	}
	return Query{op: opContains, trigrams: list}
}

// And takes what all of the queries take.
func And(queries ...Query) Query {
	var sub []Query
	for _, q := range queries {
		if !q.IsAny() {
			sub = append(sub, q)
		}
	}
	switch len(sub) {
	case 0:
		return Any
	case 1:
		return sub[0]
	}
	return Query{op: opAnd, sub: sub}
}

// Or takes what one of the queries takes; without queries, that is Any as well.
func Or(queries ...Query) Query {
	for _, q := range queries {
		if q.IsAny() {
			return Any
		}
	}
	switch len(queries) {
	case 0:
		return Any
	case 1:
		return queries[0]
	}
	return Query{op: opOr, sub: append([]Query(nil), queries...)}
}
