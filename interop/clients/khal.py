"""khal: a calendar in the terminal, on vdirsyncer's folders."""

from __future__ import annotations

from harness.samples import SERIES, event
from harness.session import Session
from harness.vdirs import KHAL_LOCALE, Vdirs, only

CONFIG = """
[calendars]
[[family]]
path = {folder}/*
type = discover
""" + KHAL_LOCALE


def run(s: Session) -> None:
    c = s.add_account()
    calendar = s.server.calendar(s.user, "calendar")
    v = Vdirs(s, {"calendars": "b wins"})
    config = s.work / "khal.conf"
    config.write_text(CONFIG.format(folder=v.calendars, work=s.work))

    def khal(*args: str, stdin: str = "") -> str:
        return s.run([s.tool("khal"), "--config", config, *args], stdin=stdin).stdout

    with s.case("events of the server are listed, series and changed instance too"):
        c.put(calendar + "series.ics", SERIES)
        v.discover("calendars")
        v.sync("calendars")
        shown = khal("list", "--format", "{start} {title}", "2030-03-01", "30d")
        assert "2030-03-04 10:00 Choir practice" in shown, shown
        assert "2030-03-11 18:00 Choir practice in the evening" in shown, shown
        assert "2030-03-18" not in shown.replace("2030-03-18 10:00 Choir", "WRONG") and "WRONG" not in shown, shown

    with s.case("a new event reaches the server"):
        khal("new", "-a", "calendar", "2030-05-06", "12:00", "13:00", "Lunch with Ada", "::", "At the corner")
        v.sync("calendars")
        have = s.server.export(s.user, "calendar", "calendar")
        assert "Lunch with Ada" in have and "At the corner" in have, have

    with s.case("a new series with an alarm reaches the server"):
        khal(
            "new",
            "-a",
            "calendar",
            "-r",
            "weekly",
            "-u",
            "2030-06-30",
            "-m",
            "10m",
            "2030-06-03",
            "18:00",
            "19:00",
            "Run",
        )
        v.sync("calendars")
        have = s.server.export(s.user, "calendar", "calendar")
        assert "SUMMARY:Run" in have and "FREQ=WEEKLY" in have and "BEGIN:VALARM" in have, have

    with s.case("an edit reaches the server"):
        khal("edit", "--show-past", "Lunch with Ada", stdin="s\nLunch with Grace\nq\n")
        v.sync("calendars")
        have = s.server.export(s.user, "calendar", "calendar")
        assert "Lunch with Grace" in have and "Lunch with Ada" not in have, have

    with s.case("edits on both sides: the server wins as set"):
        path = only(v.calendars / "calendar", ".ics", "Lunch with Grace")
        href = next(h for h, text in c.objects(calendar).items() if "Lunch with Grace" in text)
        uid = next(line[4:] for line in c.get(href).text.splitlines() if line.startswith("UID:"))
        c.put(href, event(uid, "Lunch moved by the phone", start="20300506T110000Z"))
        khal("edit", "--show-past", "Lunch with Grace", stdin="s\nLunch moved here\nq\n")
        assert "Lunch moved here" in path.read_text()
        v.sync("calendars")
        assert "Lunch moved by the phone" in khal("list", "--format", "{title}", "2030-05-06", "1d")
        assert "Lunch moved by the phone" in c.get(href).text

    with s.case("an edit on the server is listed"):
        c.put(calendar + "series.ics", SERIES.replace("SUMMARY:Choir practice\r\n", "SUMMARY:Choir moved\r\n"))
        v.sync("calendars")
        assert "2030-03-04 10:00 Choir moved" in khal("list", "--format", "{start} {title}", "2030-03-01", "30d")

    with s.case("a deletion reaches the server"):
        khal("edit", "--show-past", "Lunch moved by the phone", stdin="D\ny\nq\n")
        v.sync("calendars")
        assert "Lunch moved by the phone" not in s.server.export(s.user, "calendar", "calendar")

    with s.case("an imported file reaches the server"):
        file = s.work / "import.ics"
        file.write_bytes(event("imported@example.org", "From a mail").encode())
        khal("import", "--batch", "-a", "calendar", str(file))
        v.sync("calendars")
        assert "From a mail" in s.server.export(s.user, "calendar", "calendar")
