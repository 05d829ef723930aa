package web

import (
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"howett.net/plist"
)

// A key is a row of Apple's published tables: its type in a decoded property
// list, and whether it must be there.
type key struct {
	kind     reflect.Kind
	required bool
}

// What Apple publishes for the payloads (TopLevel, CommonPayloadKeys,
// com.apple.caldav.account, com.apple.carddav.account), as far as it concerns a
// profile that people install themselves.
var (
	commonKeys = map[string]key{
		"PayloadType":         {reflect.String, true},
		"PayloadVersion":      {reflect.Uint64, true},
		"PayloadIdentifier":   {reflect.String, true},
		"PayloadUUID":         {reflect.String, true},
		"PayloadDisplayName":  {reflect.String, false},
		"PayloadDescription":  {reflect.String, false},
		"PayloadOrganization": {reflect.String, false},
	}
	topKeys = map[string]key{
		"PayloadContent":           {reflect.Slice, false},
		"PayloadScope":             {reflect.String, false},
		"PayloadRemovalDisallowed": {reflect.Bool, false},
		"PayloadExpirationDate":    {reflect.Struct, false},
	}
	accountKeys = map[string]map[string]key{
		"com.apple.caldav.account":  accountKeysOf("CalDAV"),
		"com.apple.carddav.account": accountKeysOf("CardDAV"),
	}
)

func accountKeysOf(service string) map[string]key {
	return map[string]key{
		service + "AccountDescription": {reflect.String, false},
		service + "HostName":           {reflect.String, true},
		service + "Username":           {reflect.String, false},
		service + "Password":           {reflect.String, false},
		service + "PrincipalURL":       {reflect.String, false},
		service + "UseSSL":             {reflect.Bool, false},
		service + "Port":               {reflect.Uint64, false},
	}
}

func checkKeys(t *testing.T, what string, got map[string]any, tables ...map[string]key) {
	t.Helper()
	known := map[string]key{}
	for _, table := range tables {
		for name, k := range table {
			known[name] = k
			if _, ok := got[name]; k.required && !ok {
				t.Errorf("%s lacks %s", what, name)
			}
		}
	}
	for name, value := range got {
		k, ok := known[name]
		if !ok {
			t.Errorf("%s has %s, which Apple does not know", what, name)
		} else if kind := reflect.TypeOf(value).Kind(); kind != k.kind {
			t.Errorf("%s: %s is a %s, want a %s", what, name, kind, k.kind)
		}
	}
}

func testProfile() *Profile {
	return &Profile{
		Address: Address{Secure: true, Host: "cal.example.org:8443", Prefix: "/cal"},
		User:    "änn & <bob>", Password: "abcd-efgh", Principal: "/dav/principals/%C3%A4nn/",
		Account: "Ann", Title: "Calendars of <Ann>", Description: "x",
	}
}

