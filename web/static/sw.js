// Shows in this browser what the server tells it, and does what is pressed there. A
// push is the JSON of notify.Push.
"use strict";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));

// read never fails: a browser that is told something and shows nothing takes the
// permission away.
function read(data) {
  try {
    return data.json() ?? {};
  } catch {
    return {};
  }
}

function show(push) {
  const options = {
    body: push.body ?? "",
    lang: push.lang ?? "",
    requireInteraction: push.insist === true,
    data: { url: push.url ?? "" },
    actions: [],
  };
  if (push.tag) {
    // What comes again takes the place of itself, and rings.
    options.tag = push.tag;
    options.renotify = true;
  }
  if (push.url && push.stop) options.actions.push({ action: "stop", title: push.stop });
  if (push.url && push.later) options.actions.push({ action: "later", title: push.later });
  return self.registration.showNotification(push.title || "almanac", options);
}

self.addEventListener("notificationclick", (event) => event.waitUntil(pressed(event.notification, event.action)));

// forms are what the page of a reminder takes for each button.
const forms = { stop: { do: "stop" }, later: { do: "later", for: "10m" } };

async function pressed(notification, action) {
  notification.close();
  const url = notification.data?.url;
  if (url && forms[action] && (await send(url, forms[action]))) return;
  // Where a button cannot do it, the page that has the same buttons says why.
  await self.clients.openWindow(url || new URL("account/reminders", self.registration.scope).href);
}

// send tells whether it is done, or there is nothing to be done any more. It waits not
// for long: a window opens only soon after something was pressed.
async function send(url, form) {
  try {
    const answer = await fetch(url, {
      method: "POST", body: new URLSearchParams(form), headers: { Accept: "application/json" },
      credentials: "omit", redirect: "error", signal: AbortSignal.timeout(4000),
    });
    return answer.ok || answer.status === 410;
  } catch {
    return false;
  }
}

// A browser may subscribe itself anew. The server hears of it while somebody is signed
// in; else the old subscription ends there with the next push.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event.oldSubscription, event.newSubscription)));

async function renew(old, fresh) {
  if (!old) return;
  fresh ??= await self.registration.pushManager.subscribe(old.options);
  const { endpoint, keys } = fresh.toJSON();
  await fetch(new URL("account/reminders/browser", self.registration.scope), {
    method: "POST", body: new URLSearchParams({ endpoint, ...keys, replaces: old.endpoint }),
  });
}
