package value

import (
	"strings"

	"almanac/contentline"
)

// URL returns the normal form of an address in the web: without http or https, a
// slash at the end, and case. ok is false when there is nothing.
func URL(raw string) (normal string, ok bool) {
	s := strings.ToLower(strings.TrimSpace(raw))
	for _, scheme := range []string{"https://", "http://"} {
		if rest, found := strings.CutPrefix(s, scheme); found {
			s = rest
			break
		}
	}
	s = strings.TrimRight(s, "/")
	return s, s != ""
}

// services are properties that name an account by the service in their own name.
var services = map[string]string{
	"X-AIM": "aim", "X-ICQ": "icq", "X-MSN": "msn", "X-YAHOO": "yahoo", "X-JABBER": "xmpp", "X-SKYPE": "skype", "X-SKYPE-USERNAME": "skype",
	"X-GTALK": "gtalk", "X-GOOGLE-TALK": "gtalk", "X-QQ": "qq", "X-GADUGADU": "gadugadu", "X-GROUPWISE": "groupwise", "X-TWITTER": "twitter",
	"X-MATRIX": "matrix", "X-TELEGRAM": "telegram", "X-SIP": "sip", "X-KADDRESSBOOK-X-IMADDRESS": "im", "X-MS-IMADDRESS": "im",
}

// schemes are URI schemes under other names than the service's.
var schemes = map[string]string{"ymsgr": "yahoo", "msnim": "msn", "jabber": "xmpp", "x-apple": "", "im": "", "https": "", "http": ""}

// hosts are the web sites whose paths are accounts.
var hosts = map[string]string{
	"twitter.com": "twitter", "x.com": "twitter", "facebook.com": "facebook", "instagram.com": "instagram", "linkedin.com": "linkedin",
	"github.com": "github", "t.me": "telegram", "flickr.com": "flickr", "myspace.com": "myspace", "youtube.com": "youtube", "xing.com": "xing",
}

// Account returns which account at which service an IMPP, an X-SOCIALPROFILE or one
// of the older X- properties (X-JABBER, X-SKYPE) names, both in lower case:
// "twitter", "ann" of https://twitter.com/ann. service is "" when nothing says it.
// ok is false for another property and for one that is empty.
func Account(p *contentline.Property) (service, user string, ok bool) {
	s := strings.TrimSpace(contentline.UnescapeText(p.Value))
	service, old := services[p.Name]
	if s == "" || !old && p.Name != "IMPP" && p.Name != "X-SOCIALPROFILE" {
		return "", "", false
	}
	user = strings.ToLower(s)
	if scheme, rest, found := strings.Cut(user, ":"); found && !strings.ContainsAny(scheme, " @/.") {
		if name, known := schemes[scheme]; known {
			scheme = name
		}
		if service == "" {
			service = scheme
		}
		user = rest
	}
	if rest, found := strings.CutPrefix(user, "//"); found {
		host, path, _ := strings.Cut(rest, "/")
		host = strings.TrimPrefix(strings.TrimPrefix(host, "www."), "m.")
		name := hosts[host]
		if service == "" {
			service = name
		}
		user = rest
		if path = strings.Trim(path, "/"); name != "" && path != "" {
			user = path
			if i := strings.LastIndexByte(path, '/'); name == "linkedin" && i >= 0 {
				user = path[i+1:]
			}
		}
	}
	user = strings.TrimPrefix(strings.TrimRight(user, "/"), "@")
	for _, name := range []string{"X-SERVICE-TYPE", "TYPE"} {
		if v := strings.ToLower(p.Param(name)); service == "" && v != "" && v != "home" && v != "work" && v != "pref" && v != "other" {
			service = v
		}
	}
	switch service {
	case "jabber":
		service = "xmpp"
	case "googletalk", "google talk":
		service = "gtalk"
	}
	return service, user, user != ""
}
