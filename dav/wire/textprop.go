package wire

import "strings"

// TextFragment returns a property whose value is plain text as a self-contained
// fragment, in the form in which properties are stored: the element with its
// namespace declared on it. Characters that XML 1.0 forbids become U+FFFD.
func TextFragment(space, local, text string) string {
	w := NewWriter()
	defer w.Release()
	n := Name{space, local}
	w.Open(n)
	w.Text(text)
	w.Close(n)
	return string(w.Buffered())
}

// FragmentText returns the text of a stored property, without the white space
// around it: "" for an empty fragment and for one that cannot be parsed.
func FragmentText(fragment string) string {
	e, err := Parse(strings.NewReader(fragment), Limits{})
	if err != nil {
		return ""
	}
	return e.TrimmedText()
}
