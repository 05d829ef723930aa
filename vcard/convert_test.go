package vcard

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"almanac/contentline"

	"pgregory.net/rapid"
)

// meaning prints what a card says without what a conversion may change: the
// order of properties and parameters, the names of groups, and how a list of
// types is written.
func meaning(t interface{ Fatalf(string, ...any) }, src []byte) string {
	c, err := Parse(src)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	labels := map[string]string{}
	for p := range c.Root.PropsNamed("X-ABLABEL") {
		labels[p.Group] = p.Value
	}
	var out []string
	for i := range c.Root.Props {
		p := &c.Root.Props[i]
		if p.Name == "X-ABLABEL" && p.Group != "" {
			continue
		}
		var params []string
		types := strings.Split(strings.ToLower(strings.Join(p.ParamValues("TYPE"), ",")), ",")
		slices.Sort(types)
		for _, pa := range p.Params {
			if pa.Name == "TYPE" {
				pa.Values = slices.Compact(types)
			}
			params = append(params, fmt.Sprintf("%s%q", pa.Name, pa.Values))
		}
		slices.Sort(params)
		out = append(out, fmt.Sprintf("%s %s %s %q", p.Name, slices.Compact(params), labels[p.Group], p.Value))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// gen draws lines in the canonical form of one version, so that the way there
// and back has to give the same lines.
type gen struct {
	*rapid.T
	group int
}

func (g *gen) text() string {
	return contentline.EscapeText(rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune(`abc ,;:\"^'=äß日`)), rapid.Rune().Filter(func(r rune) bool {
		return r > ' ' && r != 0x7f && r != '\ufeff'
	}))).Draw(g.T, "text"))
}

func (g *gen) oneOf(s ...string) string { return rapid.SampledFrom(s).Draw(g.T, "choice") }
func (g *gen) digits(n int) string {
	return rapid.StringMatching(fmt.Sprintf("[0-9]{%d}", n)).Draw(g.T, "digits")
}
func (g *gen) base64() string {
	return rapid.StringMatching(`([A-Za-z0-9+]{4}){1,30}`).Draw(g.T, "base64")
}

// types draws a TYPE parameter, or none, that may hold pref by the given name.
func (g *gen) types(pref string, types ...string) string {
	var chosen []string
	for _, v := range types {
		if rapid.Bool().Draw(g.T, v) {
			chosen = append(chosen, v)
		}
	}
	isPref := rapid.Bool().Draw(g.T, "pref")
	if isPref && pref == "" {
		chosen = append(chosen, "pref")
	}
	out := ""
	if len(chosen) > 0 {
		out = ";TYPE=" + strings.Join(chosen, ",")
	}
	if isPref && pref != "" {
		out += pref
	}
	return out
}

func (g *gen) item() string {
	g.group++
	return fmt.Sprintf("item%d.", g.group)
}

func (g *gen) date(dash string) string { return g.digits(4) + dash + g.digits(2) + dash + g.digits(2) }
func (g *gen) time(dash, colon string) string {
	return g.date(dash) + "T" + g.digits(2) + colon + g.digits(2) + colon + g.digits(2) + g.oneOf("Z", "", "+01"+colon+"30", "-08"+colon+"00")
}

