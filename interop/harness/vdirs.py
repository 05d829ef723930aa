"""vdirsyncer between folders and the server, for it and for the programs on its folders.

khal, todoman and khard know nothing of CalDAV: they read and write a folder
with one file for each object (a vdir), and vdirsyncer carries it to the
server and back.
"""

from __future__ import annotations

from pathlib import Path

from harness.session import Session


# The end of a configuration of khal.
KHAL_LOCALE = """
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {work}/khal.db
"""


class Vdirs:
    """A vdirsyncer configuration with its local folders (under session.work by default).

    calendars/NAME/ and contacts/NAME/ hold the collections. The local side is
    called a, the server b. resolution says for each pair who wins a conflict;
    extra is appended to the configuration.
    """

    def __init__(
        self,
        session: Session,
        resolution: dict[str, str] | None = None,
        extra: str = "",
        folder: Path | None = None,
    ):
        self.session = session
        base = folder or session.work
        self.calendars = base / "calendars"
        self.contacts = base / "contacts"
        for local in (self.calendars, self.contacts):
            local.mkdir(parents=True, exist_ok=True)
        self.config = base / "vdirsyncer.conf"
        resolution = resolution or {}
        parts = [f'[general]\nstatus_path = "{base}/status/"\n']
        for pair, kind, local, ext, metadata in (
            ("calendars", "caldav", self.calendars, ".ics", '["displayname", "color", "description", "order"]'),
            ("contacts", "carddav", self.contacts, ".vcf", '["displayname", "description"]'),
        ):
            parts.append(
                f'[pair {pair}]\na = "{pair}_a"\nb = "{pair}_b"\n'
                f'collections = ["from a", "from b"]\nmetadata = {metadata}\n'
                f'conflict_resolution = "{resolution.get(pair, "a wins")}"\n'
                f'[storage {pair}_a]\ntype = "filesystem"\npath = "{local}"\nfileext = "{ext}"\n'
                + self.remote(f"{pair}_b", kind)
            )
        self.config.write_text("\n".join(parts) + extra)

    def remote(self, name: str, kind: str, more: str = "") -> str:
        """The section of a storage on the server; kind is caldav or carddav."""
        s = self.session
        return (
            f'[storage {name}]\ntype = "{kind}"\nurl = "{s.server.url}"\n'
            f'username = "{s.user}"\npassword = "{s.password}"\n{more}\n'
        )

    def run(self, *args: str, status: int | None = 0, timeout: float = 120):
        """Run vdirsyncer, agreeing to every collection that it offers to create."""
        argv = [self.session.tool("vdirsyncer"), "--config", self.config, *args]
        return self.session.run(argv, timeout=timeout, stdin="y\n" * 50, status=status)

    def discover(self, *pairs: str) -> None:
        self.run("discover", *pairs)

    def sync(self, *pairs: str, status: int | None = 0):
        return self.run("sync", *pairs, status=status)

    def metasync(self, *pairs: str) -> None:
        self.run("metasync", *pairs)


def lines(text: str) -> list[str]:
    """The lines of an object, whichever line ends it went through.

    An XML parser turns the CR LF of an object in a REPORT answer into LF, so
    that a client that fetches by multiget can't keep them.
    """
    return text.replace("\r\n", "\n").strip().split("\n")


def only(folder: Path, ext: str, word: str) -> Path:
    """The one file in folder whose content has word in it."""
    found = [p for p in sorted(folder.glob("*" + ext)) if word in p.read_text()]
    assert len(found) == 1, f"{len(found)} files in {folder.name} have {word!r} in them, not one"
    return found[0]
