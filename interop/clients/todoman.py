"""todoman: tasks in the terminal, on vdirsyncer's folders."""

from __future__ import annotations

import json

from harness.samples import task
from harness.session import Session
from harness.vdirs import Vdirs, only

CONFIG = """
path = "{folder}/*"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
default_list = "tasks"
cache_path = "{work}/todoman.sqlite3"
"""


def run(s: Session) -> None:
    c = s.add_account()
    tasks = s.server.calendar(s.user, "tasks")
    v = Vdirs(s, {"calendars": "a wins"})
    config = s.work / "todoman.py"
    config.write_text(CONFIG.format(folder=v.calendars, work=s.work))

    def todo(*args: str) -> str:
        return s.run([s.tool("todo"), "--config", config, *args]).stdout

    def listed() -> dict[str, dict]:
        return {t["summary"]: t for t in json.loads(todo("--porcelain", "list", "--status", "ANY"))}

    with s.case("tasks of the server are listed"):
        c.put(tasks + "t1.ics", task("t1@example.org", "Water the plants", "DUE:20300101T120000Z\nPRIORITY:1"))
        v.discover("calendars")
        v.sync("calendars")
        (v.calendars / "tasks/displayname").write_text("tasks")
        assert listed()["Water the plants"]["due"] == 1893499200, listed()

    with s.case("a new task reaches the server"):
        todo("new", "--list", "tasks", "--due", "2030-02-03", "--priority", "high", "Write", "to", "Ada")
        v.sync("calendars")
        have = s.server.export(s.user, "calendar", "tasks")
        assert "SUMMARY:Write to Ada" in have and "BEGIN:VTODO" in have, have

    with s.case("a finished task is finished on the server"):
        todo("done", str(listed()["Water the plants"]["id"]))
        v.sync("calendars")
        assert "STATUS:COMPLETED" in c.get(tasks + "t1.ics").text

    with s.case("an edit reaches the server"):
        todo("edit", "--due", "2031-01-01", str(listed()["Write to Ada"]["id"]))
        v.sync("calendars")
        assert "DUE;VALUE=DATE:20310101" in s.server.export(s.user, "calendar", "tasks")

    with s.case("edits on both sides: the folder wins as set"):
        href = next(h for h, text in c.objects(tasks).items() if "Write to Ada" in text)
        c.put(href, c.get(href).text.replace("Write to Ada", "Write to Grace"))
        todo("edit", "--due", "2032-01-01", str(listed()["Write to Ada"]["id"]))
        v.sync("calendars")
        assert "20320101" in c.get(href).text and "Write to Ada" in c.get(href).text
        only(v.calendars / "tasks", ".ics", "Write to Ada")

    with s.case("a task finished on the server is listed as finished"):
        href = next(h for h, text in c.objects(tasks).items() if "Write to Ada" in text)
        c.put(href, c.get(href).text.replace("STATUS:NEEDS-ACTION", "STATUS:COMPLETED"))
        v.sync("calendars")
        assert "Write to Ada" not in todo("list"), "still listed as open"
        assert "STATUS:COMPLETED" in only(v.calendars / "tasks", ".ics", "Write to Ada").read_text()

    with s.case("a deletion reaches the server"):
        todo("delete", "--yes", str(listed()["Water the plants"]["id"]))
        v.sync("calendars")
        assert "Water the plants" not in s.server.export(s.user, "calendar", "tasks")
