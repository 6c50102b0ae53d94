# One connection to the server: plaintext, TLS, and the ways out. Part of the reproducer.
#
# TLS runs in memory, so that the ClientHello can be held back, and plaintext behind the 220 be seen as what it is.
# Every wait has a limit, and nothing a server does raises.

import re
import socket
import ssl
import struct
import time

# Seconds that connecting, a farewell and a whole connection may take, and bytes that a server may send on it.
CONNECTING = 5
LEAVING = 0.5
CONNECTION = 60
MOST_BYTES = 4 * 1024 * 1024
# Seconds after which a server has read what was sent.
APART = 0.02

# The bytes that can begin a TLS record.
TLS_RECORD = re.compile(rb"[\x14-\x17]")


class Peer:
    def __init__(self, target, contexts):
        """Connects; raises OSError if that cannot be. `contexts` are kept from one connection to the next."""
        self.target = target
        self.contexts = contexts
        self.deadline = time.monotonic() + CONNECTION
        self.socket = socket.create_connection((target["host"], target["port"]), CONNECTING)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls = None
        self.incoming = self.outgoing = None
        self.secure = self.tls_seen = self.ended = False
        self.unread = self.stray = b""
        self.taken = 0

    def session(self):
        """What resumes this connection's TLS session."""
        return self.tls.session if self.tls and self.tls.version() else None

    def send(self, data):
        if self.secure:
            self._engine(lambda: self.tls.write(data))
        else:
            self._write(data)

    def reply(self, wait):
        """The lines of the next reply, or why there is none: `closed` or `silence`."""
        until = min(time.monotonic() + wait, self.deadline)
        lines = []
        while True:
            line, end, rest = self.unread.partition(b"\n")
            if end:
                self.unread = rest
                lines.append((line[:-1] if line.endswith(b"\r") else line).decode("latin-1"))
                if not re.match(r"[2-5]\d\d-", lines[-1]):
                    return lines
            elif self.ended:
                return "closed"
            elif time.monotonic() >= until:
                return "silence"
            else:
                self._arrival(until - time.monotonic())

    def rest(self, wait):
        """All that has arrived and was no reply; waits for something if there is nothing yet."""
        if not self.unread and not self.ended and wait > 0:
            self._arrival(wait)
        rest, self.unread = self.unread, b""
        return rest

    def hello(self, upgrade, session):
        """Makes ready for TLS and hands out the ClientHello."""
        host = self.target["host"]
        name = "localhost" if re.fullmatch(r"[\d.]+|.*:.*", host) else host
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self._context(upgrade).wrap_bio(
            self.incoming,
            self.outgoing,
            server_hostname=name if upgrade.get("sni") else None,
            session=session,
        )
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self.outgoing.read()

    def handshake(self, early, wait):
        """Goes on with the handshake once the ClientHello is sent; `early` came together with the 220.

        Returns what was negotiated, or None, and why not.
        """
        until = time.monotonic() + wait
        self.secure = True
        self._take(early)
        while True:
            try:
                self.tls.do_handshake()
                self._flush()
                break
            except ssl.SSLWantReadError:
                self._flush()
            except (ssl.SSLError, OSError) as error:
                self._flush()
                return None, getattr(error, "reason", None) or str(error)
            if self.ended:
                return None, "closed"
            if time.monotonic() >= until:
                return None, "no answer"
            self._arrival(until - time.monotonic())
        self._decrypt()
        return self.tls.version() + (", session resumed" if self.tls.session_reused else ""), None

    def leave_tls(self):
        """Ends TLS by a close_notify, and goes on in plaintext."""
        self._engine(self.tls.unwrap)
        self.secure = False
        # The server is not to read the next command together with the end of TLS.
        time.sleep(APART)

    def close(self, how):
        """`close_notify` and FIN, `fin` alone, or `rst`."""
        try:
            if how == "rst":
                self.ended = True
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.socket.close()
                return
            if how == "close_notify" and self.secure:
                self._engine(self.tls.unwrap)
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def leave(self):
        """Ends the connection politely, if the server lets us."""
        self.close("close_notify")
        if not self.ended:
            self._arrival(LEAVING)
        self.socket.close()

    def _context(self, upgrade):
        # A session can only be resumed in the context that made it.
        key = (upgrade["tls"], bool(upgrade.get("certificate")))
        if key not in self.contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.maximum_version = ssl.TLSVersion.TLSv1_2 if upgrade["tls"] == "1.2" else ssl.TLSVersion.TLSv1_3
            if upgrade.get("certificate"):
                context.load_cert_chain(self.target["cert"], self.target["key"])
            self.contexts[key] = context
        return self.contexts[key]

    def _arrival(self, wait):
        """Takes in what comes next, if it comes in time."""
        try:
            self.socket.settimeout(max(wait, 0.001))
            data = self.socket.recv(65536)
        except socket.timeout:
            return
        except OSError:
            data = b""
        self.taken += len(data)
        if not data or self.taken > MOST_BYTES:
            self.ended = True
        elif self.secure:
            self._take(data)
            self._decrypt()
        else:
            self.unread += data

    def _take(self, data):
        """Bytes for the TLS engine; plaintext ahead of the first record is none."""
        if not self.tls_seen:
            record = TLS_RECORD.search(data)
            self.tls_seen = record is not None
            start = record.start() if record else len(data)
            self.stray += data[:start]
            data = data[start:]
        self.incoming.write(data)

    def _decrypt(self):
        while self.tls.version() is not None and not self.ended:
            data = self._engine(lambda: self.tls.read(65536))
            if not data:
                return
            self.unread += data

    def _engine(self, action):
        """Does something with the TLS engine, and sends what comes of it."""
        try:
            return action()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except (ssl.SSLError, OSError):
            self.ended = True
            return None
        finally:
            self._flush()

    def _flush(self):
        self._write(self.outgoing.read())

    def _write(self, data):
        try:
            self.socket.settimeout(CONNECTING)
            self.socket.sendall(data)
        except OSError:
            # Whether the server has said something before is for `reply` to find out.
            pass
