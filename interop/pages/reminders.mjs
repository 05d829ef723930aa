// Drives reminders in headless Chromium: a browser is subscribed, a push goes through
// the page's own service worker, and what is pressed on it is in the calendar
// afterwards.
//
//   node reminders.mjs URL USER PASSWORD CHROMIUM FOLDER
//
// The push service is pushservice.mjs: a browser's own is on the internet. So two
// things are not the browser's own here: what subscribing returns, and the way from
// the push service to the browser, for which the browser's developer tools stand in.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { assert, check, equal, launch, localeOf, look, schemes, screens } from "./browser.mjs";
import { start } from "./pushservice.mjs";

const [base, user, password, executablePath, folder] = process.argv.slice(2);
const pages = new URL("/account/", base).href;
mkdirSync(folder, { recursive: true });
const { browser, complaints, open } = await launch(executablePath, base);
const service = await start();

async function dav(method, name, body) {
  const res = await fetch(new URL(`/dav/calendars/${user}/calendar/${name}.ics`, base), {
    method, body, headers: { Authorization: "Basic " + Buffer.from(`${user}:${password}`).toString("base64"), "Content-Type": "text/calendar" },
  });
  assert(res.ok, `${method} of ${name} answers ${res.status}`);
  return (await res.text()).replace(/\r\n[ \t]/g, "");
}

const utc = (ms) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");

// ring puts an event whose alarm goes off after a while, again and again.
async function ring(name, summary, after = 2000) {
  const start = Date.now() + 3600e3;
  await dav("PUT", name, ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//test//EN", "BEGIN:VEVENT", `UID:${name}@example.org`,
    `DTSTAMP:${utc(Date.now())}`, `DTSTART:${utc(start)}`, `DTEND:${utc(start + 3600e3)}`, `SUMMARY:${summary}`, "LOCATION:Upstairs",
    "BEGIN:VALARM", `UID:alarm-${name}`, "ACTION:DISPLAY", "DESCRIPTION:x", `TRIGGER;VALUE=DATE-TIME:${utc(Date.now() + after)}`, "X-ALMANAC-INSIST:PT1H",
    "END:VALARM", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"));
}

async function signIn(page) {
  await page.goto(pages + "signin?next=reminders");
  await page.fill("#user", user);
  await page.fill("#password", password);
  await page.click("main button");
  await page.goto(pages + "reminders");
}

// subscribe is put before the browser's own subscribing, in the page.
function subscribe(first) {
  const read = () => {
    const now = JSON.parse(localStorage.getItem("now")) ?? first;
    return localStorage.getItem("key") && { ...now, toJSON: () => now, unsubscribe: async () => localStorage.removeItem("key") ?? true };
  };
  PushManager.prototype.getSubscription = async () => read();
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    const key = atob(applicationServerKey.replaceAll("-", "+").replaceAll("_", "/"));
    if (userVisibleOnly !== true || key.length !== 65) throw new Error("no such subscription");
    localStorage.setItem("key", applicationServerKey);
    return read();
  };
}

const said = async (page) => (await page.locator("#browser p:visible").allTextContents()).join(" ");

await check("without scripts the page says what it needs them for", async () => {
  const page = await open({ javaScriptEnabled: false });
  await signIn(page);
  assert((await said(page)).startsWith("This takes JavaScript"), await said(page));
  equal(await page.locator("#browser button:visible").count(), 0, "buttons");
  await page.context().close();
});
await check("a browser that shall show nothing says so", async () => {
  const page = await open({});
  await page.addInitScript(() => Object.defineProperty(Notification, "permission", { get: () => "denied" }));
  await signIn(page);
  await page.waitForSelector("#browser [data-state=denied]:visible");
  equal(await page.locator("#browser button:visible").count(), 0, "buttons");
  await page.context().close();
});
await check("a browser that does not reach its push service says so", async () => {
  const page = await open({ permissions: ["notifications"] });
  await signIn(page);
  await page.click("#browser button");
  await page.waitForSelector("#browser [data-state=failed]:visible");
  await page.context().close();
});

