"""Starting and stopping servers on free loopback ports.

Almanac is what the run is about. Radicale and Xandikos are the sources that
move-in moves in from, and `run --server radicale` drives a client against
them to tell a fault of the harness from a fault of almanac.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from harness import dav
from harness.session import CommandFailed, run_command


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server in a folder of its own.

    origin     http://127.0.0.1:PORT
    root       the path that a client is told to start from
    """

    root = "/"
    fixed_port = 0  # the port to use, if not any free one

    def __init__(self, folder: Path, tools):
        self.folder = folder
        self.tools = tools
        self.process: subprocess.Popen | None = None
        self.port = 0
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "server.log"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + self.root

    def command(self) -> list[str]:
        raise NotImplementedError

    def env(self) -> dict[str, str]:
        """The caller's environment without settings of an almanac of theirs."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ALMANAC_")}
        return {**kept, "TZ": "UTC", "HOME": str(self.folder)}

    def ready_path(self) -> str:
        return "/"

    def start(self) -> None:
        """Start on a free port and return when it answers."""
        self.port = self.fixed_port or free_port()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(a) for a in self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.env(),
                start_new_session=True,
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise CommandFailed(f"the server ended with {self.process.returncode} at once; see {self.log}")
            try:
                conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                conn.request("GET", self.ready_path())
                conn.getresponse().read()
                conn.close()
                return
            except OSError:
                time.sleep(0.05)
        raise CommandFailed(f"the server did not answer within 30 s; see {self.log}")

    def stop(self) -> None:
        """Send SIGTERM and demand that the server ends by itself."""
        if self.process is None:
            return
        process, self.process = self.process, None
        if process.poll() is not None:
            raise CommandFailed(f"the server had already ended with {process.returncode}; see {self.log}")
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise CommandFailed("the server did not end within 20 s of SIGTERM") from None
        self.check_exit(status)

    def check_exit(self, status: int) -> None:
        """Most servers end by the signal; almanac overrides this."""

    def check(self) -> None:
        """Look whether the stored data is in order."""

    def principal(self, user: str) -> str:
        raise NotImplementedError

    def calendar(self, user: str, name: str) -> str:
        """The path of a calendar."""
        raise NotImplementedError

    def addressbook(self, user: str, name: str) -> str:
        raise NotImplementedError

    def add_user(self, user: str, password: str, email: str, display: str) -> None:
        """Make an account with calendar `calendar`, task list `tasks`, address book `contacts`."""
        raise NotImplementedError

    def export(self, user: str, kind: str, name: str) -> str:
        """All objects of a collection as one text, past the client's protocol where possible.

        kind is "calendar" or "addressbook".
        """
        raise NotImplementedError


class Almanac(Server):
    """The program under test, run by its published command line."""

    root = "/dav/"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def command(self):
        return [self.tools.almanac, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]

    def ready_path(self):
        return "/healthz"

    def start(self):
        super().start()
        deadline = time.monotonic() + 15
        while True:  # The port may answer before the server can serve.
            conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            conn.request("GET", "/healthz")
            status = conn.getresponse().status
            conn.close()
            if status == 200:
                return
            if time.monotonic() > deadline:
                raise CommandFailed(f"GET /healthz answers {status}, not 200, after 15 s")
            time.sleep(0.05)

    def check_exit(self, status):
        if status != 0:
            raise CommandFailed(f"almanac serve ended with {status} after SIGTERM, not 0; see {self.log}")

    def cli(self, *args: str, stdin: str = "", status: int | None = 0, timeout: float = 120):
        """Run an almanac command on this server's data."""
        argv = [self.tools.almanac, *args, "--data", self.data]
        done = run_command(argv, self.folder / "cli.log", timeout, self.folder, self.env(), stdin)
        if status is not None and done.returncode != status:
            raise CommandFailed(
                f"almanac {' '.join(map(str, args))} ended with {done.returncode}, not {status}:\n"
                + "\n".join((done.stderr or done.stdout).strip().splitlines()[-10:])
            )
        return done

    def check(self):
        self.cli("check")

    def principal(self, user):
        return f"/dav/principals/{dav.quote(user)}/"

    def calendar(self, user, name):
        return f"/dav/calendars/{dav.quote(user)}/{dav.quote(name)}/"

    def addressbook(self, user, name):
        return f"/dav/addressbooks/{dav.quote(user)}/{dav.quote(name)}/"

    def add_user(self, user, password, email, display):
        self.cli(
            "user", "add", user, "--password-stdin", "--email", email, "--display-name", display, stdin=password + "\n"
        )

    def export(self, user, kind, name):
        return self.cli("export", user, name).stdout


class Source(Server):
    """What Radicale and Xandikos share: collections are made over DAV."""

    def add_user(self, user, password, email, display):
        client = dav.Client(self.origin, user, password)
        self._client = client
        client.mkcalendar(self.calendar(user, "calendar"), "Calendar", ["VEVENT"])
        client.mkcalendar(self.calendar(user, "tasks"), "Tasks", ["VTODO"])
        client.mkaddressbook(self.addressbook(user, "contacts"), "Contacts")

    def export(self, user, kind, name):
        path = self.calendar(user, name) if kind == "calendar" else self.addressbook(user, name)
        return "".join(self._client.get(href).text for href in self._client.members(path))


class Radicale(Source):
    def command(self):
        (self.folder / "config").write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {self.folder}/users\nhtpasswd_encryption = plain\ndelay = 0\n"
            "[rights]\ntype = owner_only\n"
            f"[storage]\nfilesystem_folder = {self.folder}/data\n"
        )
        (self.folder / "users").touch()
        return [self.tools.venv / "bin" / "radicale", "--config", self.folder / "config"]

    def add_user(self, user, password, email, display):
        with (self.folder / "users").open("a") as f:
            f.write(f"{user}:{password}\n")
        super().add_user(user, password, email, display)

    def principal(self, user):
        return f"/{dav.quote(user)}/"

    def calendar(self, user, name):
        return f"/{dav.quote(user)}/{dav.quote(name)}/"

    addressbook = calendar


class Xandikos(Source):
    """Xandikos serves one user and asks for no password over plain HTTP."""

    def command(self):
        return [
            self.tools.venv / "bin" / "xandikos", "serve",
            "--directory", self.folder / "data", "--state-dir", self.folder / "state",
            "--listen-address", "127.0.0.1", "--port", str(self.port),
            "--current-user-principal", "/alice/", "--autocreate", "--no-detect-systemd",
        ]  # fmt: skip

    def principal(self, user):
        return "/alice/"

    def calendar(self, user, name):
        return f"/alice/calendars/{dav.quote(name)}/"

    def addressbook(self, user, name):
        return f"/alice/contacts/{dav.quote(name)}/"


KINDS = {"almanac": Almanac, "radicale": Radicale, "xandikos": Xandikos}
