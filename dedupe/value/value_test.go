package value

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"almanac/contentline"
	"pgregory.net/rapid"
)

func TestPhone(t *testing.T) {
	for _, c := range []struct{ raw, country, want string }{
		{"+41 79 123 45 67", "", "+41791234567"},
		{"079 123 45 67", "CH", "+41791234567"},
		{"079 123 45 67", "ch", "+41791234567"},
		{"079 123 45 67", "", "791234567"},
		{"0041 (0)79/123 45 67", "DE", "+41791234567"},
		{"+41 (0)79 123 45 67", "", "+41791234567"},
		{"+41 079 123 45 67", "", "+41791234567"},
		{"(+41) 79 123.45.67", "", "+41791234567"},
		{"tel:+41-79-123-45-67", "", "+41791234567"},
		{"tel:+41-79-123-45-67;ext=12", "", "+41791234567 12"},
		{"tel:0791234567;phone-context=+41", "", "+41791234567"},
		{"41791234567", "CH", "+41791234567"},
		{"011 41 79 123 45 67", "US", "+41791234567"},
		{"1 (905) 555-1234", "CA", "+19055551234"},
		{"905-555-1234", "US", "+19055551234"},
		{"1-800-FLOWERS", "US", "+18003569377"},
		{"555-1234", "US", "5551234"},
		{"+39 06 1234567", "", "+39061234567"},
		{"06 1234567", "IT", "+39061234567"},
		{"347 123 4567", "IT", "+393471234567"},
		{"8 (912) 345-67-89", "RU", "+79123456789"},
		{"810 41 79 123 45 67", "RU", "+41791234567"},
		{"00 57 2222222222", "CO", "+572222222222"},
		{"06 30 123 4567", "HU", "+36301234567"},
		{"+52 1 55 1234 5678", "", "+525512345678"},
		{"044 55 1234 5678", "MX", "+525512345678"},
		{"+54 9 11 1234 5678", "", "+541112345678"},
		{"011 15 1234 5678", "AR", "+541112345678"},
		{"0 15 11 91234 5678", "BR", "+5511912345678"},
		{"０３-１２３４-５６７８", "JP", "+81312345678"},
		{"٠١٠ ١٢٣٤٥٦٧٨", "EG", "+201012345678"},
		{"\u202a+49 171 1234567\u202c", "", "+491711234567"},
		{"044 123 45 67 ext. 21", "CH", "+41441234567 21"},
		{"044 123 45 67 x21", "CH", "+41441234567 21"},
		{"044 123 45 67,,21", "CH", "+41441234567 21"},
		{"0441234567;21", "CH", "+41441234567 21"},
		{"01 42 68 53 00 poste 12", "FR", "+33142685300 12"},
		{"089 123456 Durchwahl 78", "DE", "+4989123456 78"},
		{"089 123456 (DW 78)", "DE", "+4989123456 78"},
		{"4989123456", "", "4989123456"},
		{"112", "CH", ""}, {"*100#", "CH", ""}, {"1811", "", ""}, {"", "CH", ""}, {"HomePhone", "", ""}, {"+", "", ""},
		{"123456789012345678901234", "", ""},
		{strings.Repeat("1", 500), "", ""},
	} {
		got, ext, ok := Phone(c.raw, c.country)
		if ext != "" {
			got += " " + ext
		}
		if !ok {
			got = ""
		}
		if got != c.want {
			t.Errorf("%q in %q is %q, want %q", c.raw, c.country, got, c.want)
		}
	}
}

// TestPhoneNotations: however a number is written, it is the same.
func TestPhoneNotations(t *testing.T) {
	isos := make([]string, 0, len(countries))
	for iso := range countries {
		isos = append(isos, iso)
	}
	slices.Sort(isos)
	rapid.Check(t, func(t *rapid.T) {
		iso := rapid.SampledFrom(isos).Draw(t, "country")
		c := countries[iso]
		n := rapid.IntRange(max(c.least, 7), max(c.most, 7)).Draw(t, "length")
		if !c.fits(strings.Repeat("1", n)) {
			t.Skip("numbers too short to tell")
		}
		digits := []byte{'2'}
		for len(digits) < n {
			digits = append(digits, byte('2'+rapid.IntRange(0, 7).Draw(t, "digit")))
		}
		want := "+" + c.code + mobileForm(c.code, string(digits))
		forms := []string{"+" + c.code + string(digits), "tel:+" + c.code + "-" + string(digits), "+" + c.code + " (0)" + string(digits)}
		for _, exit := range c.exit {
			forms = append(forms, exit+" "+c.code+" "+string(digits))
		}
		for _, form := range forms {
			if got, _, ok := Phone(form, iso); !ok || got != want {
				t.Fatalf("%q in %s is %q, want %q", form, iso, got, want)
			}
		}
	})
}

