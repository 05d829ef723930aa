"""Prints random recurrence rules, one case a line, for compare.py.

A line holds, between tabs: RRULE, DTSTART, how many instances are asked for, the
first moment from which they count, and the moment before which they must lie. All
times are civil. python-dateutil is used only to find a DTSTART that the rule is
likely to produce; one in four is left as drawn.
"""
import random
import signal
import sys
from datetime import datetime, timedelta

from dateutil.rrule import rrulestr

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQS = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]
WEIGHTS = [6, 6, 4, 4, 3, 3, 2]
UNIT = {"DAILY": 86400, "HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
# How far behind the first moment instances are looked for, in seconds.
SPAN = {"YEARLY": 100 * 366 * 86400, "MONTHLY": 40 * 366 * 86400, "WEEKLY": 20 * 366 * 86400,
        "DAILY": 10 * 366 * 86400, "HOURLY": 2 * 366 * 86400, "MINUTELY": 40 * 86400, "SECONDLY": 86400}

# Parts of the rule, by frequency: the chance of each where RFC 5545 section
# 3.3.10 allows it. INVALID is the chance of a part that it does not allow there.
CHANCE = {
    "BYMONTH": dict.fromkeys(FREQS[:4], .3) | {"HOURLY": .1, "MINUTELY": .05},
    "BYWEEKNO": {"YEARLY": .25},
    "BYYEARDAY": {"YEARLY": .2, "HOURLY": .1, "MINUTELY": .05},
    "BYMONTHDAY": {"YEARLY": .25, "MONTHLY": .4, "DAILY": .25, "HOURLY": .2, "MINUTELY": .1, "SECONDLY": .05},
    "BYDAY": {"YEARLY": .4, "MONTHLY": .45, "WEEKLY": .7, "DAILY": .35, "HOURLY": .25, "MINUTELY": .1, "SECONDLY": .05},
    "BYHOUR": dict.fromkeys(FREQS[:4], .15) | {"HOURLY": .4, "MINUTELY": .3, "SECONDLY": .15},
    "BYMINUTE": dict.fromkeys(FREQS[:4], .15) | {"HOURLY": .3, "MINUTELY": .4, "SECONDLY": .3},
    "BYSECOND": dict.fromkeys(FREQS[:4], .1) | {"HOURLY": .2, "MINUTELY": .3, "SECONDLY": .4},
    "BYSETPOS": dict.fromkeys(FREQS[:3], .3) | dict.fromkeys(FREQS[3:], .12),
}
INVALID = .02


def stamp(t):
    return t.strftime("%Y%m%dT%H%M%S") if t.year >= 1000 else "%04d" % t.year + t.strftime("%m%dT%H%M%S")


def numbers(r, lo, hi, most, signed=False):
    chosen = r.sample(range(lo, hi + 1), min(r.randint(1, most), hi - lo + 1))
    if signed:
        chosen = [-n if r.random() < .3 else n for n in chosen]
    return ",".join(str(n) for n in sorted(set(chosen)))


def by_day(r, freq, weekly):
    chosen = r.sample(DAYS, r.choice([1, 1, 2, 3, 5]))
    kind = r.random()
    if freq not in ("YEARLY", "MONTHLY") or weekly:
        ordinals = r.random() < .02
    else:
        ordinals = kind < .55
    if not ordinals:
        return ",".join(chosen)
    top = [1, 1, 2, 3, 4, 5, -1, -1, -2, -5] if freq == "MONTHLY" or r.random() < .6 else [1, 10, 20, 52, 53, -1, -20, -53]
    mixed = r.random() < .1
    return ",".join(("" if mixed and i else str(r.choice(top))) + d for i, d in enumerate(chosen))


def parts(r, freq):
    used = {}
    for name, chances in CHANCE.items():
        if r.random() < chances.get(freq, INVALID):
            used[name] = ""
    fine = freq in FREQS[4:]
    for name in used:
        used[name] = {
            "BYMONTH": lambda: numbers(r, 1, 12, 4),
            "BYWEEKNO": lambda: numbers(r, 1, 53, 5, True) if r.random() < .7 else r.choice(["1", "53", "-1", "52,53", "1,-1", "-53"]),
            "BYYEARDAY": lambda: numbers(r, 1, 366, 12, True) if r.random() < .7 else r.choice(["366", "-366", "1,-1", "59,60,61", "-1"]),
            "BYMONTHDAY": lambda: numbers(r, 1, 31, 5, True),
            "BYDAY": lambda: by_day(r, freq, "BYWEEKNO" in used),
            "BYHOUR": lambda: numbers(r, 0, 23, 12 if fine else 3),
            "BYMINUTE": lambda: numbers(r, 0, 59, 20 if fine else 3),
            "BYSECOND": lambda: numbers(r, 0, 59, 20 if freq == "SECONDLY" else 3),
            "BYSETPOS": lambda: numbers(r, 1, 6, 3, True),
        }[name]()
    if r.random() < .01 and "BYSECOND" in used:
        used["BYSECOND"] += ",60"
    return used


def interval(r, freq):
    if r.random() < .45:
        return 1
    if freq in FREQS[4:]:
        return r.choice([2, 3, 5, 7, 12, 24, 25, 60, 61, 90, 100, 1440, r.randint(2, 5000)])
    return r.choice([2, 2, 3, 4, 5, 6, 12, r.randint(2, 30)])


class Slow(Exception):
    pass


def alarm(*_):
    raise Slow()


def instances(rule, start, n, end):
    """The first n instances by dateutil, within a tenth of a second of work."""
    out = []
    signal.setitimer(signal.ITIMER_REAL, .1)
    try:
        for t in rrulestr(rule, dtstart=start):
            if t >= end or len(out) >= n:
                break
            out.append(t)
    except (Slow, ValueError, IndexError, OverflowError):
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return out


def case(r):
    freq = r.choices(FREQS, WEIGHTS)[0]
    used = parts(r, freq)
    rule = "FREQ=" + freq
    n = interval(r, freq)
    if n > 1:
        rule += ";INTERVAL=%d" % n
    rule += "".join(";%s=%s" % p for p in used.items())
    if r.random() < .3:
        rule += ";WKST=" + r.choice(DAYS)

    fine = freq in FREQS[4:]
    year = r.randint(2089, 2099) if r.random() < .25 else r.randint(1971, 2036)
    start = datetime(year, 1, 1) + timedelta(seconds=r.randrange(365 * 86400))
    if r.random() < .4:
        start = start.replace(second=0)
    span = timedelta(seconds=SPAN[freq])
    if r.random() < .75:
        start = next(iter(instances(rule, start, 1, start + span)), start)
    begin = start
    kind = r.random()
    if kind < .3:
        rule += ";COUNT=%d" % r.choice([1, 2, 3, 10, r.randint(1, 40), r.randint(1, 40), 200])
    elif kind < .55:
        known = instances(rule, start, r.randint(2, 40), start + span)
        until = known[-1] if known else start + timedelta(days=r.randint(0, 3000))
        until += timedelta(seconds=r.choice([0, 0, 0, -1, 1, 86399]))
        rule += ";UNTIL=" + stamp(until)
    elif kind < .75:  # A window far from DTSTART.
        if fine:
            begin = start + timedelta(seconds=r.randrange(200000) * UNIT[freq])
        else:
            begin = datetime(r.randint(2090, 2140), r.randint(1, 12), r.randint(1, 28), r.randint(0, 23))
        begin = max(begin, start)
    return "\t".join([rule, stamp(start), "30", stamp(begin), stamp(begin + span)])


def main():
    n, seed = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGALRM, alarm)
    r = random.Random(seed)
    for _ in range(n):
        print(case(r))


if __name__ == "__main__":
    main()