// lines30 are the kinds of lines of a 3.0 card. Those that a card has once come first.
var lines30 = []func(g *gen) string{
	func(g *gen) string { return "BDAY:" + g.date("-") },
	func(g *gen) string { return "BDAY;VALUE=date-time:" + g.time("-", ":") },
	func(g *gen) string {
		return "BDAY;X-APPLE-OMIT-YEAR=1604:1604-" + g.digits(2) + "-" + g.digits(2)
	},
	func(g *gen) string { return "REV:" + g.time("-", ":") },
	func(g *gen) string { return "TZ:" + g.oneOf("+", "-") + g.digits(2) + ":" + g.digits(2) },
	func(g *gen) string { return "TZ;VALUE=text:Zone/" + g.text() },
	func(g *gen) string { return "GEO:" + g.digits(2) + "." + g.digits(3) + ";-" + g.digits(2) },
	func(g *gen) string {
		i := g.item()
		return i + "X-ABDATE" + g.types("") + ":" + g.date("-") + "\r\n" + i + "X-ABLabel:_$!<Anniversary>!$_"
	},
	func(g *gen) string { return "X-ABShowAs:COMPANY" },
	func(g *gen) string { return "X-ADDRESSBOOKSERVER-KIND:group" },
	func(g *gen) string { return "SORT-STRING:x" + g.text() },

	func(g *gen) string { return "TEL" + g.types("", "home", "cell", "fax") + ":" + g.text() },
	func(g *gen) string { return g.item() + "EMAIL" + g.types("", "INTERNET", "work") + ":" + g.text() },
	func(g *gen) string {
		types := g.types("", "home", "work")
		return "ADR" + types + ":;;" + g.text() + ";;;;" + g.oneOf("", "\r\nLABEL"+types+":"+g.text())
	},
	func(g *gen) string { return "PHOTO;ENCODING=b;TYPE=" + g.oneOf("JPEG", "PNG") + ":" + g.base64() },
	func(g *gen) string {
		return "LOGO;VALUE=uri;TYPE=" + g.oneOf("GIF", "JPEG") + ":http://example.org/" + g.digits(3)
	},
	func(g *gen) string { return "SOUND;ENCODING=b;TYPE=OGG,pref:" + g.base64() },
	func(g *gen) string { return "KEY;ENCODING=b;TYPE=" + g.oneOf("PGP", "X509") + ":" + g.base64() },
	func(g *gen) string { return "KEY;TYPE=PGP:" + g.text() },
	func(g *gen) string {
		i := g.item()
		return i + "X-ABRELATEDNAMES" + g.types("") + ":" + g.text() + "\r\n" + i + "X-ABLabel:_$!<" + g.oneOf("Spouse", "Child", "Brother") + ">!$_"
	},
	func(g *gen) string { return "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:" + g.digits(8) },
	func(g *gen) string { return "URL" + g.types("", "home") + ":http://example.org/" + g.digits(3) },
	func(g *gen) string { return "NOTE:" + g.text() },
	func(g *gen) string { return "CATEGORIES:" + g.text() + "," + g.text() },
	func(g *gen) string { return "CLASS:PRIVATE" },
	func(g *gen) string { return "X-UNKNOWN;X-PARAM=\"" + g.digits(2) + ";:\":" + g.text() },
	func(g *gen) string { return "GENDER:F" },
}

// once30 is how many of lines30 share names that a card has once: a draw takes
// one of each name.
const once30 = 11

// lines40 is lines30 for 4.0.
var lines40 = []func(g *gen) string{
	func(g *gen) string { return "BDAY:" + g.oneOf(g.date(""), "--"+g.digits(4), g.time("", "")) },
	func(g *gen) string {
		return "BDAY;" + g.oneOf("VALUE=text:circa", "ALTID=1:1985-04", "CALSCALE=gregorian:---12")
	},
	func(g *gen) string { return "ANNIVERSARY:" + g.oneOf(g.date(""), "--"+g.digits(4), g.time("", "")) },
	func(g *gen) string { return "REV:" + g.time("", "") },
	func(g *gen) string { return "TZ;VALUE=utc-offset:" + g.oneOf("+", "-") + g.digits(4) },
	func(g *gen) string { return "TZ:Zone/" + g.text() },
	func(g *gen) string {
		return "GEO:geo:" + g.digits(2) + "." + g.digits(3) + ",-" + g.digits(2) + g.oneOf("", ";u=3", ",4")
	},
	func(g *gen) string { return "KIND:" + g.oneOf("group", "org", "individual", "location", "x") },

	func(g *gen) string { return "FN;LANGUAGE=de:" + g.text() },
	func(g *gen) string { return "N;ALTID=1;LANGUAGE=jp:" + g.text() + ";;;;" },
	func(g *gen) string { return "TEL" + g.types(";PREF=1", "home", "cell") + ":" + g.text() },
	func(g *gen) string { return "TEL;VALUE=uri:sip:" + g.digits(3) + "@example.org" },
	func(g *gen) string { return g.item() + "EMAIL;PREF=2;TYPE=work:" + g.text() },
	func(g *gen) string {
		return "ADR" + g.types(";PREF=1", "home", "work") + ";LABEL=\"" + g.digits(3) + "^n ; x\":;;" + g.text() + ";;;;"
	},
	func(g *gen) string {
		return "PHOTO" + g.types(";PREF=1", "home") + ":data:image/" + g.oneOf("jpeg", "png") + ";base64," + g.base64()
	},
	func(g *gen) string { return "LOGO;MEDIATYPE=image/gif:http://example.org/" + g.digits(3) },
	func(g *gen) string { return "PHOTO:data:image/svg+xml;charset=utf-8," + g.digits(3) },
	func(g *gen) string { return "KEY;VALUE=text:" + g.text() },
	func(g *gen) string { return "KEY:data:application/pgp-keys;base64," + g.base64() },
	func(g *gen) string {
		return "RELATED;TYPE=" + g.oneOf("spouse", "child", "friend", "parent", "muse") + ";VALUE=text:" + g.text()
	},
	func(g *gen) string { return "RELATED;TYPE=friend;PREF=1:urn:uuid:" + g.digits(8) },
	func(g *gen) string { return "MEMBER:urn:uuid:" + g.digits(8) },
	func(g *gen) string { return "LANG;PREF=1:de" },
	func(g *gen) string { return "GENDER:M;" + g.text() },
	func(g *gen) string { return "X-UNKNOWN;X-PARAM=\"" + g.digits(2) + ";:\":" + g.text() },
	func(g *gen) string { return "CLIENTPIDMAP:1;urn:uuid:" + g.digits(8) },
}

