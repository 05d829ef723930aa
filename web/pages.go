package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"almanac/account"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed static/style.css
var style []byte

//go:embed static/copy.js
var script []byte

//go:embed static/push.js
var pushScript []byte

//go:embed static/sw.js
var worker []byte

// workerPath is where browsers get the service worker: from there it may be woken for
// all that is below the same folder, and it keeps its name whatever is in it.
const workerPath = "/sw.js"

// The files that pages load change their name with their content, so that
// browsers may keep them.
var (
	stylePath  = "style-" + mark(style) + ".css"
	scriptPath = "copy-" + mark(script) + ".js"
	pushPath   = "push-" + mark(pushScript) + ".js"
)

func mark(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}

// pages are the templates in each language.
var pages = func() map[lang]*template.Template {
	all := map[lang]*template.Template{}
	for _, l := range langs {
		all[l.Tag] = template.Must(template.New("").Funcs(template.FuncMap{
			"t":        l.Tag.text,
			"date":     l.Tag.date,
			"moment":   l.Tag.moment,
			"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
			"switchTo": switchTo,
			"kindText": func(k account.ChannelKind) string { return "channel." + string(k) },
		}).ParseFS(pageFiles, "pages/*.html"))
	}
	return all
}()

// titles are what browsers call the pages, by template; that of "message" comes
// with it.
var titles = map[string]string{
	"signin": "signin.title", "code": "code.title", "connect": "connect.title", "scan": "scan.title", "link": "link.title",
	"made": "connect.title", "devices": "devices.title", "security": "security.title", "twofactor": "enrol.title",
	"recovery": "recovery.title", "activity": "activity.title", "grant": "grant.title",
	"reminder": "stop.title", "reminders": "reminders.title", "verify": "verify.title",
}

// asset serves one of the files that pages load.
func asset(content []byte, mediaType string) func(*request) error {
	return func(rq *request) error {
		h := rq.w.Header()
		h.Set("Content-Type", mediaType)
		h.Set("Content-Length", strconv.Itoa(len(content)))
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		rq.w.WriteHeader(http.StatusOK)
		_, _ = rq.w.Write(content)
		return nil
	}
}

// serveWorker serves the service worker, which may ask this server and nobody else.
// Browsers look often whether it is another one.
func serveWorker(rq *request) error {
	h := rq.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'")
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(worker)))
	rq.w.WriteHeader(http.StatusOK)
	_, _ = rq.w.Write(worker)
	return nil
}
