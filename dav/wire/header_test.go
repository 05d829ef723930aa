package wire

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseDepth(t *testing.T) {
	for value, want := range map[string]Depth{"0": Depth0, " 1\t": Depth1, "infinity": DepthInfinity, "Infinity": DepthInfinity} {
		if got, err := ParseDepth(value); got != want || err != nil {
			t.Errorf("%q: got %v %v, want %v", value, got, err, want)
		}
	}
	for _, value := range []string{"", "2", "00", "-1", "1,noroot"} {
		if _, err := ParseDepth(value); !errors.Is(err, ErrHeader) {
			t.Errorf("%q: error %v, want ErrHeader", value, err)
		}
	}
	if got := Depth0.String() + Depth1.String() + DepthInfinity.String(); got != "01infinity" {
		t.Errorf("depths print as %s", got)
	}
}

func TestParseOverwrite(t *testing.T) {
	for value, want := range map[string]bool{"": true, "T": true, "t": true, "F": false, " f ": false} {
		if got, err := ParseOverwrite(value); got != want || err != nil {
			t.Errorf("%q: got %v %v, want %v", value, got, err, want)
		}
	}
	if _, err := ParseOverwrite("true"); !errors.Is(err, ErrHeader) {
		t.Errorf("error %v, want ErrHeader", err)
	}
}

func TestParsePrefer(t *testing.T) {
	minimal, representation := Preferences{Minimal: true}, Preferences{Representation: true}
	cases := []struct {
		prefer []string
		brief  string
		want   Preferences
	}{
		{nil, "", Preferences{}},
		{[]string{"return=minimal"}, "", minimal},
		{[]string{"Return = \"minimal\""}, "", minimal},
		{[]string{"return=representation"}, "", representation},
		{[]string{"return-minimal"}, "", minimal},
		{[]string{"return-representation"}, "", representation},
		{nil, "t", minimal},
		{nil, "T", minimal},
		{nil, "f", Preferences{}},
		{[]string{"return=representation"}, "t", representation},
		{[]string{"wait=10, return=minimal; foo=\"a,b;c\", depth-noroot"}, "", Preferences{Minimal: true, NoRoot: true}},
		{[]string{"depth-noroot", "return=minimal"}, "", Preferences{Minimal: true, NoRoot: true}},
		{[]string{"return=minimal, return=representation"}, "", minimal},
		{[]string{"return=nothing", "return=representation"}, "", representation},
		{[]string{`foo="return=minimal, return=minimal\", return=minimal"`}, "", Preferences{}},
		{[]string{`foo="return=minimal`, `,;=,"`}, "", Preferences{}},
	}
	for _, c := range cases {
		if got := ParsePrefer(http.Header{"Prefer": c.prefer, "Brief": {c.brief}}); got != c.want {
			t.Errorf("%q %q: got %+v, want %+v", c.prefer, c.brief, got, c.want)
		}
	}
}