const once40 = 8

func drawCard(t *rapid.T, version string, kinds []func(g *gen) string, once int) []byte {
	g := &gen{T: t}
	name := func(line string) string {
		return strings.FieldsFunc(line, func(r rune) bool { return r == ':' || r == ';' })[0]
	}
	card := "BEGIN:VCARD\r\nVERSION:" + version + "\r\nUID:u\r\nFN:f" + g.text() + "\r\nN:x" + g.text() + ";;;;\r\n"
	seen := map[string]bool{}
	for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(kinds)-1), 0, 12).Draw(t, "kinds") {
		line := kinds[i](g)
		if i < once {
			key := strings.TrimLeft(name(line), "item0123456789.")
			if key == "X-ADDRESSBOOKSERVER-KIND" || key == "X-ABShowAs" {
				key = "KIND"
			}
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		for l := range strings.SplitSeq(line, "\r\n") {
			card += string(contentline.AppendLine(nil, l))
		}
	}
	return []byte(card + "END:VCARD\r\n")
}

func checkThereAndBack(t *rapid.T, src []byte, from, to string) {
	there, err := Convert(src, to)
	if err != nil {
		t.Fatalf("to %s: %v\n%s", to, err, src)
	}
	if c, err := Parse(there); err != nil || c.Version != to {
		t.Fatalf("%v, version %s\n%s", err, c.Version, there)
	}
	back, err := Convert(there, from)
	if err != nil {
		t.Fatalf("back to %s: %v\n%s", from, err, there)
	}
	if got, want := meaning(t, back), meaning(t, src); got != want {
		t.Fatalf("got\n%s\nwant\n%s\nfrom\n%s\nby\n%s", got, want, src, there)
	}
	// The second time nothing moves any more.
	again, err := Convert(back, to)
	if err != nil || meaning(t, again) != meaning(t, there) {
		t.Fatalf("%v: second way there\n%s\nfirst\n%s", err, again, there)
	}
}

func TestConvert30RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkThereAndBack(t, drawCard(t, V30, lines30, once30), V30, V40) })
}

func TestConvert40RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkThereAndBack(t, drawCard(t, V40, lines40, once40), V40, V30) })
}

