"""Answers cases (see compare.py) with python-dateutil."""
import sys
from datetime import datetime

from dateutil.rrule import rrulestr

from generate import stamp

FORM = "%Y%m%dT%H%M%S"


def answer(rule, dtstart, n, begin, end):
    out = []
    for t in rrulestr(rule, dtstart=datetime.strptime(dtstart, FORM)):
        t = stamp(t)
        if t >= end or len(out) == int(n):
            break
        if t >= begin:
            out.append(t)
    return out


for line in sys.stdin:
    try:
        print(" ".join(answer(*line.rstrip("\n").split("\t"))), flush=True)
    except (ValueError, IndexError, OverflowError) as e:
        print("!", str(e).replace("\n", " "), flush=True)
