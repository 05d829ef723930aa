// Reminders in headless Chromium: the page, the script that subscribes a browser, and
// the service worker with what the server pushes. Chromium's own push service is out of
// reach; the one here takes the server's request, decrypts it as a browser does
// (RFC 8291), and hands it to the service worker through DevTools.
//
//   node reminders.mjs URL USER PASSWORD CHROMIUM FOLDER
import { chromium } from "playwright-core";
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { assert, check, equal, look } from "./judge.mjs";

const [base, user, password, executablePath, folder] = process.argv.slice(2);
const pages = new URL("/account/", base).href;
const origin = new URL(base).origin;
mkdirSync(folder, { recursive: true });
const authorization = "Basic " + Buffer.from(`${user}:${password}`).toString("base64");
const home = new URL(`/dav/calendars/${encodeURIComponent(user)}/calendar/`, base);

// An event in twenty minutes; its alarm goes off some seconds from now, or later.
async function put(name, { after, insist }) {
  const stamp = (ms) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
  const start = Math.ceil(Date.now() / 1000) * 1000 + 20 * 60_000;
  const trigger = Math.round((start - Date.now()) / 1000) - after;
  const res = await fetch(new URL(name + ".ics", home), {
    method: "PUT", headers: { Authorization: authorization, "Content-Type": "text/calendar" },
    body: ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//interop//EN", "BEGIN:VEVENT", "UID:" + name, "DTSTAMP:" + stamp(Date.now()),
      "DTSTART:" + stamp(start), "DTEND:" + stamp(start + 3600_000), "SUMMARY:Call about " + name, "LOCATION:Room 4", "BEGIN:VALARM", "ACTION:DISPLAY",
      `TRIGGER:-PT${trigger}S`, "DESCRIPTION:x", ...(insist ? ["X-ALMANAC-INSIST:" + insist] : []), "END:VALARM", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"),
  });
  assert(res.status === 201, `PUT: ${res.status}`);
}

const stored = async (name) => (await fetch(new URL(name + ".ics", home), { headers: { Authorization: authorization } })).text();

// A browser's push service, and the keys that a browser keeps for itself.
const key = createECDH("prime256v1");
key.generateKeys();
const auth = randomBytes(16);
const pushed = []; // waits for or holds messages
let wake = () => {};
const service = createServer((req, res) => {
  const parts = [];
  req.on("data", (d) => parts.push(d));
  req.on("end", () => {
    pushed.push({ path: req.url, headers: req.headers, body: Buffer.concat(parts) });
    res.writeHead(201).end();
    wake();
  });
});
await new Promise((done) => service.listen(0, "127.0.0.1", done));
const endpoint = `http://127.0.0.1:${service.address().port}/to/this-browser`;

async function nextPush() {
  const late = setTimeout(() => wake("late"), 30_000);
  while (pushed.length === 0) assert(await new Promise((done) => { wake = done; }) !== "late", "nothing was pushed in 30 s");
  clearTimeout(late);
  return pushed.shift();
}

// RFC 8291 section 3.4 and RFC 8188 section 2.
function decrypt(body) {
  const salt = body.subarray(0, 16), sender = body.subarray(21, 21 + body[20]), sealed = body.subarray(21 + body[20]);
  const derive = (ikm, salt, info, n) => Buffer.from(hkdfSync("sha256", ikm, salt, info, n));
  const ikm = derive(key.computeSecret(sender), auth, Buffer.concat([Buffer.from("WebPush: info\0"), key.getPublicKey(), sender]), 32);
  const open = createDecipheriv("aes-128-gcm", derive(ikm, salt, "Content-Encoding: aes128gcm\0", 16), derive(ikm, salt, "Content-Encoding: nonce\0", 12));
  open.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([open.update(sealed.subarray(0, -16)), open.final()]);
  return plain.subarray(0, plain.lastIndexOf(2)).toString();
}

