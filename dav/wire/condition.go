package wire

import "bytes"

// A Condition is a precondition or postcondition element as it stands in D:error
// (RFC 4918 section 16), with the detail that some of them carry.
type Condition struct {
	Name     Name
	Text     string // comes before Children; seldom both
	Children []Condition
}

// HrefCondition is a condition that names resources, as no-uid-conflict does (RFC
// 4791 section 5.3.2.1, RFC 6352 section 6.3.2.1). The hrefs must be in their
// final percent-encoding.
func HrefCondition(n Name, hrefs ...string) Condition {
	c := Condition{Name: n}
	for _, href := range hrefs {
		c.Children = append(c.Children, Condition{Name: D("href"), Text: href})
	}
	return c
}

// NeedPrivileges is the condition that privileges on a resource are missing (RFC
// 3744 section 7.1.1). DAVx5 takes a 403 with it for "read-only" and goes on; a 403
// without it stops the whole collection.
func NeedPrivileges(href string, privileges ...Name) Condition {
	need := Condition{Name: D("need-privileges")}
	for _, p := range privileges {
		need.Children = append(need.Children, Condition{
			Name: D("resource"),
			Children: []Condition{
				{Name: D("href"), Text: href},
				{Name: D("privilege"), Children: []Condition{{Name: p}}},
			},
		})
	}
	return need
}

// Error writes D:error with the conditions, or nothing if there are none.
func (w *Writer) Error(conditions ...Condition) {
	if len(conditions) == 0 {
		return
	}
	w.Open(D("error"))
	for _, c := range conditions {
		w.condition(c)
	}
	w.Close(D("error"))
}

func (w *Writer) condition(c Condition) {
	if c.Text == "" && len(c.Children) == 0 {
		w.Empty(c.Name)
		return
	}
	w.Open(c.Name)
	w.Text(c.Text)
	for _, child := range c.Children {
		w.condition(child)
	}
	w.Close(c.Name)
}

// ErrorBody returns the body of an error answer: D:error with the conditions, and
// with the reason in words for people who read bodies. RFC 4918 section 14.5 lets
// D:error hold elements that a client does not know, so the reason goes into a
// D:responsedescription behind the conditions.
//
// It returns nil if there is neither, because an empty D:error is worse than no
// body: Thunderbird takes a 403 with one for a rate limit and gives up.
func ErrorBody(reason string, conditions ...Condition) []byte {
	if reason == "" && len(conditions) == 0 {
		return nil
	}
	w := NewWriter()
	defer w.Release()
	var few [4]string
	spaces := few[:0]
	for _, c := range conditions {
		spaces = append(spaces, c.Name.Space)
	}
	root := D("error")
	w.Begin(root, spaces...)
	for _, c := range conditions {
		w.condition(c)
	}
	if reason != "" {
		w.Element(D("responsedescription"), reason)
	}
	w.End(root)
	return bytes.Clone(w.Buffered())
}
