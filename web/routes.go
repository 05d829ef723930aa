package web

import "almanac/notify"

// routes are all pages and actions, as rows. What changes something is a POST; a
// page that comes after a POST has a GET under the same path, which the switch of
// the language leads to.
func routes() []route {
	return append([]route{
		{"GET " + root + "{$}", signedIn, func(rq *request) error { rq.redirect("connect"); return nil }},
		{"GET " + root + stylePath, machine, asset(style, "text/css; charset=utf-8")},
		{"GET " + root + scriptPath, machine, asset(script, "text/javascript; charset=utf-8")},
		{root, open, func(*request) error { return errNoPage }},

		{"GET " + root + "signin", open, (*request).signInPage},
		{"POST " + root + "signin", open, (*request).signIn},
		{"POST " + root + "code", open, (*request).signInCode},
		{"GET " + root + "code", open, func(rq *request) error { rq.redirect("signin"); return nil }},
		{"GET " + root + "oidc", open, (*request).oidcBegin},
		{"GET " + root + oidcBack, open, (*request).oidcBack},
		{"POST " + root + "signout", open, (*request).signOut},

		{"GET " + root + "connect", signedIn, (*request).connectPage},
		{"GET " + root + "connect/{device}", signedIn, (*request).connectPage},
		{"POST " + root + "connect/{device}", signedIn, (*request).connect},
		{"GET " + root + "link", open, (*request).linkPage},
		{"GET " + root + "profile", open, (*request).profile},

		{"GET " + root + "devices", signedIn, (*request).devicesPage},
		{"POST " + root + "devices/remove", signedIn, (*request).removeDevice},
		{"POST " + root + "devices/signout", signedIn, (*request).endSession},

		{"GET " + root + "security", signedIn, (*request).securityPage},
		{"POST " + root + "security/password", signedIn, (*request).changePassword},
		{"GET " + root + "security/", signedIn, func(rq *request) error { rq.redirect("security"); return nil }},
		{"POST " + root + "security/twofactor", signedIn, (*request).twoFactorBegin},
		{"POST " + root + "security/twofactor/on", signedIn, (*request).twoFactorOn},
		{"POST " + root + "security/twofactor/off", signedIn, (*request).twoFactorOff},

		{"GET " + root + "activity", signedIn, (*request).activityPage},

		{"GET " + root + "reminders", signedIn, (*request).remindersPage},
		{"GET " + root + "reminders/", signedIn, func(rq *request) error { rq.redirect("reminders"); return nil }},
		{"POST " + root + "reminders/add", signedIn, (*request).addChannel},
		{"POST " + root + "reminders/renew", open, (*request).renewBrowser},
		{"POST " + root + "reminders/change", signedIn, (*request).changeChannel},
		{"POST " + root + "reminders/verify", signedIn, (*request).verifyChannel},
		{"POST " + root + "reminders/test", signedIn, (*request).testChannel},
		{"POST " + root + "reminders/remove", signedIn, (*request).removeChannel},
		{"POST " + root + "reminders/message", signedIn, (*request).stuckMessage},
		{"POST " + root + "reminders/preferences", signedIn, (*request).setPreferences},
		{"GET " + root + pushPath, machine, asset(pushScript, "text/javascript; charset=utf-8")},
		{"GET " + workerPath, machine, serveWorker},
		{"GET " + manifestPath, machine, serveManifest},

		{"GET " + root + "grant", signedIn, (*request).grantPage},
		{"POST " + root + "grant", signedIn, (*request).grant},
		{"POST " + flowRoot + "v2", machine, (*request).beginFlow},
		{"POST " + flowRoot + "v2/poll", machine, (*request).pollFlow},
		{flowRoot, machine, (*request).noFlow},

		{"GET " + notify.StopPath + "{token}", byLink, (*request).reminderPage},
		{"POST " + notify.StopPath + "{token}", byLink, (*request).stopReminder},
		{"GET " + notify.VerifyPath + "{token}", byLink, (*request).verifyPage},
		{"POST " + notify.VerifyPath + "{token}", byLink, (*request).verify},
		{notify.StopPath, byLink, func(*request) error { return errNoPage }},
	}, iconRoutes()...)
}
