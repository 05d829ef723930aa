"""A proxy that makes a calendar look like a plain WebDAV folder, for litmus.

litmus wants a folder in which it may make folders and put any file. almanac
keeps calendar and address objects only, so without help every suite would end
at its first request. The proxy changes three things and nothing else:

  - MKCOL without a body directly below the home becomes MKCALENDAR;
  - the body of a PUT becomes an event that carries it, with a UID for each
    file that stays with it when it is replaced or moved, as RFC 4791 section
    5.3.2.1 demands;
  - in the answer to a GET, the event becomes the body again.

What litmus asks beyond that, such as a folder in a folder, reaches the server
as it is, and what the server can't do is listed in exceptions.md.
"""

from __future__ import annotations

import base64
import http.client
import itertools
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness.samples import event


def wrap(uid: str, body: bytes) -> bytes:
    """An event that carries body."""
    return event(uid, "litmus", more="X-BODY:" + base64.b64encode(body).decode()).encode()


def unwrap(data: bytes) -> bytes:
    """The body that an event carries; data itself if it carries none."""
    carried = re.search(rb"\r\nX-BODY:([A-Za-z0-9+/=]*)\r\n", data)
    return base64.b64decode(carried[1]) if carried else data


# Headers that belong to one connection, RFC 9110 section 7.6.1.
_HOP = {"connection", "keep-alive", "te", "transfer-encoding", "upgrade", "content-length", "host"}


class FolderProxy:
    """The proxy in front of a server; url is the home seen through it."""

    def __init__(self, origin: str, home: str):
        handler = type(
            "Handler", (_Handler,), {"upstream": urllib.parse.urlsplit(origin).netloc, "home": home, "uids": {}}
        )
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        handler.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.url = handler.origin + home
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> FolderProxy:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = home = origin = ""
    uids: dict[str, str] = {}  # of each file by its path; every proxy has its own
    numbers = itertools.count(1)

    def log_message(self, *_) -> None:
        pass

    def parse_request(self) -> bool:
        """Take any method, not only those that the class has a do_ function for."""
        if not super().parse_request():
            return False
        setattr(self, "do_" + self.command, self.forward)
        return True

    def forward(self) -> None:
        body = self._read_body()
        method = self.command
        path = self.path
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        if method == "MKCOL" and not body and self._in_home(path):
            method = "MKCALENDAR"
        if method == "PUT":
            headers["Content-Type"] = "text/calendar"
            body = wrap(self.uids.setdefault(path, f"litmus-{next(self.numbers)}"), body)
        conn = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            conn.request(method, path, body or None, headers)
            answer = conn.getresponse()
            data = answer.read()
        finally:
            conn.close()
        if method == "GET":
            data = unwrap(data)
        if method in ("DELETE", "MOVE") and answer.status < 300:
            self._moved(path, headers.get("Destination", ""))
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        if method == "HEAD":
            self.send_header("Content-Length", answer.getheader("Content-Length", "0"))
        elif answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if method != "HEAD":
            self.wfile.write(data)

    def _moved(self, path: str, destination: str) -> None:
        """Let the UIDs follow a MOVE, or go with a DELETE, for which destination is empty."""
        to = urllib.parse.urlsplit(destination).path
        for old in [old for old in self.uids if old == path or old.startswith(path.rstrip("/") + "/")]:
            uid = self.uids.pop(old)
            if to:
                self.uids[to + old[len(path) :]] = uid

    def _in_home(self, path: str) -> bool:
        rest = path.removeprefix(self.home).strip("/")
        return path.startswith(self.home) and rest != "" and "/" not in rest

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))