// TestProfileKeys checks a profile against what Apple publishes.
func TestProfileKeys(t *testing.T) {
	p := testProfile()
	var top map[string]any
	format, err := plist.Unmarshal(p.Encode(), &top)
	if err != nil || format != plist.XMLFormat {
		t.Fatalf("format %d: %v", format, err)
	}
	checkKeys(t, "the profile", top, commonKeys, topKeys)
	if top["PayloadType"] != "Configuration" || top["PayloadVersion"] != uint64(1) || top["PayloadScope"] != "User" {
		t.Errorf("%v", top)
	}
	ids := []string{top["PayloadIdentifier"].(string)}
	uuids := []string{top["PayloadUUID"].(string)}
	content := top["PayloadContent"].([]any)
	if len(content) != 2 {
		t.Fatalf("%d payloads", len(content))
	}
	for i, service := range []string{"CalDAV", "CardDAV"} {
		got := content[i].(map[string]any)
		kind := "com.apple." + strings.ToLower(service) + ".account"
		checkKeys(t, kind, got, commonKeys, accountKeys[kind])
		for name, want := range map[string]any{
			"PayloadType":                  kind,
			service + "AccountDescription": "Ann",
			service + "HostName":           "cal.example.org",
			service + "Port":               uint64(8443),
			service + "UseSSL":             true,
			service + "PrincipalURL":       "https://cal.example.org:8443/cal/dav/principals/%C3%A4nn/",
			service + "Username":           "änn & <bob>",
			service + "Password":           "abcd-efgh",
		} {
			if got[name] != want {
				t.Errorf("%s: %s is %v, want %v", kind, name, got[name], want)
			}
		}
		ids = append(ids, got["PayloadIdentifier"].(string))
		uuids = append(uuids, got["PayloadUUID"].(string))
	}
	for i, id := range ids {
		if !regexp.MustCompile(`^[a-z0-9.-]+$`).MatchString(id) || !strings.HasPrefix(id, ids[0]) || slices.Index(ids, id) != i {
			t.Errorf("identifiers %q", ids)
		}
		if !regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`).MatchString(uuids[i]) || slices.Index(uuids, uuids[i]) != i {
			t.Errorf("UUIDs %q", uuids)
		}
	}
	if !strings.HasPrefix(ids[0], "org.example.cal.almanac.") {
		t.Errorf("identifier %q", ids[0])
	}
}

// TestProfileIsStable: a second profile of the same user on the same server takes
// the place of the first, one of another user or server does not.
func TestProfileIsStable(t *testing.T) {
	id := regexp.MustCompile(`<key>Payload(?:Identifier|UUID)</key>\n<string>[^<]*`)
	ids := func(change func(*Profile)) []string {
		p := testProfile()
		change(p)
		return id.FindAllString(string(p.Encode()), -1)
	}
	first := ids(func(*Profile) {})
	if len(first) != 6 {
		t.Fatalf("%q", first)
	}
	if again := ids(func(p *Profile) { p.Password, p.Account, p.Title, p.Address.Secure = "other", "B", "C", false }); !slices.Equal(first, again) {
		t.Errorf("%q, then %q", first, again)
	}
	for _, change := range []func(*Profile){
		func(p *Profile) { p.User = "bob" },
		func(p *Profile) { p.Address.Host = "example.com" },
		func(p *Profile) { p.Address.Prefix = "" },
	} {
		for _, other := range ids(change) {
			if slices.Contains(first, other) {
				t.Errorf("%q is another's too", other)
			}
		}
	}
}

func TestAddress(t *testing.T) {
	for _, c := range []struct {
		url, text, host string
		port            int
		reverse         string
		davx5, caldav   string
	}{
		{"https://cal.example.org", "https://cal.example.org/", "cal.example.org", 443, "org.example.cal",
			"davx5://a%40b:x-y@cal.example.org/", "caldavs://a%40b@cal.example.org/"},
		{"https://Cal.Example.org:8443/cal/", "https://Cal.Example.org:8443/cal/", "Cal.Example.org", 8443, "org.example.cal",
			"davx5://a%40b:x-y@Cal.Example.org:8443/cal/", "caldavs://a%40b@Cal.Example.org:8443/cal/"},
		{"http://192.0.2.7:8008", "http://192.0.2.7:8008/", "192.0.2.7", 8008, "local",
			"caldav://a%40b:x-y@192.0.2.7:8008/", "caldav://a%40b@192.0.2.7:8008/"},
		{"http://[2001:db8::1]", "http://[2001:db8::1]/", "2001:db8::1", 80, "local",
			"caldav://a%40b:x-y@[2001:db8::1]/", "caldav://a%40b@[2001:db8::1]/"},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		a := ParseAddress(u)
		host, port := a.HostPort()
		if a.String() != c.text || host != c.host || port != c.port || a.reverse() != c.reverse || a.DAVx5("a@b", "x-y") != c.davx5 || a.CalDAV("a@b") != c.caldav {
			t.Errorf("%s: %s %s %d %s %s %s", c.url, a, host, port, a.reverse(), a.DAVx5("a@b", "x-y"), a.CalDAV("a@b"))
		}
	}
}
