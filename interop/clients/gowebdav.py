"""The clients of go-webdav, driven by the Go tests in interop/gowebdav."""

from __future__ import annotations

import json

from harness.session import Session


def run(s: Session) -> None:
    s.add_account()
    env = s.env(INTEROP_URL=s.server.url, INTEROP_USER=s.user, INTEROP_PASSWORD=s.password, **s.tools.go_env())
    if hasattr(s.server, "cli"):  # for what is done beside the clients
        env |= {"INTEROP_ALMANAC": str(s.tools.almanac), "INTEROP_DATA": str(s.server.data)}
    argv = ["go", "test", "-json", "-count=1", "-timeout=120s", "-tags=interop", "./interop/gowebdav"]
    done = s.run(argv, cwd=s.tools.repo, env=env, timeout=400, status=None)

    said: dict[str, list[str]] = {}
    seen = 0
    for line in done.stdout.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        test = event.get("Test", "")
        if event["Action"] == "output":
            said.setdefault(test, []).append(event["Output"])
        elif event["Action"] in ("pass", "fail") and "/" in test:
            seen += 1
            name = test.partition("/")[2].replace("_", " ") + f" ({test.partition('/')[0].removeprefix('Test')})"
            detail = "".join(o for o in said.get(test, []) if not o.lstrip().startswith(("===", "---"))).strip()
            s.result.add(name, event["Action"] == "pass", detail)
    with s.case("all tests ran and passed"):
        assert seen >= 13, f"only {seen} cases ran:\n" + "\n".join(
            (done.stderr + "".join(said.get("", []))).splitlines()[-8:]
        )
        assert done.returncode == 0, f"go test ended with {done.returncode}"
