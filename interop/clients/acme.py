"""A certificate from a real authority: Pebble, the one that Let's Encrypt tests with.

Pebble checks that the name belongs to the server by tls-alpn-01, on the port
that almanac listens on; pebble-challtestsrv is the DNS that leads every name to
127.0.0.1. Nothing leaves the machine.
"""

from __future__ import annotations

import base64
import http.client
import json
import signal
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager

from harness import servers
from harness.servers import free_port
from harness.session import CommandFailed, Session

NAME = "cal.example.org"
# The least time in which a certificate is got, renewed and looked at: almanac
# renews when a third of a certificate's life is left.
SHORT_LIFE = 30


class WithCertificate(servers.Almanac):
    """almanac serve --acme-domain, with Pebble as the authority."""

    authority = None

    def command(self):
        return [
            *super().command(),
            "--acme-domain", NAME, "--acme-listen", "",
            "--acme-directory", self.authority.directory, "--acme-ca", self.authority.ca,
        ]  # fmt: skip

    def start(self):
        # A plain request is answered there too, by a refusal.
        servers.Server.start(self)


class Authority:
    """A Pebble whose certificates are valid for a number of seconds."""

    def __init__(self, s: Session, name: str, tls_port: int, seconds: int):
        self.s = s
        self.folder = s.work / name
        self.folder.mkdir()
        self.ca = self.folder / "cert.pem"
        self.port, self.management, self.dns = free_port(), free_port(), free_port()
        self.directory = f"https://127.0.0.1:{self.port}/dir"
        self.processes: list[subprocess.Popen] = []
        go = s.tools.go_env()
        s.run(
            ["go", "run", s.tools.goroot() / "src/crypto/tls/generate_cert.go", "--host", "127.0.0.1", "--ca"],
            cwd=self.folder, env=s.env(**go), timeout=120,
        )  # fmt: skip
        config = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(self.ca),
            "privateKey": str(self.folder / "key.pem"),
            "httpPort": free_port(),
            "tlsPort": tls_port,
            "profiles": {"default": {"description": "the only one", "validityPeriod": seconds}},
        }
        (self.folder / "config.json").write_text(json.dumps({"pebble": config}))

    def start(self) -> None:
        dns = f"127.0.0.1:{self.dns}"
        for argv in (
            ["pebble-challtestsrv", "-dnsserver", dns, "-defaultIPv6", "", "-management", "", "-doh", ""]
            + ["-http01", "", "-https01", "", "-tlsalpn01", ""],
            ["pebble", "-config", self.folder / "config.json", "-dnsserver", dns],
        ):
            with (self.folder / "log").open("ab") as log:
                self.processes.append(
                    subprocess.Popen(
                        [str(self.s.tools.pebble / argv[0]), *map(str, argv[1:])],
                        stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                        env=self.s.env(PEBBLE_VA_NOSLEEP="1"),
                    )  # fmt: skip
                )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                (self.folder / "root.pem").write_text(self.get("/roots/0"))
                return
            except OSError:
                time.sleep(0.05)
        raise CommandFailed(f"Pebble did not answer within 20 s; see {self.folder}/log")

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
        self.processes = []

    def get(self, path: str) -> str:
        context = ssl.create_default_context(cafile=str(self.ca))
        conn = http.client.HTTPSConnection("127.0.0.1", self.management, timeout=5, context=context)
        conn.request("GET", path)
        body = conn.getresponse().read().decode()
        conn.close()
        return body

    @contextmanager
    def running(self):
        try:
            self.start()
            yield
        finally:
            self.stop()


class Client:
    """Requests over HTTPS to the name, whose certificate must come from the authority."""

    def __init__(self, server, authority: Authority, s: Session):
        self.server, self.authority, self.s = server, authority, s

    def connect(self, name: str = NAME) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.authority.folder / "root.pem"))
        plain = socket.create_connection(("127.0.0.1", self.server.port), timeout=60)
        return context.wrap_socket(plain, server_hostname=name)

    def serial(self) -> str:
        with self.connect() as conn:
            return conn.getpeercert()["serialNumber"]

    def request(self, method: str, path: str, body: str = "", **headers: str):
        conn = http.client.HTTPConnection(NAME, timeout=60)
        conn.sock = self.connect()
        token = base64.b64encode(f"{self.s.user}:{self.s.password}".encode()).decode()
        conn.request(method, path, body, {"Authorization": "Basic " + token, **headers})
        answer = conn.getresponse()
        text = answer.read().decode()
        conn.close()
        return answer.status, text


def run(s: Session) -> None:
    server = WithCertificate(s.work / "secure", s.tools)
    server.fixed_port = free_port()
    authority = Authority(s, "authority", server.fixed_port, 90 * 24 * 3600)
    server.authority = authority
    client = Client(server, authority, s)
    with authority.running():
        serve(s, server, client)
    with s.case("after a restart, without the authority, it serves with the same certificate"):
        first = client.serial()
        server.stop()
        server.start()
        assert client.serial() == first, f"{client.serial()} is another than {first}"
    with s.case("a name that is not configured gets no certificate"):
        try:
            client.connect("other.example.org").close()
        except ssl.SSLError:
            pass
        else:
            raise AssertionError("it was connected to")
    with s.case("the server with the certificate ends cleanly, its data in order"):
        server.stop()
        server.check()
    if not s.short:
        renew(s)


def serve(s: Session, server, client: Client) -> None:
    with s.case("the server gets a certificate by tls-alpn-01"):
        server.start()
        server.add_user(s.user, s.password, s.email, "Alice")
        assert client.serial()  # there is no way but that port
    with s.case("calendars are served with it"):
        path = server.calendar(s.user, "calendar") + "1.ics"
        event = (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//interop//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
            "DTSTAMP:20260301T100000Z\r\nDTSTART:20260310T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        status, _ = client.request("PUT", path, event, **{"Content-Type": "text/calendar"})
        assert status == 201, status
        assert client.request("GET", path) == (200, event)
        ask = '<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>'
        status, text = client.request("PROPFIND", "/.well-known/caldav", ask, Depth="0")
        assert status == 207 and f"/principals/{s.user}/" in text, f"{status} {text}"


def renew(s: Session) -> None:
    server = WithCertificate(s.work / "renewing", s.tools)
    server.fixed_port = free_port()
    authority = Authority(s, "hasty-authority", server.fixed_port, SHORT_LIFE)
    server.authority = authority
    client = Client(server, authority, s)
    with authority.running(), s.case("a certificate is renewed while the server runs, without a gap"):
        server.start()
        first, until = client.serial(), time.monotonic() + 2 * SHORT_LIFE
        while client.serial() == first:  # fails when the certificate has run out
            assert time.monotonic() < until, f"no new certificate within {2 * SHORT_LIFE} s"
            time.sleep(0.5)
    server.stop()
