"""Moving in: `almanac import USER --from URL` with Radicale and Xandikos as sources."""

from __future__ import annotations

import re

from harness import dav, servers
from harness.samples import SERIES, card, event, task
from harness.session import Session

# A vCard of a version that isn't: both sources store it, almanac refuses it.
BAD = card("bad@example.org", "Bad Version").replace("VERSION:3.0", "VERSION:5.0")

# RFC 4791 section 4.1 forbids METHOD in a stored object; almanac brings the
# object without that line.
MAILED = event("mailed@example.org", "Mailed invitation").replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:PUBLISH")


def seed(source: servers.Server, c: dav.Client) -> dict[str, list[str]]:
    """Fill a source; the result maps display names to the objects' paths."""
    user = Session.user
    work, home = source.calendar(user, "work"), source.calendar(user, "home")
    todo, friends = source.calendar(user, "todo"), source.addressbook(user, "friends")
    colour = "<IC:calendar-color>#FF8800</IC:calendar-color><IC:calendar-order>5</IC:calendar-order>"
    c.mkcalendar(work, "Work &amp; more", ["VEVENT"], colour)
    c.mkcalendar(home, "Zuhause", ["VEVENT"])
    c.mkcalendar(todo, "To do", ["VTODO"])
    c.mkaddressbook(friends, "Friends")
    put = {
        work + "series.ics": SERIES,
        work + "plain.ics": event("plain@example.org", "Plain", more="X-KEEP;X-A=b:as it is"),
        work + "mailed.ics": MAILED,
        work + "name with space.ics".replace(" ", "%20"): event("space@example.org", "Space"),
        todo + "one.ics": task("one@example.org", "First things first"),
        friends + "bad.vcf": BAD,
        friends + "ada.vcf": card("ada@example.org", "Ada Example", "EMAIL;TYPE=home:ada@example.org\nX-SHOE-SIZE:38"),
        friends + "grace.vcf": card("grace@example.org", "Grace Example"),
    }
    put |= {home + f"{n}.ics": event(f"home-{n}@example.org", f"At home {n}") for n in range(60)}
    for path, body in put.items():
        c.put(path, body)
    return {
        name: [p for p in put if p.startswith(folder)]
        for name, folder in {"Work & more": work, "Zuhause": home, "To do": todo, "Friends": friends}.items()
    }


def uid(text: str) -> str:
    return re.search(r"^UID:(.*?)\r?$", text, re.M)[1]


def collections(c: dav.Client, *homes: str) -> dict[str, str]:
    """The collections of the homes: display name and path."""
    found = {}
    for home in homes:
        for item in c.propfind(home, "D:displayname D:resourcetype", depth=1)[1:]:
            found[item.text("D:displayname") or item.href] = item.href
    return found


def move_in(s: Session, kind: str) -> None:
    source = servers.KINDS[kind](s.work / kind, s.tools)
    source.start()
    try:
        source.add_user(s.user, s.password, s.email, "Alice")
        there = dav.Client(source.origin, s.user, s.password)
        seeded = seed(source, there)
        user = "from-" + kind
        here = s.add_account(user, f"{user}@example.org")
        homes = [
            s.server.calendar(user, "x").removesuffix("x/"),
            s.server.addressbook(user, "x").removesuffix("x/"),
        ]

        def bring(status: int | None = None):
            args = ("import", user, "--from", source.url, "--login", s.user, "--password-stdin")
            return s.server.cli(*args, stdin=s.password + "\n", status=status, timeout=180)

        def state() -> dict[str, dict[str, tuple[str, str]]]:
            """For each collection, each UID's ETag and content."""
            return {
                name: {uid(a.text): (a.etag, a.text) for a in map(here.get, here.members(path))}
                for name, path in collections(here, *homes).items()
            }

        with s.case(f"{kind}: everything comes along, one bad object or not"):
            said = bring()
            # 1 says that an object was refused.
            assert said.returncode == 1, f"ended with {said.returncode}: {said.stdout}{said.stderr}"
            now = state()
            for name, paths in seeded.items():
                assert name in now, f"no collection {name}, only {list(now)}"
                missing = {uid(there.get(p).text) for p in paths} - set(now[name]) - {"bad@example.org"}
                assert not missing, f"{name} lacks {sorted(missing)[:5]}"

        with s.case(f"{kind}: a refused object is reported, with its reason"):
            assert "bad@example.org" not in now["Friends"]
            assert re.search(r"bad(\.vcf|@example\.org).*5\.0", said.stdout + said.stderr), said.stdout + said.stderr

        with s.case(f"{kind}: objects come byte for byte"):
            for name, paths in seeded.items():
                for path in paths:
                    original = there.get(path).text.replace("METHOD:PUBLISH\r\n", "")
                    copy = now[name].get(uid(original), ("", None))[1]
                    assert copy in (original, None), f"{path} came changed:\n{copy}"

        with s.case(f"{kind}: names, colours and order come along"):
            work = collections(here, *homes)["Work & more"]
            for prop in ("IC:calendar-color", "IC:calendar-order"):
                want = there.property(source.calendar(s.user, "work"), prop)
                assert here.property(work, prop) == want, f"{prop} is {here.property(work, prop)!r}, not {want!r}"

        with s.case(f"{kind}: components come along"):
            item = here.propfind(collections(here, *homes)["To do"], "C:supported-calendar-component-set")[0]
            comps = [e.get("name") for e in item.prop("C:supported-calendar-component-set")]
            assert comps == ["VTODO"], f"the task list holds {comps}"

        with s.case(f"{kind}: a repetition changes nothing and makes no doubles"):
            tokens = {path: here.property(path, "D:sync-token") for path in collections(here, *homes).values()}
            bring()
            assert state() == now, "something changed"
            after = {path: here.property(path, "D:sync-token") for path in collections(here, *homes).values()}
            assert tokens == after, "a sync token changed though nothing did"

        with s.case(f"{kind}: a repetition brings what changed, and only that"):
            work = source.calendar(s.user, "work")
            there.put(work + "plain.ics", event("plain@example.org", "Plain no more"))
            there.put(work + "new.ics", event("new@example.org", "New"))
            bring()
            later = state()
            assert "Plain no more" in later["Work & more"]["plain@example.org"][1]
            assert "new@example.org" in later["Work & more"]
            del later["Work & more"]["new@example.org"]
            changed = {(name, u) for name in now for u in now[name] if later[name].get(u, ("",))[0] != now[name][u][0]}
            assert changed == {("Work & more", "plain@example.org")}, f"these changed: {changed}"

        if kind == "radicale":  # Xandikos asks for no password over plain HTTP.
            with s.case(f"{kind}: a wrong password is told as such"):
                args = ("import", user, "--from", source.url, "--login", s.user, "--password-stdin")
                said = s.server.cli(*args, stdin="wrong\n", status=1)
                assert re.search("password|credential|401|log ?in", said.stderr, re.I), said.stderr
    finally:
        source.stop()


def run(s: Session) -> None:
    if not isinstance(s.server, servers.Almanac):
        s.result.skip("moving in", "only almanac has the import command")
        return
    for kind in ("radicale", "xandikos"):
        with s.case(f"{kind}: can be moved in from"):
            move_in(s, kind)
    with s.case("an address where nobody answers is told as such"):
        s.add_account("nobody", "nobody@example.org")
        args = ("import", "nobody", "--from", "http://127.0.0.1:9/", "--login", "alice", "--password-stdin")
        said = s.server.cli(*args, stdin="x\n", status=1)
        assert "127.0.0.1:9" in said.stderr, said.stderr
