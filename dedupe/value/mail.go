package value

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMailbox is the most octets of an address looked at. Mail has fewer; cards hold
// display names beside it.
const maxMailbox = 1000

// Email returns the mailbox of an e-mail address in lower case: of "mailto:" URIs,
// of "Ann <ann@example.org>", with blanks around. The local part is compared
// without case, as every provider in use does. ok is false when there is no one
// mailbox in it.
func Email(raw string) (mailbox string, ok bool) {
	if len(raw) > maxMailbox {
		return "", false
	}
	s := strings.TrimSpace(raw)
	if after, found := cutPrefixFold(s, "mailto:"); found {
		s, _, _ = strings.Cut(after, "?")
		if plain, err := url.PathUnescape(s); err == nil && utf8.ValidString(plain) {
			s = plain
		}
	}
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		s, _, _ = strings.Cut(s[i+1:], ">")
	}
	s = strings.ToLower(norm.NFKC.String(strings.TrimSpace(s)))
	local, domain, found := strings.Cut(s, "@")
	domain = strings.TrimSuffix(domain, ".")
	if !found || local == "" || domain == "" || strings.ContainsAny(domain, "@ \t,;") || strings.ContainsAny(local, " \t,;") {
		return "", false
	}
	return local + "@" + domain, true
}

// A provider is what one mail service does with the local part.
type provider struct {
	domain string // what all its domains stand for
	dots   bool   // dots mean nothing
	plus   bool   // what is behind a plus is the user's own
	signs  string // further characters that mean nothing
}

var providers = func() map[string]provider {
	m := map[string]provider{}
	add := func(p provider, domains ...string) {
		for _, d := range domains {
			m[d] = p
		}
	}
	add(provider{domain: "gmail.com", dots: true, plus: true}, "gmail.com", "googlemail.com")
	add(provider{domain: "proton.me", dots: true, plus: true, signs: "-_"}, "proton.me", "protonmail.com", "protonmail.ch", "pm.me")
	add(provider{domain: "icloud.com", plus: true}, "icloud.com", "me.com", "mac.com")
	add(provider{domain: "yandex.ru", plus: true}, "yandex.ru", "yandex.com", "ya.ru", "yandex.by", "yandex.kz", "yandex.ua")
	for _, d := range []string{"outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.fr", "hotmail.fr", "live.fr", "outlook.de",
		"hotmail.de", "live.de", "outlook.it", "hotmail.it", "live.it", "outlook.es", "hotmail.es", "hotmail.co.uk", "live.co.uk",
		"fastmail.com", "fastmail.fm", "infomaniak.ch", "ik.me", "ikmail.com", "mailbox.org", "posteo.de", "zoho.com", "runbox.com"} {
		add(provider{domain: d, plus: true}, d)
	}
	return m
}()

// EmailAlias returns the mailbox that a provider delivers to: where the provider
// ignores dots and what is behind a plus, they are gone. Another mailbox is
// returned as it is.
func EmailAlias(mailbox string) string {
	at := strings.LastIndexByte(mailbox, '@')
	if at <= 0 {
		return mailbox
	}
	local, domain := mailbox[:at], mailbox[at+1:]
	p, known := providers[domain]
	if !known {
		return mailbox
	}
	if p.plus {
		if plain, _, _ := strings.Cut(local, "+"); plain != "" {
			local = plain
		}
	}
	drop := p.signs
	if p.dots {
		drop += "."
	}
	if plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(drop, r) {
			return -1
		}
		return r
	}, local); plain != "" {
		local = plain
	}
	return local + "@" + p.domain
}
