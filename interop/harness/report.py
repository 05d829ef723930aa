"""The outcome of every case, checked against the list of exceptions."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

PASS, FAIL, SKIP = "pass", "FAIL", "skip"


@dataclass
class Case:
    name: str
    outcome: str
    detail: str = ""


class Exceptions:
    """The rows of exceptions.md: cases that fail on purpose.

    A row has the client, the case and the reason; a case may end with * and
    then stands for all that begin so. A case that fails and has a row is
    skipped. A case that passes and has a row fails, as does, in a
    complete run of that client, a row whose case never came up: so the list
    stays true.
    """

    ROW = re.compile(r"^\|\s*(?P<client>[\w-]+)\s*\|\s*(?P<case>.+?)\s*\|\s*(?P<reason>.+?)\s*\|$")

    def __init__(self, rows: dict[tuple[str, str], str]):
        self.rows = rows

    @classmethod
    def load(cls, path: Path) -> Exceptions:
        rows = {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = cls.ROW.match(line)
            if not match or match["client"] == "client" or set(match["client"]) <= {"-"}:
                continue
            key = match["client"], match["case"].strip("`")
            if key in rows:
                raise ValueError(f"{path.name}:{number}: {key} is listed twice")
            rows[key] = match["reason"]
        return cls(rows)

    def reason(self, client: str, case: str) -> str | None:
        for pattern in self.cases(client):
            if covers(pattern, case):
                return self.rows[client, pattern]
        return None

    def cases(self, client: str) -> set[str]:
        return {case for name, case in self.rows if name == client}


def covers(pattern: str, case: str) -> bool:
    """Whether a row's case stands for this case."""
    return case.startswith(pattern[:-1]) if pattern.endswith("*") else case == pattern


@dataclass
class ClientResult:
    name: str
    exceptions: Exceptions
    complete: bool
    cases: list[Case] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, case: str, passed: bool, detail: str = "") -> None:
        reason = self.exceptions.reason(self.name, case)
        if passed and reason:
            self.cases.append(Case(case, FAIL, "passes, but exceptions.md says that it can't: " + reason))
        elif passed:
            self.cases.append(Case(case, PASS))
        elif reason:
            self.cases.append(Case(case, SKIP, reason))
        else:
            self.cases.append(Case(case, FAIL, detail))

    def fail(self, case: str, detail: str) -> None:
        self.add(case, False, detail)

    def skip(self, case: str, reason: str) -> None:
        self.cases.append(Case(case, SKIP, reason))

    def finish(self) -> None:
        """In a complete run, report exceptions whose case no longer exists."""
        if not self.complete:
            return
        for pattern in sorted(self.exceptions.cases(self.name)):
            if not any(covers(pattern, case.name) for case in self.cases):
                self.cases.append(Case(pattern, FAIL, "is listed in exceptions.md, but no such case came up"))

    def count(self, outcome: str) -> int:
        return sum(case.outcome == outcome for case in self.cases)

    @property
    def failed(self) -> bool:
        return self.count(FAIL) > 0


class Report:
    """The results of all clients of a run."""

    def __init__(self, exceptions: Exceptions, complete: bool):
        self.exceptions = exceptions
        self.complete = complete
        self.clients: dict[str, ClientResult] = {}

    def client(self, name: str) -> ClientResult:
        if name not in self.clients:
            self.clients[name] = ClientResult(name, self.exceptions, self.complete)
        return self.clients[name]

    @property
    def ok(self) -> bool:
        return not any(client.failed for client in self.clients.values())

    def print_client(self, name: str) -> None:
        client = self.client(name)
        for case in client.cases:
            print(f"  {case.outcome}  {case.name}")
            for line in case.detail.splitlines():
                print(f"          {line}")
        print(
            f"  {client.count(PASS)} passed, {client.count(FAIL)} failed, "
            f"{client.count(SKIP)} skipped in {client.seconds:.0f} s"
        )
        sys.stdout.flush()

    def print_summary(self) -> None:
        print(f"\n{'client':22} {'passed':>7} {'failed':>7} {'skipped':>7} {'seconds':>8}")
        for client in self.clients.values():
            print(
                f"{client.name:22} {client.count(PASS):7} {client.count(FAIL):7} "
                f"{client.count(SKIP):7} {client.seconds:8.0f}"
            )
        total = {o: sum(c.count(o) for c in self.clients.values()) for o in (PASS, FAIL, SKIP)}
        if total[FAIL]:
            print("\nfailed:")
            for client in self.clients.values():
                for case in client.cases:
                    if case.outcome == FAIL:
                        print(f"  {client.name}: {case.name}")
        print(f"\n{total[PASS]} passed, {total[FAIL]} failed, {total[SKIP]} skipped")
