package sync

import (
	"errors"
	"strconv"
	"strings"
)

// tokenPrefix begins every token. RFC 6578 section 3.8 wants a URI; Evolution
// takes a stored token without ':' or '/' for a ctag and drops it, and tsdav
// turns text that looks like a number into one.
const tokenPrefix = "urn:almanac:sync:"

// maxToken bounds what ParseToken looks at, in octets.
const maxToken = 256

// ErrToken says that a text is no sync-token of almanac's.
var ErrToken = errors.New("not a sync-token of this server")

// A Token is a moment in the life of a collection.
type Token struct {
	Epoch string // letters and digits, names a history of revisions
	Coll  uint64 // the collection
	Rev   uint64 // its revision at that moment; 0 is before its first member
	// View names what of the collection the client sees, in lower-case letters; "" for all.
	// Who sees another part than before has to begin anew.
	View string
}

// AppendTo appends the token's text to dst.
func (t Token) AppendTo(dst []byte) []byte {
	dst = append(dst, tokenPrefix...)
	dst = append(dst, t.Epoch...)
	dst = append(dst, ':')
	dst = strconv.AppendUint(dst, t.Coll, 36)
	dst = append(dst, ':')
	dst = strconv.AppendUint(dst, t.Rev, 36)
	if t.View != "" {
		dst = append(append(dst, ':'), t.View...)
	}
	return dst
}

// String returns the token's text, the same for the same token always: DAVx5
// compares it octet for octet to learn whether anything happened.
func (t Token) String() string { return string(t.AppendTo(nil)) }

// ParseToken reads what String wrote. Any other text is ErrToken.
func ParseToken(s string) (Token, error) {
	rest, ok := strings.CutPrefix(s, tokenPrefix)
	if !ok || len(s) > maxToken {
		return Token{}, ErrToken
	}
	epoch, rest, ok := strings.Cut(rest, ":")
	if !ok || epoch == "" {
		return Token{}, ErrToken
	}
	collText, revText, ok := strings.Cut(rest, ":")
	if !ok {
		return Token{}, ErrToken
	}
	revText, view, _ := strings.Cut(revText, ":")
	coll, err := strconv.ParseUint(collText, 36, 64)
	if err != nil {
		return Token{}, ErrToken
	}
	rev, err := strconv.ParseUint(revText, 36, 64)
	if err != nil {
		return Token{}, ErrToken
	}
	if strings.Trim(view, "abcdefghijklmnopqrstuvwxyz") != "" {
		return Token{}, ErrToken
	}
	t := Token{epoch, coll, rev, view}
	// One text for one token: no upper-case digits, no leading zeros.
	if t.String() != s {
		return Token{}, ErrToken
	}
	return t, nil
}

// Since tells after which revision a client that holds token must be told what
// changed in the collection of now. The empty token is a client that knows
// nothing: revision 0. lineage tells whether a revision told under an earlier
// epoch still means the same in the present one.
//
// ErrToken is the precondition DAV:valid-sync-token, RFC 6578 section 3.2.
func Since(token string, now Token, lineage func(epoch string, rev uint64) bool) (uint64, error) {
	if token == "" {
		return 0, nil
	}
	t, err := ParseToken(token)
	if err != nil {
		return 0, err
	}
	if t.Coll != now.Coll || t.Rev > now.Rev || t.View != now.View {
		return 0, ErrToken
	}
	if t.Epoch != now.Epoch && !lineage(t.Epoch, t.Rev) {
		return 0, ErrToken
	}
	return t.Rev, nil
}