// RFC 8292 section 2 and 3: who has sent it.
function checkSender(headers, applicationKey) {
  const [, token, k] = headers.authorization.match(/^vapid t=([^,]+), ?k=(.+)$/);
  equal(k.replace(/=+$/, ""), applicationKey, "the key of the sender");
  const point = Buffer.from(k, "base64url");
  const [head, claims, signature] = token.split(".");
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  assert(verify("sha256", Buffer.from(head + "." + claims), { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url")), "the signature");
  equal(JSON.parse(Buffer.from(claims, "base64url")).aud, new URL(endpoint).origin, "aud");
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"] });
const complaints = [];
async function open(options) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 375, height: 812 }, ...options });
  await context.grantPermissions(["notifications"], { origin });
  // In place of Chromium's push service: what it would say of the subscription.
  await context.addInitScript(([endpoint, p256dh, auth]) => {
    const made = (options) => ({
      endpoint, options, toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
      unsubscribe: async () => { localStorage.removeItem("subscribed"); return true; },
    });
    PushManager.prototype.subscribe = async (options) => {
      localStorage.setItem("subscribed", options.applicationServerKey);
      return made(options);
    };
    PushManager.prototype.getSubscription = async () => (localStorage.getItem("subscribed") ? made({}) : null);
  }, [endpoint, key.getPublicKey("base64url"), auth.toString("base64url")]);
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !m.text().startsWith("Failed to load resource")) complaints.push(`${page.url()}: ${m.text()}`); });
  page.on("pageerror", (e) => complaints.push(`${page.url()}: ${e}`));
  return page;
}

async function signIn(page) {
  await page.goto(pages + "signin");
  await page.fill("#user", user);
  await page.fill("#password", password);
  await page.click("main button");
}

await put("budget", { after: 600 });
const page = await open();
await signIn(page);
await check("the page tells what is to come", async () => {
  await page.goto(pages + "reminders");
  await page.locator("h3", { hasText: "Call about budget" }).waitFor();
  assert(await page.locator("text=Only your devices ring").count() === 1, "on which ways");
});
await check("the script knows the time zone", async () => {
  equal(await page.inputValue("#zone"), Intl.DateTimeFormat().resolvedOptions().timeZone, "zone");
});
await check("the browser is subscribed with the server's key", async () => {
  await page.click("#browser button");
  equal(await page.textContent("[role=status]"), "Added.", "status");
  equal(await page.evaluate(() => localStorage.getItem("subscribed")), await page.getAttribute("#browser", "data-key"), "key");
  await page.locator(".tag.this:visible").waitFor();
  assert((await page.textContent("[data-state=on]:visible")).startsWith("Notifications are on"), "on");
  assert(await page.locator("text=Comes by: ").count() === 1, "what is to come goes there");
});

const applicationKey = await page.getAttribute("#browser", "data-key");
const devtools = await page.context().newCDPSession(page);
let registration = "";
devtools.on("ServiceWorker.workerRegistrationUpdated", (e) => { for (const r of e.registrations) if (r.scopeURL === origin + "/") registration = r.registrationId; });
await devtools.send("ServiceWorker.enable");

// deliver hands a push to the service worker, and returns the notification that it shows.
async function deliver() {
  const { headers, body } = await nextPush();
  checkSender(headers, applicationKey);
  const data = decrypt(body);
  await devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId: registration, data });
  const message = JSON.parse(data);
  const shown = await page.waitForFunction(async (tag) => {
    const all = await (await navigator.serviceWorker.ready).getNotifications({ tag });
    return all.length ? { title: all[0].title, body: all[0].body, insist: all[0].requireInteraction, actions: all[0].actions.map((a) => a.action + ":" + a.title), count: all.length } : null;
  }, message.tag);
  return { message, shown: await shown.jsonValue() };
}

// click does what a click on a button of a notification does. Only the browser itself
// can make an event that the worker may wait in; so the promise is taken from it.
async function click(tag, action) {
  const [worker] = page.context().serviceWorkers();
  await worker.evaluate(async ([tag, action]) => {
    const [notification] = await self.registration.getNotifications({ tag });
    const e = new NotificationEvent("notificationclick", { notification, action });
    let done;
    Object.defineProperty(e, "waitUntil", { value: (p) => { done = p; } });
    self.dispatchEvent(e);
    await done;
  }, [tag, action]);
}

