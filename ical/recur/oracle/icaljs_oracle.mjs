// Answers cases (see compare.py) with ical.js.
import { createInterface } from "node:readline";
import ICAL from "ical.js";

const time = (s) => ICAL.Time.fromString(s.replace(/^(....)(..)(..)T(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6"));

function answer(rule, dtstart, n, begin, end) {
  const out = [];
  const it = ICAL.Recur.fromString(rule).iterator(time(dtstart));
  for (let t = it.next(); t && out.length < n; t = it.next()) {
    const text = t.toICALString();
    if (text >= end) break;
    if (text >= begin) out.push(text);
  }
  return out.join(" ");
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(answer(...line.split("\t")));
  } catch (e) {
    console.log("!", String(e).replaceAll("\n", " "));
  }
}