for (const colorScheme of schemes) {
  const locale = localeOf("phone", colorScheme);
  await check(`an iPhone is told to put the page on its home screen: ${colorScheme}, ${locale}`, async () => {
    const page = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme, locale,
      userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1" });
    await page.addInitScript(() => { delete window.PushManager; });
    await signIn(page);
    const want = { "en-GB": "On an iPhone or iPad (iOS 16.4 or later), first add", "fr-CH": "Sur iPhone ou iPad (iOS 16.4 ou plus récent), ajoutez" }[locale];
    assert((await said(page)).startsWith(want), await said(page));
    equal(await page.locator("#browser p:visible").count(), 1, "texts");
    await page.locator("#browser").scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(folder, `iphone-${colorScheme}.png`) });
    const wrong = await page.evaluate(look);
    assert(wrong.length === 0, wrong.join("; "));
    await page.context().close();
  });
}
await check("the browser takes the pages for an app", async () => {
  const page = await open({ locale: "it-CH" });
  await page.goto(pages + "signin");
  const tools = await page.context().newCDPSession(page);
  const app = await tools.send("Page.getAppManifest");
  equal(JSON.stringify(app.errors), "[]", "complaints of the manifest");
  const m = JSON.parse(app.data);
  equal(JSON.stringify([m.lang, m.description, m.display]), JSON.stringify(["it", "I promemoria del tuo calendario su questo dispositivo", "standalone"]), "manifest");
  const { installabilityErrors } = await tools.send("Page.getInstallabilityErrors");
  equal(JSON.stringify(installabilityErrors.map((e) => e.errorId).filter((id) => id !== "in-incognito")), "[]", "what keeps it from being installed");
  for (const [name, size] of [["180", 180], ["512", 512]]) {
    const icon = m.icons.find((i) => i.sizes.startsWith(name));
    const got = await page.evaluate(async (src) => {
      const img = new Image();
      img.src = src;
      await img.decode();
      return img.naturalWidth;
    }, icon.src);
    equal(got, size, "width of " + icon.src);
  }
  await page.context().close();
});

// The browser of all that follows.
const page = await open({ permissions: ["notifications"] });
await page.addInitScript(subscribe, { endpoint: service.endpoint, keys: service.keys });
const tools = await page.context().newCDPSession(page);
let registration, worker;
tools.on("ServiceWorker.workerRegistrationUpdated", (e) => {
  registration = e.registrations.find((r) => !r.isDeleted)?.registrationId ?? registration;
});
await tools.send("ServiceWorker.enable");

const row = page.locator("li:has(form.remove):has-text('Chrome Linux')");

const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map((n) => ({ title: n.title, body: n.body, lang: n.lang, stays: n.requireInteraction, buttons: n.actions.map((a) => a.title) })));

// deliver hands a push to the browser, and waits until something is shown. What DevTools
// deliver to a worker that is about to rest can get lost, which a push service's does
// not: it is handed over again.
async function deliver(text) {
  for (let i = 0; i < 100; i++) {
    if (i % 40 === 0) {
      await tools.send("ServiceWorker.deliverPushMessage", { origin: new URL(base).origin, registrationId: registration, data: text });
    }
    const all = await shown();
    if (all.length > 0) return all;
    await page.waitForTimeout(50);
  }
  throw new Error("no notification is shown");
}

// press presses a button of the notification that is shown; "" is the notification
// itself. Nothing but the worker's own event does that in a browser without a screen.
const press = (action) => worker.evaluate(async (action) => {
  const [notification] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification, action });
  let done;
  event.waitUntil = (promise) => { done = promise; };
  const opened = [];
  self.clients.openWindow = async (url) => { opened.push(url); };
  self.dispatchEvent(event);
  await done;
  return opened;
}, action);

await check("the page tells what is to come, and knows the time zone", async () => {
  await ring("budget", "Budget", 600e3);
  await signIn(page);
  equal(await page.locator("li:has-text('Budget') >> text=Only your devices ring").count(), 1, "rows of it");
  equal(await page.inputValue("#zone"), Intl.DateTimeFormat().resolvedOptions().timeZone, "zone");
});
await check("notifications are turned on", async () => {
  [worker] = await Promise.all([page.context().waitForEvent("serviceworker"), page.click("#browser button")]);
  await page.waitForSelector("#browser [data-state=on]:visible");
  equal(worker.url(), new URL("/sw.js", base).href, "worker");
  equal(await row.locator(".this:visible").count(), 1, "marks of this browser");
  equal(await page.locator("li:has-text('Budget') >> text=Comes by: Chrome Linux").count(), 1, "rows of what is to come by it");
});
await check("a test goes from the page to a notification", async () => {
  await row.locator("form[action$=test] button").click();
  const push = await service.next();
  equal(push.key, await page.getAttribute("#browser", "data-key"), "key");
  const [n, ...more] = await deliver(push.text);
  equal(JSON.stringify([n, more]), JSON.stringify([{ title: "A test from almanac", body: "Reminders will arrive here.", lang: "en", stays: false, buttons: [] }, []]), "shown");
  equal(JSON.stringify(await press("")), JSON.stringify([new URL("/account/reminders", base).href]), "pressing it opens");
});