func TestEmail(t *testing.T) {
	for _, c := range []struct{ raw, mailbox, alias string }{
		{"Ann.Example@Example.ORG", "ann.example@example.org", "ann.example@example.org"},
		{"mailto:ann%2Bx@example.org?subject=hi", "ann+x@example.org", "ann+x@example.org"},
		{"Ann <Ann@example.org> ", "ann@example.org", "ann@example.org"},
		{"a.n.n+list@googlemail.com", "a.n.n+list@googlemail.com", "ann@gmail.com"},
		{"ann+list@outlook.com", "ann+list@outlook.com", "ann@outlook.com"},
		{"+@gmail.com", "+@gmail.com", "+@gmail.com"},
		{"no address", "", ""}, {"a@b@c", "", ""}, {"@example.org", "", ""}, {"", "", ""},
	} {
		mailbox, ok := Email(c.raw)
		if mailbox != c.mailbox || ok != (c.mailbox != "") || EmailAlias(mailbox) != c.alias {
			t.Errorf("%q is %q, %q, %v; want %q, %q", c.raw, mailbox, EmailAlias(mailbox), ok, c.mailbox, c.alias)
		}
	}
}

func TestFold(t *testing.T) {
	for raw, want := range map[string]string{
		"Größe": "grosse", "Øystein Łukasz": "oystein lukasz", "ＡＢＣ": "abc", "I\u0307stanbul ıssız": "istanbul issiz", "ΟΔΟΣ": "οδοσ",
		"Nguyễn": "nguyen", "Đặng": "dang", "O’Brien": "o'brien", "김민준": "김민준", "ﬁn": "fin", "مُحَمَّد": "محمد", "a\u200db": "ab", "": "",
	} {
		if got := Fold(raw); got != want {
			t.Errorf("%q folds to %q, want %q", raw, got, want)
		}
	}
	if got := Squash("  Müller-Lüdenscheidt,  Dr. "); got != "muller ludenscheidt dr" {
		t.Errorf("squashed to %q", got)
	}
}

