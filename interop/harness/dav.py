"""A small DAV client, for seeding collections and looking at what clients did."""

from __future__ import annotations

import base64
import gzip
import http.client
import urllib.parse
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

# The prefixes that case files and scripts use for namespaces.
NAMESPACES = {
    "D": "DAV:",
    "C": "urn:ietf:params:xml:ns:caldav",
    "R": "urn:ietf:params:xml:ns:carddav",
    "CS": "http://calendarserver.org/ns/",
    "IC": "http://apple.com/ns/ical/",
    "ME": "http://me.com/_namespace/",
    "P": "https://bitfire.at/webdav-push",
    "OC": "http://owncloud.org/ns",
    "TK": "http://org.tasks/ns/",
}
XMLNS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


class DAVError(Exception):
    """An answer was not what the caller needed."""


def tag(name: str) -> str:
    """Turn D:href into ElementTree's {DAV:}href."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def quote(segment: str) -> str:
    return urllib.parse.quote(segment, safe="@")


@dataclass
class Propstat:
    status: str
    props: list[ET.Element]


@dataclass
class Item:
    """One D:response of a multistatus; status is set when it has no propstat."""

    href: str
    status: str = ""
    propstats: list[Propstat] = field(default_factory=list)
    error: ET.Element | None = None

    def prop(self, name: str) -> ET.Element | None:
        """The property with status 200, or None."""
        for propstat in self.propstats:
            if " 200 " in propstat.status + " ":
                for prop in propstat.props:
                    if prop.tag == tag(name):
                        return prop
        return None

    def text(self, name: str) -> str | None:
        element = self.prop(name)
        return None if element is None else (element.text or "")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    method: str
    path: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "surrogateescape")

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")

    def xml(self) -> ET.Element:
        try:
            return ET.fromstring(self.body)
        except ET.ParseError as err:
            raise DAVError(f"{self.method} {self.path}: the answer is no XML: {err}: {self.body[:200]!r}") from err

    def items(self) -> list[Item]:
        """The responses of a multistatus, in their order."""
        if self.status != 207:
            raise DAVError(f"{self.method} {self.path}: status {self.status}, not 207: {self.text[:300]}")
        items = []
        for response in self.xml().findall(tag("D:response")):
            item = Item(response.findtext(tag("D:href"), "").strip())
            item.status = response.findtext(tag("D:status"), "")
            item.error = response.find(tag("D:error"))
            for propstat in response.findall(tag("D:propstat")):
                prop = propstat.find(tag("D:prop"))
                item.propstats.append(
                    Propstat(propstat.findtext(tag("D:status"), ""), list(prop) if prop is not None else [])
                )
            items.append(item)
        return items

    @property
    def sync_token(self) -> str:
        return self.xml().findtext(tag("D:sync-token"), "")

    def expect(self, *statuses: int) -> Answer:
        if self.status not in statuses:
            want = " or ".join(map(str, statuses))
            raise DAVError(f"{self.method} {self.path}: status {self.status}, not {want}: {self.text[:300]}")
        return self


class Client:
    """Requests with preemptive Basic credentials; no redirects are followed."""

    def __init__(self, origin: str, user: str, password: str):
        self.host = urllib.parse.urlsplit(origin).netloc
        self.authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def request(self, method: str, path: str, body: str | bytes = b"", anonymous=False, **headers: str) -> Answer:
        """Send one request; header names are given with underscores for dashes.

        A body is compressed or sent in chunks if the headers say so.
        """
        return self.send(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()}, anonymous)

    def send(self, method: str, path: str, body: str | bytes, headers: dict[str, str], anonymous=False) -> Answer:
        if isinstance(body, str):
            body = body.encode("utf-8", "surrogateescape")
        headers = dict(headers)
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.compress(body)
        chunked = headers.get("Transfer-Encoding") == "chunked"
        if not anonymous and not any(k.lower() == "authorization" for k in headers):
            headers["Authorization"] = self.authorization
        conn = http.client.HTTPConnection(self.host, timeout=60)
        try:
            conn.request(method, path, iter([body]) if chunked else body or None, headers, encode_chunked=chunked)
            response = conn.getresponse()
            data = response.read()
            if response.getheader("Content-Encoding") == "gzip":
                data = gzip.decompress(data)
            fields = {}
            for name, value in response.getheaders():
                name = name.lower()
                fields[name] = f"{fields[name]}, {value}" if name in fields else value
            return Answer(response.status, fields, data, method, path)
        finally:
            conn.close()

    def get(self, path: str) -> Answer:
        return self.request("GET", path).expect(200)

    def put(self, path: str, body: str | bytes, **headers: str) -> Answer:
        kind = "text/vcard" if path.endswith(".vcf") else "text/calendar"
        return self.request("PUT", path, body, **{"Content_Type": f"{kind}; charset=utf-8", **headers}).expect(201, 204)

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path).expect(200, 204)

    def propfind(self, path: str, props: str, depth: int = 0) -> list[Item]:
        """props is a list of prefixed names with spaces between them."""
        wanted = "".join(f"<{name}/>" for name in props.split())
        body = f"<D:propfind {XMLNS}><D:prop>{wanted}</D:prop></D:propfind>"
        return self.request("PROPFIND", path, body, Depth=str(depth), Content_Type="application/xml").items()

    def property(self, path: str, name: str) -> str | None:
        return self.propfind(path, name)[0].text(name)

    def proppatch(self, path: str, props: dict[str, str]) -> Answer:
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in props.items())
        body = f"<D:propertyupdate {XMLNS}><D:set><D:prop>{inner}</D:prop></D:set></D:propertyupdate>"
        return self.request("PROPPATCH", path, body, Content_Type="application/xml").expect(207)

    def members(self, path: str) -> list[str]:
        """The paths of the objects in a collection, sorted."""
        items = self.propfind(path, "D:getetag D:resourcetype", depth=1)
        return sorted(
            urllib.parse.urlsplit(item.href).path
            for item in items
            if (rt := item.prop("D:resourcetype")) is None or rt.find(tag("D:collection")) is None
        )

    def objects(self, path: str) -> dict[str, str]:
        """The objects of a collection: path and content."""
        return {href: self.get(href).text for href in self.members(path)}

    def mkcalendar(self, path: str, name: str, components: list[str], more: str = "") -> Answer:
        comps = "".join(f'<C:comp name="{c}"/>' for c in components)
        body = (
            f"<C:mkcalendar {XMLNS}><D:set><D:prop><D:displayname>{name}</D:displayname>"
            f"<C:supported-calendar-component-set>{comps}</C:supported-calendar-component-set>{more}"
            "</D:prop></D:set></C:mkcalendar>"
        )
        return self.request("MKCALENDAR", path, body, Content_Type="application/xml").expect(201)

    def mkaddressbook(self, path: str, name: str, more: str = "") -> Answer:
        body = (
            f"<D:mkcol {XMLNS}><D:set><D:prop><D:resourcetype><D:collection/><R:addressbook/></D:resourcetype>"
            f"<D:displayname>{name}</D:displayname>{more}</D:prop></D:set></D:mkcol>"
        )
        return self.request("MKCOL", path, body, Content_Type="application/xml").expect(201)
