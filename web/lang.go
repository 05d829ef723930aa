package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// A lang is a language of the pages, by its tag.
type lang string

const (
	english lang = "en"
	french  lang = "fr"
	german  lang = "de"
	italian lang = "it"
)

// langs are all there are, with their own names. The first stands in for others.
var langs = []struct {
	Tag  lang
	Name string
}{{english, "English"}, {french, "Français"}, {german, "Deutsch"}, {italian, "Italiano"}}

var langMatcher = func() language.Matcher {
	var tags []language.Tag
	for _, l := range langs {
		tags = append(tags, language.MustParse(string(l.Tag)))
	}
	return language.NewMatcher(tags)
}()

const langCookie = "almanac-language"

// langOf is the language that was chosen, or the first of Accept-Language (RFC
// 9110 section 12.5.4) that there is.
func langOf(r *http.Request) lang {
	if c, err := r.Cookie(langCookie); err == nil && isLang(c.Value) {
		return lang(c.Value)
	}
	accept := r.Header.Get("Accept-Language")
	if len(accept) > 500 {
		return langs[0].Tag
	}
	tags, _, _ := language.ParseAcceptLanguage(accept)
	_, i, _ := langMatcher.Match(tags...)
	return langs[i].Tag
}

func isLang(s string) bool {
	for _, l := range langs {
		if string(l.Tag) == s {
			return true
		}
	}
	return false
}

// switchLang remembers the language that the query asks for, and leads to the same
// page without it.
func (rq *request) switchLang() bool {
	q := rq.r.URL.Query()
	to := q.Get("lang")
	if !isLang(to) {
		return false
	}
	q.Del("lang")
	rq.setCookie(langCookie, to, 365*24*time.Hour)
	rq.redirect(strings.TrimSuffix(strings.TrimPrefix(rq.r.URL.Path, root)+"?"+q.Encode(), "?"))
	return true
}

// switchTo is the link that switches a page's language.
func switchTo(to lang, query string) string {
	q, _ := url.ParseQuery(query)
	q.Set("lang", string(to))
	return "?" + q.Encode()
}

// text returns a message with its arguments, as fmt has them. A key that is not
// there is a fault of the program, which tests find.
func (l lang) text(key string, args ...any) string {
	m, ok := messages[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return m[l.index()]
	}
	return fmt.Sprintf(m[l.index()], args...)
}

// index is the place of a language in langs and in each message.
func (l lang) index() int {
	for i := range langs {
		if langs[i].Tag == l {
			return i
		}
	}
	return 0
}

var months = map[lang][12]string{
	english: {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	french:  {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
	german:  {"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."},
	italian: {"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"},
}

// date writes a day: "28 Nov 2026".
func (l lang) date(t time.Time) string {
	day := fmt.Sprint(t.Day())
	if l == german {
		day += "."
	}
	return day + " " + months[l][t.Month()-1] + " " + fmt.Sprint(t.Year())
}

// moment writes day and time, in the server's zone.
func (l lang) moment(t time.Time) string { return l.date(t) + ", " + t.Format("15:04 MST") }
