"""The pages for people, driven by pages/pages.mjs in headless Chromium."""

from __future__ import annotations

import json
import shutil

from harness.session import Session


def run(s: Session) -> None:
    s.add_account()
    drive(s, "pages.mjs", 20)


def drive(s: Session, name: str, least: int) -> None:
    """Run a script of pages/, which has at least so many cases."""
    # Node.js looks for modules beside the script, so the scripts go to the modules.
    for script in (s.tools.here / "pages").glob("*.mjs"):
        shutil.copy(script, s.tools.browser / script.name)
    pictures = s.work / "pictures"
    argv = ["node", s.tools.browser / name, s.server.origin + "/", s.user, s.password, shutil.which("chromium"), pictures]
    done = s.run(argv, timeout=600, status=None)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for case in results:
        s.result.add(case["name"], case["passed"], case.get("detail", ""))
    with s.case("the script ran to its end"):
        assert done.returncode == 0, done.stderr.strip()[-600:]
        assert len(results) >= least, f"only {len(results)} cases ran"
