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


def main():
    verbose = "-v" in sys.argv
    cases, directory = sys.argv[-2:]
    total = 0
    asked, agree = collections.Counter(), collections.Counter()
    backed = collections.Counter()
    reasons = collections.Counter()
    for case, answers in load(cases, directory):
        total += 1
        ours = answers["almanac"]
        support = 0
        for name in NAMES:
            theirs = answers[name]
            if theirs is None:
                continue
            asked[name] += 1
            if theirs == ours:
                agree[name] += 1
                support += 1
                continue
            why = reading(name, case, ours, theirs)
            reasons[name, why] += 1
            if verbose and why == "?":
                i = next((i for i, (a, b) in enumerate(zip(ours + ["-"], theirs + ["-"])) if a != b), None)
                others = "".join(n[0] if answers[n] == ours else "-" if answers[n] is None else "x" for n in NAMES)
                print(name, others, "\t".join(case), "\n    at", i, "ours", ours[max(i - 1, 0):i + 3], "theirs", theirs[max(i - 1, 0):i + 3])
        backed[support] += 1
    print(total, "rules")
    for name in NAMES:
        print("%-9s answered %5d, agrees %5d, differs %4d" % (name, asked[name], agree[name], asked[name] - agree[name]))
    for n in range(len(NAMES) + 1):
        print("%5d rules on which %d others agree with ours" % (backed[n], n))
    for (name, why), n in sorted(reasons.items()):
        print("%-9s %5d  %s" % (name, n, why))


if __name__ == "__main__":
    main()
