"""Public links: vdirsyncer, khal and icalendar read a feed that needs no account."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

from harness.samples import SERIES, card, event
from harness.session import Session
from harness.vdirs import KHAL_LOCALE, Vdirs

FEED = """
[pair feed]
a = "feed_a"
b = "feed_b"
collections = null
conflict_resolution = "b wins"
[storage feed_a]
type = "filesystem"
path = "{folder}"
fileext = ".ics"
[storage feed_b]
type = "http"
url = "{url}"
"""

KHAL = """
[calendars]
[[feed]]
path = {folder}
readonly = True
""" + KHAL_LOCALE

# Run by the Python that the clients are installed in.
READ = """
import sys, icalendar
cal = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
print(cal["X-WR-CALNAME"], cal["REFRESH-INTERVAL"].dt.total_seconds())
for e in cal.walk("VEVENT"):
    print(e["UID"], e["SUMMARY"], len(e.walk("VALARM")))
print(len(cal.walk("VTIMEZONE")))
"""


def run(s: Session) -> None:
    c = s.add_account()
    calendar = s.server.calendar(s.user, "calendar")
    c.put(calendar + "series.ics", SERIES)
    c.put(calendar + "secret.ics", event("secret", "Dentist", more="CLASS:PRIVATE"))

    def link(collection: str, level: str, *more: str, stdin: str = "") -> str:
        out = s.server.cli("share", "add", s.user, collection, "link", level, *more, stdin=stdin).stdout
        path = re.search(r"Address: \S+?(/public/\S+)", out).group(1)
        return s.server.origin + path

    def get(url: str, **headers: str):
        """Status, headers and body of an answer, whatever it is."""
        request = urllib.request.Request(url, headers={k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=20) as r:
                return r.status, r.headers, r.read()
        except urllib.error.HTTPError as err:
            return err.code, err.headers, err.read()

    url = link("calendar", "read")
    folder = s.work / "feed"
    folder.mkdir()
    v = Vdirs(s, extra=FEED.format(folder=folder, url=url))

    def texts() -> str:
        return "".join(p.read_text() for p in sorted(folder.glob("*.ics")))

    with s.case("vdirsyncer's http storage subscribes"):
        v.discover("feed")
        v.sync("feed")
        have = texts()
        assert "Choir practice" in have and "Dentist" not in have, have

    with s.case("what changes, comes and goes reaches the subscriber"):
        c.put(calendar + "lunch.ics", event("lunch", "Lunch with Ada"))
        v.sync("feed")
        assert "Lunch with Ada" in texts(), texts()
        c.delete(calendar + "lunch.ics")
        v.sync("feed")
        assert "Lunch with Ada" not in texts(), texts()

    with s.case("khal shows the feed"):
        config = s.work / "khal.conf"
        config.write_text(KHAL.format(folder=folder, work=s.work))
        shown = s.run(
            [s.tool("khal"), "--config", config, "list", "--format", "{start} {title}", "2030-03-01", "30d"]
        ).stdout
        assert "2030-03-04 10:00 Choir practice" in shown, shown

    with s.case("icalendar reads it, without alarms"):
        status, headers, body = get(url)
        assert status == 200 and headers["Content-Type"].startswith("text/calendar"), headers
        said = s.run([s.tool("python"), "-c", READ], stdin=body).stdout
        assert "Calendar 3600.0" in said and "Choir practice" in said, said
        assert not re.search(r" [1-9]\d*$", "\n".join(said.splitlines()[1:-1])), said

    with s.case("an unchanged feed is not sent again"):
        tag, date = headers["ETag"], headers["Last-Modified"]
        assert get(url, If_None_Match=tag)[0] == 304
        assert get(url, If_Modified_Since=date)[0] == 304

    with s.case("a link for free/busy tells times alone"):
        _, _, body = get(link("calendar", "freebusy"))
        assert b"SUMMARY:Busy" in body and b"Choir" not in body and b"Dentist" not in body, body

    with s.case("an address book is a file of cards"):
        c.put(s.server.addressbook(s.user, "contacts") + "ada.vcf", card("ada", "Ada Example"))
        status, headers, body = get(link("contacts", "read"))
        assert status == 200 and headers["Content-Type"].startswith("text/vcard") and b"Ada Example" in body, body

    with s.case("a password is asked for"):
        locked = link("calendar", "read", "--password-stdin", stdin="open sesame\n")
        assert get(locked)[0] == 401
        host, path = s.server.origin.split("://")[1], "/public/" + locked.split("/public/")[1]
        (s.work / "locked").mkdir()
        w = Vdirs(
            s,
            extra=FEED.format(folder=s.work / "locked", url=f"http://{host}{path}")
            + 'username = "any"\npassword = "open sesame"\n',
            folder=s.work / "locked-config",
        )
        w.discover("feed")
        w.sync("feed")
        assert any((s.work / "locked").glob("*.ics"))

    with s.case("a revoked link leads nowhere, at once"):
        listed = s.server.cli("share", "list", s.user, "calendar").stdout
        for which in re.findall(r"link:[0-9a-f]+", listed):
            s.server.cli("share", "remove", s.user, "calendar", which)
        assert get(url)[0] == get(s.server.origin + "/public/never.ics")[0] == 404
