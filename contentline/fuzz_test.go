package contentline

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// seeds are texts of every shape that the parser tells apart.
var seeds = []string{
	"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:a\r\n b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	"\ufeffBEGIN:VCARD\nitem1.TEL;TYPE=HOME,\"a;b\";X=^n^^^':1\n\n\nEND:VCARD\nBEGIN:VCARD\nEND:VCARD",
	"BEGIN:VCARD\r\nNOTE;QUOTED-PRINTABLE:a=\r\nb: c=\r\nTEL;HOME:1\r\nPHOTO;BASE64:\r\nQUJD\r\n\r\nEND:VCARD\r\n",
	"BEGIN:A\rB:1\r 2\rEND:A\r",
	"BEGIN:A\nDESCRIPTION:x\nhello world\n\nBye: all\nX\n Y:1\nCN;A=\"b:c\nEND:A \n",
	"BEGIN:A\nB:\xc3\n \xa4\xff\x00\nEND:A\n",
	"BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\n",
}

// FuzzParse checks the promises of the tree on any text: spans cover the source,
// nothing changes without an edit, and every property survives being written.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, src []byte, v21 bool) {
		d, err := parse(src, Limits{}, v21)
		if err != nil {
			return
		}
		checkSpans(t, d)
		if out, err := Splice(d.Src, nil); err != nil || !bytes.Equal(out, src) {
			t.Fatalf("splice without edits: %q, %v", out, err)
		}
		var comp func(c *Component)
		comp = func(c *Component) {
			for _, p := range c.Props {
				checkRewrite(t, d, c, p)
			}
			for _, ch := range c.Children {
				comp(ch)
			}
		}
		for _, c := range d.Roots {
			comp(c)
		}
	})
}

// checkRewrite writes one property and reads it again.
func checkRewrite(t *testing.T, d *Doc, c *Component, p Property) {
	line := AppendProperty(nil, p)
	frame := "A"
	if p.Group != "" {
		frame = "VCARD"
	}
	again, err := Parse([]byte("BEGIN:"+frame+"\r\n"+string(line)+"END:"+frame+"\r\n"), Limits{})
	if err != nil {
		t.Fatalf("%+v written as %q: %v", p, line, err)
	}
	clean := strings.NewReplacer("\r", "", "\n", `\n`)
	p.Value = clean.Replace(p.Value)
	params := p.Params
	p.Params = nil
	for _, pa := range params {
		values := make([]string, len(pa.Values))
		for i, v := range pa.Values {
			values[i] = strings.ReplaceAll(v, "\r", "")
		}
		p.Params = append(p.Params, Param{strings.ReplaceAll(pa.Name, "\r", ""), values})
	}
	if got := again.Roots[0].Props; len(got) != 1 || !sameProperty(got[0], p) {
		t.Fatalf("%q\nread as %+v\nwant    %+v", line, got, p)
	}
}

// FuzzScanner checks that what the scanner cuts out is part of the stream, and
// that it ends.
func FuzzScanner(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s+s), "VCARD")
		f.Add([]byte("junk\n"+s), "")
	}
	f.Fuzz(func(t *testing.T, src []byte, name string) {
		s := NewScanner(bytes.NewReader(src), name)
		s.Limit(200)
		last := 0
		for range len(src) + 2 {
			block, line, err := s.Next()
			if err == io.EOF {
				return
			}
			if line <= last {
				t.Fatalf("line %d after line %d", line, last)
			}
			last = line
			if err == nil && (!bytes.Contains(src, block) || len(block) > 200) {
				t.Fatalf("block %q is no part of the source", block)
			}
		}
		t.Fatal("no end")
	})
}
