// Package web serves pages for people: signing in, connecting a phone or a
// program, the devices that are connected, reminders, and the security of the
// account. The pages are HTML made by the server, in four languages, and work
// without JavaScript, on a phone's screen and for readers of the screen.
//
// # How a device gets connected
//
//   - iPhone, iPad and Mac take a configuration profile with everything in it,
//     an app password of that device too ([Profile], [Sign]).
//   - DAVx5 and kSync open links with address and user name ([Address.DAVx5]).
//   - Programs that know Nextcloud's login flow, DAVx5 among them, send the
//     person to a page here and get their app password by themselves
//     (loginflow.go).
//   - For all others there is an address to copy and a password on a button.
//
// Every device gets an app password of its own, so that a lost one is revoked
// without the others noticing. The page that makes it shows it once.
//
// # Reminders
//
// A message that reminds somebody holds a link, and whoever has it needs no password
// (reminder.go): the page shows what the reminder is about, and stops it or puts it
// off by buttons. Opening it changes nothing, since programs that look into mail open
// links too. In the same way somebody confirms that a mail address is to have
// reminders (verify.go).
//
// Whoever is signed in sees what is to come, and says on which ways it comes
// (reminders.go, channels.go). A browser is one of them: a script, which nothing else
// needs, subscribes it with its push service (static/push.js), and a service worker
// shows what is pushed (static/sw.js).
//
// # What is kept
//
//	kind     key                          home  refs       value
//	session  SHA-256 of the token, hex    its   home's ID  JSON: see session
//
// Everything else that lives for minutes is in memory or in nobody's: a one-time
// link is in memory, bounded for each account; a login flow that nobody granted
// is nothing but a sealed text in the hands of the client (seal.go). A restart
// ends both; people begin again.
//
// # Safety
//
// All pages have a strict Content-Security-Policy, load nothing from elsewhere,
// send no Referer to others and are kept in no cache. Requests that change something are
// POSTs, which browsers may send only from our own pages
// (net/http.CrossOriginProtection). Tokens stand in queries, which are in no log
// of ours, or after notify.StopPath, where the log leaves them out.
package web
