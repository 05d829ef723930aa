package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// A Profile is what an iPhone, an iPad or a Mac needs to have an account: Apple's
// configuration profile (.mobileconfig), with calendars and contacts in one.
type Profile struct {
	Address   Address
	User      string
	Password  string // an app password of that device; "": the device asks
	Principal string // path of the user's principal, escaped, without Address.Prefix

	Account     string // what the device calls the account
	Title       string // what it calls the profile
	Description string // a sentence about it
}

// Encode returns the property list.
//
// Its identifiers follow from server and user alone: a profile that is installed
// again takes the place of the earlier one, and the accounts in it are updated,
// not doubled.
func (p *Profile) Encode() []byte {
	id := p.identifier()
	service := func(kind string, keys dict) dict {
		return append(dict{
			{"PayloadType", "com.apple." + kind + ".account"},
			{"PayloadVersion", 1},
			{"PayloadIdentifier", id + "." + kind},
			{"PayloadUUID", p.uuid(kind)},
			{"PayloadDisplayName", p.Account},
		}, keys...)
	}
	return dict{
		{"PayloadType", "Configuration"},
		{"PayloadVersion", 1},
		{"PayloadIdentifier", id},
		{"PayloadUUID", p.uuid("profile")},
		{"PayloadDisplayName", p.Title},
		{"PayloadDescription", p.Description},
		{"PayloadOrganization", p.Address.Host},
		// On a Mac, accounts are the user's, not the machine's.
		{"PayloadScope", "User"},
		{"PayloadContent", []dict{
			service("caldav", p.service("CalDAV")),
			service("carddav", p.service("CardDAV")),
		}},
	}.plist()
}

// service is the part that CalDAV and CardDAV have in common, under names of
// their own. The host is without scheme, port and path: with a path in it the
// account fails, without the port a server on another one is not found.
func (p *Profile) service(name string) dict {
	host, port := p.Address.HostPort()
	keys := dict{
		{name + "AccountDescription", p.Account},
		{name + "HostName", host},
		{name + "Port", port},
		{name + "UseSSL", p.Address.Secure},
		{name + "PrincipalURL", p.Address.Origin() + p.Address.Prefix + p.Principal},
		{name + "Username", p.User},
	}
	if p.Password != "" {
		keys = append(keys, entry{name + "Password", p.Password})
	}
	return keys
}

// digest is what the identifiers are made from.
func (p *Profile) digest(part string) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "almanac profile\x00%s\x00%s\x00%s\x00%s", p.Address.Host, p.Address.Prefix, p.User, part))
}

func (p *Profile) identifier() string {
	sum := p.digest("")
	return p.Address.reverse() + ".almanac." + hex.EncodeToString(sum[:8])
}

// uuid is of version 8 (RFC 9562 section 5.8): a digest.
func (p *Profile) uuid(part string) string {
	sum := p.digest(part)
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// MediaType of a profile, signed or not.
const MediaType = "application/x-apple-aspen-config"
