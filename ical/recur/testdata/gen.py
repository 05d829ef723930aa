"""Writes the fixtures of package recur with python-dateutil.

    python3 -m venv v && v/bin/pip install python-dateutil
    v/bin/python gen.py

rfc5545.txt holds the examples of RFC 5545 section 3.8.5.3 (with the errata that
correct their UNTIL), dateutil.json random rules. The random rules leave
out what dateutil reads differently; doc.go of the package says why:
DTSTART that the rule does not produce, BYWEEKNO without BYDAY, BYDAY with and
without ordinals mixed, BYSETPOS in weeks begun before DTSTART.
"""
import json
import os
import random
from datetime import datetime
from itertools import islice

from dateutil.rrule import rrulestr

HERE = os.path.dirname(os.path.abspath(__file__))

# (rule, DTSTART, instances listed; 0 for all)
RFC = [
    ("FREQ=DAILY;COUNT=10", "19970902T090000", 0),
    ("FREQ=DAILY;UNTIL=19971224T000000Z", "19970902T090000", 0),
    ("FREQ=DAILY;INTERVAL=2", "19970902T090000", 47),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", "19970902T090000", 0),
    ("FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", "19980101T090000", 0),
    ("FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "19980101T090000", 0),
    ("FREQ=WEEKLY;COUNT=10", "19970902T090000", 0),
    ("FREQ=WEEKLY;UNTIL=19971224T000000Z", "19970902T090000", 0),
    ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "19970902T090000", 13),
    ("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "19970902T090000", 0),
    ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "19970902T090000", 0),
    ("FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", "19970901T090000", 0),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "19970902T090000", 0),
    ("FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "19970905T090000", 0),
    ("FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "19970905T090000", 0),
    ("FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "19970907T090000", 0),
    ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "19970922T090000", 0),
    ("FREQ=MONTHLY;BYMONTHDAY=-3", "19970928T090000", 6),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "19970902T090000", 0),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "19970930T090000", 0),
    ("FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "19970910T090000", 0),
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "19970902T090000", 18),
    ("FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "19970610T090000", 0),
    ("FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", "19970310T090000", 0),
    ("FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "19970101T090000", 0),
    ("FREQ=YEARLY;BYDAY=20MO", "19970519T090000", 3),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "19970512T090000", 3),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "19970313T090000", 11),
    ("FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "19970605T090000", 39),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "19980213T090000", 5),
    ("FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "19970913T090000", 10),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "19961105T090000", 3),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "19970904T090000", 0),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "19970929T090000", 7),
    ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", "19970902T090000", 0),
    ("FREQ=MINUTELY;INTERVAL=15;COUNT=6", "19970902T090000", 0),
    ("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "19970902T090000", 0),
    ("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", "19970902T090000", 48),
    ("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", "19970902T090000", 48),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "19970805T090000", 0),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "19970805T090000", 0),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "20070115T090000", 0),
]


def stamp(t):
    return t.strftime("%Y%m%dT%H%M%S")


def instances(rule, dtstart, n):
    # The RFC's UNTIL are UTC; New York is 4 or 5 hours behind, which makes no
    # difference to the 5 used here.
    import re
    def local(m):
        from datetime import timedelta
        return "UNTIL=" + stamp(datetime.strptime(m.group(1), "%Y%m%dT%H%M%S") - timedelta(hours=5))
    rule = re.sub(r"UNTIL=(\w+)Z", local, rule)
    it = iter(rrulestr(rule, dtstart=datetime.strptime(dtstart, "%Y%m%dT%H%M%S")))
    return [stamp(t) for t in (islice(it, n) if n else it)]


def write_rfc():
    with open(os.path.join(HERE, "rfc5545.txt"), "w") as f:
        f.write("# The examples of RFC 5545 section 3.8.5.3. A trailing ... marks a set that goes on.\n")
        for rule, start, n in RFC:
            f.write("\nRRULE:%s\nDTSTART:%s\nINSTANCES:%s%s\n" % (
                rule, start, " ".join(instances(rule, start, n)), " ..." if n else ""))