let link = "";
await check("a reminder is shown with its buttons, and stays", async () => {
  await ring("dentist", "Dentist");
  const push = await service.next();
  assert(push.urgency === "high" && push.ttl >= 600 && push.ttl <= 3600, JSON.stringify(push));
  link = JSON.parse(push.text).url;
  const [n] = await deliver(push.text);
  equal(JSON.stringify([n.title, n.stays, n.buttons]), JSON.stringify(["Dentist", true, ["Stop", "Later"]]), "shown");
  assert(n.body.includes("Upstairs"), n.body);
});
await check("Stop stops it", async () => {
  assert(!(await dav("GET", "dentist")).includes("ACKNOWLEDGED"), "it is stopped already");
  equal(JSON.stringify(await press("stop")), "[]", "pages opened");
  assert(/\nACKNOWLEDGED:\d{8}T\d{6}Z\r/.test(await dav("GET", "dentist")), await dav("GET", "dentist"));
  equal((await shown()).length, 0, "notifications left");
});
await check("Later snoozes it", async () => {
  await ring("tailor", "Tailor");
  await deliver((await service.next()).text);
  equal(JSON.stringify(await press("later")), "[]", "pages opened");
  const text = await dav("GET", "tailor");
  assert(text.includes("RELATED-TO;RELTYPE=SNOOZE:alarm-tailor") && /\nACKNOWLEDGED:/.test(text), text);
  const [, at] = text.match(/SNOOZE:alarm-tailor\r\nTRIGGER;VALUE=DATE-TIME:(\w+)/);
  const ahead = Date.parse(at.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z")) - Date.now();
  assert(ahead > 9.5 * 60e3 && ahead <= 10 * 60e3, `again in ${ahead} ms`);
});
await check("pressing elsewhere opens the page of the reminder", async () => {
  await ring("cobbler", "Cobbler");
  const push = await service.next();
  await deliver(push.text);
  equal(JSON.stringify(await press("")), JSON.stringify([JSON.parse(push.text).url]), "opened");
  assert(!(await dav("GET", "cobbler")).includes("ACKNOWLEDGED"), "opening it has stopped it");
});
await check("a button that cannot do it opens the page", async () => {
  await deliver(JSON.stringify({ title: "x", tag: "x", url: new URL("/remind/nonsense", base).href, stop: "Stop", later: "Later" }));
  equal(JSON.stringify(await press("stop")), JSON.stringify([new URL("/remind/nonsense", base).href]), "opened");
});
await check("a push that cannot be read is shown as well", async () => {
  equal((await deliver("nonsense"))[0].title, "almanac", "title");
  await press("");
});

await check("the page of a reminder works without scripts and without signing in", async () => {
  await ring("baker", "Baker");
  const url = JSON.parse((await service.next()).text).url;
  const phone = await open({ javaScriptEnabled: false });
  await phone.goto(url);
  equal(await phone.textContent("h1"), "Baker", "heading");
  for (const method of ["GET", "HEAD"]) await fetch(url, { method });
  assert(!(await dav("GET", "baker")).includes("ACKNOWLEDGED"), "opening it has stopped it");
  await phone.click("button:has-text('1 hour')");
  assert((await dav("GET", "baker")).includes("RELTYPE=SNOOZE"), "it is not snoozed");
  await phone.click("button[value=stop]");
  const text = await dav("GET", "baker");
  assert(!text.includes("RELTYPE=SNOOZE") && text.includes("ACKNOWLEDGED"), text);
  await dav("DELETE", "baker");
  equal((await phone.goto(url)).status(), 410, "status when the event is gone");
  equal((await phone.goto(url.slice(0, -4))).status(), 404, "status of a wrong link");
  await phone.context().close();
});

for (const [screen, viewport] of screens) {
  for (const colorScheme of schemes) {
    const locale = localeOf(screen, colorScheme);
    await check(`every page of reminders looks right: ${screen}, ${colorScheme}, ${locale}`, async () => {
      const page = await open({ viewport, colorScheme, locale, permissions: ["notifications"] });
      const wrong = [];
      const shot = async (name) => {
        await page.screenshot({ path: join(folder, `${name}-${screen}-${colorScheme}.png`), fullPage: true });
        for (const w of await page.evaluate(look)) wrong.push(`${name}: ${w}`);
      };
      await signIn(page);
      equal(await page.locator(".list li").filter({ hasText: "Chrome Linux" }).filter({ has: page.locator("form.remove") }).count(), 1, "browsers");
      equal(await page.locator(".this:visible").count(), 0, "marks of another browser");
      for (const d of await page.locator("details").all()) await d.locator("summary").click();
      await shot("reminders");
      await page.click("#browser button");
      await page.waitForSelector("#browser [data-state=failed]:visible");
      await shot("reminders-failed");
      await page.goto(link);
      await shot("reminder");
      await page.goto(link.slice(0, -4));
      await shot("reminder-wrong");
      assert(wrong.length === 0, [...new Set(wrong)].join("; "));
      await page.context().close();
    });
  }
}

// What a push service does at any time: another subscription, of which the worker hears.
const changed = (event) => worker.evaluate(async ({ was, is, how }) => {
  const subscription = (s) => s && { ...s, toJSON: () => s, options: {} };
  const event = new Event("pushsubscriptionchange");
  let done;
  Object.assign(event, { waitUntil: (promise) => { done = promise; }, oldSubscription: subscription(was), newSubscription: subscription(is) });
  if (how === "later") self.PushManager.prototype.getSubscription = async () => subscription(is);
  else {
    self.dispatchEvent(event);
    await done;
  }
  return (await (await (await caches.open("almanac")).match("/subscription")).json()).endpoint;
}, event);

await check("a subscription that the browser renews stays the same channel", async () => {
  await page.goto(pages + "reminders");
  await row.locator("input[value=DISPLAY]").uncheck();
  await row.locator("form.takes button").click();
  const cookies = await page.context().cookies();
  await page.context().clearCookies(); // it is long ago that somebody was signed in
  const now = service.renew();
  equal(await changed({ was: null, is: now }), now.endpoint, "kept");
  await page.context().addCookies(cookies);
  await page.evaluate((s) => localStorage.setItem("now", JSON.stringify(s)), now);
  await page.reload();
  await row.locator(".this:visible").waitFor();
  equal(await row.count(), 1, "browsers listed");
  equal(await row.locator("input[value=DISPLAY]").isChecked(), false, "takes what is displayed");
  await row.locator("form[action$=test] button").click();
  const push = await service.next();
  equal(JSON.parse(push.text).title, "A test from almanac", "what comes there");
});
await check("the page has it told when the worker could not", async () => {
  const now = service.renew();
  await changed({ is: now, how: "later" });
  await page.evaluate((s) => localStorage.setItem("now", JSON.stringify(s)), now);
  await page.reload();
  await row.locator(".this:visible").waitFor();
  equal(await row.count(), 1, "browsers listed");
  equal(await row.locator("input[value=DISPLAY]").isChecked(), false, "takes what is displayed");
  await row.locator("input[value=DISPLAY]").check();
  await row.locator("form.takes button").click();
});
await check("notifications are turned off", async () => {
  await page.goto(pages + "reminders");
  await row.locator("form.remove button").click();
  await page.waitForSelector("#browser [data-state=off]:visible");
  equal(await row.count(), 0, "browsers listed");
});
await check("a browser that its push service does not know any more goes", async () => {
  await page.click("#browser button");
  await page.waitForSelector("#browser [data-state=on]:visible");
  service.answer = 410;
  await ring("last", "Last");
  await service.next();
  for (let i = 0; i < 50 && await row.count() > 0; i++) {
    await page.waitForTimeout(100);
    await page.reload();
  }
  equal(await row.count(), 0, "browsers listed");
});
await check("the browser has nothing to complain of", async () => {
  // Contexts here are private windows, in which nobody subscribes.
  const wrong = complaints.filter((c) => !c.includes("does not support the Push API in incognito mode"));
  assert(wrong.length === 0, wrong.join("; "));
});
await browser.close();
service.close();
