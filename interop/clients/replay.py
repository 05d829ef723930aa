"""Clients that can't be run here, as recordings of what they send: see harness/replay.py."""

from __future__ import annotations

from harness import replay
from harness.session import Session


def run(s: Session) -> None:
    for number, path in enumerate(sorted((s.tools.here / "replay").glob("*.txt"))):
        # Every second file runs as a user with an @ in the name, as many have.
        user = path.stem + ("@example.org" if number % 2 else "")
        client = s.add_account(user, f"{path.stem}@example.org")
        calendar = s.server.calendar(user, "calendar")
        contacts = s.server.addressbook(user, "contacts")
        player = replay.Player(
            client,
            {
                "root": s.server.root,
                "origin": s.server.origin,
                "user": user,
                "email": f"{path.stem}@example.org",
                "principal": s.server.principal(user),
                "calendars": calendar.removesuffix("calendar/"),
                "addressbooks": contacts.removesuffix("contacts/"),
                "calendar": calendar,
                "tasks": s.server.calendar(user, "tasks"),
                "contacts": contacts,
            },
        )
        for case in replay.parse(path):
            with s.case(f"{path.stem}: {case.name}"):
                player.play(case)
