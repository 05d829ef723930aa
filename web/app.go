package web

import (
	"embed"
	"encoding/json"
	"net/http"
	"strconv"
)

// The pages can be put on the home screen of a phone, where they look like an app: on an
// iPhone that is the only way to notifications (iOS 16.4 and later). What they are called
// there and look like, browsers read in a web app manifest
// (https://www.w3.org/TR/appmanifest/).

// manifestPath is beside the service worker: the app is all that it may be woken for.
const manifestPath = "/manifest.webmanifest"

//go:embed static/icons/*.png
var iconFiles embed.FS

// An icon is one size of the picture; whole ones fill their square, so that devices can
// cut another form out of it ("maskable").
type icon struct {
	file  string
	size  int
	whole bool
}

// icons are all there are; icons_test.go draws them.
var icons = []icon{
	{"icon-32.png", 32, false},
	{"touch-180.png", 180, true}, // for iPhones, which round the corners themselves
	{"icon-192.png", 192, false},
	{"icon-512.png", 512, false},
	{"whole-512.png", 512, true},
}

func (i icon) content() []byte {
	content, err := iconFiles.ReadFile("static/icons/" + i.file)
	if err != nil {
		panic(err) // it is built in
	}
	return content
}

// iconPaths are where icons are, by file, below root: a path changes with the content.
var iconPaths = func() map[string]string {
	paths := map[string]string{}
	for _, i := range icons {
		paths[i.file] = mark(i.content()) + "-" + i.file
	}
	return paths
}()

// iconRoutes serve the icons.
func iconRoutes() (all []route) {
	for _, i := range icons {
		all = append(all, route{"GET " + root + iconPaths[i.file], machine, asset(i.content(), "image/png")})
	}
	return all
}

// The colours of the pages' ground, as static/style.css has them.
const (
	lightGround = "#f8f6f1"
	darkGround  = "#15181c"
)

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

// serveManifest serves the manifest in the language that the link to it has in its
// query: browsers send no cookie with this request.
func serveManifest(rq *request) error {
	if l := rq.r.URL.Query().Get("lang"); isLang(l) {
		rq.lang = lang(l)
	}
	all := []manifestIcon{}
	for _, i := range icons {
		purpose := "any"
		if i.whole {
			purpose = "maskable"
		}
		size := strconv.Itoa(i.size)
		all = append(all, manifestIcon{rq.prefix + root + iconPaths[i.file], size + "x" + size, "image/png", purpose})
	}
	content, err := json.MarshalIndent(map[string]any{
		"id": rq.prefix + root, "name": "almanac", "short_name": "almanac", "description": rq.lang.text("app.description"),
		"lang": rq.lang, "dir": "ltr", "start_url": rq.prefix + root + "reminders", "scope": rq.prefix + "/", "display": "standalone",
		"background_color": lightGround, "theme_color": lightGround, "icons": all,
	}, "", "  ")
	if err != nil {
		return err
	}
	h := rq.w.Header()
	h.Set("Content-Type", "application/manifest+json; charset=utf-8")
	h.Set("Content-Language", string(rq.lang))
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Vary", "Accept-Language")
	h.Set("Cache-Control", "public, max-age=3600")
	rq.w.WriteHeader(http.StatusOK)
	_, _ = rq.w.Write(content)
	return nil
}
