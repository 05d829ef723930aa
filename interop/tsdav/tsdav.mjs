// Drives a server with tsdav and prints one JSON line for each case:
// {"name": ..., "passed": ..., "detail": ...}.
//
//   node tsdav.mjs URL USER PASSWORD
//
// The file runs from the folder that npm installed tsdav into, see
// interop/clients/tsdav.py.

import assert from "node:assert/strict";
import { createDAVClient } from "tsdav";

const [serverUrl, username, password] = process.argv.slice(2);
const lines = (...list) => list.join("\r\n") + "\r\n";

const event = (uid, summary, start, ...more) =>
  lines(
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//interop//EN",
    "BEGIN:VEVENT", `UID:${uid}`, "DTSTAMP:20260101T000000Z", `DTSTART:${start}`,
    "DURATION:PT1H", `SUMMARY:${summary}`, ...more, "END:VEVENT", "END:VCALENDAR",
  );

const card = (uid, name, ...more) =>
  lines("BEGIN:VCARD", "VERSION:3.0", `UID:${uid}`, `FN:${name}`, `N:${name};;;;`, ...more, "END:VCARD");

// An XML parser turns CR LF into LF.
const text = (data) => String(data).replaceAll("\r\n", "\n").trim();

let stopped = false;

// A case with the third argument true is one that the others build on.
async function check(name, body, needed = false) {
  if (stopped) return;
  try {
    await body();
    console.log(JSON.stringify({ name, passed: true }));
  } catch (err) {
    stopped = needed;
    console.log(JSON.stringify({ name, passed: false, detail: err.message }));
  }
}

const status = async (answer, ...wanted) => {
  assert.ok(wanted.includes(answer.status), `status ${answer.status}, not ${wanted}: ${await answer.text()}`);
};

const connect = (accountType) =>
  createDAVClient({ serverUrl, credentials: { username, password }, authMethod: "Basic", defaultAccountType: accountType });

