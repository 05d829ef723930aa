package contentline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWalk(t *testing.T) {
	src := "\ufeff" + lines("BEGIN:VCARD", "VERSION:3.0", "", "item1.tel;TYPE=home,work:1", " 2", "NOTE:a", "prose", "", "more prose",
		"PHOTO:", " TEL:x", "TEL:3", "BEGIN:VCARD", "TEL:nested", "END:VCARD", "a.Tel:4", "END:VCARD", "BEGIN:VCARD", "TEL:other", "END:VCARD")
	var got []string
	collect := func(p *Property) bool {
		got = append(got, fmt.Sprintf("%d %s.%s%v:%s", p.Line, p.Group, p.Name, p.Params, p.Value))
		return len(got) < 3
	}
	if err := Walk([]byte(src), Limits{}, func(group, name string) bool { return name == "TEL" }, collect); err != nil {
		t.Fatal(err)
	}
	want := []string{"4 item1.TEL[{TYPE [home work]}]:12", "12 .TEL[]:3", "16 a.TEL[]:4"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	got = nil
	if err := Walk([]byte(src), Limits{}, func(group, name string) bool { return group == "" && name == "NOTE" }, collect); err != nil {
		t.Fatal(err)
	}
	if want := []string{`6 .NOTE[]:a\nprose\n\nmore prose`}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Walk sees what Parse sees in the first component.
func FuzzWalk(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse(src, Limits{})
		if err != nil || len(d.Roots) == 0 {
			return
		}
		var want, got []string
		folded := func(p *Property) bool {
			return !strings.HasPrefix(strings.ToUpper(d.Src[p.Start:]), strings.ToUpper(p.Group)+dotOf(p)+p.Name)
		}
		for i := range d.Roots[0].Props {
			if p := &d.Roots[0].Props[i]; !folded(p) {
				want = append(want, fmt.Sprintf("%d %d %s.%s%v:%s", p.Start, p.Line, p.Group, p.Name, p.Params, p.Value))
			}
		}
		err = Walk(src, Limits{}, func(_, name string) bool { return true }, func(p *Property) bool {
			if !folded(p) {
				got = append(got, fmt.Sprintf("%d %d %s.%s%v:%s", p.Start, p.Line, p.Group, p.Name, p.Params, p.Value))
			}
			return true
		})
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q: %v\ngot  %q\nwant %q", src, err, got, want)
		}
	})
}

func dotOf(p *Property) string {
	if p.Group == "" {
		return ""
	}
	return "."
}