// Properties that both versions write alike keep every octet.
func TestConvertLeavesTheRestAlone(t *testing.T) {
	lines := []string{
		"FN:A very long name that somebody folded in a place of their own ch\r\n oice",
		"n:Doe;Ann;;;",
		"NOTE:a\\, b\r\n\tc",
		"item1.X-Custom;x=\"1\";Y=^n:v",
		"X-ABLabel:no group",
		"TEL;type=home:1",
	}
	src := "BEGIN:VCARD\r\nVERSION:3.0\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n"
	got, err := Convert([]byte(src), V40)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(src, "3.0", "4.0", 1); string(got) != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestConvertLines(t *testing.T) {
	tests := []struct{ v3, v4 string }{
		{"TEL;TYPE=PREF,HOME:1", "TEL;TYPE=HOME;PREF=1:1"},
		{"TEL;TYPE=pref;PREF=3:1", "TEL;PREF=3:1"},
		{"EMAIL;CHARSET=UTF-8:a@example.org", "EMAIL:a@example.org"},
		{"BDAY:19850412", "BDAY:19850412"},
		{"BDAY;VALUE=date:1985-04-12", "BDAY:19850412"},
		{"BDAY:1985-04-12T10:22:00.5Z", "BDAY:19850412T102200Z"},
		{"BDAY:--04-12", "BDAY:--0412"},
		{"BDAY:spring 1850", "BDAY;VALUE=text:spring 1850"},
		{"BDAY:1604-04-12", "BDAY:16040412"},
		{"PHOTO;BASE64:QUJD", "PHOTO:data:;base64,QUJD"},
		{"PHOTO;BASE64:/9j/QUJD", "PHOTO:data:image/jpeg;base64,/9j/QUJD"},
		{"PHOTO;VALUE=uri:http://www.example.org/a", "PHOTO:http://www.example.org/a"},
		{"PHOTO;X-ABCROP-RECTANGLE=ABC&1;ENCODING=b;TYPE=jpg:QUJD", "PHOTO;X-ABCROP-RECTANGLE=ABC&1:data:image/jpeg;base64,QUJD"},
		{"GEO:37.3861\\;-122.0829", "GEO:geo:37.3861,-122.0829"},
		{"TZ:EST", "TZ:EST"},
		{"TZ:-0500", "TZ;VALUE=utc-offset:-0500"},
		{"REV:1995-10-31T22:27:10Z", "REV:19951031T222710Z"},
		{"REV:yesterday", "REV:yesterday"},
		{"X-VCARD4-BDAY;VALUE=text:circa 1800", "BDAY;VALUE=text:circa 1800"},
		{"X-VCARD4-:x", "X-VCARD4-:x"},
		{"item1.X-ABDATE:2001-01-01\r\nitem1.X-ABLabel:First kiss", "item1.X-ABDATE:2001-01-01\r\nitem1.X-ABLabel:First kiss"},
		{"AGENT:BEGIN:VCARD\\nEND:VCARD", "AGENT:BEGIN:VCARD\\nEND:VCARD"},
	}
	frame := func(version, lines string) string {
		return "BEGIN:VCARD\r\nVERSION:" + version + "\r\nFN:f\r\nN:n\r\n" + lines + "\r\nEND:VCARD\r\n"
	}
	for _, tt := range tests {
		got, err := Convert([]byte(frame(V30, tt.v3)), V40)
		if err != nil || string(got) != frame(V40, tt.v4) {
			t.Errorf("%q: %v\ngot %q\nwant %q", tt.v3, err, got, frame(V40, tt.v4))
		}
	}
}

func TestConvertLineBreaks(t *testing.T) {
	for _, br := range []string{"\n", "\r", "\r\n"} {
		src := strings.ReplaceAll("BEGIN:VCARD|VERSION:4.0|FN:a|N:a|TEL;PREF=1:1|END:VCARD|", "|", br)
		want := strings.ReplaceAll("BEGIN:VCARD|VERSION:3.0|FN:a|N:a|TEL;TYPE=pref:1|END:VCARD|", "|", br)
		if got, err := Convert([]byte(src), V30); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

func TestConvertVersions(t *testing.T) {
	card := func(v string) []byte { return []byte("BEGIN:VCARD\r\n" + v + "FN:a\r\nN:a\r\nEND:VCARD\r\n") }
	tests := []struct{ version, to, want string }{
		{"VERSION:2.1\r\n", V30, "VERSION:3.0"},
		{"VERSION:2.1\r\n", V40, "VERSION:4.0"},
		{"", V30, "VERSION:3.0"},
		{"", V40, "VERSION:4.0"},
		{"VERSION: 3.0 \r\n", V40, "VERSION:4.0"},
		{"VERSION:5.0\r\n", V40, ""},
		{"VERSION:3.0\r\n", V21, ""},
		{"VERSION:3.0\r\n", "", ""},
	}
	for _, tt := range tests {
		got, err := Convert(card(tt.version), tt.to)
		if (err != nil) != (tt.want == "") || !strings.Contains(string(got), tt.want) || strings.Count(string(got), "VERSION") > 1 {
			t.Errorf("%q to %s: %q, %v", tt.version, tt.to, got, err)
		}
	}
	if _, err := Convert([]byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), V30); err == nil {
		t.Error("a calendar converted")
	}
}

// Cards made to cost much are converted in time linear in their size.
func TestConvertIsLinear(t *testing.T) {
	const n = 20_000
	for name, line := range map[string]string{
		"pref":     "TEL;TYPE=pref:1\n",
		"kinds":    "X-ADDRESSBOOKSERVER-KIND:group\nX-ABShowAs:COMPANY\n",
		"labels":   "ADR:x\nLABEL:y\n",
		"dates":    "ANNIVERSARY:20010101\nX-ABDATE:20010101\n",
		"relation": "RELATED;TYPE=spouse;VALUE=text:a\n",
		"grouped":  "item1.X-ABRELATEDNAMES:a\nitem1.X-ABLabel:_$!<Spouse>!$_\n",
		"names":    "FN:a\nN;SORT-AS=x:a\nSORT-STRING:b\n",
		"types":    "TEL;TYPE=" + strings.Repeat("pref,", 40) + "x:1\n",
	} {
		for _, versions := range [][2]string{{V30, V40}, {V40, V30}} {
			src := "BEGIN:VCARD\nVERSION:" + versions[0] + "\n" + strings.Repeat(line, n) + "END:VCARD\n"
			if _, err := Convert([]byte(src), versions[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
