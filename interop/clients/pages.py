"""The pages for people, driven by pages/pages.mjs in headless Chromium."""

from __future__ import annotations

import json
import shutil

from harness.session import Session


def run(s: Session) -> None:
    s.add_account()
    # Node.js looks for modules beside the script, so the script goes to the modules.
    script = s.tools.browser / "pages.mjs"
    shutil.copy(s.tools.here / "pages" / "pages.mjs", script)
    pictures = s.work / "pictures"
    argv = ["node", script, s.server.origin + "/", s.user, s.password, shutil.which("chromium"), pictures]
    done = s.run(argv, timeout=600, status=None)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for case in results:
        s.result.add(case["name"], case["passed"], case.get("detail", ""))
    with s.case("the script ran to its end"):
        assert done.returncode == 0, done.stderr.strip()[-600:]
        assert len(results) >= 20, f"only {len(results)} cases ran"
