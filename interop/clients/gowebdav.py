"""The clients of go-webdav, driven by the Go tests in interop/gowebdav."""

from __future__ import annotations

from harness.gotests import run_go_tests
from harness.session import Session


def run(s: Session) -> None:
    s.add_account()
    env = {"INTEROP_URL": s.server.url, "INTEROP_USER": s.user, "INTEROP_PASSWORD": s.password}
    if hasattr(s.server, "cli"):  # for what is done beside the clients
        env |= {"INTEROP_ALMANAC": str(s.tools.almanac), "INTEROP_DATA": str(s.server.data)}
    run_go_tests(s, "./interop/gowebdav", least=13, env=env)
