"""Writes zoneinfo.txt: what Python's zoneinfo says of IANA zones.

    python gen.py > zoneinfo.txt              a choice of zones, to 2020
    python gen.py all 2037 > /tmp/zones.txt   each zone of the system

A line "ZONE name" begins a zone. The lines behind it are a wall-clock time and
the offset east of UTC, in seconds, with which it is read (fold=0: before a gap, and
the first of two, as RFC 5545 section 3.3.5 has it); or, behind "@", Unix seconds
and the offset then. The moments are those around each transition from 1970 on,
and some at random. TestZoneinfo reads it.
"""
import random
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

CHOICE = """Africa/Casablanca Africa/Monrovia America/Caracas America/St_Johns Antarctica/Troll Asia/Gaza Asia/Manila
Asia/Pyongyang Australia/Lord_Howe Europe/Dublin Europe/Zurich Pacific/Apia Pacific/Enderbury Pacific/Kwajalein""".split()

STEP = 3 * 86400


def offset(zone, unix):
    return int(datetime.fromtimestamp(unix, zone).utcoffset().total_seconds())


def transitions(zone, begin, end):
    before = offset(zone, begin)
    for t in range(begin, end, STEP):
        after = offset(zone, t + STEP)
        if after == before:
            continue
        low, high = t, t + STEP  # the transition lies in (low, high]
        while high - low > 1:
            middle = (low + high) // 2
            if offset(zone, middle) == before:
                low = middle
            else:
                high = middle
        yield high, before, offset(zone, high)
        before = after


def write(name, last, r):
    zone = ZoneInfo(name)
    begin, end = (int(datetime(y, 1, 1, tzinfo=timezone.utc).timestamp()) for y in (1970, last + 1))
    unix, wall = [], []
    for t, before, after in transitions(zone, begin, end):
        unix += [t - 1, t]
        low, high = t + min(before, after), t + max(before, after)
        wall += [low - 1, low, (low + high) // 2, high - 1, high]
    for _ in range(8):
        unix.append(r.randrange(begin, end))
        wall.append(r.randrange(begin, end))
    print("ZONE", name)
    for t in unix:
        print("@%d %d" % (t, offset(zone, t)))
    for t in wall:
        local = datetime(1970, 1, 1) + timedelta(seconds=t)
        print(local.strftime("%Y%m%dT%H%M%S"), int(local.replace(tzinfo=zone).utcoffset().total_seconds()))


def main():
    everything = sys.argv[1:2] == ["all"]
    last = int(sys.argv[2]) if len(sys.argv) > 2 else 2020
    r = random.Random(5545)
    for name in sorted(available_timezones()) if everything else CHOICE:
        if name != "localtime":
            write(name, last, r)


if __name__ == "__main__":
    main()
