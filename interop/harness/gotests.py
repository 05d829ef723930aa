"""Running a package of Go tests with the build tag interop, each test a case."""

from __future__ import annotations

import json

from harness.session import Session


def run_go_tests(s: Session, package: str, least: int, env: dict[str, str]) -> None:
    """Run the package's tests; at least so many, subtests counted, must be there."""
    argv = ["go", "test", "-json", "-count=1", "-timeout=120s", "-tags=interop", package]
    done = s.run(argv, cwd=s.tools.repo, env=s.env(**env, **s.tools.go_env()), timeout=400, status=None)

    said: dict[str, list[str]] = {}
    ended: dict[str, bool] = {}
    for line in done.stdout.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        test = event.get("Test", "")
        if event["Action"] == "output":
            said.setdefault(test, []).append(event["Output"])
        elif event["Action"] in ("pass", "fail", "skip") and test:
            ended[test] = event["Action"] == "pass"
    # A test that only has others below it is none of its own.
    tests = [t for t in ended if not any(other.startswith(t + "/") for other in ended)]
    for test in tests:
        top, _, below = test.partition("/")
        top = top.removeprefix("Test")
        name = f"{below.replace('_', ' ')} ({top})" if below else top
        detail = "".join(o for o in said.get(test, []) if not o.lstrip().startswith(("===", "---"))).strip()
        s.result.add(name, ended[test], detail)
    with s.case("all tests ran and passed"):
        assert len(tests) >= least, f"only {len(tests)} cases ran:\n" + "\n".join(
            (done.stderr + "".join(said.get("", []))).splitlines()[-8:]
        )
        assert done.returncode == 0, f"go test ended with {done.returncode}"
