package wire

import "testing"

func TestFragment(t *testing.T) {
	prop := Name{DAV, "prop"}
	cases := []struct{ name, src, want string }{
		{"as written", `<prop xmlns="DAV:"><x:a xmlns:x="u" b="1"><!--c--> t </x:a></prop>`,
			`<x:a xmlns:x="u" b="1"><!--c--> t </x:a>`},
		{"prefix from outside", `<D:prop xmlns:D="DAV:" xmlns:x="u" xmlns:y="v"><x:a><x:b/></x:a></D:prop>`,
			`<x:a xmlns:x="u"><x:b/></x:a>`},
		{"prefix of an inner element", `<D:prop xmlns:D="DAV:" xmlns:x="u" xmlns:y="v"><x:a c="1"><y:b/></x:a></D:prop>`,
			`<x:a xmlns:x="u" xmlns:y="v" c="1"><y:b/></x:a>`},
		{"prefix of an attribute", `<D:prop xmlns:D="DAV:" xmlns:x="u" xmlns:y="v"><x:a y:c="1"/></D:prop>`,
			`<x:a xmlns:x="u" xmlns:y="v" y:c="1"/>`},
		{"prefix in a value", `<D:prop xmlns:D="DAV:" xmlns:x="u" xmlns:s="v"><x:a>s:string</x:a></D:prop>`,
			`<x:a xmlns:x="u" xmlns:s="v">s:string</x:a>`},
		{"prefix is the end of a longer one", `<D:prop xmlns:D="DAV:" xmlns:aa="u"><aaa:b xmlns:aaa="v"/></D:prop>`,
			`<aaa:b xmlns:aa="u" xmlns:aaa="v"/>`},
		{"default namespace", `<prop xmlns="DAV:"><a><b/></a></prop>`, `<a xmlns="DAV:"><b/></a>`},
		{"default namespace of an inner element", `<prop xmlns="DAV:" xmlns:x="u"><x:a><b/></x:a></prop>`,
			`<x:a xmlns="DAV:" xmlns:x="u"><b/></x:a>`},
		{"default namespace not used", `<prop xmlns="DAV:" xmlns:x="u"><x:a/></prop>`, `<x:a xmlns:x="u"/>`},
		{"no namespace", `<D:prop xmlns:D="DAV:"><NO/></D:prop>`, `<NO/>`},
		{"no namespace, declared so outside", `<p:x xmlns="u" xmlns:p="v"><D:prop xmlns:D="DAV:" xmlns=""><NO/></D:prop></p:x>`, `<NO/>`},
		{"redeclared prefix", `<D:prop xmlns:D="DAV:" xmlns:x="u"><x:a xmlns:x="v"/></D:prop>`, `<x:a xmlns:x="v"/>`},
		{"innermost declaration counts", `<x:o xmlns:x="u"><D:prop xmlns:D="DAV:" xmlns:x="v"><x:a/></D:prop></x:o>`, `<x:a xmlns:x="v"/>`},
		{"language from outside", `<D:prop xmlns:D="DAV:" xml:lang="de-&quot;"><D:a>x</D:a></D:prop>`,
			`<D:a xmlns:D="DAV:" xml:lang="de-&#34;">x</D:a>`},
		{"language of its own", `<D:prop xmlns:D="DAV:" xml:lang="de"><D:a xml:lang="fr" xmlns:D="DAV:">x</D:a></D:prop>`,
			`<D:a xml:lang="fr" xmlns:D="DAV:">x</D:a>`},
		{"namespace with markup", `<D:prop xmlns:D="DAV:" xmlns:x="&lt;u&amp;&quot;"><x:a/></D:prop>`,
			`<x:a xmlns:x="&lt;u&amp;&#34;"/>`},
		{"mixed content keeps its order", "<D:prop xmlns:D=\"DAV:\"><D:a>1<b/>2<![CDATA[<]]>&#13;\r\n</D:a></D:prop>",
			"<D:a xmlns:D=\"DAV:\">1<b/>2<![CDATA[<]]>&#13;\r\n</D:a>"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := parse(t, c.src)
			if e.Name != prop {
				e = e.Child(prop)
			}
			e = e.Children[0]
			if got := e.Fragment(); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			checkFragment(t, e)
		})
	}
}

// checkFragment checks that the fragment of e parses to an element equal to e, and
// is its own fragment.
func checkFragment(t *testing.T, e *Elem) {
	t.Helper()
	fragment := e.Fragment()
	back := parse(t, fragment)
	if back.Lang() != e.Lang() {
		t.Errorf("language of %s is %q, want %q", fragment, back.Lang(), e.Lang())
	}
	if lang := (Attr{Name{XML, "lang"}, e.Lang()}); !e.hasLang() && lang.Value != "" {
		if n := len(back.Attrs); n == 0 || back.Attrs[0] != lang {
			t.Errorf("%s lacks %v", fragment, lang)
		} else {
			back.Attrs = back.Attrs[1:]
		}
	}
	if got, want := dump(back), dump(e); got != want {
		t.Errorf("fragment %s\n parses to %s\n    want %s", fragment, got, want)
	}
	if again := back.Fragment(); again != fragment {
		t.Errorf("fragment of a fragment\n got %s\nwant %s", again, fragment)
	}
}