func TestDate(t *testing.T) {
	for raw, want := range map[string]string{
		"1985-04-12": "1985 4 12", "19850412": "1985 4 12", "--0412": "0 4 12", "--04-12": "0 4 12", "---12": "0 0 12", "1985-04": "1985 4 0",
		"1985": "1985 0 0", "--04": "0 4 0", "12.04.1985": "1985 4 12", "12.4.1985": "1985 4 12", "1985-04-12T00:00:00Z": "1985 4 12",
		"19531015T231000Z": "1953 10 15", "1985-04-12 00:00:00": "1985 4 12", "1604-04-12": "0 4 12", "1604-02-29": "0 2 29", "1985/04/12": "1985 4 12",
		"13/04/1985": "1985 4 13", "04/13/1985": "1985 4 13", "04/04/1985": "1985 4 4", "04/05/1985": "", "12 April 1985": "1985 4 12",
		"April 12, 1985": "1985 4 12", "12 avril 1985": "1985 4 12", "12. März 1985": "1985 3 12", "1° maggio 1985": "1985 5 1", "12 de abril de 1985": "1985 4 12",
		"1985年4月12日": "1985 4 12", "١٩٨٥-٠٤-١٢": "1985 4 12", "1985-02-30": "", "1985-13-01": "", "circa 1800": "", "": "", "--": "", "198": "", "12 April": "0 4 12",
		"19850": "", "1985-0412": "",
	} {
		y, m, d, ok := Date(raw)
		got := ""
		if ok {
			got = fmt.Sprint(y, m, d)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
}

// property reads one content line.
func property(t testing.TB, line string) *contentline.Property {
	t.Helper()
	doc, err := contentline.ParseV21([]byte("BEGIN:VCARD\r\n"+line+"\r\n\r\nEND:VCARD\r\n"), contentline.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return &doc.Roots[0].Props[0]
}

func TestDateOf(t *testing.T) {
	p := property(t, "BDAY;X-APPLE-OMIT-YEAR=1985:1985-04-12")
	if y, m, d, ok := DateOf(p); y != 0 || m != 4 || d != 12 || !ok {
		t.Error(y, m, d, ok)
	}
}

// TestMedia: one file in every dialect.
func TestMedia(t *testing.T) {
	want, size, ok := Media(property(t, "PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo="))
	if !ok || size != 8 {
		t.Fatal(size, ok)
	}
	for _, line := range []string{
		"PHOTO;ENCODING=BASE64;PNG:iVBORw0KGgo=", "PHOTO;BASE64:\r\n  iVBORw\r\n  0KGgo=", "PHOTO:data:image/png;base64,iVBORw0KGgo",
		"PHOTO:data:image/png,%89PNG%0D%0A%1A%0A", "PHOTO;TYPE=PNG;ENCODING=B:iVBO Rw0KGgo=",
	} {
		if hash, size, ok := Media(property(t, line)); hash != want || size != 8 || !ok {
			t.Errorf("%s: %x, %d, %v", line, hash, size, ok)
		}
	}
	a, size, ok := Media(property(t, "PHOTO;VALUE=uri:https://example.org/a.jpg"))
	b, _, _ := Media(property(t, "PHOTO;VALUE=uri:http://example.org/a.jpg"))
	if a != b || size != 0 || !ok || a == want {
		t.Error(a, b, size, ok)
	}
	if _, _, ok := Media(property(t, "PHOTO;ENCODING=b:")); ok {
		t.Error("nothing is a photo")
	}
}

func TestAccount(t *testing.T) {
	for line, want := range map[string]string{
		"IMPP:xmpp:Ann@jabber.example":                                    "xmpp ann@jabber.example",
		"IMPP;X-SERVICE-TYPE=Jabber;TYPE=HOME:xmpp:ann@jabber.example":    "xmpp ann@jabber.example",
		"X-JABBER:ann@jabber.example":                                     "xmpp ann@jabber.example",
		"X-SOCIALPROFILE;TYPE=twitter:https://twitter.com/ann":            "twitter ann",
		"X-SOCIALPROFILE:http://www.x.com/ann/":                           "twitter ann",
		"X-SOCIALPROFILE;TYPE=linkedin:https://www.linkedin.com/in/ann-e": "linkedin ann-e",
		"X-SOCIALPROFILE;TYPE=mastodon:@ann@social.example":               "mastodon ann@social.example",
		"IMPP;X-SERVICE-TYPE=Skype:skype:ann.e":                           "skype ann.e",
		"TEL:1":                                                           "", "IMPP:": "",
	} {
		service, user, ok := Account(property(t, line))
		got := ""
		if ok {
			got = service + " " + user
		}
		if got != want {
			t.Errorf("%s is %q, want %q", line, got, want)
		}
	}
}

func TestURLAndStreet(t *testing.T) {
	for raw, want := range map[string]string{"HTTPS://Example.org/A/": "example.org/a", "example.org": "example.org", " ": ""} {
		if got, ok := URL(raw); got != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
	a, b := StreetWords("Bahnhofstrasse 3"), StreetWords("Bahnhofstr. 3")
	if want := []string{"bahnhofstr", "3"}; !slices.Equal(a, want) || !slices.Equal(b, want) {
		t.Errorf("%q, %q", a, b)
	}
}

// FuzzValues: no value panics, and normal forms are normal: the form of a form is
// itself.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"+41 (0)79 123 45 67 ext. 3", "Ann <a+b@gmail.com>", "1985-04-12T00:00:00Z", "12 avril 1985", "Größe\u202e", "tel:1;ext=2", "https://x.com/a"} {
		f.Add(s, "CH")
	}
	f.Fuzz(func(t *testing.T, s, country string) {
		if canonical, _, ok := Phone(s, country); ok {
			if again, _, _ := Phone(canonical, country); strings.HasPrefix(canonical, "+") && again != canonical {
				t.Errorf("%q is %q, then %q", s, canonical, again)
			}
		}
		if mailbox, ok := Email(s); ok {
			if again := EmailAlias(EmailAlias(mailbox)); again != EmailAlias(mailbox) {
				t.Errorf("%q: alias of an alias %q", s, again)
			}
		}
		if once := Fold(s); Fold(once) != once && len(once) < maxText {
			t.Errorf("%q folds to %q, then to %q", s, once, Fold(once))
		}
		Date(s)
		StreetWords(s)
		URL(s)
		p := contentline.Property{Name: "IMPP", Value: s, Params: []contentline.Param{{Name: "ENCODING", Values: []string{"b"}}}}
		Media(&p)
		DateOf(&p)
		Account(&p)
	})
}
