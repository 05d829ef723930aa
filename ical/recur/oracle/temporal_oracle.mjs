// Answers cases (see compare.py) with rrule-temporal. It knows no floating time,
// so UTC stands in for the civil clock.
import { createInterface } from "node:readline";
import { RRuleTemporal } from "rrule-temporal";

const compact = (t) => t.toPlainDateTime().toString({ smallestUnit: "second" }).replace(/[-:]/g, "");

function answer(rule, dtstart, n, begin, end) {
  const utc = rule.replace(/(UNTIL=\w+)/, "$1Z");
  const r = new RRuleTemporal({ rruleString: `DTSTART:${dtstart}Z\nRRULE:${utc}`, maxIterations: 1e6, maxCandidateEvaluations: 1e7 });
  const out = [];
  r.all((t) => {
    const text = compact(t);
    if (text >= end || out.length == n) return false;
    if (text >= begin) out.push(text);
    return true;
  });
  return out.join(" ");
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(answer(...line.split("\t")));
  } catch (e) {
    console.log("!", String(e).replaceAll("\n", " "));
  }
}
