"""Recorded request sequences of clients, and what those clients need in the answers.

A file in replay/ is a list of cases, and a case is one or more exchanges:

    == DAVx5 finds the principal
    PROPFIND ${root}
    Depth: 0
    Content-Type: application/xml; charset=utf-8

    <propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>
    --
    status 207
    prop . D:current-user-principal/D:href = ${principal}

A line "++" separates the exchanges of a case, and "#" begins a comment outside of bodies.
${name} stands for a variable: root, origin, user, principal, calendars and
addressbooks (the homes), calendar, tasks and contacts (the default
collections), and whatever a case saved. A body of type text/calendar or
text/vcard is sent with CR LF. "Authorization: none" sends no credentials.

The lines after "--" say what the client depends on. HREF is a path, or "." for
the path of the request; NAME is a property with its prefix (harness/dav.py has
the prefixes) and may go on into children, D:owner/D:href:

    status 201 204                any of these
    header NAME has TOKEN         one of the tokens between commas
    header NAME = TEXT            also: ~ REGEX, present, absent
    error NAME                    the D:error in the body has this child
    body has TEXT                 also: lacks TEXT, ~ REGEX, empty, equals put
    first HREF                    the first response is about HREF
    items NUMBER                  so many responses
    item HREF status 404          a response with this status and no propstat
    item HREF absent              no response about HREF
    prop HREF NAME = TEXT         also: ~ REGEX, present, 404, has NAME, lacks NAME
    data HREF equals put          the object's data is what was put there
    save VAR header NAME          also: save VAR prop HREF NAME, save VAR sync-token

Every 207 is checked, besides, for what all clients need (see check_multistatus).
"""

from __future__ import annotations

import re
import socket
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from harness import dav
from harness.vdirs import lines


class Unmet(AssertionError):
    """An answer lacks what the client depends on."""


@dataclass
class Exchange:
    line: int
    request: list[str] = field(default_factory=list)
    wants: list[str] = field(default_factory=list)


@dataclass
class ReplayCase:
    name: str
    exchanges: list[Exchange]


def parse(path: Path) -> list[ReplayCase]:
    """Read a replay file."""
    cases: list[ReplayCase] = []
    where = "none"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("== "):
            cases.append(ReplayCase(line[3:].strip(), [Exchange(number)]))
            where = "request"
        elif where == "none":
            if line.strip() and not line.startswith("#"):
                raise ValueError(f"{path.name}:{number}: text before the first case")
        elif line == "++":
            cases[-1].exchanges.append(Exchange(number))
            where = "request"
        elif line == "--":
            where = "wants"
        elif where == "wants":
            if line.strip() and not line.startswith("#"):
                cases[-1].exchanges[-1].wants.append(line.strip())
        else:
            cases[-1].exchanges[-1].request.append(line)
    return cases


