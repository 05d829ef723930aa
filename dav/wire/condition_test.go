package wire

import "testing"

func TestErrorBody(t *testing.T) {
	cases := []struct {
		name       string
		reason     string
		conditions []Condition
		want       string
	}{
		{"none", "", nil, ""},
		{"plain", "", []Condition{{Name: D("valid-sync-token")}},
			header + `<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>`},
		{"two", "", []Condition{{Name: C("valid-calendar-data")}, {Name: D("quota-not-exceeded"), Text: "1 & 2"}},
			header + `<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">` +
				`<c:valid-calendar-data/><d:quota-not-exceeded>1 &amp; 2</d:quota-not-exceeded></d:error>`},
		{"href", "", []Condition{HrefCondition(Card("no-uid-conflict"), "/dav/a&b.vcf")},
			header + `<d:error xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav">` +
				`<card:no-uid-conflict><d:href>/dav/a&amp;b.vcf</d:href></card:no-uid-conflict></d:error>`},
		{"privileges", "", []Condition{NeedPrivileges("/dav/ann/work/", D("bind"), C("read-free-busy"))},
			header + `<d:error xmlns:d="DAV:"><d:need-privileges>` +
				`<d:resource><d:href>/dav/ann/work/</d:href><d:privilege><d:bind/></d:privilege></d:resource>` +
				`<d:resource><d:href>/dav/ann/work/</d:href><d:privilege>` +
				`<c:read-free-busy xmlns:c="urn:ietf:params:xml:ns:caldav"/></d:privilege></d:resource>` +
				`</d:need-privileges></d:error>`},
		{"foreign", "", []Condition{{Name: Name{"u", "odd"}, Children: []Condition{{Name: Name{"v", "x"}}}}},
			header + `<d:error xmlns:d="DAV:"><x:odd xmlns:x="u"><x:x xmlns:x="v"/></x:odd></d:error>`},
		{"reason", "line 3: <x>", []Condition{{Name: C("valid-calendar-data")}},
			header + `<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:valid-calendar-data/>` +
				`<d:responsedescription>line 3: &lt;x&gt;</d:responsedescription></d:error>`},
		{"reason alone", "no such member", nil,
			header + `<d:error xmlns:d="DAV:"><d:responsedescription>no such member</d:responsedescription></d:error>`},
	}
	for _, c := range cases {
		if got := string(ErrorBody(c.reason, c.conditions...)); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	if ErrorBody("") != nil {
		t.Error("an error without anything to say has a body")
	}
}
