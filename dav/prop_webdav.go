package dav

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"almanac/dav/wire"
)

// webdavProps are the live properties of RFC 4918 section 15 and its kin.
var webdavProps = []property{
	// RFC 4918 section 15.9. Every response has it when asked: Thunderbird gives
	// up on a listing in which one resource has none.
	{name: wire.D("resourcetype"), on: kindAny, all: true, set: atCreation, check: checkResourceType, get: resourceType},
	// RFC 4918 section 15.2. Never empty: Tasks.org crashes without, Home Assistant
	// names its entities by it.
	{name: wire.D("displayname"), on: kindContainer &^ (kindGroup | kindProxy | kindNotifications), all: true, set: always, check: checkText, get: displayName},
	{name: wire.D("displayname"), on: kindGroup | kindProxy | kindNotifications, all: true, get: displayName},
	{name: wire.D("displayname"), on: kindMember, set: always, check: checkText},
	// RFC 4918 section 15.6. The same in GET, PROPFIND and REPORT.
	{name: wire.D("getetag"), on: kindLeaf, all: true, get: func(_ *request, res *resource, w *wire.Writer) bool {
		w.Text(res.obj.ETag)
		return true
	}},
	// RFC 4918 section 15.5. vdirsyncer skips members whose type it does not know.
	{name: wire.D("getcontenttype"), on: kindLeaf, all: true, get: func(_ *request, res *resource, w *wire.Writer) bool {
		w.Text(res.contentType())
		return true
	}},
	// RFC 4918 section 15.4.
	{name: wire.D("getcontentlength"), on: kindLeaf, all: true, get: func(_ *request, res *resource, w *wire.Writer) bool {
		if res.obj.Size < 0 {
			return false // seen otherwise than stored, and not worked out for a listing
		}
		w.Text(strconv.FormatInt(res.obj.Size, 10))
		return true
	}},
	// RFC 4918 section 15.7.
	{name: wire.D("getlastmodified"), on: kindLeaf, all: true, get: func(_ *request, res *resource, w *wire.Writer) bool {
		w.Text(res.obj.Modified.UTC().Format(http.TimeFormat))
		return true
	}},
	// RFC 4918 section 15.1.
	{name: wire.D("creationdate"), on: kindMember | kindCollection | kindHome | kindPrincipal, all: true, get: creationDate},
	// RFC 4918 section 15.3.
	{name: wire.D("getcontentlanguage"), on: kindMember, set: always, check: checkText},
	// RFC 3253 section 3.1.5.
	{name: wire.D("supported-report-set"), on: kindAny, get: supportedReportSet},
	// RFC 3253 section 3.1.3.
	{name: wire.D("supported-method-set"), on: kindAny, get: supportedMethodSet},
	// RFC 5995 section 3.2: the collection itself takes POST.
	{name: wire.D("add-member"), on: kindCollection, get: func(rq *request, res *resource, w *wire.Writer) bool {
		w.Href(rq.href(res.location))
		return true
	}},
	// RFC 5842 section 3.1.
	{name: wire.D("resource-id"), on: kindCollection | kindPrincipal, get: resourceID},
}

func resourceType(rq *request, res *resource, w *wire.Writer) bool {
	if res.kind&kindContainer != 0 {
		w.Empty(wire.D("collection"))
	}
	switch {
	case res.kind&(kindPrincipal|kindGroup) != 0:
		w.Empty(wire.D("principal"))
	case res.kind == kindProxy:
		w.Empty(wire.D("principal"))
		w.Empty(wire.CalendarServer(res.location.coll))
	case res.kind == kindNotifications:
		w.Empty(wire.CalendarServer("notification"))
	case res.kind&kindCollection != 0:
		w.Empty(res.flavour().resourceType)
		rq.shareType(res, w)
	}
	return true
}

func displayName(_ *request, res *resource, w *wire.Writer) bool {
	switch {
	case res.kind&kindCollection != 0:
		w.Text(res.coll.Name)
	case res.kind == kindGroup:
		w.Text(called(*res.group))
	case res.kind == kindProxy:
		w.Text(fmt.Sprintf(proxyNamed(res.location.coll).about, personName(res.home)))
	case res.kind == kindNotifications:
		w.Text("Notifications")
	case res.home != nil:
		w.Text(personName(res.home))
	default:
		w.Text("almanac")
	}
	return true
}

func creationDate(_ *request, res *resource, w *wire.Writer) bool {
	created := time.Time{}
	switch {
	case res.kind&kindMember != 0:
		created = res.obj.Created
	case res.kind&kindCollection != 0:
		created = res.coll.Created
	default:
		created = res.home.Created
	}
	w.Text(created.UTC().Format("2006-01-02T15:04:05Z"))
	return true
}

// resourceID is made of the number that names the resource for its life, and the
// store's own. The shape is that of RFC 9562 section 5.8, a UUID of one's own making.
func resourceID(rq *request, res *resource, w *wire.Writer) bool {
	variant, id := byte('8'), uint64(res.home.ID)
	if res.kind&kindCollection != 0 {
		variant, id = '9', uint64(res.coll.ID)
	}
	hex := strconv.FormatUint(1<<63|id, 16)[1:]
	w.Href("urn:uuid:a1a1a1a1-0000-8000-" + string(variant) + "00" + hex[:1] + "-000" + hex[6:])
	return true
}

// contentType is the media type of what has one.
func (r *resource) contentType() string {
	if r.kind == kindNotification {
		return notificationType
	}
	return contentType(r.flavour(), r.obj.Index.Component)
}

// contentType is a member's media type. The component parameter (RFC 5545 section
// 8.1) spares clients that sort events from tasks a look inside.
func contentType(f *flavour, component string) string {
	switch component {
	case "VEVENT":
		return "text/calendar; charset=utf-8; component=vevent"
	case "VTODO":
		return "text/calendar; charset=utf-8; component=vtodo"
	case "VJOURNAL":
		return "text/calendar; charset=utf-8; component=vjournal"
	}
	return f.mediaType + "; charset=utf-8"
}

func checkText(_ *request, e *wire.Elem) error {
	if len(e.Children) != 0 {
		return badRequest("%s takes text, and has elements", e.Name)
	}
	return nil
}

// checkResourceType takes what MKCALENDAR and extended MKCOL may say: DAVx5 and
// KDE repeat there what they make. mkcol.go has read which kind it is.
func checkResourceType(*request, *wire.Elem) error { return nil }
