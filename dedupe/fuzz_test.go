package dedupe

import (
	"testing"

	"almanac/vcard"
)

// FuzzCompare: any two texts that may be stored as cards, and any that an import
// makes storable, can be compared, in both orders with one result.
func FuzzCompare(f *testing.F) {
	for _, pair := range [][2]string{
		{"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Example;Anna;;;\r\nFN:Anna Example\r\nTEL:+41791234567\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Anna\r\nTEL;VALUE=uri:tel:+41791234567\r\nEND:VCARD\r\n"},
		{"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=\r\nan\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nVERSION:3.0\r\nN:;;;;\r\nFN:王小明\r\nBDAY:1604-02-30\r\nADR:;;;;;;\r\nORG:;x\r\nEND:VCARD\r\n"},
		{"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nEND:VCARD\r\n"},
		{"BEGIN:VCARD\r\nVERSION:3.0\r\nN:.;-;\r\nFN:(())[ & + , ;\r\nEMAIL:@\r\nTEL:0\r\nNICKNAME:,,\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n"},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var recs []*Record
		for _, text := range []string{a, b} {
			if _, err := vcard.Validate([]byte(text), 1<<20); err != nil {
				if _, err := vcard.Upgrade([]byte(text)); err != nil {
					return
				}
			}
			rec, err := Read([]byte(text), "CH")
			if err != nil {
				return
			}
			recs = append(recs, rec)
		}
		c := &Counts{}
		for _, r := range recs {
			c.Add(r)
			r.Keys()
		}
		x, y := Compare(recs[0], recs[1], c), Compare(recs[1], recs[0], c)
		if x.Score() != y.Score() || x.v != y.v {
			t.Errorf("%v and %v", x.Score(), y.Score())
		}
		if s := x.Score(); !(s >= 0 && s <= 1) {
			t.Errorf("score %v", s)
		}
		x.Reasons()
		Find(recs, Options{})
	})
}
