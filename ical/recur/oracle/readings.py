"""Where the four implementations differ from the RFC, and the section that decides.

Each entry of READINGS is a finding: its name, who differs, a test of the parsed
rule, and the reason. README.md has the same as prose; compare.py counts them.
"""

from datetime import datetime

from generate import DAYS, FREQS
from literal import week_one


class Rule:
    def __init__(self, text, dtstart):
        self.start = datetime.strptime(dtstart[:8], "%Y%m%d")
        self.parts = dict(p.split("=") for p in text.split(";"))
        self.freq = self.parts["FREQ"]
        self.level = FREQS.index(self.freq)
        self.interval = int(self.parts.get("INTERVAL", 1))

    def has(self, *names):
        return any(n in self.parts for n in names)

    def negative(self, *names):
        return any("-" in self.parts.get(n, "") for n in names)

    def ordinals(self):
        return any(len(d) > 2 for d in self.parts.get("BYDAY", "").split(","))

    def mixed(self):
        return self.has("BYDAY") and len({len(d) > 2 for d in self.parts["BYDAY"].split(",")}) > 1

    def days(self):
        """How many of the parts that choose days, months and weeks aside."""
        return sum(n in self.parts for n in ("BYYEARDAY", "BYMONTHDAY", "BYDAY"))

    def times(self):
        """Whether a period holds several times of day."""
        return any("," in self.parts.get(n, "") for i, n in enumerate(("BYHOUR", "BYMINUTE", "BYSECOND")) if self.level < 4 + i)

    def across(self):
        """Whether the week of DTSTART is one of another year."""
        wkst = DAYS.index(self.parts.get("WKST", "MO"))
        return not week_one(self.start.year, wkst) <= self.start < week_one(self.start.year + 1, wkst)

    def invalid(self):
        """What RFC 5545 section 3.3.10 says MUST NOT be."""
        return (self.has("BYWEEKNO") and self.freq != "YEARLY"
                or self.has("BYYEARDAY") and self.freq in ("DAILY", "WEEKLY", "MONTHLY")
                or self.has("BYMONTHDAY") and self.freq == "WEEKLY"
                or self.ordinals() and (self.level > 1 or self.has("BYWEEKNO"))
                or self.has("BYSETPOS") and not self.has(*(n for n in self.parts if n.startswith("BY") and n != "BYSETPOS")))


READINGS = [
    ("not allowed", "dlit", lambda r: r.invalid(), "RFC 5545 section 3.3.10 says MUST NOT; ours lets the part restrict the set"),
    ("second 60", "dlit", lambda r: "60" in r.parts.get("BYSECOND", "").split(","), "RFC 5545 section 3.3.12: equivalent to second 59"),

    ("whole week", "d", lambda r: r.has("BYWEEKNO") and r.days() == 0, "RFC 5545 section 3.3.10: what the rule does not say comes from DTSTART"),
    ("mixed ordinals", "dt", lambda r: r.mixed(), "RFC 5545 section 3.3.10: BYDAY is a list, hence a union; dateutil intersects"),
    ("week begun before DTSTART", "d", lambda r: r.freq == "WEEKLY" and r.has("BYSETPOS"), "RFC 5545 section 3.3.10: BYSETPOS counts within the whole interval"),
    ("week over New Year", "d", lambda r: r.has("BYWEEKNO"), "RFC 5545 section 3.3.10: weeks of the year; see doc.go"),

    ("DTSTART of another week-year", "lt", lambda r: r.has("BYWEEKNO") and r.interval > 1 and r.across(), "not said by the RFC; see doc.go"),
    ("BYxxx parts as alternatives", "t", lambda r: r.freq == "YEARLY" and r.days() + r.has("BYWEEKNO") > 1, "RFC 5545 section 3.3.10: the parts are applied one after the other"),
    ("BYYEARDAY with BYMONTH", "t", lambda r: r.has("BYYEARDAY") and r.has("BYMONTH"), "RFC 5545 section 3.3.10: the parts are applied one after the other"),
    ("ordinals of the year", "t", lambda r: r.freq == "YEARLY" and r.ordinals() and not r.has("BYMONTH"), "RFC 5545 section 3.3.10: the ordinal counts within the year"),

    ("own unit and INTERVAL", "li", lambda r: r.level > 3 and r.has(("BYHOUR", "BYMINUTE", "BYSECOND")[r.level - 4]), "RFC 5545 section 3.3.10 table: Limit, so INTERVAL decides first"),
    ("BYSETPOS without days", "li", lambda r: r.has("BYSETPOS"), "RFC 5545 section 3.3.10: BYSETPOS holds for every FREQ and counts times too"),
    ("negative days as limits", "li", lambda r: r.level > 2 and r.negative("BYMONTHDAY", "BYYEARDAY"), "RFC 5545 section 3.3.10: negative days count from the end, in limits too"),
    ("month of DTSTART", "li", lambda r: r.freq == "YEARLY" and r.has("BYMONTHDAY") and not r.has("BYMONTH"), "RFC 5545 section 3.3.10 table: BYMONTHDAY expands the year"),
    ("steps behind a limit", "li", lambda r: r.level > 3, "RFC 5545 section 3.3.10: the steps count on from DTSTART through what a limit leaves out"),
    ("weeks of INTERVAL by WKST", "li", lambda r: r.freq == "WEEKLY" and r.interval > 1 and (r.has("WKST") or "SU" in r.parts.get("BYDAY", "")), "RFC 5545 section 3.3.10: the week of DTSTART begins on WKST"),
    ("BYWEEKNO not known", "i", lambda r: r.has("BYWEEKNO"), "RFC 5545 section 3.3.10: BYWEEKNO expands the year"),
    ("BYMONTH in MONTHLY", "i", lambda r: r.freq == "MONTHLY" and r.has("BYMONTH"), "RFC 5545 section 3.3.10 table: Limit"),
    ("INTERVAL of months", "i", lambda r: r.freq == "MONTHLY" and r.interval > 1, "RFC 5545 section 3.3.10: INTERVAL counts on through what a limit leaves out"),
    ("several times of day", "i", lambda r: r.times(), "RFC 5545 section 3.3.10 table: Expand"),
    ("ordinals of the year", "i", lambda r: r.freq == "YEARLY" and r.has("BYDAY"), "RFC 5545 section 3.3.10: the ordinal counts within the year"),
    ("days that do not exist", "i", lambda r: r.freq == "YEARLY" and r.has("BYMONTH"), "RFC 5545 section 3.3.10: they are left out; ical.js counts on into the next month"),
    ("DTSTART's own day", "i", lambda r: r.level in (2, 3), "RFC 5545 section 3.3.10 table: Limit; ical.js adds times of DTSTART's day"),
    ("weeks by WKST", "l", lambda r: r.has("BYWEEKNO"), "RFC 5545 section 3.3.10: WKST decides how many weeks a year has"),
]


def settle(case, answer):
    """Puts DTSTART in front where an implementation leaves it out.

    DTSTART is always the first instance and counts against COUNT (RFC 5545
    section 3.3.10). rrule-temporal and dateutil give what the rule produces.
    """
    rule, dtstart, n, begin, end = case
    if begin == dtstart and answer[:1] != [dtstart]:
        answer = [dtstart] + answer
    count = next((int(p[6:]) for p in rule.split(";") if p.startswith("COUNT=")), int(n))
    return answer[:min(count, int(n))]


def reading(name, case):
    """The finding that explains a difference, or "?"."""
    rule = Rule(case[0], case[1])
    for finding, who, test, _ in READINGS:
        if name[0] in who and test(rule):
            return finding
    return "?"
