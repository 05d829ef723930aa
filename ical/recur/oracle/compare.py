"""Compares the answers of all implementations and reports where they differ.

    python compare.py [-v] CASES.tsv DIRECTORY

The directory holds the answers as NAME.txt, see ask.py; almanac.txt is ours. -v
prints each case on which another implementation differs from ours for no
reason known to readings.py.
"""
import collections
import os
import sys

from readings import reading, settle

NAMES = ["dateutil", "libical", "icaljs", "temporal"]


def load(cases, directory):
    """Yields each case with the answers, a dict by name; None: no answer."""
    columns = {}
    for name in ["almanac"] + NAMES:
        with open(os.path.join(directory, name + ".txt")) as f:
            columns[name] = f.read().split("\n")[:-1]
    with open(cases) as f:
        for i, line in enumerate(f):
            case = line.rstrip("\n").split("\t")
            yield case, {n: None if i >= len(c) or c[i].startswith("!") else settle(case, c[i].split()) for n, c in columns.items()}


def parting(ours, theirs):
    """The instances about the first difference, of both."""
    i = next(i for i, (a, b) in enumerate(zip(ours + ["-"], theirs + ["-"])) if a != b)
    return i, ours[max(i - 1, 0):i + 3], theirs[max(i - 1, 0):i + 3]


def main():
    verbose = "-v" in sys.argv
    total, backed = 0, collections.Counter()
    asked, agree = collections.Counter(), collections.Counter()
    findings, supported = collections.Counter(), collections.Counter()
    for case, answers in load(*sys.argv[-2:]):
        total += 1
        ours = answers["almanac"]
        given = [n for n in NAMES if answers[n] is not None]
        same = [n for n in given if answers[n] == ours]
        backed[len(same)] += 1
        asked.update(given)
        agree.update(same)
        for name in set(given) - set(same):
            why = reading(name, case)
            findings[name, why] += 1
            supported[name, why] += bool(same)
            if verbose and why == "?":
                print(name, "with ours:", same, "\t".join(case), "\n   ", *parting(ours, answers[name]))
    print(total, "rules")
    for name in NAMES:
        print("%-9s answered %5d, agrees %5d, differs %4d" % (name, asked[name], agree[name], asked[name] - agree[name]))
    for n in range(len(NAMES) + 1):
        print("%5d rules on which %d others agree with ours" % (backed[n], n))
    print("differences, and on how many of them another one agrees with ours:")
    for (name, why), n in sorted(findings.items()):
        print("%-9s %5d %5d  %s" % (name, n, supported[name, why], why))


if __name__ == "__main__":
    main()
