"""Answers cases (see compare.py) by the letter of RFC 5545 section 3.3.10.

Slow and simple: each period of FREQ and INTERVAL is taken in turn and each of its
moments asked whether the rule parts allow it, in the readings of doc.go. It was
written from the RFC without sight of another implementation's method.
"""
import sys
from calendar import isleap, monthrange
from datetime import datetime, timedelta

from generate import DAYS, FREQS, stamp

FORM = "%Y%m%dT%H%M%S"
DAY = timedelta(days=1)
UNIT = {"DAILY": DAY, "HOURLY": timedelta(hours=1), "MINUTELY": timedelta(minutes=1), "SECONDLY": timedelta(seconds=1)}


def parse(text):
    rule = dict(p.split("=") for p in text.split(";"))
    for name in rule:
        if name.startswith("BY") and name != "BYDAY":
            rule[name] = [int(n) for n in rule[name].split(",")]
    if "BYDAY" in rule:
        rule["BYDAY"] = [(int(d[:-2] or 0), DAYS.index(d[-2:])) for d in rule["BYDAY"].split(",")]
    return rule


def week_one(year, wkst):
    """The first day of week 1: the week with 4 January."""
    d = datetime(year, 1, 4)
    return d - DAY * ((d.weekday() - wkst) % 7)


def week_of(d, wkst):
    """The number of d's week, from the start and from the end of its year."""
    for year in (d.year + 1, d.year, d.year - 1):
        first = week_one(year, wkst)
        if d >= first:
            weeks = (week_one(year + 1, wkst) - first).days // 7
            n = (d - first).days // 7 + 1
            return n, n - weeks - 1


def day_allowed(rule, start, d, wkst):
    freq = rule["FREQ"]
    length, year = monthrange(d.year, d.month)[1], 366 if isleap(d.year) else 365
    yday = d.timetuple().tm_yday

    def one_of(name, n, of):
        return n in rule[name] or n - of - 1 in rule[name]

    if "BYMONTH" in rule and d.month not in rule["BYMONTH"]:
        return False
    if "BYWEEKNO" in rule and not set(week_of(d, wkst)) & set(rule["BYWEEKNO"]):
        return False
    if "BYYEARDAY" in rule and not one_of("BYYEARDAY", yday, year):
        return False
    if "BYMONTHDAY" in rule and not one_of("BYMONTHDAY", d.day, length):
        return False
    if "BYDAY" in rule:
        n, of = yday, year
        if freq == "MONTHLY" or "BYMONTH" in rule:
            n, of = d.day, length
        ordinals = {0, (n - 1) // 7 + 1, -((of - n) // 7 + 1)}
        plain = freq not in ("YEARLY", "MONTHLY") or "BYWEEKNO" in rule
        return any(w == d.weekday() and (plain or o in ordinals) for o, w in rule["BYDAY"])
    if "BYMONTHDAY" in rule or "BYYEARDAY" in rule:
        return True
    # What the rule does not say comes from DTSTART.
    if freq == "WEEKLY" or freq == "YEARLY" and "BYWEEKNO" in rule:
        return d.weekday() == start.weekday()
    if freq == "MONTHLY" or freq == "YEARLY" and "BYMONTH" in rule:
        return d.day == start.day
    return freq != "YEARLY" or (d.month, d.day) == (start.month, start.day)


def periods(rule, start, wkst):
    """Yields the first and the last day, or moment, of each period."""
    freq, step = rule["FREQ"], int(rule.get("INTERVAL", 1))
    if freq == "YEARLY" and "BYWEEKNO" in rule:  # Years of whole weeks.
        day = datetime(start.year, start.month, start.day)
        y = max(y for y in (start.year - 1, start.year, start.year + 1) if week_one(y, wkst) <= day)
        for y in range(y, 9998, step):
            yield week_one(y, wkst), week_one(y + 1, wkst) - DAY
    elif freq == "YEARLY":
        for y in range(start.year, 9999, step):
            yield datetime(y, 1, 1), datetime(y, 12, 31)
    elif freq == "MONTHLY":
        for m in range(start.year * 12 + start.month - 1, 9999 * 12, step):
            y, m = m // 12, m % 12 + 1
            yield datetime(y, m, 1), datetime(y, m, monthrange(y, m)[1])
    elif freq == "WEEKLY":
        d = datetime(start.year, start.month, start.day)
        d -= DAY * ((d.weekday() - wkst) % 7)
        while d.year < 9998:
            yield d, d + 6 * DAY
            d += 7 * step * DAY
    else:
        t = start.replace(second=0) if freq != "SECONDLY" else start
        t = t.replace(minute=0) if freq in ("HOURLY", "DAILY") else t
        t = t.replace(hour=0) if freq == "DAILY" else t
        while t.year < 9998:
            yield t, t
            t += step * UNIT[freq]


def period_set(rule, start, first, last, wkst):
    """The instances of one period, before BYSETPOS."""
    level = FREQS.index(rule["FREQ"])
    if level >= 4:  # Longer parts than the period limit it.
        for name, n in ("BYHOUR", first.hour), ("BYMINUTE", first.minute), ("BYSECOND", first.second):
            if level >= {"BYHOUR": 4, "BYMINUTE": 5, "BYSECOND": 6}[name] and n not in [min(x, 59) for x in rule.get(name, [n])]:
                return []

    def choose(name, at, given, period):
        if level >= at:
            return [period]
        return sorted({min(n, 59) for n in rule.get(name, [given])})

    out = []
    d = first
    while d <= last:
        if day_allowed(rule, start, d, wkst):
            for h in choose("BYHOUR", 4, start.hour, d.hour):
                for m in choose("BYMINUTE", 5, start.minute, d.minute):
                    for s in choose("BYSECOND", 6, start.second, d.second):
                        out.append(d.replace(hour=h, minute=m, second=s))
        d += DAY
    return out


def answer(text, dtstart, n, begin, end):
    rule, start = parse(text), datetime.strptime(dtstart, FORM)
    wkst = DAYS.index(rule.get("WKST", "MO"))
    count, until = int(rule.get("COUNT", 1 << 60)), rule.get("UNTIL", "99991231T235959")
    seen, out = 1, [dtstart] if begin <= dtstart else []
    for first, last in periods(rule, start, wkst):
        if stamp(first)[:8] > end:
            break
        found = period_set(rule, start, first, last, wkst)
        if "BYSETPOS" in rule:
            found = [t for i, t in enumerate(found) if i + 1 in rule["BYSETPOS"] or i - len(found) in rule["BYSETPOS"]]
        for t in found:
            t = stamp(t)
            if t <= dtstart or t > until:
                continue
            seen += 1
            if seen > count or t >= end or len(out) >= int(n):
                return out
            if t >= begin:
                out.append(t)
    return out


if __name__ == "__main__":
    for line in sys.stdin:
        print(" ".join(answer(*line.rstrip("\n").split("\t"))), flush=True)
