"""Mail: reminders go from almanac serve through aiosmtpd, and are read by Python's email package."""

from __future__ import annotations

import base64
import email
import email.policy
import html.parser
import json
import re
import subprocess
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from harness import servers
from harness.servers import free_port
from harness.session import CommandFailed, Session

LOGIN, PASSWORD = "almanac", "open sesame 2"
SUMMARY = "Séance d’équipe : été & « projets » à l’hôtel – salle nº 3, deuxième étage, avec café"
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example.org//test//EN
BEGIN:VEVENT
UID:{uid}@example.org
DTSTAMP:{now}
DTSTART:{start}
DTEND:{end}
SUMMARY:{summary}
LOCATION:Zürich
ATTENDEE:mailto:guest@example.net
BEGIN:VALARM
UID:alarm-{uid}
ACTION:EMAIL
SUMMARY:x
DESCRIPTION:x
ATTENDEE:mailto:stranger@example.net
TRIGGER;VALUE=DATE-TIME:{at}
X-ALMANAC-INSIST:PT1H
END:VALARM
END:VEVENT
END:VCALENDAR
"""

# Run by the Python that the clients are installed in.
READ = """
import sys, icalendar
[e] = icalendar.Calendar.from_ical(sys.stdin.buffer.read()).walk("VEVENT")
print(e["UID"], e["SUMMARY"], len(e.walk("VALARM")))
"""


def utc(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


class Mailing(servers.Almanac):
    """almanac serve with a mail server that wants STARTTLS and a login."""

    smtp = 0

    def command(self):
        return [
            *super().command(),
            "--smtp-url", f"smtp://{LOGIN}@127.0.0.1:{self.smtp}",
            "--smtp-password-file", self.folder / "password", "--smtp-ca", self.folder / "cert.pem",
            "--mail-from", "Rappels <rappels@example.org>",
        ]  # fmt: skip


class Links(html.parser.HTMLParser):
    """What a reader of HTML sees: the text, and where its links lead."""

    def __init__(self, page: str):
        super().__init__()
        self.links, self.text, self.lang = [], "", None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs).get("href"))
        if tag == "html":
            self.lang = dict(attrs).get("lang")

    def handle_data(self, data):
        self.text += data


class PostOffice:
    """aiosmtpd in a process of its own, and the mails that it took."""

    def __init__(self, s: Session, folder, cert, key):
        self.folder, self.read = folder, 0
        self.port = free_port()
        with (s.work / "postoffice.log").open("w") as log:
            self.process = subprocess.Popen(
                [s.tool("python"), s.tools.here / "mail" / "postoffice.py", folder, str(self.port), cert, key, LOGIN, PASSWORD],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=s.env(),
            )  # fmt: skip
        self.wait_for(lambda: (folder / "ready").exists(), "the mail server is not ready")

    def wait_for(self, what, otherwise: str, within: float = 30):
        end = time.monotonic() + within
        while not (got := what()):
            if self.process.poll() is not None:
                raise CommandFailed(f"the mail server has ended with {self.process.returncode}")
            if time.monotonic() > end:
                raise CommandFailed(f"{otherwise} after {within} s")
            time.sleep(0.05)
        return got

    def next(self) -> tuple[dict, email.message.EmailMessage, bytes]:
        """The next mail that was not waited for: its envelope, itself, and its octets."""
        self.read += 1
        file = self.folder / f"{self.read:04}.json"
        self.wait_for(file.exists, f"mail {self.read} has not come")
        envelope = json.loads(file.read_text())
        raw = base64.b64decode(envelope["mail"])
        return envelope, email.message_from_bytes(raw, policy=email.policy.default), raw

    def close(self):
        self.process.terminate()
        self.process.wait(20)


def run(s: Session) -> None:
    folder, box = s.work / "mailing", s.work / "box"
    box.mkdir()
    plain, s.server = s.server, Mailing(folder, s.tools)
    cert, key = folder / "cert.pem", folder / "key.pem"
    s.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=mail.example.org", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert]
    )  # fmt: skip
    (folder / "password").write_text(PASSWORD + "\n")
    office = PostOffice(s, box, cert, key)
    try:
        s.server.smtp = office.port
        s.server.start()
        try:
            post(s, office)
        finally:
            s.server.stop()
    finally:
        office.close()
        s.server = plain


def post(s: Session, office: PostOffice) -> None:
    c = s.add_account()
    s.server.cli("user", "set", s.user, "--language", "fr", "--timezone", "Europe/Zurich")
    path = s.server.calendar(s.user, "calendar") + "seance.ics"
    now = datetime.now(timezone.utc)
    start = (now + timedelta(hours=2)).replace(minute=30, second=0, microsecond=0)
    text = EVENT.format(
        uid="seance", summary=SUMMARY, now=utc(now), at=utc(now + timedelta(seconds=3)), start=utc(start), end=utc(start + timedelta(hours=1))
    ).replace("\n", "\r\n")
    c.put(path, text)
    envelope, mail, raw = office.next()

    with s.case("a reminder comes over TLS, after a login, to its owner alone"):
        assert envelope["tls"] and envelope["user"] == LOGIN, envelope
        assert (envelope["from"], envelope["to"]) == ("rappels@example.org", [s.email]), envelope
        assert not mail.defects and not [d for p in mail.walk() for d in p.defects], mail.defects
        assert [a.addr_spec for a in mail["To"].addresses] == [s.email] and mail["Cc"] is None and mail["Bcc"] is None
        [sender] = mail["From"].addresses
        assert (sender.display_name, sender.addr_spec) == ("Rappels", "rappels@example.org"), mail["From"]

    with s.case("a French subject is what it was, in RFC 2047's form"):
        # A long first word stands on a line of its own, which Python's email package reads
        # as a blank before it, as it may.
        assert mail["Subject"].strip() == SUMMARY, mail["Subject"]
        head = raw.split(b"\r\n\r\n")[0]
        assert head.isascii() and b"=?UTF-8?" in head, head
        assert max(map(len, raw.split(b"\r\n"))) <= 998 and b"\n" not in raw.replace(b"\r\n", b""), "lines"

    link = mail["List-Unsubscribe"].strip()
    with s.case("its headers say what it is"):
        assert mail["Auto-Submitted"] == "auto-generated", mail["Auto-Submitted"]
        assert mail["Content-Language"] == "fr", mail["Content-Language"]
        assert re.fullmatch(r"<[^@<>\s]+@example\.org>", mail["Message-ID"]), mail["Message-ID"]
        assert abs((mail["Date"].datetime - now).total_seconds()) < 120, mail["Date"]
        assert mail["MIME-Version"] == "1.0", mail["MIME-Version"]
        assert re.fullmatch(r"<http://127\.0\.0\.1:\d+/remind/[\w.-]+>", link), link
        assert mail["List-Unsubscribe-Post"] is None, "a mail program could stop it by itself"

    link = link.strip("<>")
    with s.case("it is text, and the same as HTML"):
        body = mail.get_body(("plain",)).get_content()
        page = Links(mail.get_body(("html",)).get_content())
        local = start.astimezone(ZoneInfo("Europe/Zurich"))
        for part in [SUMMARY, "Lieu", "Zürich", "Arrêter", local.strftime("%H:%M"), "parce qu’une alarme de votre agenda"]:
            assert part in body, f"no {part} in {body}"
            assert part in page.text, f"no {part} in {page.text}"
        assert link in body and link in page.links and page.lang == "fr", page.links

    with s.case("the event is attached, without alarms"):
        [attached] = mail.iter_attachments()
        assert attached.get_content_type() == "text/calendar" and attached.get_filename() == "event.ics", attached.items()
        assert "method" not in attached["Content-Type"].params, "it is an invitation"
        ics = attached.get_content()
        said = s.run([s.tool("python"), "-c", READ], stdin=ics.encode() if isinstance(ics, str) else ics).stdout
        assert said == f"seance@example.org {SUMMARY} 0\n", said

    with s.case("its link stops it, and only when the button is pressed"):
        with urllib.request.urlopen(link, timeout=20) as r:
            assert "ACKNOWLEDGED" not in c.get(path).text and b"<form" in r.read()
        with urllib.request.urlopen(link, data=b"do=stop", timeout=20) as r:
            assert r.status == 200
        assert re.search(r"\r\nACKNOWLEDGED:\d{8}T\d{6}Z\r\n", c.get(path).text), c.get(path).text

    with s.case("a changed role is told at once"):
        s.add_account("bob", "bob@example.org")
        s.server.cli("org", "add", "acme", "--owner", "bob")
        s.server.cli("org", "member", "add", "acme", s.user, "--role", "guest")
        tos = {}
        for _ in range(2):
            envelope, mail, _ = office.next()
            tos[envelope["to"][0]] = mail["Subject"]
        assert tos == {"bob@example.org": "Your role in acme has changed", s.email: "Votre rôle dans acme a changé"}, tos

    with s.case("a mailbox that does not exist is a problem of its channel"):
        s.server.cli("channel", "add", s.user, "mail", "nobody@example.org", "--name", "office")
        s.server.cli("remind", "test", s.user, "--channel", "office", status=1)

        def problem():
            [office] = [c for c in json.loads(s.server.cli("channel", "list", s.user, "--json").stdout) if c["name"] == "office"]
            return office["problem"]

        office.wait_for(problem, "the channel has no problem")
        assert "550" in problem() and "there is no such mailbox" in problem(), problem()

    with s.case("the outbox is empty"):
        assert json.loads(s.server.cli("outbox", "list", "--json").stdout) == []
        assert len(list(office.folder.glob("*.json"))) == office.read, "more mail came than was looked at"
