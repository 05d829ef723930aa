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
    m = e.data.json();
  } catch {
    // A push without a message wakes us all the same, and has to show something.
  }
  const url = page(m.url);
  e.waitUntil(self.registration.showNotification(m.title || "almanac", {
    body: m.body || "", tag: m.tag || "", renotify: Boolean(m.tag), lang: m.lang || "",
    requireInteraction: Boolean(m.insist), data: { url },
    actions: url && m.stop ? [{ action: "stop", title: m.stop }, { action: "later", title: m.later }] : [],
  }));
});

const forms = { stop: "do=stop", later: "do=later&for=10m" };

self.addEventListener("notificationclick", (e) => {
  const url = e.notification.data?.url;
  e.notification.close();
  e.waitUntil((async () => {
    const form = forms[e.action];
    if (url && form) {
      const done = await fetch(url, {
        method: "POST", body: form, credentials: "omit", redirect: "error",
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
      }).then((res) => res.ok, () => false);
      if (done) return;
    }
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
