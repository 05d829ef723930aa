"""caldav-server-tester: each feature that it knows is a case."""

from __future__ import annotations

import json
from pathlib import Path

from harness.session import Session

# The checks that --short runs; each one also runs those that it builds on.
SHORT = """
CheckGetCurrentUserPrincipal CheckMakeDeleteCalendar CheckSupportedComponentSet CheckSearch CheckRecurrenceSearch
CheckSyncToken CheckSyncTokenLimit CheckNoUidConflict CheckIsNotDefined CheckAlarmSearch CheckWellKnown
""".split()


def run(s: Session) -> None:
    # Only a name with an @ lets the tool see how the principal's path is spelt.
    user = "alice@example.org"
    s.add_account(user)
    program = Path(__file__).parent.parent / "harness" / "server_tester.py"
    argv = [s.tool("python"), program, s.server.url, user, s.password, *(SHORT if s.short else [])]
    with s.case("the tool runs to its end"):
        report = json.loads(s.run(argv, timeout=180 if s.short else 900).stdout)
        assert len(report) >= (20 if s.short else 100), f"only {len(report)} features were looked at"
        for feature, found in sorted(report.items()):
            if found["type"] != "server-feature":
                continue
            # "full" is always right; the other levels only where the tool expects no more.
            good = found["support"] in ("full", found["default"])
            s.result.add(feature, good, f"{found['support']}, where {found['default']} is expected; {found['note']}")
