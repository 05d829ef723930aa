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

// A browser may change by itself where it is to be reached.
self.addEventListener("pushsubscriptionchange", (e) => {
  e.waitUntil((async () => {
    const options = e.newSubscription?.options ?? e.oldSubscription?.options;
    if (!options) return;
    const s = (e.newSubscription ?? await self.registration.pushManager.subscribe(options)).toJSON();
    await fetch(new URL("account/reminders/add", self.registration.scope), {
      method: "POST", redirect: "manual",
      body: new URLSearchParams({ kind: "browser", address: s.endpoint, p256dh: s.keys.p256dh, auth: s.keys.auth }),
    });
  })());
});
