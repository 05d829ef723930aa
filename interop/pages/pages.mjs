// Drives the pages for people in headless Chromium, as somebody would who connects
// their devices, with scripts switched off; then looks at every page on a phone
// and on a desktop, light and dark.
//
//   node pages.mjs URL USER PASSWORD CHROMIUM FOLDER
//
// The pictures go into FOLDER. Each case is one line of JSON: name, passed, detail.
import { createHmac } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, check, equal, launch, localeOf, look, schemes, screens } from "./browser.mjs";

const [base, user, firstPassword, executablePath, folder] = process.argv.slice(2);
const pages = new URL("/account/", base).href;
let password = firstPassword;
mkdirSync(folder, { recursive: true });
const { browser, complaints, open } = await launch(executablePath, base);

// propfind asks as a device does, and returns the status.
async function propfind(path, secret, name = user) {
  const res = await fetch(new URL(path, base), {
    method: "PROPFIND",
    headers: {
      Authorization: "Basic " + Buffer.from(`${name}:${secret}`).toString("base64"),
      Depth: "0", "Content-Type": "application/xml",
    },
    body: '<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>',
    redirect: "manual",
  });
  return { status: res.status, text: await res.text() };
}

// totp is the code of an authenticator app (RFC 6238), some steps from now.
function totp(secret, steps) {
  let bits = "";
  for (const c of secret.replace(/[ =]/g, "")) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const sum = createHmac("sha1", key).update(counter).digest();
  const at = sum[19] & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, "0");
}

async function signIn(page, code) {
  await page.goto(pages + "signin");
  await page.fill("#user", user);
  await page.fill("#password", password);
  await page.click("main button");
  if (code) {
    await page.fill("#code", code);
    await page.click("main button");
  }
}

const heading = (page) => page.textContent("h1");

// A phone without scripts does everything.
const phone = await open({ javaScriptEnabled: false });

await check("the bare address leads to the sign-in", async () => {
  await phone.goto(base);
  equal(new URL(phone.url()).pathname, "/account/signin", "path");
  equal(await heading(phone), "Sign in", "heading");
});
await check("a wrong password is refused", async () => {
  await phone.fill("#user", user);
  await phone.fill("#password", "not the password");
  await phone.click("main button");
  equal(await phone.textContent("[role=alert]"), "User name and password do not belong together.", "alert");
  equal(await phone.inputValue("#user"), user, "user name kept");
  equal(await phone.inputValue("#password"), "", "password not sent back");
});
await check("the right one opens the page that connects devices", async () => {
  await phone.fill("#password", password);
  await phone.click("main button");
  equal(await heading(phone), "Connect a device", "heading");
  const [cookie] = (await phone.context().cookies()).filter((c) => c.name === "almanac-session");
  assert(cookie.httpOnly && cookie.sameSite === "Lax" && cookie.path === "/account/", JSON.stringify(cookie));
});