def pick(rnd, values, most):
    return sorted(rnd.sample(values, rnd.randint(1, min(most, len(values)))))


def join(values):
    return ",".join(str(v) for v in values)


DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def signed(n):
    return list(range(-n, 0)) + list(range(1, n + 1))


def random_rule(rnd):
    freq = rnd.choice(["YEARLY"] * 3 + ["MONTHLY"] * 3 + ["WEEKLY"] * 2 + ["DAILY", "HOURLY", "MINUTELY", "SECONDLY"])
    parts = ["FREQ=" + freq]
    if rnd.random() < .6:
        parts.append("INTERVAL=%d" % rnd.choice([1, 2, 3, 4, 5, 7, 11, 13, 25, 61, 90]))
    if rnd.random() < .4:
        parts.append("BYMONTH=" + join(pick(rnd, list(range(1, 13)), 4)))
    if rnd.random() < .4:
        parts.append("BYMONTHDAY=" + join(pick(rnd, signed(31), 5)))
    if freq == "YEARLY" and rnd.random() < .25:
        parts.append("BYYEARDAY=" + join(pick(rnd, signed(366), 20)))
    weekno = freq == "YEARLY" and rnd.random() < .25
    if weekno:
        parts.append("BYWEEKNO=" + join(pick(rnd, signed(53), 6)))
    if weekno or rnd.random() < .5:
        days = pick(rnd, DAYS, 4)
        if not weekno and freq in ("YEARLY", "MONTHLY") and rnd.random() < .5:
            most = 5 if freq == "MONTHLY" or any(p.startswith("BYMONTH=") for p in parts) else 53
            days = [str(rnd.choice(signed(most))) + d for d in days]
        parts.append("BYDAY=" + join(days))
    few = freq in ("HOURLY", "MINUTELY", "SECONDLY")
    if rnd.random() < .3:
        parts.append("BYHOUR=" + join(pick(rnd, list(range(24)), 12 if few else 3)))
    if rnd.random() < .2:
        parts.append("BYMINUTE=" + join(pick(rnd, list(range(60)), 30 if few else 3)))
    if rnd.random() < .15:
        parts.append("BYSECOND=" + join(pick(rnd, list(range(60)), 30 if few else 3)))
    if rnd.random() < .3:
        parts.append("WKST=" + rnd.choice(DAYS))
    if freq != "WEEKLY" and len(parts) > 2 and rnd.random() < .25:
        parts.append("BYSETPOS=" + join(pick(rnd, signed(6), 3)))
    if rnd.random() < .3:
        parts.append("COUNT=%d" % rnd.choice([1, 2, 5, 20, 300]))
    return ";".join(parts)


class TooLong(Exception):
    pass


def generate(count):
    import signal

    def alarm(*_):
        raise TooLong()
    signal.signal(signal.SIGALRM, alarm)
    rnd = random.Random(5545)
    cases = []
    while len(cases) < count:
        rule = random_rule(rnd)
        start = datetime(rnd.randint(1990, 2030), rnd.randint(1, 12), rnd.randint(1, 28),
                         rnd.randint(0, 23), rnd.randint(0, 59), rnd.randint(0, 59))
        signal.setitimer(signal.ITIMER_REAL, 1)
        try:
            first = next(iter(rrulestr(rule, dtstart=start)), None)
            if first is None:
                continue
            want = list(islice(iter(rrulestr(rule, dtstart=first)), 25))
        except (TooLong, ValueError, IndexError):
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if not want or want[0] != first or want[-1].year > 2400:
            continue
        cases.append({"rule": rule, "start": stamp(first), "instances": [stamp(t) for t in want]})
    with open(os.path.join(HERE, "dateutil.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    write_rfc()
    generate(400)
