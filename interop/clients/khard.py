"""khard: contacts in the terminal, on vdirsyncer's folders."""

from __future__ import annotations

from harness.samples import card
from harness.session import Session
from harness.vdirs import Vdirs, only

CONFIG = """
[addressbooks]
[[contacts]]
path = {folder}/contacts
[general]
default_action = list
editor = /bin/true
merge_editor = /bin/true
[contact table]
display = first_name
"""

NEW = """
First name: Grace
Last name: Example
Organisation: Example Works
Phone:
    cell: "+49 30 1234567"
Email:
    home: grace@example.org
"""


def run(s: Session) -> None:
    c = s.add_account()
    contacts = s.server.addressbook(s.user, "contacts")
    v = Vdirs(s, {"contacts": "b wins"})
    config = s.work / "khard.conf"
    config.write_text(CONFIG.format(folder=v.contacts))

    def khard(*args: str, stdin: str = "") -> str:
        return s.run([s.tool("khard"), "-c", config, *args], stdin=stdin).stdout

    with s.case("contacts of the server are listed"):
        c.put(
            contacts + "ada.vcf",
            card("ada@example.org", "Ada Example", "EMAIL;TYPE=home:ada@example.org\nX-SHOE-SIZE:38"),
        )
        v.discover("contacts")
        v.sync("contacts")
        assert "ada@example.org" in khard("email", "--parsable", "Ada")

    with s.case("a new contact reaches the server"):
        khard("new", "-a", "contacts", "-i", "-", stdin=NEW)
        v.sync("contacts")
        have = s.server.export(s.user, "addressbook", "contacts")
        assert "FN:Grace Example" in have and "+49 30 1234567" in have and "ORG:Example Works" in have, have

    with s.case("an edit keeps what khard doesn't know"):
        changed = khard("show", "--format", "yaml", "Ada").replace("ada@example.org", "ada@example.com")
        file = s.work / "ada.yaml"
        file.write_text(changed)
        khard("edit", "-i", str(file), "Ada", stdin="y\n")
        v.sync("contacts")
        text = c.get(contacts + "ada.vcf").text
        assert "ada@example.com" in text and "X-SHOE-SIZE:38" in text, text

    with s.case("edits on both sides: the server wins as set"):
        c.put(contacts + "ada.vcf", card("ada@example.org", "Ada Example", "EMAIL:phone@example.org"))
        file = s.work / "ada.yaml"
        file.write_text(khard("show", "--format", "yaml", "Ada").replace("ada@example.com", "desk@example.org"))
        khard("edit", "-i", str(file), "Ada", stdin="y\n")
        only(v.contacts / "contacts", ".vcf", "desk@example.org")
        v.sync("contacts")
        assert "phone@example.org" in khard("email", "--parsable", "Ada")
        assert "phone@example.org" in c.get(contacts + "ada.vcf").text

    with s.case("a deletion reaches the server"):
        khard("remove", "--force", "Grace")
        v.sync("contacts")
        assert "Grace" not in s.server.export(s.user, "addressbook", "contacts")
