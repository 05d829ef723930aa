"""Sharing: real clients on calendars and address books of somebody else.

Alice owns, Bob uses. vdirsyncer finds what is shared in Bob's own home and syncs it
both ways; python-caldav reads and writes it; what macOS sends to invite and to
answer, and what DAVx5 asks to find those for whom one may act, is sent as recorded.
"""

from __future__ import annotations

import json
import re

from harness.dav import XMLNS
from harness.samples import card, event
from harness.session import Session
from harness.vdirs import Vdirs, only

BOB = "bob@example.org"  # a user name with an @, as many have

ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:{0}\r\nTRIGGER:-PT{1}M\r\nEND:VALARM"

# Run by the Python that the clients are installed in: what Bob's calendars hold,
# and, with a summary as argument, an event of his written into a shared one.
CALDAV = """
import json, sys, datetime, caldav
url, user, password, *more = sys.argv[1:]
client = caldav.DAVClient(url=url, username=user, password=password)
calendars = {c.get_display_name(): c for c in client.principal().calendars()}
if more:
    name, summary = more
    day = datetime.datetime(2030, 5, 6, 9)
    calendars[name].save_event(summary=summary, dtstart=day, dtend=day + datetime.timedelta(hours=1))
print(json.dumps({n: sorted(e.icalendar_component["SUMMARY"] for e in c.events()) for n, c in calendars.items()}))
"""

SHARE = """<?xml version="1.0" encoding="UTF-8"?>
<CS:share {ns}>
  <CS:set><D:href>mailto:{to}</D:href><CS:common-name>Bob</CS:common-name><CS:summary>Alice's</CS:summary><CS:read-write/></CS:set>
</CS:share>"""

REPLY = """<?xml version="1.0" encoding="UTF-8"?>
<CS:invite-reply {ns}>
  <D:href>mailto:{to}</D:href><CS:invite-accepted/><CS:hosturl><D:href>{host}</D:href></CS:hosturl>
  <CS:in-reply-to>{uid}</CS:in-reply-to><CS:summary>Alice's</CS:summary>
</CS:invite-reply>"""


def with_alarm(text: str, what: str, minutes: int) -> str:
    return text.replace("END:VEVENT", ALARM.format(what, minutes) + "\r\nEND:VEVENT")


