"""tsdav, driven by tsdav/tsdav.mjs."""

from __future__ import annotations

import json
import shutil

from harness.session import Session


def run(s: Session) -> None:
    s.add_account()
    # Node.js looks for modules beside the script, so the script goes to the modules.
    script = s.tools.node / "tsdav.mjs"
    shutil.copy(s.tools.here / "tsdav" / "tsdav.mjs", script)
    done = s.run(["node", script, s.server.url, s.user, s.password], timeout=120, status=None)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for case in results:
        s.result.add(case["name"], case["passed"], case.get("detail", ""))
    with s.case("the script ran to its end"):
        assert done.returncode == 0, done.stderr.strip()[-600:]
        assert len(results) >= 20, f"only {len(results)} cases ran"