async function calendars() {
  let client, calendar, made, event1, sent;

  await check("CalDAV: an account is found from the URL", async () => {
    client = await connect("caldav");
  }, true);

  await check("CalDAV: the calendars have names, components, ctags, tokens and reports", async () => {
    const list = await client.fetchCalendars();
    calendar = list.find((c) => c.url.endsWith("/calendar/"));
    const tasks = list.find((c) => c.url.endsWith("/tasks/"));
    assert.ok(calendar && tasks, `found ${list.map((c) => c.url)}`);
    assert.deepEqual(calendar.components, ["VEVENT"]);
    assert.deepEqual(tasks.components, ["VTODO"]);
    for (const c of [calendar, tasks]) {
      assert.equal(typeof c.displayName, "string");
      assert.equal(typeof c.ctag, "string", "tsdav took the ctag for a number");
      assert.equal(typeof c.syncToken, "string", "tsdav took the sync token for a number");
      assert.ok(c.reports.includes("syncCollection"), `reports are ${c.reports}`);
    }
  }, true);

  await check("CalDAV: the user's addresses are found", async () => {
    const account = await client.createAccount({ account: { serverUrl, accountType: "caldav" } });
    const { fetchCalendarUserAddresses } = await import("tsdav");
    const headers = { authorization: "Basic " + Buffer.from(`${username}:${password}`).toString("base64") };
    const list = await fetchCalendarUserAddresses({ account, headers });
    assert.ok(list.includes("mailto:alice@example.org"), `addresses are ${list}`);
  });

  await check("CalDAV: a calendar is made with name and colour", async () => {
    const url = new URL("../made-by-tsdav/", calendar.url).href;
    const answers = await client.makeCalendar({
      url,
      props: { "d:displayname": "Made by tsdav", "ca:calendar-color": "#123456" },
    });
    assert.ok(answers.every((a) => a.ok), JSON.stringify(answers));
    made = (await client.fetchCalendars()).find((c) => c.url === url);
    assert.ok(made, "the new calendar is not listed");
    assert.equal(made.displayName, "Made by tsdav");
    assert.equal(made.calendarColor, "#123456");
  });

  await check("CalDAV: objects are created and fetched", async () => {
    const first = event("one@example.org", "One", "20300304T090000Z", "X-KEEP;X-A=b:kept");
    await status(await client.createCalendarObject({ calendar, filename: "one.ics", iCalString: first }), 201);
    await status(
      await client.createCalendarObject({ calendar, filename: "two.ics", iCalString: event("two@example.org", "Two", "20310304T090000Z") }), 201,
    );
    const objects = await client.fetchCalendarObjects({ calendar });
    assert.equal(objects.length, 2);
    event1 = objects.find((o) => o.url.endsWith("/one.ics"));
    assert.match(event1.etag, /^"/);
    sent = first;
  }, true);

  await check("CalDAV: an object comes back as it was sent", async () => {
    assert.equal(text(event1.data), text(sent));
  });

  await check("CalDAV: a second creation under the same name is refused", async () => {
    const again = event("one@example.org", "Other", "20300304T090000Z");
    await status(await client.createCalendarObject({ calendar, filename: "one.ics", iCalString: again }), 412);
  });

  await check("CalDAV: objects are fetched by time", async () => {
    const timeRange = { start: "2030-01-01T00:00:00Z", end: "2031-01-01T00:00:00Z" };
    const objects = await client.fetchCalendarObjects({ calendar, timeRange });
    assert.deepEqual(objects.map((o) => new URL(o.url).pathname.split("/").pop()), ["one.ics"]);
  });

  await check("CalDAV: a series is expanded", async () => {
    const series = event("weekly@example.org", "Weekly", "20320101T090000Z", "RRULE:FREQ=WEEKLY;COUNT=10");
    await status(await client.createCalendarObject({ calendar, filename: "weekly.ics", iCalString: series }), 201);
    const timeRange = { start: "2032-01-05T00:00:00Z", end: "2032-01-20T00:00:00Z" };
    const [object] = await client.fetchCalendarObjects({ calendar, timeRange, expand: true });
    const starts = [...object.data.matchAll(/^DTSTART[^:]*:(\S+)/gm)].map((m) => m[1]);
    assert.deepEqual(starts, ["20320108T090000Z", "20320115T090000Z"]);
    assert.doesNotMatch(object.data, /RRULE/);
  });

  await check("CalDAV: an update needs the right ETag", async () => {
    const changed = { ...event1, data: text(event1.data).replace("One", "One changed").replaceAll("\n", "\r\n") + "\r\n" };
    const answer = await client.updateCalendarObject({ calendarObject: changed });
    await status(answer, 204);
    await status(await client.updateCalendarObject({ calendarObject: changed }), 412);
    const [now] = await client.fetchCalendarObjects({ calendar, objectUrls: [event1.url] });
    assert.match(now.data, /One changed/);
    assert.notEqual(now.etag, event1.etag);
    if (answer.headers.get("etag")) assert.equal(answer.headers.get("etag"), now.etag);
    event1 = now;
  });

  await check("CalDAV: a changed calendar is seen by its ctag", async () => {
    const { isDirty } = await client.isCollectionDirty({ collection: calendar });
    assert.equal(isDirty, true);
    const fresh = (await client.fetchCalendars()).find((c) => c.url === calendar.url);
    assert.equal((await client.isCollectionDirty({ collection: fresh })).isDirty, false);
  });

  await check("CalDAV: sync-collection tells changes and deletions", async () => {
    const props = { "d:getetag": {}, "d:displayname": {} };
    const all = await client.syncCollection({ url: calendar.url, props });
    const token = all[0].raw.multistatus.syncToken;
    assert.equal(all.filter((r) => r.href?.endsWith(".ics")).length, 3);
    await status(
      await client.createCalendarObject({ calendar, filename: "three.ics", iCalString: event("three@example.org", "Three", "20330304T090000Z") }), 201,
    );
    const [two] = await client.fetchCalendarObjects({ calendar, objectUrls: [new URL("two.ics", calendar.url).href] });
    await status(await client.deleteCalendarObject({ calendarObject: two }), 204);
    const changes = await client.syncCollection({ url: calendar.url, props, syncToken: token });
    const seen = Object.fromEntries(changes.filter((r) => r.href?.endsWith(".ics")).map((r) => [r.href.split("/").pop(), r.status]));
    assert.deepEqual(Object.keys(seen).sort(), ["three.ics", "two.ics"]);
    assert.equal(seen["two.ics"], 404);
  });

  await check("CalDAV: smartCollectionSync brings local objects up to date", async () => {
    const before = (await client.fetchCalendars()).find((c) => c.url === calendar.url);
    before.objects = await client.fetchCalendarObjects({ calendar: before });
    before.objectMultiGet = client.calendarMultiGet;
    await status(await client.createCalendarObject({ calendar, filename: "four.ics", iCalString: event("four@example.org", "Four", "20340304T090000Z") }), 201);
    const three = before.objects.find((o) => o.url.endsWith("/three.ics"));
    await status(await client.deleteCalendarObject({ calendarObject: three }), 204);
    const after = await client.smartCollectionSyncDetailed({ collection: before });
    assert.deepEqual(after.objects.created.map((o) => o.url.split("/").pop()), ["four.ics"]);
    assert.deepEqual(after.objects.deleted.map((o) => o.url.split("/").pop()), ["three.ics"]);
    assert.deepEqual(after.objects.updated, []);
  });

  await check("CalDAV: free-busy-query answers", async () => {
    const answer = await client.freeBusyQuery({ url: calendar.url, timeRange: { start: "2030-01-01T00:00:00Z", end: "2030-12-31T00:00:00Z" } });
    assert.match(JSON.stringify(answer), /20300304T090000Z\/(20300304T100000Z|PT1H)/);
  });

  await check("CalDAV: a deletion needs the right ETag", async () => {
    await status(await client.deleteCalendarObject({ calendarObject: { ...event1, etag: '"other"' } }), 412);
    await status(await client.deleteCalendarObject({ calendarObject: event1 }), 204);
    await status(await client.deleteCalendarObject({ calendarObject: event1 }), 404, 412);
  });

  await check("CalDAV: a calendar is deleted", async () => {
    await status(await client.deleteObject({ url: made.url }), 204);
    assert.ok(!(await client.fetchCalendars()).some((c) => c.url === made.url), "still listed");
  });
}

async function addressBooks() {
  let client, addressBook, ada, sent;

  await check("CardDAV: an account is found from the URL", async () => {
    client = await connect("carddav");
  }, true);

  await check("CardDAV: the address book has name, ctag, token and reports", async () => {
    const list = await client.fetchAddressBooks();
    addressBook = list.find((b) => b.url.endsWith("/contacts/"));
    assert.ok(addressBook, `found ${list.map((b) => b.url)}`);
    assert.equal(typeof addressBook.displayName, "string");
    assert.equal(typeof addressBook.ctag, "string");
    assert.equal(typeof addressBook.syncToken, "string");
    assert.ok(addressBook.reports.includes("syncCollection"), `reports are ${addressBook.reports}`);
  }, true);

  await check("CardDAV: cards are created and fetched", async () => {
    const first = card("ada@example.org", "Ada", "EMAIL;TYPE=home:ada@example.org", "X-SHOE-SIZE:38");
    await status(await client.createVCard({ addressBook, filename: "ada.vcf", vCardString: first }), 201);
    await status(await client.createVCard({ addressBook, filename: "grace.vcf", vCardString: card("grace@example.org", "Grace") }), 201);
    // tsdav asks with a prop-filter for FN without a text-match: cards that have one.
    const cards = await client.fetchVCards({ addressBook });
    assert.equal(cards.length, 2);
    ada = cards.find((c) => c.url.endsWith("/ada.vcf"));
    sent = first;
  }, true);

  await check("CardDAV: a card comes back as it was sent", async () => {
    assert.equal(text(ada.data), text(sent));
  });

  await check("CardDAV: a second creation under the same name is refused", async () => {
    await status(await client.createVCard({ addressBook, filename: "ada.vcf", vCardString: card("ada@example.org", "Other") }), 412);
  });

  await check("CardDAV: an update needs the right ETag", async () => {
    const changed = { ...ada, data: card("ada@example.org", "Ada Example") };
    await status(await client.updateVCard({ vCard: changed }), 204);
    await status(await client.updateVCard({ vCard: changed }), 412);
    const [now] = await client.fetchVCards({ addressBook, objectUrls: [ada.url] });
    assert.match(now.data, /FN:Ada Example/);
    ada = now;
  });

  await check("CardDAV: smartCollectionSync brings local cards up to date", async () => {
    const before = (await client.fetchAddressBooks())[0];
    before.objects = await client.fetchVCards({ addressBook: before });
    before.objectMultiGet = client.addressBookMultiGet;
    await status(await client.createVCard({ addressBook, filename: "joan.vcf", vCardString: card("joan@example.org", "Joan") }), 201);
    await status(await client.deleteVCard({ vCard: ada }), 204);
    const after = await client.smartCollectionSyncDetailed({ collection: before });
    assert.deepEqual(after.objects.created.map((o) => o.url.split("/").pop()), ["joan.vcf"]);
    assert.deepEqual(after.objects.deleted.map((o) => o.url.split("/").pop()), ["ada.vcf"]);
  });
}

await check("a wrong password is told as such", async () => {
  await assert.rejects(
    createDAVClient({ serverUrl, credentials: { username, password: "wrong" }, authMethod: "Basic", defaultAccountType: "caldav" }),
    /Invalid credentials/,
  );
});
await calendars();
stopped = false;
await addressBooks();
