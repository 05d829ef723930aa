package dav

import (
	"strings"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// The first segments of the URL space, see doc.go.
const (
	contextRoot   = "dav"
	principalsDir = "principals"

	// notificationsDir holds a collection for each user: see notification.go.
	notificationsDir = "notifications"
)

// A location is a request path or href, taken apart but not looked up.
type location struct {
	kind kind // what may be there, judged by the shape of the path alone; 0 for nothing of ours

	user string // segment that names the home
	coll string // segment that names the collection
	name string // segment that names the member

	// slash tells that the path ended in one. A member has none.
	slash bool

	// wellKnown tells that the root was asked for by a name of RFC 6764 section 5.
	wellKnown bool

	// alias is the path by which something was asked for that is at home elsewhere:
	// "/" for "/dav/". An answer names it so, since clients look for the URL that
	// they asked (RFC 4918 section 9.1).
	alias string
}

// locate reads a request path or an href: percent-encoded, an absolute path or a
// whole URL, of which only the path counts (clients write the host that they see,
// a proxy may show the server another).
func locate(raw string) (location, error) {
	seg, slash, err := wire.DecodePath(raw)
	if err != nil {
		return location{}, err
	}
	return locateSegments(seg, slash), nil
}

// locateSegments names what a path's shape can mean.
func locateSegments(seg []string, slash bool) location {
	l := location{slash: slash}
	switch {
	case len(seg) == 0:
		l.kind, l.alias = kindRoot, "/"
		return l
	case len(seg) == 2 && seg[0] == ".well-known" && (seg[1] == "caldav" || seg[1] == "carddav"):
		l.kind, l.wellKnown, l.alias = kindRoot, true, "/.well-known/"+seg[1]
		return l
	case len(seg) == 2 && seg[0] == "remote.php" && (seg[1] == "dav" || seg[1] == "webdav"):
		// Who has logged in by Nextcloud's login flow goes on here.
		l.kind, l.alias = kindRoot, "/remote.php/"+seg[1]+"/"
		return l
	case len(seg) == 1 && seg[0] == principalsDir:
		// Apple's accountsd tries /principals/ when discovery went wrong.
		l.kind, l.alias = kindPrincipals, "/principals/"
		return l
	case seg[0] != contextRoot:
		return l
	}
	seg = seg[1:]
	if len(seg) == 0 {
		l.kind = kindRoot
		return l
	}
	if seg[0] == principalsDir {
		switch len(seg) {
		case 1:
			l.kind = kindPrincipals
		case 2:
			l.kind, l.user = kindPrincipal, seg[1]
			if strings.ContainsRune(l.user, ':') {
				l.kind = kindGroup // "group:staff", which no user can be called
			}
		case 3:
			if proxyNamed(seg[2]) != nil {
				l.kind, l.user, l.coll = kindProxy, seg[1], seg[2]
			}
		}
		return l
	}
	if seg[0] == notificationsDir {
		switch {
		case len(seg) == 2:
			l.kind, l.user = kindNotifications, seg[1]
		case len(seg) == 3 && !slash:
			l.kind, l.user, l.name = kindNotification, seg[1], seg[2]
		}
		return l
	}
	for _, f := range flavours {
		if seg[0] != f.dir {
			continue
		}
		switch len(seg) {
		case 1:
			l.kind = f.homes
		case 2:
			l.kind, l.user = f.home, seg[1]
		case 3:
			l.kind, l.user, l.coll = f.collection, seg[1], seg[2]
		case 4:
			if !slash {
				l.kind, l.user, l.coll, l.name = f.member, seg[1], seg[2], seg[3]
			}
		}
	}
	return l
}

// appendHref appends the canonical href of what l names: an absolute path, each
// resource encoded in one way everywhere, collections with their slash. DAVx5
// compares still-encoded segments, and a difference makes it ignore the member.
func (s *Server) appendHref(dst []byte, l *location) []byte {
	dst = append(dst, s.prefix...)
	if l.alias != "" {
		return append(dst, l.alias...)
	}
	dst = append(dst, '/')
	dst = append(dst, contextRoot...)
	dst = append(dst, '/')
	switch l.kind {
	case kindRoot:
		return dst
	case kindPrincipals, kindPrincipal, kindGroup, kindProxy:
		dst = append(dst, principalsDir...)
	case kindNotifications, kindNotification:
		dst = append(dst, notificationsDir...)
	default:
		dst = append(dst, flavourOf(l.kind).dir...)
	}
	dst = append(dst, '/')
	for _, seg := range [...]string{l.user, l.coll} {
		if seg == "" {
			break
		}
		dst = wire.AppendSegment(dst, seg)
		dst = append(dst, '/')
	}
	if l.name != "" {
		dst = wire.AppendSegment(dst, l.name)
	}
	return dst
}

func (s *Server) href(l location) string { return string(s.appendHref(nil, &l)) }

// PrincipalPath is the canonical path of a user's principal, without a prefix.
func PrincipalPath(user string) string {
	return new(Server).href(location{kind: kindPrincipal, user: user})
}

// principalHrefOf is the href of anybody to whom rights can be given.
func (s *Server) principalHrefOf(n account.Named) string {
	if n.Type == account.User {
		return s.principalOf(n.Name)
	}
	return s.href(location{kind: kindGroup, user: n.Label()})
}

func (s *Server) principalHref(home *store.Home) string {
	return s.href(location{kind: kindPrincipal, user: home.Name})
}
