package vcard

import (
	"encoding/base64"
	"net/url"
	"strings"

	"almanac/contentline"
)

// A PHOTO, LOGO, SOUND or KEY inside of a card is base64 with the parameters
// ENCODING=b and TYPE in 3.0 (RFC 2426 section 3.1.4), and a data: URI in 4.0
// (RFC 6350 section 6.2.4, RFC 2397).

// mediaTop is the top-level media type that the short names of TYPE leave out.
var mediaTop = map[string]string{"PHOTO": "image/", "LOGO": "image/", "SOUND": "audio/", "KEY": "application/"}

// mediaNames are the media types whose short names are no mere subtypes.
var mediaNames = []struct{ short, media string }{
	{"JPEG", "image/jpeg"}, {"JPG", "image/jpeg"},
	{"PGP", "application/pgp-keys"}, {"X509", "application/pkix-cert"},
}

// placeTypes are the values of TYPE that say whose a thing is, not what it is.
var placeTypes = []string{"home", "work", "pref"}

// mediaType makes a media type of the short name in a TYPE parameter.
func mediaType(name, short string) string {
	for _, m := range mediaNames {
		if strings.EqualFold(m.short, short) {
			return m.media
		}
	}
	if strings.Contains(short, "/") {
		return strings.ToLower(short)
	}
	return mediaTop[name] + strings.ToLower(short)
}

// shortType makes the short name for TYPE of a media type.
func shortType(name, media string) string {
	for _, m := range mediaNames {
		if m.media == media {
			return m.short
		}
	}
	if short, ok := strings.CutPrefix(media, mediaTop[name]); ok {
		return strings.ToUpper(short)
	}
	return media
}

// sniffMedia tells an image's type by its first octets in base64, "" when it is
// none of the usual ones.
func sniffMedia(body string) string {
	for _, m := range []struct{ head, media string }{
		{"/9j/", "image/jpeg"}, {"iVBORw0KGgo", "image/png"}, {"R0lGOD", "image/gif"}, {"UklGR", "image/webp"},
	} {
		if strings.HasPrefix(body, m.head) {
			return m.media
		}
	}
	return ""
}

// parseDataURI takes data:image/jpeg;base64,AAAA apart and returns the body as
// base64. ok is false for another URI, and for media types with parameters, which
// 3.0 has no place for.
func parseDataURI(uri string) (media, body string, ok bool) {
	if len(uri) < 5 || !strings.EqualFold(uri[:5], "data:") {
		return "", "", false
	}
	head, body, ok := strings.Cut(uri[5:], ",")
	if !ok {
		return "", "", false
	}
	head = strings.ReplaceAll(head, `\`, "") // some programs escape ; and , as in a text
	media, coded := strings.CutSuffix(strings.ToLower(head), ";base64")
	if strings.ContainsAny(media, "; ,=\"") {
		return "", "", false
	}
	if coded {
		return media, body, true
	}
	raw, err := url.PathUnescape(body)
	if err != nil {
		return "", "", false
	}
	return media, base64.StdEncoding.EncodeToString([]byte(raw)), true
}

// mediaTo3 writes a file property of 4.0 in 3.0.
func mediaTo3(r *rewrite) {
	p := &r.prop
	isText := strings.EqualFold(p.Param("VALUE"), "text")
	if isText {
		r.removeParam("VALUE") // a KEY as text, the default of 3.0
	}
	media, body, ok := parseDataURI(p.Value)
	if isText || !ok {
		if p.Value != "" && !isText && !r.hasParam("VALUE") {
			r.addParam("VALUE", "uri")
		}
		if media := p.Param("MEDIATYPE"); media != "" && !strings.ContainsAny(media, ";,") {
			r.removeParam("MEDIATYPE")
			r.addType(shortType(p.Name, strings.ToLower(media)))
		}
		return
	}
	r.removeParam("VALUE")
	r.removeParam("MEDIATYPE")
	r.addParam("ENCODING", "b")
	if media != "" {
		r.addType(shortType(p.Name, media))
	}
	r.setValue(body)
}

// mediaTo4 writes a file property of 3.0 in 4.0.
func mediaTo4(r *rewrite) {
	p := &r.prop
	var media string
	coded := false
	for _, v := range p.ParamValues("ENCODING") {
		coded = coded || strings.EqualFold(v, "b") || strings.EqualFold(v, "base64")
	}
	for _, v := range p.ParamValues("") { // Apple's PHOTO;BASE64
		coded = coded || strings.EqualFold(v, "base64")
	}
	for _, v := range r.types() {
		if media == "" && !isPlace(v) {
			media = mediaType(p.Name, v)
			r.removeType(v)
		}
	}
	switch {
	case coded:
		body := strings.Map(dropSpace, p.Value)
		if media == "" {
			media = sniffMedia(body)
		}
		r.removeParam("ENCODING")
		r.removeParam("")
		r.removeParam("VALUE")
		r.setValue("data:" + media + ";base64," + body)
	case p.Name == "KEY" && !strings.EqualFold(p.Param("VALUE"), "uri"):
		if media != "" {
			r.addParam("MEDIATYPE", media)
		}
		r.removeParam("VALUE")
		r.addParam("VALUE", "text")
	default:
		if strings.EqualFold(p.Param("VALUE"), "uri") {
			r.removeParam("VALUE")
		}
		if media != "" {
			r.addParam("MEDIATYPE", media)
		}
		r.setValue(contentline.UnescapeText(p.Value))
	}
}

func isPlace(v string) bool {
	for _, place := range placeTypes {
		if strings.EqualFold(v, place) {
			return true
		}
	}
	return false
}