class Player:
    """Plays the cases of one file as one user."""

    def __init__(self, client: dav.Client, variables: dict[str, str]):
        self.client = client
        self.variables = dict(variables)
        self.put: dict[str, str] = {}
        self.spelling: dict[str, str] = {}

    def play(self, case: ReplayCase) -> None:
        for exchange in case.exchanges:
            answer = self._send(exchange)
            if answer.status == 207:
                self._check_multistatus(answer)
            for want in exchange.wants:
                verb, _, rest = self._fill(want).partition(" ")
                check = getattr(self, "_want_" + verb, None)
                if check is None:
                    raise ValueError(f"no such demand: {want}")
                try:
                    check(answer, rest.strip())
                except AssertionError as err:
                    raise Unmet(f"{answer.method} {answer.path}: {want}: {err}\nanswer: {_show(answer)}") from err

    def _fill(self, text: str) -> str:
        def value(match: re.Match) -> str:
            try:
                return self.variables[match[1]]
            except KeyError:
                raise Unmet(f"${{{match[1]}}} was not saved by an earlier case") from None

        return re.sub(r"\$\{(\w+)\}", value, text)

    def _send(self, exchange: Exchange) -> dav.Answer:
        text = self._fill("\n".join(exchange.request).strip("\n"))
        head, _, body = text.partition("\n\n")
        first, *fields = head.split("\n")
        method, _, path = first.partition(" ")
        headers = {}
        for line in fields:
            name, _, value = line.partition(":")
            headers[name.strip()] = value.strip()
        if re.match(r"text/(calendar|vcard)", headers.get("Content-Type", "")):
            body = (body.strip("\n") + "\n").replace("\n", "\r\n")
        if method == "PUT":
            self.put[_decoded(path)] = body
        anonymous = headers.get("Authorization") == "none"
        if anonymous:
            del headers["Authorization"]
        if "Expect" in headers:
            return _send_expecting(self.client, method, path, body, headers)
        return self.client.send(method, path, body, headers, anonymous)

    def _check_multistatus(self, answer: dav.Answer) -> None:
        """What every client needs of every multistatus.

        Thunderbird compares status lines as text and reads a property only
        from the first propstat with 200; DAVx5 compares hrefs without
        decoding them, so that one resource must always be spelt the same;
        python-caldav refuses any status but 200 and 404.
        """
        kind = answer.headers.get("content-type", "").replace('"', "").replace(" ", "").lower()
        if not re.fullmatch(r"(application|text)/xml;charset=utf-8", kind):
            raise Unmet(f"{answer.method} {answer.path}: Content-Type is {kind}, not application/xml; charset=utf-8")
        if answer.xml().tag != dav.tag("D:multistatus"):
            raise Unmet(f"{answer.method} {answer.path}: the root is {answer.xml().tag}")
        for item in answer.items():
            where = f"{answer.method} {answer.path}: response for {item.href}"
            if not item.href.startswith("/") or re.search(r"%[0-9A-F]?[a-f]|[^!-~]", item.href):
                raise Unmet(f"{where}: the href is no absolute path with upper-case percent-encoding")
            spelt = self.spelling.setdefault(_decoded(item.href), item.href)
            if spelt != item.href:
                raise Unmet(f"{where}: the same resource was called {spelt} before")
            order = [propstat.status for propstat in item.propstats]
            allowed = ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]
            if answer.method != "PROPPATCH" and order not in (allowed, allowed[:1], allowed[1:], []):
                raise Unmet(f"{where}: propstats with {order}, not 200 and then 404")
            if not order and not item.status:
                raise Unmet(f"{where}: neither a propstat nor a status")
            names = [prop.tag for propstat in item.propstats for prop in propstat.props]
            if len(names) != len(set(names)):
                raise Unmet(f"{where}: a property is there twice: {names}")

    # What the lines after "--" may demand.

    def _want_status(self, answer, rest):
        assert str(answer.status) in rest.split(), f"status is {answer.status}"

    def _want_header(self, answer, rest):
        name, how, *more = rest.split(None, 2)
        value = answer.headers.get(name.lower())
        if how == "absent":
            assert value is None, f"it is {value}"
            return
        assert value is not None, "there is none"
        _compare(value, how, more[0] if more else "")

    def _want_error(self, answer, rest):
        root = answer.xml()
        assert root.tag == dav.tag("D:error"), f"the body is {root.tag}"
        assert _walk(root, rest) is not None, f"it has {[e.tag for e in root]}"

    def _want_body(self, answer, rest):
        how, _, text = rest.partition(" ")
        if how == "empty":
            assert not answer.body
        elif how == "equals":
            assert answer.text == self.put.get(_decoded(answer.path)), "it differs"
        elif how == "lacks":
            assert text not in answer.text
        elif how == "has":
            assert text in answer.text
        else:
            _compare(answer.text, how, text)

    def _want_first(self, answer, rest):
        first = answer.items()[0].href
        assert _decoded(first) == self._path(answer, rest), f"it is {first}"

    def _want_items(self, answer, rest):
        found = [item.href for item in answer.items()]
        assert len(found) == int(rest), f"there are {len(found)}: {found}"

    def _want_item(self, answer, rest):
        href, how, *status = rest.split()
        item = self._item(answer, href)
        if how == "absent":
            assert item is None
        else:
            assert item is not None, "there is no such response"
            assert item.status.startswith(f"HTTP/1.1 {status[0]} "), f"it is {item.status!r}"
            assert not item.propstats, "it has propstats, too"

    def _want_prop(self, answer, rest):
        href, name, how, *more = rest.split(None, 3)
        element = self._property(answer, href, name)
        want = more[0] if more else ""
        if how == "404":
            first = name.split("/")[0]
            item = self._item(answer, href)
            assert item is not None and element is None, "it is there"
            absent = [p.tag for ps in item.propstats if " 404 " in ps.status for p in ps.props]
            assert dav.tag(first) in absent, "it is not reported as 404"
            return
        assert element is not None, "there is none"
        if how in ("has", "lacks"):
            assert (_walk(element, want) is not None) == (how == "has"), f"it has {[e.tag for e in element.iter()][1:]}"
        elif element.tag == dav.tag("D:href") and how == "=":
            # Spellings of a path differ; that each has but one is checked elsewhere.
            assert _decoded(element.text or "") == _decoded(want), f"it is {element.text!r}"
        else:
            _compare((element.text or "").strip(), how, want)

    def _want_data(self, answer, rest):
        href = rest.split()[0]
        for name in ("C:calendar-data", "R:address-data"):
            element = self._property(answer, href, name)
            if element is not None:
                assert lines(element.text or "") == lines(self.put[self._path(answer, href)]), "it differs"
                return
        raise AssertionError("there is no data")

    def _want_save(self, answer, rest):
        name, what, *more = rest.split()
        if what == "header":
            value = answer.headers.get(more[0].lower())
        elif what == "prop":
            element = self._property(answer, *more)
            value = None if element is None else (element.text or "").strip()
        else:
            value = answer.sync_token
        assert value, "there is nothing to save"
        self.variables[name] = value

    def _path(self, answer, href):
        return _decoded(answer.path if href == "." else href)

    def _item(self, answer, href):
        path = self._path(answer, href)
        same = [item for item in answer.items() if _decoded(item.href).rstrip("/") == path.rstrip("/")]
        assert len(same) < 2, "there are several responses for it"
        return same[0] if same else None

    def _property(self, answer, href, name):
        item = self._item(answer, href)
        assert item is not None, f"there is no response for it, only for {[i.href for i in answer.items()][:8]}"
        first, _, rest = name.partition("/")
        element = item.prop(first)
        return _walk(element, rest) if rest and element is not None else element


