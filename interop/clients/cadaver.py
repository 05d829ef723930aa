"""cadaver: a WebDAV shell that lists, puts, gets, moves and deletes objects."""

from __future__ import annotations

from harness.samples import SERIES, card, event
from harness.session import Session


def run(s: Session) -> None:
    c = s.add_account()
    calendar = s.server.calendar(s.user, "calendar")
    contacts = s.server.addressbook(s.user, "contacts")
    other = calendar.removesuffix("calendar/") + "other/"
    c.mkcalendar(other, "Other", ["VEVENT"])
    env = s.env()
    (s.work / "home" / ".netrc").write_text(f'machine 127.0.0.1\nlogin {s.user}\npassword "{s.password}"\n')
    (s.work / "home" / ".netrc").chmod(0o600)
    (s.work / "series.ics").write_bytes(SERIES.encode())
    (s.work / "one.ics").write_bytes(event("one@example.org", "One").encode())
    (s.work / "ada.vcf").write_bytes(card("ada@example.org", "Ada Example").encode())

    def cadaver(path: str, *commands: str) -> str:
        """Open path, type the commands, and return what cadaver says."""
        script = "\n".join((f"open {s.server.origin}{path}", *commands, "quit")) + "\n"
        return s.run(["cadaver"], stdin=script, env=env).stdout

    with s.case("put makes objects"):
        said = cadaver(calendar, "put series.ics", "put one.ics")
        assert said.count("succeeded") == 2, said
        assert c.get(calendar + "series.ics").text == SERIES, "the object came changed"
        assert "succeeded" in cadaver(contacts, "put ada.vcf")

    with s.case("ls lists them"):
        said = cadaver(calendar, "ls")
        assert "one.ics" in said and "series.ics" in said, said

    with s.case("ls lists the collections of the home"):
        said = cadaver(calendar.removesuffix("calendar/"), "ls")
        assert "Coll:" in said and "calendar" in said and "tasks" in said, said

    with s.case("get brings the bytes that were put"):
        cadaver(calendar, "get series.ics back.ics")
        assert (s.work / "back.ics").read_bytes() == SERIES.encode()

    with s.case("put replaces an object"):
        (s.work / "one.ics").write_bytes(event("one@example.org", "One changed").encode())
        assert "succeeded" in cadaver(calendar, "put one.ics")
        assert "One changed" in c.get(calendar + "one.ics").text

    with s.case("put of something else than an object is refused"):
        (s.work / "text.ics").write_text("no calendar\n")
        said = cadaver(calendar, "put text.ics")
        assert "failed" in said, said
        assert c.request("GET", calendar + "text.ics").status == 404

    with s.case("propget and propset work on a collection"):
        said = cadaver(
            calendar.removesuffix("calendar/"),
            "set namespace http://example.org/ns/",
            "propset calendar mood cheerful",
            "propget calendar mood",
        )
        assert "cheerful" in said.split("Fetching")[-1], said

    with s.case("propnames lists the properties of an object"):
        said = cadaver(calendar, "propnames one.ics")
        assert "getetag" in said and "getcontenttype" in said, said

    with s.case("move moves an object to another calendar"):
        said = cadaver(calendar, f"move one.ics {other}one.ics")
        assert "succeeded" in said, said
        assert c.request("GET", calendar + "one.ics").status == 404
        assert "One changed" in c.get(other + "one.ics").text

    with s.case("copy copies an object to another calendar"):
        said = cadaver(other, f"copy one.ics {calendar}copy.ics")
        assert "succeeded" in said, said
        assert c.get(calendar + "copy.ics").text == c.get(other + "one.ics").text

    with s.case("a copy onto an object is refused where that may not be overwritten"):
        said = cadaver(other, "unset overwrite", f"copy one.ics {calendar}series.ics")
        assert "failed" in said and "412" in said, said
        assert c.get(calendar + "series.ics").text == SERIES

    with s.case("delete removes an object"):
        assert "succeeded" in cadaver(calendar, "delete copy.ics")
        assert c.request("GET", calendar + "copy.ics").status == 404

    with s.case("rmcol removes a calendar"):
        assert "succeeded" in cadaver(other.removesuffix("other/"), "rmcol other")
        assert c.request("PROPFIND", other, Depth="0").status == 404
