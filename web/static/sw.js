// Shows what the server pushes, and does what the buttons below it say. A message is
// that of notify.Push.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));

// The page of a reminder, on the server that this came from and on no other.
function page(url) {
  const at = typeof url === "string" ? url.lastIndexOf("/remind/") : -1;
  return at < 0 ? "" : new URL(url.slice(at + 1), self.registration.scope).href;
}

self.addEventListener("push", (e) => {
  let m = {};
  try {
    m = e.data.json() ?? {};
  } catch {
    // Who is woken and shows nothing is woken no more.
  }
  const url = page(m.url);
  e.waitUntil(self.registration.showNotification(m.title || "almanac", {
    body: m.body || "", tag: m.tag || "", renotify: Boolean(m.tag), lang: m.lang || "",
    requireInteraction: Boolean(m.insist), data: { url },
    actions: url && m.stop ? [{ action: "stop", title: m.stop }, { action: "later", title: m.later }] : [],
  }));
});

const forms = { stop: "do=stop", later: "do=later&for=10m" };

// Tells whether it is done, or there is nothing to be done any more. It does not wait
// for long: a window opens only soon after something was pressed.
async function send(url, form) {
  try {
    const res = await fetch(url, {
      method: "POST", body: form, credentials: "omit", redirect: "error", signal: AbortSignal.timeout(4000),
      headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
    });
    return res.ok || res.status === 410;
  } catch {
    return false;
  }
}

self.addEventListener("notificationclick", (e) => {
  const url = e.notification.data?.url;
  e.notification.close();
  e.waitUntil((async () => {
    const form = forms[e.action];
    if (url && form && await send(url, form)) return;
    // The page has the same buttons, and says what is wrong.
    await self.clients.openWindow(url || new URL("account/reminders", self.registration.scope).href);
  })());
});

// What this browser is subscribed with, as the server knows it: push.js keeps it, since
// not every browser says at a change what it was before.
const kept = {
  at: new URL("subscription", self.registration.scope).href,
  cache: () => self.caches.open("almanac"),
  async read() { return await (await (await this.cache()).match(this.at))?.json(); },
  async write(s) { await (await this.cache()).put(this.at, new Response(JSON.stringify(s))); },
};

async function tell(action, fields) {
  try {
    const res = await fetch(new URL("account/reminders/" + action, self.registration.scope), { method: "POST", body: new URLSearchParams(fields) });
    // Who is not signed in is led to the sign-in.
    return res.ok && (!res.redirected || new URL(res.url).searchParams.get("done") === "added");
  } catch {
    return false; // push.js asks for it again
  }
}

// Tells the server where this browser is reached now: in the place of where it was, or
// else as a new one, which only who is signed in can do.
async function renew(was, is) {
  const known = await kept.read();
  const old = was?.toJSON() ?? known;
  const key = known?.key ?? was?.options.applicationServerKey;
  is ??= await self.registration.pushManager.getSubscription();
  if (!is && key) is = await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  if (!is) return false;
  const { endpoint, keys } = is.toJSON();
  const now = { address: endpoint, p256dh: keys.p256dh, auth: keys.auth };
  const done = old?.keys && await tell("renew", { old: old.endpoint, oldauth: old.keys.auth, ...now }) ||
    await tell("add", { kind: "browser", ...now });
  if (done) await kept.write({ endpoint, keys, key: known?.key });
  return done;
}

// A browser may change by itself where it is to be reached.
self.addEventListener("pushsubscriptionchange", (e) => e.waitUntil(renew(e.oldSubscription, e.newSubscription)));

// The page asks when it sees that the server does not know.
self.addEventListener("message", (e) => {
  if (e.data !== "renew" || !e.ports[0]) return;
  e.waitUntil(renew(null, null).catch(() => false).then((done) => e.ports[0].postMessage(done)));
});
