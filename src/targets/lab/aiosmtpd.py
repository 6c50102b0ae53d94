"""aiosmtpd with a handler that keeps mail in a Maildir and reports the session that it is given.

    aiosmtpd.py MAILDIR HOST CERTIFICATE KEY PORT TLS_PORT REPORT_PORT USER PASSWORD DOMAIN

Reports go to REPORT_PORT, one JSON object a line: the client's port, whether it is in TLS, the hook, and the session and
envelope as the hook sees them. A hook goes on when its report has been acknowledged by a line. Not the default: AUTH is
allowed in plaintext (`auth_require_tls`).
"""

import asyncio
import json
import ssl
import sys
from mailbox import Maildir

from aiosmtpd.smtp import SMTP, AuthResult

MAILDIR, HOST, CERTIFICATE, KEY, PORT, TLS_PORT, REPORT_PORT, USER, PASSWORD, DOMAIN = sys.argv[1:]


def plain(value):
    """What JSON can say of an object: bytes as text, classes by their fields, anything else by its type."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return type(value).__name__


def state(session, envelope):
    """The session without what differs from one connection to the next by its nature."""
    seen = {key: plain(value) for key, value in vars(session).items() if key not in ("peer", "loop", "ssl")}
    return {"session": {**seen, "ssl": session.ssl is not None}, "envelope": {key: plain(value) for key, value in vars(envelope).items()}}


class Reports:
    """The way to those who want to know. One report at a time, in order, each waiting for its acknowledgement."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.turn = reader, writer, asyncio.Lock()

    async def send(self, report):
        async with self.turn:
            self.writer.write(json.dumps(report).encode() + b"\n")
            await self.reader.readline()


class Handler:
    def __init__(self, reports):
        self.mailbox = Maildir(MAILDIR)
        self.reports = reports

    async def report(self, hook, session, envelope):
        secure = session.ssl is not None
        await self.reports.send({"port": session.peer[1], "secure": secure, "hook": hook, "state": state(session, envelope)})

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        await self.report("EHLO", session, envelope)
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self.report("MAIL", session, envelope)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await self.report("RCPT", session, envelope)
        if not address.lower().endswith("@" + DOMAIN) and session.authenticated is not True:
            return "550 5.7.1 Relaying denied"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await self.report("DATA", session, envelope)
        head = f"X-Greeting: {session.host_name}\r\nX-Sender: {envelope.mail_from}\r\n"
        head += "".join(f"X-Recipient: {address}\r\n" for address in envelope.rcpt_tos)
        self.mailbox.add(head.encode("utf-8", "surrogateescape") + envelope.original_content)
        return "250 OK"


class Reporting(SMTP):
    def connection_made(self, transport):
        # A start of TLS comes here a second time, on the same connection.
        if self.session is None:
            port = transport.get_extra_info("peername")[1]
            self.reported = self.loop.create_task(self.event_handler.reports.send({"port": port, "hook": "connect"}))
        super().connection_made(transport)

    async def _handle_client(self):
        # Nobody is greeted of whom it is not known that a new connection has the port of an earlier one.
        await self.reported
        await super()._handle_client()


def authenticate(server, session, envelope, mechanism, data):
    # Not handled: the refusal is left to aiosmtpd, which would else say nothing.
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE, KEY)
    reports = Reports(*await asyncio.open_connection("127.0.0.1", int(REPORT_PORT)))
    handler = Handler(reports)
    common = dict(hostname=HOST, enable_SMTPUTF8=True, authenticator=authenticate, auth_require_tls=False)
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Reporting(handler, tls_context=context, **common), "127.0.0.1", int(PORT))
    await loop.create_server(lambda: Reporting(handler, **common), "127.0.0.1", int(TLS_PORT), ssl=context)
    await asyncio.Event().wait()


asyncio.run(main())