func TestParseETags(t *testing.T) {
	cases := []struct {
		lines []string
		want  ETagList
	}{
		{[]string{"*"}, ETagList{Any: true}},
		{[]string{" * "}, ETagList{Any: true}},
		{[]string{`"a"`}, ETagList{Tags: []ETag{{Opaque: "a"}}}},
		{[]string{`""`}, ETagList{Tags: []ETag{{}}}},
		{[]string{`W/"a"`, `w/"b"`}, ETagList{Tags: []ETag{{true, "a"}, {true, "b"}}}},
		{[]string{`"a" , ,"b,c" ,W/"d e"`}, ETagList{Tags: []ETag{{false, "a"}, {false, "b,c"}, {true, "d e"}}}},
		{[]string{`abc`}, ETagList{Tags: []ETag{{Opaque: "abc"}}}},
		{[]string{`3f2a-18, W/x,"y"`}, ETagList{Tags: []ETag{{Opaque: "3f2a-18"}, {Opaque: "W/x"}, {Opaque: "y"}}}},
		{[]string{`*a`}, ETagList{Tags: []ETag{{Opaque: "*a"}}}},
		{[]string{`"*"`}, ETagList{Tags: []ETag{{Opaque: "*"}}}},
		{[]string{`"a\"`}, ETagList{Tags: []ETag{{Opaque: `a\`}}}},
		{[]string{"", `"é"`}, ETagList{Tags: []ETag{{Opaque: "é"}}}},
	}
	for _, c := range cases {
		got, err := ParseETags("If-Match", c.lines)
		if err != nil {
			t.Errorf("%q: %v", c.lines, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q -want +got\n%s", c.lines, diff)
		}
	}
	for line, reason := range map[string]string{
		"":                              "no entity tag",
		" , ":                           "no entity tag",
		`"a`:                            "entity tag without closing quote",
		`"a" "b"`:                       "no comma between entity tags",
		`a"b"`:                          "quote inside an entity tag",
		`a b`:                           "no comma between entity tags",
		"\"a\x01\"":                     "control character in an entity tag",
		strings.Repeat(`"a",`, 1001):    "too many entity tags",
		`*"a"`:                          "quote inside an entity tag",
		"W/\"" + strings.Repeat("a", 9): "entity tag without closing quote",
	} {
		_, err := ParseETags("If-Match", []string{line})
		if !errors.Is(err, ErrHeader) || !strings.HasSuffix(err.Error(), "If-Match: "+reason) {
			t.Errorf("%.40q: error %v, want %s", line, err, reason)
		}
	}
}

func TestETagComparison(t *testing.T) {
	list, err := ParseETags("If-Match", []string{`"a", W/"b"`})
	if err != nil {
		t.Fatal(err)
	}
	// RFC 9110 section 8.8.3.2
	for opaque, want := range map[string][2]bool{"a": {true, true}, "b": {false, true}, "c": {false, false}} {
		if got := [2]bool{list.Strong(opaque), list.Weak(opaque)}; got != want {
			t.Errorf("%s: got %v, want %v", opaque, got, want)
		}
	}
	if got := list.Tags[0].String() + list.Tags[1].String(); got != `"a"W/"b"` {
		t.Errorf("tags print as %s", got)
	}
}

func TestParseIf(t *testing.T) {
	token := func(s string) IfCondition { return IfCondition{Token: s} }
	cases := []struct {
		value string
		want  IfHeader
	}{
		// The examples of RFC 4918 section 10.4.6 to 10.4.9.
		{`(<urn:uuid:181d4fae> ["I am an ETag"]) (["I am another ETag"])`, IfHeader{
			{"", []IfCondition{token("urn:uuid:181d4fae"), {ETag: ETag{Opaque: "I am an ETag"}}}},
			{"", []IfCondition{{ETag: ETag{Opaque: "I am another ETag"}}}},
		}},
		{`(Not <urn:uuid:181d4fae> <urn:uuid:58f202ac>)`, IfHeader{
			{"", []IfCondition{{Not: true, Token: "urn:uuid:181d4fae"}, token("urn:uuid:58f202ac")}},
		}},
		{`(<urn:uuid:181d4fae>) (Not <DAV:no-lock>)`, IfHeader{
			{"", []IfCondition{token("urn:uuid:181d4fae")}},
			{"", []IfCondition{{Not: true, Token: "DAV:no-lock"}}},
		}},
		{`</resource1> (<urn:uuid:181d4fae> [W/"A weak ETag"]) (["strong ETag"])`, IfHeader{
			{"/resource1", []IfCondition{token("urn:uuid:181d4fae"), {ETag: ETag{true, "A weak ETag"}}}},
			{"/resource1", []IfCondition{{ETag: ETag{Opaque: "strong ETag"}}}},
		}},
		{`<http://example.org/a>(["1"])</b>([Not-a-tag])`, IfHeader{
			{"http://example.org/a", []IfCondition{{ETag: ETag{Opaque: "1"}}}},
			{"/b", []IfCondition{{ETag: ETag{Opaque: "Not-a-tag"}}}},
		}},
		{` ( not["a]b"]not<x> ) `, IfHeader{
			{"", []IfCondition{{Not: true, ETag: ETag{Opaque: "a]b"}}, {Not: true, Token: "x"}}},
		}},
	}
	for _, c := range cases {
		got, err := ParseIf(c.value)
		if err != nil {
			t.Errorf("%s: %v", c.value, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s -want +got\n%s", c.value, diff)
		}
	}
	for value, reason := range map[string]string{
		"":                                      "no list",
		"</a>":                                  "no list",
		"()":                                    "empty list",
		"(<a>":                                  "list without closing parenthesis",
		"(":                                     "list without closing parenthesis",
		"<a>":                                   "no list",
		"</a></b>(<c>)":                         "resource without a list",
		"(<c>)</a>(<c>)":                        "resource without a list",
		"<>(<c>)":                               "malformed resource",
		"<a(":                                   "malformed resource",
		"x":                                     "expected a list in parentheses",
		"(x)":                                   "expected a state token or an entity tag",
		"(Not)":                                 "expected a state token or an entity tag",
		"(Not Not <a>)":                         "expected a state token or an entity tag",
		"(<>)":                                  "malformed state token",
		"(<a)":                                  "malformed state token",
		"([])":                                  "malformed entity tag",
		"([a b])":                               "malformed entity tag",
		"([a)":                                  "malformed entity tag",
		`(["a)`:                                 "entity tag without closing quote",
		`(["a"x])`:                              "entity tag without closing bracket",
		"(" + strings.Repeat("<a>", 1001) + ")": "too many conditions",
	} {
		_, err := ParseIf(value)
		if !errors.Is(err, ErrHeader) || !strings.HasSuffix(err.Error(), "If: "+reason) {
			t.Errorf("%.40q: error %v, want %s", value, err, reason)
		}
	}
}

func TestIfEval(t *testing.T) {
	// /a has the entity tag 1 and the token t; everything else has nothing.
	holds := func(resource string, c IfCondition) bool {
		return (resource == "" || resource == "/a") && (c.Token == "t" || c.Token == "" && c.ETag == ETag{Opaque: "1"})
	}
	for value, want := range map[string]bool{
		`(["1"])`:               true,
		`(["2"])`:               false,
		`(["2"]) (<t>)`:         true,
		`(["1"] <u>)`:           false,
		`(["1"] Not <u>)`:       true,
		`(Not ["1"]) (Not <t>)`: false,
		`</b>(<t>)</a>(<t>)`:    true,
		`</b>(<t>)`:             false,
		`</b>(Not <t>)`:         true,
		`([W/"1"])`:             false,
	} {
		h, err := ParseIf(value)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Eval(holds); got != want {
			t.Errorf("%s: got %v, want %v", value, got, want)
		}
	}
	if !(IfHeader)(nil).Eval(holds) {
		t.Error("a request without an If header is held back")
	}
}

// FuzzParseIf checks that what was read, written out again, reads the same.
func FuzzParseIf(f *testing.F) {
	f.Add(`</r> (<urn:uuid:1> [W/"a"]) (Not ["b"])`)
	f.Add(`([a] Not<t>)`)
	f.Add(`(["a]b"`)
	f.Fuzz(func(t *testing.T, value string) {
		h, err := ParseIf(value)
		if err != nil {
			return
		}
		var out strings.Builder
		for _, list := range h {
			if list.Resource != "" {
				out.WriteString("<" + list.Resource + ">")
			}
			out.WriteString("(")
			for _, c := range list.Conditions {
				if c.Not {
					out.WriteString("Not ")
				}
				if c.Token != "" {
					out.WriteString("<" + c.Token + ">")
				} else {
					out.WriteString("[" + c.ETag.String() + "]")
				}
			}
			out.WriteString(")")
		}
		again, err := ParseIf(out.String())
		if diff := cmp.Diff(h, again); diff != "" || err != nil {
			t.Errorf("%q: %q %v\n%s", value, out.String(), err, diff)
		}
	})
}

func FuzzParseETags(f *testing.F) {
	f.Add(`"a", W/"b,c",*, d`, "")
	f.Add(`*`, `"`)
	f.Fuzz(func(t *testing.T, first, second string) {
		list, err := ParseETags("If-Match", []string{first, second})
		if err != nil {
			return
		}
		var lines []string
		if list.Any {
			lines = append(lines, "*")
		}
		for _, tag := range list.Tags {
			lines = append(lines, tag.String())
		}
		again, err := ParseETags("If-Match", []string{strings.Join(lines, ",")})
		if diff := cmp.Diff(list, again); diff != "" || err != nil {
			t.Errorf("%q %q: %q %v\n%s", first, second, lines, err, diff)
		}
	})
}

// FuzzHeaders checks what must hold of the small headers for any value.
func FuzzHeaders(f *testing.F) {
	for _, v := range []string{"0", "T", "return=minimal, depth-noroot", `foo="a\",`} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if d, err := ParseDepth(v); err == nil && !strings.EqualFold(d.String(), trimHeader(v)) {
			t.Errorf("depth %q read as %v", v, d)
		}
		if _, err := ParseOverwrite(v); err != nil && !errors.Is(err, ErrHeader) {
			t.Errorf("overwrite %q: %v", v, err)
		}
		if p := ParsePrefer(http.Header{"Prefer": {v}, "Brief": {v}}); p.Minimal && p.Representation {
			t.Errorf("prefer %q read as both", v)
		}
	})
}
