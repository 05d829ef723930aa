"""vdirsyncer: folders and the server, both ways, with conflicts and metadata."""

from __future__ import annotations

from harness.samples import ODD_EVENT, SERIES, card, event, task
from harness.session import Session
from harness.vdirs import Vdirs, lines, only

# A pair without a resolution: vdirsyncer must see the conflict and touch nothing.
UNDECIDED = """
[pair undecided]
a = "undecided_a"
b = "undecided_b"
collections = [["undecided", "undecided", "undecided"]]
[storage undecided_a]
type = "filesystem"
path = "{folder}"
fileext = ".ics"
"""

# A pair that asks for tasks of a range only, so that vdirsyncer lists by
# calendar-query instead of PROPFIND.
FILTERED = """
[pair filtered]
a = "filtered_a"
b = "filtered_b"
collections = [["filtered", "filtered", "calendar"]]
[storage filtered_a]
type = "filesystem"
path = "{folder}"
fileext = ".ics"
"""


def run(s: Session) -> None:
    c = s.add_account()
    calendar = s.server.calendar(s.user, "calendar")
    tasks = s.server.calendar(s.user, "tasks")
    contacts = s.server.addressbook(s.user, "contacts")
    v = Vdirs(s, {"calendars": "a wins", "contacts": "b wins"})
    with v.config.open("a") as f:
        f.write(UNDECIDED.format(folder=s.work / "undecided") + v.remote("undecided_b", "caldav"))
        f.write(FILTERED.format(folder=s.work / "filtered"))
        f.write(
            v.remote(
                "filtered_b",
                "caldav",
                'item_types = ["VEVENT"]\nstart_date = "datetime(2030, 1, 1)"\nend_date = "datetime(2031, 1, 1)"',
            )
        )

    def local(word: str):
        """The file of calendar with word in it; vdirsyncer chooses its name."""
        return only(v.calendars / "calendar", ".ics", word)

    with s.case("discover finds the account's collections"):
        v.discover("calendars", "contacts")
        have = {p.name for p in v.calendars.iterdir()}, {p.name for p in v.contacts.iterdir()}
        assert have[0] >= {"calendar", "tasks"} and have[1] == {"contacts"}, f"found {have}"

    with s.case("discover makes local collections on the server"):
        (v.calendars / "hobby").mkdir()
        (v.contacts / "friends").mkdir()
        v.discover("calendars", "contacts")
        c.propfind(s.server.calendar(s.user, "hobby"), "D:resourcetype")
        c.propfind(s.server.addressbook(s.user, "friends"), "D:resourcetype")

    with s.case("what the server has arrives in the folders"):
        c.put(calendar + "series.ics", SERIES)
        c.put(calendar + "odd.ics", ODD_EVENT)
        c.put(tasks + "t1.ics", task("t1@example.org", "Water the plants"))
        c.put(tasks + "t2.ics", task("t2@example.org", "Feed the cat"))
        c.put(contacts + "c1.vcf", card("c1@example.org", "Ada Example", "EMAIL;TYPE=home:ada@example.org"))
        v.sync("calendars", "contacts")
        assert lines(local("UID:series-1").read_text()) == lines(SERIES), "the series came changed"
        assert lines(local("UID:odd-1").read_text()) == lines(ODD_EVENT), "the odd event came changed"
        only(v.calendars / "tasks", ".ics", "Water the plants")
        only(v.contacts / "contacts", ".vcf", "Ada Example")

    with s.case("what the folders have arrives on the server"):
        mine = event("e1@example.org", "Bought tickets", more="X-KEEP;X-A=1:kept")
        (v.calendars / "calendar/mine.ics").write_bytes(mine.encode())
        (v.calendars / "hobby/h1.ics").write_bytes(event("h1@example.org", "Chess").encode())
        (v.contacts / "friends/f1.vcf").write_bytes(card("f1@example.org", "Grace Example").encode())
        v.sync("calendars", "contacts")
        got = [text for text in c.objects(calendar).values() if "Bought tickets" in text]
        assert len(got) == 1 and lines(got[0]) == lines(mine), f"the event is there {len(got)} times or changed"
        assert "Chess" in s.server.export(s.user, "calendar", "hobby")
        assert "Grace Example" in s.server.export(s.user, "addressbook", "friends")

    with s.case("UIDs that make odd file names go both ways"):
        uids = ["with space@example.org", "slash/and?query", "Ünïcode-❄", "a:b;c=d", "per%41cent", "x" * 180]
        for number, uid in enumerate(uids):
            (v.calendars / f"hobby/odd{number}.ics").write_bytes(event(uid, f"Odd name {number}").encode())
        v.sync("calendars")
        v.sync("calendars")
        there = "".join(c.objects(s.server.calendar(s.user, "hobby")).values())
        missing = [uid for number, uid in enumerate(uids) if f"Odd name {number}\r" not in there + "\r"]
        assert not missing, f"not on the server: {missing}"

    with s.case("text folded inside a character arrives whole"):
        # RFC 6350 section 3.2: programs fold so, and readers have to restore the character.
        folded = (
            card("fold@example.org", "Fold Example", "NOTE:Gr@e").encode().replace(b"Gr@e", b"Gr\xc3\r\n \xbc\xc3\x9fe")
        )
        c.put(contacts + "fold.vcf", folded)
        v.sync("contacts")
        text = only(v.contacts / "contacts", ".vcf", "UID:fold@").read_text()
        assert "NOTE:Grüße" in text.replace("\n ", ""), f"came as {text}"
        assert c.request("GET", contacts + "fold.vcf").body == folded, "GET gives other bytes"

    with s.case("a sync without changes changes nothing"):
        v.sync("calendars", "contacts")
        before = [c.property(path, "CS:getctag") for path in (calendar, tasks, contacts)]
        files = {p: p.stat().st_mtime_ns for p in s.work.glob("c*/*/*.*")}
        said = v.sync("calendars", "contacts")
        assert "Copying" not in said.stderr + said.stdout, "something was copied again"
        assert before == [c.property(path, "CS:getctag") for path in (calendar, tasks, contacts)], "a ctag changed"
        assert files == {p: p.stat().st_mtime_ns for p in s.work.glob("c*/*/*.*")}, "a file changed"

    with s.case("an edit on either side reaches the other"):
        local("UID:series-1").write_bytes(SERIES.replace("Blue", "Green").encode())
        c.put(contacts + "c1.vcf", card("c1@example.org", "Ada Example", "EMAIL:ada@example.com"))
        v.sync("calendars", "contacts")
        assert ":Green" in c.get(calendar + "series.ics").text
        assert "ada@example.com" in only(v.contacts / "contacts", ".vcf", "UID:c1@").read_text()

    with s.case("edits on both sides: the folder wins where it is set to"):
        local("UID:series-1").write_bytes(SERIES.replace("Blue", "Local").encode())
        c.put(calendar + "series.ics", SERIES.replace("Blue", "Remote"))
        v.sync("calendars")
        for text in (c.get(calendar + "series.ics").text, local("UID:series-1").read_text()):
            assert ":Local" in text and ":Remote" not in text, "the folder did not win"

    with s.case("edits on both sides: the server wins where it is set to"):
        only(v.contacts / "contacts", ".vcf", "UID:c1@").write_bytes(
            card("c1@example.org", "Ada Example", "NOTE:local").encode()
        )
        c.put(contacts + "c1.vcf", card("c1@example.org", "Ada Example", "NOTE:remote"))
        v.sync("contacts")
        for text in (c.get(contacts + "c1.vcf").text, only(v.contacts / "contacts", ".vcf", "UID:c1@").read_text()):
            assert "NOTE:remote" in text, "the server did not win"

    with s.case("edits on both sides: without a rule nothing is touched"):
        v.discover("undecided")
        undecided = s.server.calendar(s.user, "undecided")
        c.put(undecided + "u.ics", event("u@example.org", "Agreed"))
        v.sync("undecided")
        file = only(s.work / "undecided/undecided", ".ics", "Agreed")
        file.write_bytes(event("u@example.org", "Local wish").encode())
        c.put(undecided + "u.ics", event("u@example.org", "Remote wish"))
        said = v.sync("undecided", status=1)
        assert "onflict" in said.stderr + said.stdout, "vdirsyncer saw no conflict"
        assert "Local wish" in file.read_text() and "Remote wish" in c.get(undecided + "u.ics").text

    if hasattr(s.server, "cli"):
        with s.case("a merge of duplicates is one change and a deletion, and comes back"):
            c.put(contacts + "m1.vcf", card("m1@example.org", "Mona Double", "TEL:+41 44 000 00 01"))
            c.put(contacts + "m2.vcf", card("m2@example.org", "Mona Double", "EMAIL:mona@example.org"))
            kind = "X-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:m2@example.org"
            c.put(contacts + "mg.vcf", card("mg@example.org", "Club", kind))
            v.sync("contacts")
            folder = v.contacts / "contacts"
            files = {p: p.read_text() for p in folder.glob("*.vcf")}
            s.server.cli("dedupe", "merge", s.user, "contacts/m1.vcf", "contacts/m2.vcf")
            v.sync("contacts")
            now = {p: p.read_text() for p in folder.glob("*.vcf")}
            gone = [text for p, text in files.items() if p not in now]
            changed = sorted(text for p, text in now.items() if files.get(p) != text)
            assert len(gone) == 1 and "m2@" in gone[0], f"deleted: {gone}"
            assert len(changed) == 2 and len(now) == len(files) - 1, f"changed: {changed}"
            assert "mona@example.org" in only(folder, ".vcf", "UID:m1@").read_text()
            assert "MEMBER:urn:uuid:m1@" in only(folder, ".vcf", "UID:mg@").read_text()
            s.server.cli("dedupe", "undo", s.user, "1")
            v.sync("contacts")
            assert lines(only(folder, ".vcf", "UID:m2@").read_text()) == lines(gone[0]), "it came back changed"
            assert "MEMBER:urn:uuid:m2@" in only(folder, ".vcf", "UID:mg@").read_text()

    with s.case("a deletion on either side reaches the other"):
        local("UID:odd-1").unlink()
        c.delete(tasks + "t1.ics")
        v.sync("calendars")
        assert c.request("GET", calendar + "odd.ics").status == 404, "still on the server"
        assert len(list((v.calendars / "tasks").glob("*.ics"))) == 1, "still in the folder"

    with s.case("a deleted UID can come back"):
        (v.calendars / "calendar/odd.ics").write_bytes(ODD_EVENT.encode())
        v.sync("calendars")
        assert "odd-1@example.org" in s.server.export(s.user, "calendar", "calendar")

    with s.case("names and colours go both ways"):
        (v.calendars / "hobby/displayname").write_text("Hobbies & more")
        (v.calendars / "hobby/color").write_text("#00AA55")
        c.proppatch(calendar, {"D:displayname": "Family", "IC:calendar-color": "#FF0000FF", "IC:calendar-order": "7"})
        v.metasync("calendars")
        hobby = s.server.calendar(s.user, "hobby")
        assert c.property(hobby, "D:displayname") == "Hobbies & more"
        assert c.property(hobby, "IC:calendar-color") == "#00AA55"
        assert (v.calendars / "calendar/displayname").read_text() == "Family"
        assert (v.calendars / "calendar/color").read_text().upper().startswith("#FF0000")

    with s.case("a removed description is removed"):
        (v.calendars / "hobby/description").write_text("Chess and more")
        v.metasync("calendars")
        hobby = s.server.calendar(s.user, "hobby")
        assert c.property(hobby, "C:calendar-description") == "Chess and more"
        (v.calendars / "hobby/description").unlink()
        v.metasync("calendars")
        assert not c.property(hobby, "C:calendar-description"), "the description is still there"

    with s.case("a filtered storage lists by calendar-query"):
        c.put(calendar + "old.ics", event("old@example.org", "Long ago", start="20200101T090000Z"))
        v.discover("filtered")
        v.sync("filtered")
        have = "".join(p.read_text() for p in (s.work / "filtered/filtered").glob("*.ics"))
        assert "Choir practice" in have, "the series of 2030 is missing"
        assert "Long ago" not in have, "an event of 2020 came along"

    if s.short:
        return

    with s.case("five hundred objects go up and come down"):
        bulk = v.calendars / "bulk"
        bulk.mkdir()
        for number in range(500):
            (bulk / f"{number}.ics").write_bytes(event(f"bulk-{number}@example.org", f"Bulk {number}").encode())
        v.discover("calendars")
        v.run("sync", "calendars/bulk", timeout=300)
        assert len(c.members(s.server.calendar(s.user, "bulk"))) == 500
        again = Vdirs(s, folder=s.work / "again")
        again.discover("calendars")
        again.run("sync", "calendars", timeout=300)
        assert len(list((again.calendars / "bulk").glob("*.ics"))) == 500

    with s.case("vCard 4.0 goes both ways"):
        four = card("four@example.org", "Vera Four").replace("VERSION:3.0", "VERSION:4.0")
        (v.contacts / "friends/four.vcf").write_bytes(four.encode())
        v.sync("contacts")
        assert "Vera Four" in s.server.export(s.user, "addressbook", "friends")
