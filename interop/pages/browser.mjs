// What the scripts that drive the pages in Chromium share: cases, a browser that
// watches what the pages do, and a look at what is on the screen.
import { chromium } from "playwright-core";

// check runs a case and says what came of it, as a line of JSON.
export async function check(name, run) {
  let passed = true, detail = "";
  try {
    await run();
  } catch (err) {
    passed = false;
    detail = String(err?.stack ?? err).split("\n").slice(0, 4).join(" | ");
  }
  console.log(JSON.stringify({ name, passed, detail }));
}

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

export function equal(got, want, what) {
  assert(got === want, `${what}: ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

// launch starts a browser. open opens a page in a context of its own; complaints are
// what the browser says about the pages that were opened.
export async function launch(executablePath, base) {
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });

  const complaints = []; // what the browser says about the pages
  function watch(page) {
    page.on("console", (m) => {
      // The browser notes each status of 400 and more; those are wanted.
      if (["error", "warning"].includes(m.type()) && !m.text().startsWith("Failed to load resource")) complaints.push(`${page.url()}: ${m.text()}`);
    });
    page.on("pageerror", (e) => complaints.push(`${page.url()}: ${e}`));
    page.on("request", (r) => {
      if (!r.url().startsWith(base) && !r.url().startsWith("data:")) complaints.push(`${page.url()} loads ${r.url()}`);
    });
  }

  async function open(options) {
    const context = await browser.newContext({ locale: "en-GB", viewport: { width: 375, height: 812 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(15000);
    watch(page);
    return page;
  }
  return { browser, complaints, open };
}

export const screens = [["phone", { width: 375, height: 812 }], ["desktop", { width: 1280, height: 900 }]];
export const schemes = ["light", "dark"];

// localeOf gives each screen and scheme a language of its own.
export const localeOf = (screen, scheme) => ({ phonelight: "en-GB", phonedark: "fr-CH", desktoplight: "de-CH", desktopdark: "it-CH" })[screen + scheme];

// look judges what is on the screen: nothing sticks out, all text is legible,
// everything has a name.
export function look() {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`sticks out by ${root.scrollWidth - root.clientWidth} px`);
  const rgb = (c) => c.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (el) => {
    for (; el; el = el.parentElement) {
      const c = rgb(getComputedStyle(el).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return rgb(getComputedStyle(document.body).backgroundColor);
  };
  for (const el of document.querySelectorAll("body *")) {
    const text = [...el.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
    const box = el.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || !el.checkVisibility()) continue;
    if (text && !el.closest(".hidden, .skip")) {
      const [a, b] = [luminance(rgb(getComputedStyle(el).color)), luminance(behind(el))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)} of “${text.slice(0, 40)}”`);
    }
    if (el.matches("input:not([type=hidden]), select") && !el.labels.length) found.push(`no label on ${el.name}`);
    if (el.matches("button, a") && !el.textContent.trim()) found.push(`a ${el.tagName} without text`);
    if (el.matches("button, .button, nav a, input:not([type=checkbox])") && !el.closest(".skip") && box.height < 24) found.push(`“${text}” is ${box.height} px high`);
  }
  if (document.querySelectorAll("main").length !== 1 || document.querySelectorAll("h1").length !== 1) found.push("not one main and one h1");
  if (!document.title || !root.lang) found.push("no title or language");
  const ids = [...document.querySelectorAll("[id]")].map((el) => el.id);
  if (new Set(ids).size !== ids.length) found.push(`an id twice: ${ids}`);
  return found;
}
