// Turns the notifications of this browser on and off, which takes a script: the rest of
// the page does without.
"use strict";
(async () => {
  const zone = document.getElementById("zone");
  if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

  const box = document.getElementById("browser");
  if (!box) return;
  const show = (id) => { for (const p of box.querySelectorAll("[data-state]")) p.hidden = p.dataset.state !== id; };
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    // iPhones and iPads can only where the page was put on the home screen. iPads say that
    // they are Macs, but no Mac is touched.
    const apple = /iPhone|iPad|iPod/.test(navigator.userAgent) || /Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
    show(apple && !navigator.standalone ? "iphone" : "unable");
    return;
  }
  const known = await navigator.serviceWorker.getRegistration(box.dataset.worker);
  let subscription = await known?.pushManager.getSubscription();

  // What the service worker tells the server when the browser changes it.
  const at = new URL("subscription", new URL(box.dataset.worker, location.href)).href;
  const cache = await caches.open("almanac").catch(() => null); // private windows have none
  const keep = ({ endpoint, keys }) => cache?.put(at, new Response(JSON.stringify({ endpoint, keys, key: box.dataset.key })));
  const kept = await (await cache?.match(at))?.json();

  // The channel that is this browser, if it is one.
  let mine = null;
  if (subscription) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint)));
    const mark = Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
    mine = document.querySelector(`[data-mark="${mark}"]`);
  }
  if (subscription && !mine && kept && kept.endpoint !== subscription.endpoint && known.active) {
    // It changed, and the server has not heard of it.
    const channel = new MessageChannel();
    const done = new Promise((resolve) => { channel.port1.onmessage = (e) => resolve(e.data); setTimeout(resolve, 10000); });
    known.active.postMessage("renew", [channel.port2]);
    if (await done) {
      location.reload();
      return;
    }
  }
  if (mine) {
    await keep(subscription.toJSON());
    mine.querySelector(".this").hidden = false;
    mine.querySelector("form.remove").addEventListener("submit", async (e) => {
      e.preventDefault();
      await subscription.unsubscribe().catch(() => {});
      await cache?.delete(at);
      e.target.submit();
    });
  }
  if (Notification.permission === "denied") {
    show("denied");
    return;
  }
  show(mine ? "on" : "off");
  const form = box.querySelector("form");
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (await Notification.requestPermission() !== "granted") {
      show("denied");
      return;
    }
    try {
      if (subscription) await subscription.unsubscribe(); // of another key, or of another person
      await navigator.serviceWorker.register(box.dataset.worker);
      const worker = await navigator.serviceWorker.ready;
      subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: box.dataset.key });
    } catch (err) {
      console.info(String(err));
      show("failed");
      return;
    }
    const { endpoint, keys } = subscription.toJSON();
    await keep({ endpoint, keys });
    form.address.value = endpoint;
    form.p256dh.value = keys.p256dh;
    form.auth.value = keys.auth;
    form.submit();
  });
})();
