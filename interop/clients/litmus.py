"""litmus, the WebDAV test suite, on a calendar that a proxy dresses up as a folder.

See harness/folder_proxy.py for what the proxy does. The suite "http" is left
out: its one case, Expect: 100-continue, would test the proxy; replay/http.txt
has it.
"""

from __future__ import annotations

import re

from harness.folder_proxy import FolderProxy
from harness.session import Session

SUITES = ("basic", "copymove", "props", "locks")
START = re.compile(r"^\s*(?P<number>\d+)\.\s+(?P<name>\w+?)\.+")
OUTCOME = re.compile(r"\.\s+(?P<outcome>pass|FAIL|SKIPPED)(?:\s+\((?P<why>.*?)\)?)?\s*$")
WARNING = re.compile(r"WARNING: (?P<text>.*)$")


def results(said: str) -> list[tuple[str, str, str]]:
    """Read litmus's output: the cases with their outcome (pass, FAIL or SKIPPED) and the reason.

    A case begins with its number and name; its warnings and its outcome may
    stand on lines of their own. A case that litmus warns about is a FAIL.
    Names come up more than once, so the number is part of the case's name.
    """
    found: dict[str, tuple[str, str]] = {}
    name, warnings = "", []
    for line in re.split(r"[\r\n]+", said):
        if start := START.match(line):
            if name != f"{start['number']} {start['name']}":
                name, warnings = f"{start['number']} {start['name']}", []
        if warning := WARNING.search(line):
            warnings.append(warning["text"])
        elif name and (end := OUTCOME.search(line)):
            outcome = "FAIL" if warnings else end["outcome"]
            found[name] = outcome, "; ".join(warnings) or end["why"] or ""
    return [(name, *rest) for name, rest in found.items()]


def run(s: Session) -> None:
    s.add_account()
    home = s.server.calendar(s.user, "litmus").removesuffix("litmus/")
    for suite in SUITES[:1] if s.short else SUITES:
        with FolderProxy(s.server.origin, home) as proxy:
            env = s.env(TESTS=suite)
            done = s.run(["litmus", "-k", proxy.url, s.user, s.password], env=env, timeout=120, status=None)
        cases = results(done.stdout)
        with s.case(f"{suite}: the suite ran"):
            # A suite may end early by skipping its rest.
            assert cases and (cases[-1][0].endswith("finish") or cases[-1][1] == "SKIPPED"), done.stdout + done.stderr
        for name, outcome, why in cases:
            if outcome == "SKIPPED":
                # The case that made litmus skip this one has its own line.
                s.result.skip(f"{suite}: {name}", why or "litmus skipped it, for it builds on a case that did not pass")
            else:
                s.result.add(f"{suite}: {name}", outcome == "pass", why)