await check("a test arrives as a notification", async () => {
  await page.click("li[data-mark] form[action$=test] button");
  equal(await page.textContent("[role=status]"), "A test is on its way.", "status");
  const { shown } = await deliver();
  equal(shown.title, "A test from almanac", "title");
  equal(shown.actions.length, 0, "buttons");
});
await check("Stop on a notification stops the reminder", async () => {
  await put("rent", { after: 3, insist: "PT1H" });
  const { message, shown } = await deliver();
  equal(shown.title, "Call about rent", "title");
  assert(shown.body.includes("Room 4") && shown.insist, JSON.stringify(shown));
  equal(shown.actions.join(), "stop:Stop,later:Later", "buttons");
  await click(message.tag, "stop");
  assert((await stored("rent")).includes("ACKNOWLEDGED:"), await stored("rent"));
  const left = await page.evaluate(async (tag) => (await (await navigator.serviceWorker.ready).getNotifications({ tag })).length, message.tag);
  equal(left, 0, "notifications left");
  await page.goto(message.url);
  equal(await page.textContent("[role=status]"), "Stopped, on all your devices.", "the page of the link");
});
let link;
await check("Later on a notification puts it off", async () => {
  await put("visit", { after: 3 });
  const { message } = await deliver();
  link = message.url;
  await click(message.tag, "later");
  assert(/RELATED-TO;RELTYPE=SNOOZE:/.test(await stored("visit")), await stored("visit"));
});
await check("a link works for whoever has it, without scripts", async () => {
  const phone = await (await browser.newContext({ javaScriptEnabled: false, locale: "de-CH", viewport: { width: 375, height: 812 } })).newPage();
  await phone.goto(link);
  assert((await phone.textContent("[role=status]")).startsWith("Sie werden wieder erinnert: "), "put off");
  await phone.click("button[value=stop]");
  equal(await phone.textContent("[role=status]"), "Gestoppt, auf allen Ihren Geräten.", "stopped");
  assert(!/RELTYPE=SNOOZE/.test(await stored("visit")), await stored("visit"));
  await phone.click("button[value='1h']");
  assert((await phone.textContent("[role=status]")).startsWith("Sie werden wieder erinnert: "), "put off again");
  await phone.click("footer >> text=Italiano");
  assert((await phone.textContent("[role=status]")).startsWith("Riceverai un altro promemoria"), "in Italian");
  await phone.context().close();
});

for (const [screen, viewport] of [["phone", { width: 375, height: 812 }], ["desktop", { width: 1280, height: 900 }]]) {
  for (const colorScheme of ["light", "dark"]) {
    const locale = { phonelight: "en-GB", phonedark: "fr-CH", desktoplight: "de-CH", desktopdark: "it-CH" }[screen + colorScheme];
    await check(`the pages look right: ${screen}, ${colorScheme}, ${locale}`, async () => {
      const page = await open({ viewport, colorScheme, locale });
      const wrong = [];
      const shot = async (name) => {
        await page.screenshot({ path: join(folder, `${name}-${screen}-${colorScheme}.png`), fullPage: true });
        for (const w of await page.evaluate(look)) wrong.push(`${name}: ${w}`);
      };
      await signIn(page);
      await page.goto(pages + "reminders");
      await page.locator("#browser [data-state=off]:visible").waitFor();
      for (const d of await page.locator("details").all()) await d.locator("summary").click();
      await shot("reminders");
      await page.goto(link);
      await shot("reminder");
      await page.goto(new URL("/remind/nothing", base).href);
      await shot("reminder-old");
      assert(wrong.length === 0, [...new Set(wrong)].join("; "));
      await page.context().close();
    });
  }
}

await check("the browser is turned off again", async () => {
  await page.goto(pages + "reminders");
  await page.locator(".tag.this:visible").waitFor();
  await page.click("li[data-mark] form.remove button");
  equal(await page.textContent("[role=status]"), "Removed.", "status");
  equal(await page.evaluate(() => localStorage.getItem("subscribed")), null, "subscription");
  await page.locator("#browser [data-state=off]:visible").waitFor();
});
await check("the browser has nothing to complain of", async () => {
  assert(complaints.length === 0, complaints.join("; "));
});
await browser.close();
service.close();
