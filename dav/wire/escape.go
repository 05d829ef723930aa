package wire

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
	"unsafe"
)

// appendText appends s as character data. The carriage return is written as a
// reference, since a reader would otherwise take it for a line end and calendar
// data would lose it. What XML forbids becomes U+FFFD: vdirsyncer complains about
// control characters and python's parser refuses the whole answer.
func appendText[T string | []byte](dst []byte, s T) []byte {
	dst, _ = appendCharacters(dst, octets(s), false)
	return dst
}

// appendCleanText is appendText for text that has neither control characters,
// except for tab and line ends, nor anything that XML forbids. ok is false when it
// has: then nothing is appended.
func appendCleanText(dst, src []byte) (_ []byte, ok bool) {
	return appendCharacters(dst, src, true)
}

// replacement stands for what XML cannot carry.
const replacement = "\uFFFD"

// longest is the most octets that one step of appendCharacters writes, of which
// eight may lie behind what counts.
const longest = 16

// appendCharacters appends src as character data; strict ends it at the first
// character that appendCleanText does not take.
//
// It goes by words of eight octets, each of which is copied before it is looked at:
// up to the first octet that does not stand for itself the copy is right.
func appendCharacters(dst, src []byte, strict bool) (_ []byte, ok bool) {
	n := len(dst)
	out := slices.Grow(dst, len(src)+len(src)/8+longest)
	out = out[:cap(out)]
	for i := 0; i < len(src); {
		if n+longest > len(out) {
			out = slices.Grow(out[:n], len(src)-i+longest)
			out = out[:cap(out)]
		}
		c := src[i]
		if left := len(src) - i; c < utf8.RuneSelf && (left >= 8 || len(src) >= 8) {
			var w uint64
			if left >= 8 {
				w = binary.LittleEndian.Uint64(src[i:])
			} else {
				// Zeros, which are not plain, follow what is left.
				w = binary.LittleEndian.Uint64(src[len(src)-8:]) >> (8 * (8 - left))
			}
			binary.LittleEndian.PutUint64(out[n:], w)
			plain := plainOctets(w)
			i += plain
			n += plain
			if plain == 8 || i == len(src) {
				continue
			}
			c = src[i]
		}
		size := 1
		with := ""
		switch {
		case 0xc2 <= c && c < 0xe0 && i+1 < len(src) && src[i+1]&0xc0 == 0x80:
			size = 2 // Latin, Greek, Cyrillic, Hebrew, Arabic
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && size == 1 || !isChar(r) {
				with = replacement
			}
		case class[c]&escapeText == 0:
		case c == '\r':
			with = "&#13;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '&':
			with = "&amp;"
		default:
			with = replacement
		}
		if strict && (with == replacement || c == 0x7f) {
			return dst, false
		}
		if with != "" {
			n += copy(out[n:], with)
			i += size
			continue
		}
		if size == 2 {
			out[n], out[n+1] = c, src[i+1]
		} else {
			copy(out[n:n+size], src[i:])
		}
		n += size
		i += size
	}
	return out[:n], true
}

// plainOctets returns how many of the eight octets in w, from the lowest on, are
// printable ASCII except for <, > and &. Of the sums below each is exact up to the
// first octet that it finds.
func plainOctets(w uint64) int {
	const (
		high = 0x8080808080808080
		ones = 0x0101010101010101
	)
	amp := w ^ ones*'&'
	angle := w&^(ones*2) ^ ones*'<' // < and > differ in that bit
	del := w ^ ones*0x7f
	found := (w | (w-ones*' ')&^w | (amp-ones)&^amp | (angle-ones)&^angle | (del-ones)&^del) & high
	return bits.TrailingZeros64(found) / 8 // 64 when there is none
}

// octets returns s as octets that must not be changed.
func octets[T string | []byte](s T) []byte {
	switch s := any(s).(type) {
	case string:
		return unsafe.Slice(unsafe.StringData(s), len(s))
	case []byte:
		return s
	}
	return nil
}

// appendAttrValue appends s as the inside of a value in double quotes. Tabs and
// line ends are written as references, since a reader makes spaces of them.
func appendAttrValue(dst []byte, s string) []byte {
	src := octets(s)
	start := 0
	for i := 0; i < len(src); {
		c := src[i]
		if class[c]&escapeAttr == 0 {
			i++
			continue
		}
		with, size := "", 1
		switch c {
		case '"':
			with = "&#34;"
		case '\t':
			with = "&#9;"
		case '\n':
			with = "&#10;"
		case '\r':
			with = "&#13;"
		case '<':
			with = "&lt;"
		case '>':
			with = "&gt;"
		case '&':
			with = "&amp;"
		default:
			var r rune
			if r, size = utf8.DecodeRune(src[i:]); r == utf8.RuneError && size == 1 || !isChar(r) {
				with = replacement
			}
		}
		if with != "" {
			dst = append(append(dst, src[start:i]...), with...)
			start = i + size
		}
		i += size
	}
	return append(dst, src[start:]...)
}