const made = {}; // passwords by label
await check("a password for a program works for DAV", async () => {
  await phone.click("nav.tabs >> text=Others");
  await phone.fill("#label", "Work laptop");
  await phone.click("main form button");
  equal(await heading(phone), "Ready: Work laptop", "heading");
  equal(await phone.locator("button.copy:visible").count(), 0, "buttons that need a script");
  const facts = await phone.locator(".facts code").allTextContents();
  equal(facts[0], base.replace(/\/*$/, "/"), "address");
  equal(facts[1], user, "user");
  made.laptop = facts[2];
  equal((await propfind("/", made.laptop)).status, 207, "PROPFIND");
});
await check("a code for DAVx5 holds all it needs", async () => {
  await phone.goto(pages + "connect/android");
  await phone.fill("#label", "Pixel");
  await phone.click("text=Make the code");
  const link = await phone.getAttribute("main a.button", "href");
  const url = new URL(link.replace(/^(davx5|caldav):/, "http:"));
  equal(decodeURIComponent(url.username), user, "user in the link");
  equal((await propfind(url.pathname, decodeURIComponent(url.password))).status, 207, "PROPFIND with the password in the link");
  assert(await phone.locator("svg.qr").count() === 1, "no QR code");
  made.pixel = decodeURIComponent(url.password);
});
await check("a profile is downloaded on the device itself", async () => {
  await phone.goto(pages + "connect/apple");
  await phone.fill("#label", "iPad");
  const [download] = await Promise.all([phone.waitForEvent("download"), phone.click("button[value=here]")]);
  equal(download.suggestedFilename(), "almanac.mobileconfig", "file name");
  const text = await readFile(await download.path(), "utf8");
  made.ipad = text.match(/<key>CalDAVPassword<\/key>\n<string>([^<]*)/)[1];
  equal((await propfind("/", made.ipad)).status, 207, "PROPFIND");
});
await check("a code on the screen hands a profile to another device, once", async () => {
  await phone.goto(pages + "connect/apple");
  await phone.fill("#label", "iPhone");
  await phone.click("button[value=scan]");
  assert(await phone.locator("svg.qr").count() === 1, "no QR code");
  await phone.click("summary");
  const link = await phone.textContent("details code");
  const other = await open({});
  await other.goto(link);
  await other.goto(link); // looking at it does not use it up
  equal(await heading(other), "Your profile is ready", "heading");
  const [download] = await Promise.all([other.waitForEvent("download"), other.click("main a.button")]);
  const text = await readFile(await download.path(), "utf8");
  equal((await propfind("/", text.match(/<key>CardDAVPassword<\/key>\n<string>([^<]*)/)[1])).status, 207, "PROPFIND");
  equal((await other.goto(link)).status(), 410, "status the second time");
  equal(await heading(other), "This link is over", "heading the second time");
  await other.goto(pages + "devices");
  equal(await heading(other), "Sign in", "the link signs nobody in");
  await other.context().close();
});
await check("Nextcloud's login flow gives a program its password", async () => {
  const begun = await (await fetch(new URL("/index.php/login/v2", base), { method: "POST", headers: { "User-Agent": "DAVx5/4.5 (test)" } })).json();
  const poll = () => fetch(begun.poll.endpoint, { method: "POST", body: new URLSearchParams({ token: begun.poll.token }) });
  equal((await poll()).status, 404, "poll before the grant");
  await phone.goto(begun.login);
  equal(await phone.textContent(".client"), "DAVx5/4.5 (test)", "client");
  await phone.click("text=Yes, connect");
  equal(await heading(phone), "Connected", "heading");
  const res = await poll();
  equal(res.status, 200, "poll after the grant");
  const got = await res.json();
  equal(got.server + "/", base.replace(/\/*$/, "/"), "server");
  const dav = await propfind("/remote.php/dav", got.appPassword, got.loginName);
  equal(dav.status, 207, "PROPFIND of remote.php/dav");
  assert(dav.text.includes(`/dav/principals/${user}/`), dav.text);
  equal((await poll()).status, 404, "poll once more");
});
await check("devices are listed, and one is disconnected", async () => {
  await phone.goto(pages + "devices");
  const labels = await phone.locator(".list h2").allTextContents();
  for (const want of ["Work laptop", "Pixel", "iPad", "iPhone"]) assert(labels.includes(want), `${want} is not in ${labels}`);
  assert(labels.some((l) => l.startsWith("DAVx5, ")), `no DAVx5 in ${labels}`);
  await phone.click("li:has-text('Work laptop') button");
  assert(!(await phone.locator(".list h2").allTextContents()).includes("Work laptop"), "it is still listed");
  equal((await propfind("/", made.laptop)).status, 401, "PROPFIND of the disconnected device");
  equal((await propfind("/", made.pixel)).status, 207, "PROPFIND of the other one");
});
await check("another browser is signed out from here", async () => {
  const other = await open({ javaScriptEnabled: false });
  await signIn(other);
  equal(await heading(other), "Connect a device", "heading");
  await phone.goto(pages + "devices");
  const rows = phone.locator("li:has(input[name=key])");
  equal(await rows.count(), 2, "browsers");
  await rows.filter({ hasNotText: "this one" }).locator("button").click();
  await other.reload();
  equal(await heading(other), "Sign in", "heading after that");
  await other.context().close();
});
await check("the password is changed", async () => {
  await phone.goto(pages + "security");
  await phone.fill("#current", password);
  await phone.fill("#new", "another long password");
  await phone.click("text=Change the password");
  equal(await phone.textContent("[role=status]"), "The password is changed.", "status");
  equal((await propfind("/", password)).status, 401, "PROPFIND with the old one");
  password = "another long password";
  equal((await propfind("/", password)).status, 207, "PROPFIND with the new one");
});

let secret = "";
let recovery = [];
await check("two-factor authentication is turned on", async () => {
  await phone.goto(pages + "security");
  await phone.fill("#on-current", "not the password");
  await phone.click("section form[action$=twofactor] button");
  equal(await heading(phone), "Security", "heading with a wrong password");
  await phone.fill("#on-current", password);
  await phone.click("section form[action$=twofactor] button");
  equal(await heading(phone), "Turn on two-factor authentication", "heading");
  secret = await phone.textContent("figcaption code");
  await phone.fill("#code", "000000");
  await phone.click("main button:has-text('Turn on')");
  assert((await phone.textContent("[role=alert]")).startsWith("The code is wrong"), "no alert");
  equal(await phone.textContent("figcaption code"), secret, "the key after a wrong code");
  await phone.fill("#code", totp(secret, -1));
  await phone.click("main button:has-text('Turn on')");
  recovery = await phone.locator(".codes code").allTextContents();
  equal(recovery.length, 10, "recovery codes");
});
await check("then DAV takes the passwords of devices alone", async () => {
  equal((await propfind("/", password)).status, 401, "PROPFIND with the main password");
  equal((await propfind("/", made.pixel)).status, 207, "PROPFIND of a device");
});
await check("then signing in takes a code", async () => {
  await phone.click("header button");
  equal(await heading(phone), "Sign in", "heading");
  await phone.goto(pages + "devices");
  equal(await heading(phone), "Sign in", "heading of a page");
  await phone.fill("#user", user);
  await phone.fill("#password", password);
  await phone.click("main button");
  equal(await heading(phone), "One more step", "heading");
  assert(!(await phone.content()).includes(password), "the page has the password in it");
  await phone.fill("#code", "123456");
  await phone.click("main button");
  assert((await phone.textContent("[role=alert]")).startsWith("The code is wrong"), "no alert");
  await phone.fill("#code", totp(secret, 0));
  await phone.click("main button");
  equal(await heading(phone), "Devices", "heading of the page that was asked for");
});
await check("the languages switch", async () => {
  for (const [lang, name, want] of [["fr", "Français", "Appareils"], ["de", "Deutsch", "Geräte"], ["it", "Italiano", "Dispositivi"], ["en", "English", "Devices"]]) {
    await phone.click(`footer >> text=${name}`);
    equal(await heading(phone), want, "heading");
    equal(await phone.getAttribute("html", "lang"), lang, "lang");
    equal(new URL(phone.url()).search, "", "query");
  }
  const german = await open({ locale: "de-CH" });
  await german.goto(pages);
  equal(await heading(german), "Anmelden", "heading for de-CH");
  await german.context().close();
});
await check("what happened is listed", async () => {
  await phone.goto(pages + "activity");
  const acts = await phone.locator(".list h2").allTextContents();
  for (const want of ["Two-factor authentication turned on", "Password changed", "Device connected", "Device disconnected"]) {
    assert(acts.includes(want), `${want} is not in ${acts}`);
  }
});

// Every page, on both screens, light and dark, with scripts.
let codes = 0;
for (const [screen, viewport] of screens) {
  for (const colorScheme of schemes) {
    const locale = localeOf(screen, colorScheme);
    await check(`every page looks right: ${screen}, ${colorScheme}, ${locale}`, async () => {
      const page = await open({ viewport, colorScheme, locale, permissions: ["clipboard-read", "clipboard-write"],
        httpCredentials: { username: user, password: made.pixel, origin: new URL(base).origin } });
      const wrong = [];
      const shot = async (name) => {
        await page.screenshot({ path: join(folder, `${name}-${screen}-${colorScheme}.png`), fullPage: true });
        for (const w of await page.evaluate(look)) wrong.push(`${name}: ${w}`);
      };
      await page.goto(pages);
      await shot("signin");
      await page.fill("#user", user);
      await page.fill("#password", password);
      await page.click("main button");
      await shot("code");
      await page.fill("#code", recovery[codes++]);
      await page.click("main button");
      for (const kind of ["apple", "android", "computer", "other"]) {
        await page.goto(pages + "connect/" + kind);
        for (const d of await page.locator("details").all()) await d.locator("summary").click();
        await shot("connect-" + kind);
      }
      await page.click("main form button");
      await shot("made-other");
      if (screen === "desktop") {
        await page.click(".secret button.copy");
        equal(await page.evaluate(() => navigator.clipboard.readText()), await page.textContent(".secret code"), "copied");
      }
      await page.goto(pages + "connect/android");
      await page.click("main form button");
      await shot("made-android");
      await page.goto(pages + "connect/apple");
      await page.click("button[value=scan]");
      const link = await page.textContent("details code");
      await shot("scan");
      await page.goto(link);
      await shot("link");
      for (const name of ["devices", "security", "activity", "nowhere"]) {
        await page.goto(pages + name);
        for (const d of await page.locator("details").all()) await d.locator("summary").click();
        await shot(name);
      }
      const begun = await (await fetch(new URL("/index.php/login/v2", base), { method: "POST", headers: { "User-Agent": "DAVx5/4.5 (2026/11/01; dav4jvm; okhttp/5) Android/16" } })).json();
      await page.goto(begun.login);
      await shot("grant");
      await page.click("button[value=yes]");
      await shot("granted");
      equal((await page.goto(base + "dav/")).status(), 200, "DAV's address in a browser");
      await shot("place");
      assert(wrong.length === 0, [...new Set(wrong)].join("; "));
      await page.context().close();
    });
  }
}

await check("two-factor authentication is turned off", async () => {
  await phone.goto(pages + "security");
  await phone.click("summary");
  await phone.fill("#off-current", password);
  await phone.fill("#off-code", recovery[codes++]);
  await phone.click("form button.danger");
  equal(await phone.textContent("[role=status]"), "Two-factor authentication is off.", "status");
});
for (const colorScheme of schemes) {
  await check(`two-factor pages look right: ${colorScheme}`, async () => {
    const page = await open({ colorScheme });
    await signIn(page);
    await page.goto(pages + "security");
    await page.fill("#on-current", password);
    await page.click("section form[action$=twofactor] button");
    const wrong = await page.evaluate(look);
    await page.screenshot({ path: join(folder, `twofactor-phone-${colorScheme}.png`), fullPage: true });
    if (colorScheme === "dark") {
      await page.fill("#code", totp(await page.textContent("figcaption code"), 0));
      await page.click("main form[action$=on] button");
      wrong.push(...await page.evaluate(look));
      await page.screenshot({ path: join(folder, "recovery-phone-dark.png"), fullPage: true });
    }
    assert(wrong.length === 0, wrong.join("; "));
    await page.context().close();
  });
}
await check("the browser has nothing to complain of", async () => {
  assert(complaints.length === 0, complaints.join("; "));
});
await browser.close();
