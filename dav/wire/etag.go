package wire

import "strings"

// maxTags bounds the entity tags and conditions of one header.
const maxTags = 1000

// An ETag is an entity tag (RFC 9110 section 8.8.3). Schedule tags have the same
// form (RFC 6638 section 3.2.10).
type ETag struct {
	Weak   bool
	Opaque string // without the quotes
}

// String returns the tag as it stands in a header.
func (t ETag) String() string {
	if t.Weak {
		return `W/"` + t.Opaque + `"`
	}
	return `"` + t.Opaque + `"`
}

// An ETagList is the value of If-Match or If-None-Match.
type ETagList struct {
	Any  bool // *: matches whatever exists
	Tags []ETag
}

// Strong reports whether the list has a strong tag that equals opaque, given
// without quotes. If-Match compares so (RFC 9110 section 13.1.1). It takes no
// account of Any.
func (l ETagList) Strong(opaque string) bool {
	for _, t := range l.Tags {
		if !t.Weak && t.Opaque == opaque {
			return true
		}
	}
	return false
}

// Weak reports whether the list has a tag, weak or strong, that equals opaque.
// If-None-Match compares so (RFC 9110 section 13.1.2). It takes no account of Any.
func (l ETagList) Weak(opaque string) bool {
	for _, t := range l.Tags {
		if t.Opaque == opaque {
			return true
		}
	}
	return false
}

// ParseETags reads the lines of one If-Match, If-None-Match or
// If-Schedule-Tag-Match header, whose name is used in errors. A tag without quotes
// is taken as it stands, up to the next comma: Outlook CalDav Synchronizer has an
// option to send such.
func ParseETags(header string, lines []string) (ETagList, error) {
	var list ETagList
	for _, line := range lines {
		for {
			line = strings.TrimLeft(line, " \t,")
			if line == "" {
				break
			}
			if line[0] == '*' && strings.Trim(line[:min(2, len(line))], "*, \t") == "" {
				list.Any = true
				line = line[1:]
				continue
			}
			tag, rest, reason := cutETag(line)
			if reason != "" {
				return ETagList{}, headerError(header, reason)
			}
			rest = strings.TrimLeft(rest, " \t")
			if rest != "" && rest[0] != ',' {
				return ETagList{}, headerError(header, "no comma between entity tags")
			}
			if len(list.Tags) == maxTags {
				return ETagList{}, headerError(header, "too many entity tags")
			}
			list.Tags = append(list.Tags, tag)
			line = rest
		}
	}
	if !list.Any && len(list.Tags) == 0 {
		return ETagList{}, headerError(header, "no entity tag")
	}
	return list, nil
}

// cutETag cuts an entity tag, quoted or not, off the beginning of s.
func cutETag(s string) (tag ETag, rest, reason string) {
	body, weak := strings.CutPrefix(s, "W/")
	if !weak {
		body, weak = strings.CutPrefix(s, "w/")
	}
	tag.Weak = weak
	if strings.HasPrefix(body, `"`) {
		end := strings.IndexByte(body[1:], '"')
		if end < 0 {
			return ETag{}, "", "entity tag without closing quote"
		}
		tag.Opaque, rest = body[1:1+end], body[end+2:]
	} else {
		// An unquoted W/x is more likely a tag that begins so.
		tag.Weak = false
		end := strings.IndexAny(s, ", \t\"")
		if end < 0 {
			end = len(s)
		}
		tag.Opaque, rest = s[:end], s[end:]
		if strings.HasPrefix(rest, `"`) {
			return ETag{}, "", "quote inside an entity tag"
		}
	}
	for i := range len(tag.Opaque) {
		if c := tag.Opaque[i]; c < 0x20 || c == 0x7F {
			return ETag{}, "", "control character in an entity tag"
		}
	}
	return tag, rest, ""
}