def _compare(value: str, how: str, want: str) -> None:
    if how == "=":
        assert value == want, f"it is {value!r}"
    elif how == "~":
        assert re.search(want, value), f"it is {value!r}"
    elif how == "has":
        tokens = [token.strip() for token in value.split(",")]
        assert want in tokens, f"it is {value!r}"
    elif how != "present":
        raise ValueError(f"no such comparison: {how}")


def _walk(element, path: str):
    """Follow prefixed names, D:a/D:b, or attributes, C:comp[name=VEVENT], down from element to the first match."""
    found = [element]
    for step in path.split("/"):
        name, _, condition = step.partition("[")
        key, _, value = condition.rstrip("]").partition("=")
        found = [child for e in found for child in e.iterfind(dav.tag(name)) if not key or child.get(key) == value]
    return found[0] if found else None


def _decoded(href: str) -> str:
    return urllib.parse.unquote(urllib.parse.urlsplit(href).path)


def _show(answer: dav.Answer) -> str:
    text = answer.text.replace("\r", "")
    return f"{answer.status} {text[:700]}{'...' if len(text) > 700 else ''}"


def _send_expecting(client: dav.Client, method, path, body, headers) -> dav.Answer:
    """Send a request with Expect: 100-continue, and the body only after the server asks for it."""
    host, _, port = client.host.partition(":")
    data = body.encode()
    head = [
        f"{method} {path} HTTP/1.1",
        f"Host: {client.host}",
        f"Authorization: {client.authorization}",
        "Connection: close",
    ]
    head += [f"{name}: {value}" for name, value in headers.items()] + [f"Content-Length: {len(data)}"]
    with socket.create_connection((host, int(port)), timeout=10) as conn:
        conn.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        stream = conn.makefile("rb")
        first = stream.readline().decode()
        if " 100 " in first:
            stream.readline()
            conn.sendall(data)
            first = stream.readline().decode()
        fields = {}
        while line := stream.readline().strip().decode():
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        rest = b"" if int(first.split()[1]) == 204 else stream.read()
        return dav.Answer(int(first.split()[1]), fields, rest, method, path)
