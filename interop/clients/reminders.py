"""Reminders, driven by pages/reminders.mjs in headless Chromium."""

from __future__ import annotations

from clients.pages import drive
from harness import servers
from harness.session import Session


class Reminding(servers.Almanac):
    """almanac serve that may send to the push service of the script, on this machine."""

    def command(self):
        return [*super().command(), "--private-targets", "yes"]


def run(s: Session) -> None:
    plain, s.server = s.server, Reminding(s.work / "reminding", s.tools)
    s.server.start()
    try:
        s.add_account()
        drive(s, "reminders.mjs", 20)
    finally:
        s.server.stop()
        s.server = plain
