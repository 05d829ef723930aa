package merge

import (
	"slices"
	"strings"
	"testing"
)

// TestDistinct: what looks alike and is not the same stays, both of it.
func TestDistinct(t *testing.T) {
	long := strings.Repeat("x y ", 20000)
	for _, c := range []struct {
		name, version  string
		reference      string   // lines besides the names
		other          string   // of the other card
		want           []string // lines of the merged card that are not the reference's
		changed        bool     // lines of the reference are gone
		otherIsCompany bool
	}{
		{name: "signs in chat addresses", version: "3.0", reference: "IMPP:skype:ann-k", other: "IMPP:skype:ann.k", want: []string{"IMPP:skype:ann.k"}},
		{name: "one chat address at two services", version: "3.0", reference: "IMPP;X-SERVICE-TYPE=QQ:x-apple:12345",
			other: "IMPP;X-SERVICE-TYPE=GaduGadu:x-apple:12345", want: []string{"IMPP;X-SERVICE-TYPE=GaduGadu:x-apple:12345"}},
		{name: "one name in two networks", version: "3.0", reference: "X-SOCIALPROFILE;type=twitter:x-apple:ann",
			other: "X-SOCIALPROFILE;type=flickr:x-apple:ann", want: []string{"X-SOCIALPROFILE;TYPE=flickr:x-apple:ann"}},
		{name: "east and west", version: "4.0", reference: "GEO:geo:37.38,-122.08\r\nTZ:-05:00", other: "GEO:geo:37.38,122.08\r\nTZ:+05:00",
			want: []string{"GEO:geo:37.38,122.08", "TZ:+05:00"}},
		{name: "references", version: "4.0", reference: "CALURI:https://example.org/cal/a\r\nRELATED:mailto:a.b@example.org",
			other: "CALURI:https://example.org/cal-a\r\nRELATED:mailto:a-b@example.org", want: []string{"CALURI:https://example.org/cal-a", "RELATED:mailto:a-b@example.org"}},
		{name: "places in JSContact", version: "4.0", reference: "JSPROP;JSPTR=a:1", other: "JSPROP;JSPTR=b:1", want: []string{"JSPROP;JSPTR=b:1"}},
		{name: "signs in lists", version: "3.0", reference: "CATEGORIES:C,Family", other: "CATEGORIES:C++,c,C#,❤ Family", want: []string{"CATEGORIES:C,Family,C++,C#,❤ Family"}, changed: true},
		{name: "service codes", version: "3.0", reference: "TEL:*21*0441234567#", other: "TEL:#21#0441234567", want: []string{"TEL:#21#0441234567"}},
		{name: "the end of a long note", version: "3.0", reference: "NOTE:a", other: "NOTE:" + long + "first\r\nTITLE:" + long + "1\r\nTITLE:" + long + "2\r\nORG:" + long + "1\r\nORG:" + long + "2",
			want: []string{"NOTE:a\\n\\n" + long + "first", "TITLE:" + long + "1", "TITLE:" + long + "2", "ORG:" + long + "1", "ORG:" + long + "2"}, changed: true},
		{name: "parameters", version: "4.0", reference: `ADR;LABEL=front:;;Main 1;Town;;1;` + "\r\nTEL;X-SIM=1:+41791111111", other: `ADR;LABEL=back:;;Main 1;Town;;1;` + "\r\nTEL;X-SIM=2;X-P=1:+41791111111",
			want: []string{"NOTE:Address label: back", "TEL;X-SIM=1;X-P=1:+41791111111", "X-ALMANAC-TEL;X-SIM=2:+41791111111"}, changed: true},
		{name: "time of birth", version: "4.0", reference: "BDAY:19850412", other: "BDAY:19850412T231000Z", want: []string{"X-ALMANAC-BDAY:19850412T231000Z"}},
		{name: "midnight", version: "4.0", reference: "BDAY:19850412", other: "BDAY:19850412T000000Z"},
		{name: "languages", version: "4.0", reference: "TITLE;ALTID=1:Boss", other: "TITLE;ALTID=1;LANGUAGE=fr:Chef\r\nTITLE;ALTID=1;LANGUAGE=it:Capo\r\nTITLE;ALTID=9:Owner",
			want: []string{"TITLE;LANGUAGE=fr;ALTID=2:Chef", "TITLE;LANGUAGE=it;ALTID=2:Capo", "TITLE;ALTID=3:Owner"}},
		{name: "house and flat", version: "3.0", reference: "ADR:3;;Main St 12;Town;;;", other: "ADR:12;;Main St 3;Town;;;", want: []string{"ADR:12;;Main St 3;Town;;;"}},
		{name: "two Londons", version: "3.0", reference: "ADR:;;High St 1;London;;;UK", other: "ADR:;;High St 1;London;;;Canada", want: []string{"ADR:;;High St 1;London;;;Canada"}},
		{name: "two Londons with flats", version: "3.0", reference: "ADR:;12;High St 1;London;;;UK", other: "ADR:;12;High St 1;London;;;Canada", want: []string{"ADR:;12;High St 1;London;;;Canada"}},
		{name: "one number under two labels", version: "3.0", reference: "a.TEL:+41791234567\r\na.X-ABLabel:Boat\r\nb.TEL:+41791234567\r\nb.X-ABLabel:Car",
			other: "c.TEL:+41791234567\r\nc.X-ABLabel:Car"},
		{name: "a short address and two full ones", version: "3.0", reference: "ADR:;1;Seeweg 1;Bern;;3000;CH\r\nADR;TYPE=HOME:;2;Seeweg 1;Bern;;3000;CH", other: "ADR;TYPE=HOME:;;Seeweg 1;Bern;;;"},
		{name: "one town in two languages", version: "3.0", reference: "ADR:;;Seeweg 1;Bern;;3000;CH", other: "ADR:;;Seeweg 1;Bern;;3000;Suisse"},
		{name: "a company", version: "3.0", other: "ORG:Acme\r\nX-ABSHOWAS:COMPANY\r\nKIND:org", otherIsCompany: true,
			want: []string{"ORG:Acme", "NICKNAME:Acme", "X-ALMANAC-X-ABSHOWAS:COMPANY", "X-ALMANAC-KIND:org"}},
		{name: "charset", version: "3.0", reference: "NOTE;CHARSET=ISO-8859-1:a", other: "NOTE:é", want: []string{"NOTE:a\\n\\né"}, changed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			card := func(uid, name, lines string) []byte {
				if lines != "" {
					lines += "\r\n"
				}
				return []byte("BEGIN:VCARD\r\nVERSION:" + c.version + "\r\nUID:" + uid + "\r\n" + name + lines + "END:VCARD\r\n")
			}
			const ann = "N:Keller;Ann;;;\r\nFN:Ann Keller\r\n"
			name := ann
			if c.otherIsCompany {
				name = "N:;;;;\r\nFN:Acme\r\n"
			}
			reference, other := card("a", ann, c.reference), card("b", name, c.other)
			merged, _, err := Merge(reference, [][]byte{other}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			unfold := func(b []byte) []string {
				return strings.Split(strings.ReplaceAll(strings.TrimSpace(string(b)), "\r\n ", ""), "\r\n")
			}
			was, is := unfold(reference), unfold(merged)
			var added, gone []string
			for _, l := range is {
				if !slices.Contains(was, l) {
					added = append(added, l)
				}
			}
			for _, l := range was {
				if !slices.Contains(is, l) {
					gone = append(gone, l)
				}
			}
			slices.Sort(added)
			slices.Sort(c.want)
			if !slices.Equal(added, c.want) || len(gone) > 0 != c.changed {
				t.Errorf("added %.300q\nwant  %.300q\ngone  %.300q", added, c.want, gone)
			}
			if again, _, err := Merge(merged, [][]byte{other, reference}, Options{}); string(again) != string(merged) {
				t.Errorf("%v; again\n%.2000s\nafter\n%.2000s", err, again, merged)
			}
			if back, _, err := Unmerge(reference, merged, []byte(strings.Replace(string(merged), "END:", "X-NEW:1\r\nEND:", 1)), [][]byte{other}); err != nil ||
				strings.Replace(string(back), "X-NEW:1\r\n", "", 1) != string(reference) {
				t.Errorf("%v; back\n%.2000s", err, back)
			}
		})
	}
}
