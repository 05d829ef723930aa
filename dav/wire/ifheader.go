package wire

import "strings"

// An IfHeader is the value of an If header (RFC 4918 section 10.4): lists of
// conditions, of which one has to hold.
type IfHeader []IfList

// An IfList is one parenthesised list, of which all conditions have to hold.
type IfList struct {
	// Resource is what the list applies to, as the client wrote it (for DecodePath);
	// "" stands for the resource of the request.
	Resource   string
	Conditions []IfCondition
}

// An IfCondition is a state token or an entity tag that the resource must, or with
// Not must not, have.
type IfCondition struct {
	Not   bool
	Token string // a state token such as a lock token; "" when it is an entity tag
	ETag  ETag
}

// Eval reports whether the header lets the request through. holds tells whether the
// resource has the token or entity tag of the condition, without regard to Not. An
// empty header lets everything through.
func (h IfHeader) Eval(holds func(resource string, c IfCondition) bool) bool {
lists:
	for _, list := range h {
		for _, c := range list.Conditions {
			if holds(list.Resource, c) == c.Not {
				continue lists
			}
		}
		return true
	}
	return len(h) == 0
}

// ParseIf reads an If header. Several header lines have to be joined with a space.
// It takes what the grammar of RFC 4918 section 10.4.2 allows, and entity tags
// without quotes.
func ParseIf(value string) (IfHeader, error) {
	var h IfHeader
	resource := ""
	fresh := false // a resource was named and has no list yet
	conditions := 0
	s := trimHeader(value)
	for s != "" {
		if s[0] == '<' {
			if fresh || len(h) > 0 && resource == "" {
				return nil, headerError("If", "resource without a list")
			}
			end := strings.IndexByte(s, '>')
			if end < 2 {
				return nil, headerError("If", "malformed resource")
			}
			resource, fresh = s[1:end], true
			s = trimHeader(s[end+1:])
			continue
		}
		if s[0] != '(' {
			return nil, headerError("If", "expected a list in parentheses")
		}
		list := IfList{Resource: resource}
		fresh = false
		for s = trimHeader(s[1:]); ; s = trimHeader(s) {
			if s == "" {
				return nil, headerError("If", "list without closing parenthesis")
			}
			if s[0] == ')' {
				s = trimHeader(s[1:])
				break
			}
			if conditions++; conditions > maxTags {
				return nil, headerError("If", "too many conditions")
			}
			c, rest, reason := cutIfCondition(s)
			if reason != "" {
				return nil, headerError("If", reason)
			}
			list.Conditions = append(list.Conditions, c)
			s = rest
		}
		if len(list.Conditions) == 0 {
			return nil, headerError("If", "empty list")
		}
		h = append(h, list)
	}
	if len(h) == 0 || fresh {
		return nil, headerError("If", "no list")
	}
	return h, nil
}

// cutIfCondition cuts one condition off the beginning of s.
func cutIfCondition(s string) (c IfCondition, rest, reason string) {
	if len(s) > 3 && strings.EqualFold(s[:3], "Not") {
		c.Not = true
		s = trimHeader(s[3:])
	}
	switch {
	case strings.HasPrefix(s, "<"):
		end := strings.IndexByte(s, '>')
		if end < 2 {
			return c, "", "malformed state token"
		}
		c.Token = s[1:end]
		return c, s[end+1:], ""
	case strings.HasPrefix(s, "["):
		s = trimHeader(s[1:])
		if strings.HasPrefix(s, `"`) || strings.HasPrefix(s, `W/"`) || strings.HasPrefix(s, `w/"`) {
			c.ETag, rest, reason = cutETag(s)
			if reason != "" {
				return c, "", reason
			}
		} else {
			end := strings.IndexByte(s, ']')
			if end < 1 {
				return c, "", "malformed entity tag"
			}
			if c.ETag, rest, reason = cutETag(trimHeader(s[:end])); reason != "" || trimHeader(rest) != "" {
				return c, "", "malformed entity tag"
			}
			rest = s[end:]
		}
		rest, ok := strings.CutPrefix(trimHeader(rest), "]")
		if !ok {
			return c, "", "entity tag without closing bracket"
		}
		return c, rest, ""
	}
	return c, "", "expected a state token or an entity tag"
}
