// Turns notifications on and off in this browser (pages/push.html). Each part of the
// page that is for some states names them; the forms carry what the server has to know.
"use strict";
{
  const part = document.getElementById("push");
  const known = part.dataset.known.split(" ");

  const show = (state) => {
    for (const el of part.querySelectorAll("[data-when]")) el.hidden = !el.dataset.when.split(" ").includes(state);
  };

  // mark is how the page names an endpoint without telling it: see markOf.
  const mark = async (endpoint) => {
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
    return Array.from(sum.slice(0, 8), (b) => b.toString(16).padStart(2, "0")).join("");
  };

  const keyOctets = () => {
    const text = atob(part.dataset.key.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (c) => c.charCodeAt(0));
  };

  const sameKey = (buffer) => {
    const a = new Uint8Array(buffer ?? []), b = keyOctets();
    return a.length === b.length && a.every((v, i) => v === b[i]);
  };

  const subscription = async () => {
    const worker = await navigator.serviceWorker.getRegistration(part.dataset.scope);
    return worker?.pushManager.getSubscription();
  };

  const isKnown = async (s) => known.includes(await mark(s.endpoint));

  const state = async () => {
    if (!window.isSecureContext) return "insecure";
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return "unable";
    if (Notification.permission === "denied") return "blocked";
    const s = await subscription();
    return s && Notification.permission === "granted" && sameKey(s.options.applicationServerKey) && (await isKnown(s)) ? "on" : "off";
  };

  const send = (form, values) => {
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.submit();
  };

  const turnOn = async (form) => {
    if ((await Notification.requestPermission()) !== "granted") return show(Notification.permission === "denied" ? "blocked" : "off");
    const worker = await navigator.serviceWorker.register(part.dataset.worker, { scope: part.dataset.scope });
    await navigator.serviceWorker.ready;
    let replaces = "";
    const old = await worker.pushManager.getSubscription();
    if (old) {
      // One with another key is of no use; one that is somebody else's ends here, so
      // that their reminders are not shown to who uses the browser now.
      if (await isKnown(old)) replaces = old.endpoint;
      await old.unsubscribe();
    }
    const fresh = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: keyOctets() });
    const { endpoint, keys } = fresh.toJSON();
    send(form, { endpoint, p256dh: keys.p256dh, auth: keys.auth, replaces });
  };

  const turnOff = async (form) => {
    const s = await subscription();
    if (!s) return show("off");
    await s.unsubscribe();
    send(form, { endpoint: s.endpoint });
  };

  const failed = (err) => {
    console.info("notifications:", err);
    show("failed");
  };

  for (const [name, run] of [["push-on", turnOn], ["push-off", turnOff]]) {
    document.getElementById(name).addEventListener("submit", (event) => {
      event.preventDefault();
      show("busy");
      run(event.target).catch(failed);
    });
  }
  state().then(show, failed);
}