def run(s: Session) -> None:
    alice = s.add_account()
    owner, mine = s.user, s.server.calendar(s.user, "calendar")
    bob = s.add_account(BOB, BOB)
    xml = {"Content_Type": "application/xml; charset=utf-8"}

    def share(*args: str) -> None:
        s.server.cli("share", "add", owner, *args)

    alice.put(mine + "choir.ics", with_alarm(event("choir", "Choir practice"), "Alices", 10))
    alice.put(mine + "doctor.ics", event("doctor", "Doctor", more="CLASS:PRIVATE"))
    alice.put(mine + "merger.ics", event("merger", "Merger", more="CLASS:CONFIDENTIAL"))
    alice.put(s.server.addressbook(owner, "contacts") + "ada.vcf", card("ada", "Ada Example"))
    s.server.cli("group", "add", "choir")
    s.server.cli("group", "member", "add", "choir", BOB)
    share("calendar", "group:choir", "write")
    share("contacts", BOB, "read")

    s.user = BOB
    v = Vdirs(s, {"calendars": "b wins", "contacts": "b wins"})
    shared = v.calendars / "calendar@alice"

    with s.case("vdirsyncer finds what is shared in its own home"):
        v.discover("calendars", "contacts")
        have = {p.name for p in v.calendars.iterdir()}, {p.name for p in v.contacts.iterdir()}
        assert shared.name in have[0] and "contacts@alice" in have[1], f"found {have}"

    with s.case("what is private does not come, what is confidential is busy time, and no alarm of the owner's"):
        v.sync("calendars", "contacts")
        text = "".join(p.read_text() for p in shared.glob("*.ics"))
        assert "Choir practice" in text and "SUMMARY:Busy" in text, text
        assert "Doctor" not in text and "Merger" not in text and "VALARM" not in text, text
        assert "Ada Example" in only(v.contacts / "contacts@alice", ".vcf", "Ada").read_text()

    with s.case("what the sharee writes reaches the owner"):
        (shared / "lunch.ics").write_text(event("lunch", "Lunch"))
        v.sync("calendars")
        assert "Lunch" in s.server.export(owner, "calendar", "calendar")

    with s.case("alarms of the sharee are the sharee's"):
        here = only(shared, ".ics", "Choir practice")
        here.write_text(with_alarm(here.read_text().replace("\n", "\r\n").replace("\r\r", "\r"), "Bobs", 30))
        v.sync("calendars")
        kept = alice.get(mine + "choir.ics").text
        assert "Alices" in kept and "Bobs" not in kept, kept
        v.sync("calendars")
        seen = only(shared, ".ics", "Choir practice").read_text()
        assert "Bobs" in seen and "Alices" not in seen, seen

    with s.case("a name and a colour of one's own"):
        v.metasync("calendars")
        (shared / "displayname").write_text("Ours")
        v.run("metasync", "calendars", status=None)
        have = bob.propfind(s.server.calendar(BOB, "calendar@alice"), "D:displayname")[0].text("D:displayname")
        owns = alice.propfind(mine, "D:displayname")[0].text("D:displayname")
        assert owns == "Calendar" and have in ("Ours", "Calendar (Alice)"), (have, owns)

    python = s.tool("python")
    account = (s.server.url, BOB, s.password)

    with s.case("python-caldav reads and writes a shared calendar"):
        names = json.loads(s.run([python, "-c", CALDAV, *account]).stdout)
        [name] = [n for n in names if "Choir practice" in names[n]]
        after = json.loads(s.run([python, "-c", CALDAV, *account, name, "Rehearsal"]).stdout)
        assert "Rehearsal" in after[name] and "Doctor" not in after[name], after
        assert "Rehearsal" in s.server.export(owner, "calendar", "calendar")

    with s.case("who leaves the group has it no longer"):
        s.server.cli("group", "member", "remove", "choir", BOB)
        names = json.loads(s.run([python, "-c", CALDAV, *account]).stdout)
        assert not any("Choir practice" in n for n in names.values()), names
        assert bob.request("PROPFIND", s.server.calendar(BOB, "calendar@alice"), Depth="0").status == 404

    with s.case("macOS invites, the sharee is told and accepts"):
        done = alice.request("POST", mine, SHARE.format(ns=XMLNS, to=BOB), **xml)
        assert done.status == 200, done
        told_in = bob.propfind(s.server.principal(BOB), "CS:notification-URL")[0].prop("CS:notification-URL")[0].text
        told = [i for i in bob.propfind(told_in, "CS:notificationtype", depth=1) if i.prop("CS:notificationtype") is not None]
        assert len(told) == 1, told
        text = bob.get(told[0].href).text
        uid = re.search(r"uid>([^<]+)<", text).group(1)
        home = s.server.calendar(BOB, "calendar").removesuffix("calendar/")
        answer = bob.request("POST", home, REPLY.format(ns=XMLNS, to=BOB, host=mine, uid=uid), **xml)
        assert answer.status == 200 and "calendar%40alice" in answer.text, answer.text
        names = json.loads(s.run([python, "-c", CALDAV, *account]).stdout)
        assert any("Choir practice" in n for n in names.values()), names

    with s.case("DAVx5 finds those for whom one may act, and their calendars"):
        s.server.cli("delegate", "add", owner, BOB, "--write")
        me = bob.propfind(s.server.principal(BOB), "D:group-membership CS:calendar-proxy-write-for C:calendar-home-set")[0]
        [proxy] = [h.text for h in me.prop("D:group-membership")]
        kind = bob.propfind(proxy, "D:resourcetype")[0].prop("D:resourcetype")
        assert any(t.tag.endswith("calendar-proxy-write") for t in kind), [t.tag for t in kind]
        [principal] = [h.text for h in me.prop("CS:calendar-proxy-write-for")]
        assert proxy.startswith(principal), (proxy, principal)
        home = bob.propfind(principal, "C:calendar-home-set")[0].prop("C:calendar-home-set")[0].text
        listed = {i.href for i in bob.propfind(home, "D:displayname", depth=1)}
        assert mine in listed, listed
        assert "Doctor" in bob.get(mine + "doctor.ics").text

    with s.case("the audit log tells of all that"):
        acts = [e["act"] for e in map(json.loads, s.server.cli("audit", "--json").stdout.splitlines())]
        assert {"share-added", "admin"} <= set(acts), acts
        s.server.cli("audit", "--verify")
