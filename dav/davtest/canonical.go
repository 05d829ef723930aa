package davtest

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// prefixes are those that canonical XML is shown with.
var prefixes = map[string]string{
	"DAV:":                                 "",
	"urn:ietf:params:xml:ns:caldav":        "C",
	"urn:ietf:params:xml:ns:carddav":       "R",
	"http://calendarserver.org/ns/":        "CS",
	"http://apple.com/ns/ical/":            "I",
	"http://www.w3.org/XML/1998/namespace": "xml",
}

// A node is an element, or text when its name is empty.
type node struct {
	name     xml.Name
	attrs    []xml.Attr
	text     string
	children []*node
}

// canonicalXML lays a document out: one element on a line, except where text and
// elements are mixed; attributes in order; one prefix for each namespace.
func canonicalXML(src string) (string, error) {
	root, err := parseXML(src)
	if err != nil {
		return "", err
	}
	p := printer{prefix: map[string]string{}}
	p.collect(root)
	p.element(root, 0, true)
	return p.out.String(), nil
}

// parseXML reads with encoding/xml, not with the reader under test.
func parseXML(src string) (*node, error) {
	d := xml.NewDecoder(strings.NewReader(src))
	top := &node{}
	open := []*node{top}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		last := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{name: token.Name}
			for _, a := range token.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					n.attrs = append(n.attrs, a)
				}
			}
			last.children = append(last.children, n)
			open = append(open, n)
		case xml.EndElement:
			last.dropLayout()
			open = open[:len(open)-1]
		case xml.CharData:
			last.children = append(last.children, &node{text: string(token)})
		}
	}
	top.dropLayout()
	if len(open) != 1 || len(top.children) != 1 || top.children[0].name.Local == "" {
		return nil, fmt.Errorf("not one element")
	}
	return top.children[0], nil
}

// dropLayout removes the white space between elements when there is no other text.
func (n *node) dropLayout() {
	elements := false
	for _, c := range n.children {
		if c.name.Local != "" {
			elements = true
		} else if strings.TrimSpace(c.text) != "" {
			return
		}
	}
	if elements || n.name.Local == "" {
		n.children = slices.DeleteFunc(n.children, func(c *node) bool { return c.name.Local == "" })
	}
}

func (n *node) mixed() bool {
	return slices.ContainsFunc(n.children, func(c *node) bool { return c.name.Local == "" })
}

type printer struct {
	out    strings.Builder
	prefix map[string]string
	spaces []string // in the order met, for the root's declarations
}

// collect gives each namespace its prefix.
func (p *printer) collect(n *node) {
	p.space(n.name.Space, n.name.Local != "")
	for _, a := range n.attrs {
		p.space(a.Name.Space, a.Name.Space != "")
	}
	for _, c := range n.children {
		p.collect(c)
	}
}

func (p *printer) space(space string, used bool) {
	if _, known := p.prefix[space]; known || !used {
		return
	}
	prefix, ok := prefixes[space]
	switch {
	case space == "":
		prefix = "none" // shown as a prefix for no namespace, which only encoding/xml takes
	case !ok:
		prefix = fmt.Sprintf("n%d", len(p.spaces))
	}
	p.prefix[space] = prefix
	if prefix != "xml" {
		p.spaces = append(p.spaces, space)
	}
}

func (p *printer) name(n xml.Name) string {
	if prefix := p.prefix[n.Space]; prefix != "" {
		return prefix + ":" + n.Local
	}
	return n.Local
}

func (p *printer) element(n *node, depth int, layout bool) {
	if n.name.Local == "" {
		p.text(n.text)
		return
	}
	if layout {
		p.out.WriteString(strings.Repeat("  ", depth))
	}
	name := p.name(n.name)
	p.out.WriteString("<" + name)
	if depth == 0 {
		for _, space := range p.spaces {
			attr := " xmlns"
			if prefix := p.prefix[space]; prefix != "" {
				attr += ":" + prefix
			}
			p.out.WriteString(attr + `="` + attrEscaper.Replace(space) + `"`)
		}
	}
	slices.SortStableFunc(n.attrs, func(a, b xml.Attr) int {
		return strings.Compare(a.Name.Space+" "+a.Name.Local, b.Name.Space+" "+b.Name.Local)
	})
	for _, a := range n.attrs {
		name := a.Name.Local
		if a.Name.Space != "" {
			name = p.prefix[a.Name.Space] + ":" + name
		}
		p.out.WriteString(" " + name + `="`)
		p.out.WriteString(attrEscaper.Replace(a.Value))
		p.out.WriteString(`"`)
	}
	if len(n.children) == 0 {
		p.out.WriteString("/>")
	} else {
		p.out.WriteString(">")
		inside := layout && !n.mixed()
		for _, c := range n.children {
			if inside {
				p.out.WriteString("\n")
			}
			p.element(c, depth+1, inside)
		}
		if inside {
			p.out.WriteString("\n" + strings.Repeat("  ", depth))
		}
		p.out.WriteString("</" + name + ">")
	}
}

var (
	textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	attrEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;", "\n", "&#10;", "\t", "&#9;", `"`, "&quot;")
)

func (p *printer) text(s string) { p.out.WriteString(textEscaper.Replace(s)) }
