"""A mail server for the client "mail": aiosmtpd, with STARTTLS and a login.

    postoffice.py FOLDER PORT CERT KEY USER PASSWORD

It takes mail for everybody on 127.0.0.1, as the server does that takes mail to all
the world, from who has logged in, over TLS. Each mail becomes a file NUMBER.json
in FOLDER: envelope, login, and the message in base64. Mailboxes whose name begins
with "nobody" do not exist: 550.
"""

import base64
import json
import signal
import ssl
import sys
import threading
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

folder, port, cert, key, user, password = sys.argv[1:]
folder = Path(folder)


class Postbox:
    def __init__(self):
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return f"550 5.1.1 <{address}>: there is no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        text = json.dumps(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "user": session.auth_data.login.decode(),
                "tls": session.ssl is not None,
                "mail": base64.b64encode(envelope.original_content).decode(),
            }
        )
        new = folder / f"{self.count:04}.new"
        new.write_text(text)
        new.rename(new.with_suffix(".json"))
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
    return AuthResult(success=good, handled=False, auth_data=data)


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(cert, key)
controller = Controller(
    Postbox(),
    hostname="127.0.0.1",
    port=int(port),
    server_hostname="mail.example.org",
    tls_context=context,
    require_starttls=True,
    auth_required=True,
    auth_require_tls=True,
    authenticator=login,
)
controller.start()
(folder / "ready").touch()
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
ended.wait()
controller.stop()
