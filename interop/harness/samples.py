"""Objects that the clients' scripts put, invented for this purpose."""

from __future__ import annotations


def crlf(text: str) -> str:
    return text.strip().replace("\n", "\r\n") + "\r\n"


def event(uid: str, summary: str, start: str = "20300304T090000Z", more: str = "") -> str:
    """A calendar object with one VEVENT; more is further property lines."""
    return crlf(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example.org//interop//EN\nBEGIN:VEVENT\n"
        f"UID:{uid}\nDTSTAMP:20260101T000000Z\nDTSTART:{start}\nDURATION:PT1H\nSUMMARY:{summary}\n"
        f"{more.strip()}{chr(10) if more else ''}END:VEVENT\nEND:VCALENDAR"
    )


def task(uid: str, summary: str, more: str = "") -> str:
    return crlf(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example.org//interop//EN\nBEGIN:VTODO\n"
        f"UID:{uid}\nDTSTAMP:20260101T000000Z\nSUMMARY:{summary}\nSTATUS:NEEDS-ACTION\n"
        f"{more.strip()}{chr(10) if more else ''}END:VTODO\nEND:VCALENDAR"
    )


def card(uid: str, name: str, more: str = "") -> str:
    """A vCard 3.0; name is given and family name with a space between them."""
    given, _, family = name.partition(" ")
    return crlf(
        f"BEGIN:VCARD\nVERSION:3.0\nPRODID:-//example.org//interop//EN\nUID:{uid}\nFN:{name}\n"
        f"N:{family};{given};;;\n{more.strip()}{chr(10) if more else ''}END:VCARD"
    )


# A zone with both changes of the year, and a weekly series with one changed
# and one removed instance: what a phone writes for a meeting.
BERLIN = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE"""

SERIES = crlf(f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example.org//interop//EN
{BERLIN}
BEGIN:VEVENT
UID:series-1@example.org
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:20300304T100000
DTEND;TZID=Europe/Berlin:20300304T110000
RRULE:FREQ=WEEKLY;COUNT=10
EXDATE;TZID=Europe/Berlin:20300318T100000
SUMMARY:Choir practice
X-EXAMPLE-ROOM;X-FLOOR="2nd, left":Blue
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Choir practice
TRIGGER:-PT15M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:series-1@example.org
DTSTAMP:20260101T000000Z
RECURRENCE-ID;TZID=Europe/Berlin:20300311T100000
DTSTART;TZID=Europe/Berlin:20300311T180000
DTEND;TZID=Europe/Berlin:20300311T190000
SUMMARY:Choir practice in the evening
END:VEVENT
END:VCALENDAR""")

# Accepted by other servers, so clients bring it along: no VTIMEZONE for a
# TZID, LF line ends, a line over 75 octets, X- properties and no PRODID.
ODD_EVENT = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:odd-1@example.org
DTSTAMP:20260101T000000Z
DTSTART;TZID=W. Europe Standard Time:20300305T100000
DTEND;TZID=W. Europe Standard Time:20300305T110000
SUMMARY:A line that is not folded although it is much longer than the seventy-five octets that RFC 5545 section 3.1 recommends
X-ODD;X-PARAM="a;b":kept \\, as it is
END:VEVENT
END:VCALENDAR
"""
