"""The table of clients: one row each, in the order in which they run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Client:
    """One client: its script is clients/<name with underscores>.py, function run."""

    name: str
    about: str
    needs: frozenset[str]  # of "python", "node", "browser", "sdist", "pebble", and Debian packages as "apt:NAME"

    @property
    def run(self) -> Callable:
        return importlib.import_module("clients." + self.name.replace("-", "_")).run


def _row(name: str, needs: str, about: str) -> Client:
    return Client(name, about, frozenset(needs.split()))


CLIENTS = [
    _row("replay", "", "recorded requests of DAVx5, Apple, Thunderbird, Evolution, KDE, Tasks.org and Outlook"),
    _row("vdirsyncer", "python", "files in folders and the server, both ways, with conflicts"),
    _row("khal", "python", "a calendar in the terminal, on vdirsyncer's folders"),
    _row("todoman", "python", "tasks in the terminal, on vdirsyncer's folders"),
    _row("khard", "python", "contacts in the terminal, on vdirsyncer's folders"),
    _row("python-caldav", "python sdist", "the functional tests of the python-caldav library"),
    _row("caldav-server-tester", "python", "every feature that caldav-server-tester knows"),
    _row("tsdav", "node", "the JavaScript library of web calendars"),
    _row("pages", "browser apt:chromium", "the pages for people in a browser, on a phone's screen and a desktop's"),
    _row("reminders", "browser apt:chromium", "reminders in a browser: pages, notifications pushed to a service worker, and their buttons"),
    _row("mail", "python apt:openssl", "reminders by mail through aiosmtpd, read by Python's email package"),
    _row("gowebdav", "", "the CalDAV and CardDAV clients of go-webdav"),
    _row("acme", "pebble", "a certificate authority: certificates got, kept and renewed"),
    _row("cadaver", "apt:cadaver", "a WebDAV shell"),
    _row("litmus", "apt:litmus", "the WebDAV test suite, as far as objects and collections go"),
    _row("ldap", "apt:slapd", "Debian's LDAP server as the source of accounts"),
    _row("sharing", "python", "vdirsyncer and python-caldav with calendars of somebody else, macOS and DAVx5 as recordings"),
    _row("subscribe", "python", "vdirsyncer, khal and icalendar on a public link"),
    _row("move-in", "python", "moving in from Radicale and Xandikos"),
]


def select(names: list[str]) -> list[Client]:
    known = {client.name: client for client in CLIENTS}
    wrong = [name for name in names if name not in known]
    if wrong:
        sys.exit(f"interop: no client {', '.join(wrong)}; there are {', '.join(known)}")
    return [client for client in CLIENTS if not names or client.name in names]
