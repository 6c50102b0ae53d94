#!/usr/bin/env python3
# Plays an SMTP session over STARTTLS, a fresh connection beside it, and tells them apart.
#
#     python3 FILE [HOST [PORT]] [--auth USER:PASSWORD] [--key FILE --cert FILE]   (Python 3.8 or later, nothing else)
#
# The last line says REPRODUCED (exit 1), NOT REPRODUCED (0), COULD NOT RUN or COULD NOT JUDGE (3).
# In CASE, `{a}` is a random token, the same one wherever the letter stands in a run, and `{{` is a brace.
# `look` says what makes the difference. Certificates are not verified.

import json

# after the 220 and a close_notify in TLS, NOOP is answered 250 in plaintext
# "After receiving a 220 response to a STARTTLS command, the client MUST start the TLS negotiation before giving any other SMTP commands." (RFC 3207, section 4)
# Seen: 250 in plaintext. Expected: the close, or a single 421, 454 or 554.
CASE = json.loads(r"""
{
  "summary": "after the 220 and a close_notify in TLS, NOOP is answered 250 in plaintext",
  "requirement": "RFC 3207, section 4",
  "repeat": 60,
  "look": { "for": "reply", "part": "clear", "matches": "^(?!221|421|454|554)[2-5]\\d\\d([ -]|$)" },
  "used": {
    "before": [{ "step": "ehlo", "send": "EHLO {a}.example\r\n" }],
    "upgrade": { "send": "STARTTLS\r\n", "tls": "1.3", "fail": "close-notify" },
    "after": [{ "step": "noop", "send": "NOOP\r\n" }]
  },
  "fresh": {
    "before": [{ "step": "ehlo", "send": "EHLO {n}.example\r\n" }],
    "upgrade": { "send": "STARTTLS\r\n", "tls": "1.3" },
    "after": [{ "step": "noop", "send": "NOOP\r\n" }]
  }
}
""")

import argparse
import itertools
import re
import sys


# What the runs show: reproduced or not. Part of the reproducer.
#
# Reads what was played, and never the server. Of two fresh runs: what differs between them varies by itself.

import base64
import itertools
import re


def judge(case, used, fresh):
    """The verdict, its reason in one line, and the entry that shows it, or None."""
    for run in [used] + fresh:
        if run["outcome"] in ("unreachable", "lost"):
            return "COULD NOT RUN", run["why"], None
    look = case["look"]
    if look["for"] == "nothing":
        return "COULD NOT JUDGE", look["why"], None
    if look["for"] == "reply":
        return replied(look, used)
    if used["outcome"] != "secure":
        return "NOT REPRODUCED", "the used run: " + used["outcome"], None
    if any(run["outcome"] in ("refused", "no TLS") for run in fresh):
        return "COULD NOT RUN", "a fresh run does not get into TLS", None
    after = case["used"]["after"]
    verb = after[look["step"]]["step"] if look["step"] < len(after) else "quit"
    return compared(look, verb, used, fresh)


def replied(look, used):
    """A reply of the used run that proves itself."""
    pattern = re.compile(look["matches"].replace("{nonce}", used["nonce"]), re.IGNORECASE)
    for entry in used["entries"]:
        here = entry["part"] == look["part"] and entry["step"] == look.get("step", entry["step"])
        for line in entry.get("lines", []) if here else []:
            if any(pattern.search(reading) for reading in readings(line)):
                return "REPRODUCED", 'the used run is told "%s"' % line, entry
    return "NOT REPRODUCED", "the used run is told nothing of the kind", None


def readings(line):
    """A line as it is, and what stands in it in base64."""
    words = re.findall(r"[A-Za-z0-9+/]{12,}", line)
    whole = (word[: len(word) - (len(word) % 4 == 1)] for word in words)
    return [line] + [base64.b64decode(word + "=" * (-len(word) % 4)).decode("latin-1") for word in whole]


def compared(look, verb, used, fresh):
    mine, one, other = (told(look, run) for run in [used] + fresh)
    if len(one) != len(other) or (look["in"] == "codes" and one != other):
        return "COULD NOT JUDGE", "fresh connections disagree among themselves", None
    if len(mine) == len(one) and all(a == b or b != c for a, b, c in zip(mine, one, other)):
        return "NOT REPRODUCED", "used and fresh run are told the same", None
    said = tuple(" ".join(words) or "nothing" for words in (mine, one))
    why = '%s is answered "%s" in the used run, "%s" in the fresh run' % ((verb.upper(),) + said)
    here = [entry for entry in used["entries"] if is_at(look, entry)]
    return "REPRODUCED", why, here[-1] if here else None


def is_at(look, entry):
    return entry["part"] == "after" and entry["step"] == look["step"]


def told(look, run):
    """What the server answered to the step: codes, or all its words with the tokens of the run as their letters."""
    here = [entry for entry in run["entries"] if is_at(look, entry)]
    if look["in"] == "codes":
        return counted([one.get("code") or one["end"] for one in here if "code" in one or "end" in one])
    tokens = re.compile(run["nonce"] + "([a-z])", re.IGNORECASE)
    replies = (one["lines"] for one in here if "lines" in one)
    masked = ([tokens.sub(letter, line) for line in lines] for lines in replies)
    return [word for lines in masked for word in words(lines)]


def letter(found):
    return "<%s>" % found[1].lower()


def words(lines):
    """Lines behind the first, and the words in them, may come in any order: they are lists."""
    return lines[0].split(" ") + sorted(" ".join(sorted(re.split(r"[ =]+", line[4:]))) for line in lines[1:])


def counted(codes):
    """Repetitions as a number."""
    runs = [(code, len(list(same))) for code, same in itertools.groupby(codes)]
    return [code if times == 1 else "%s (%d times)" % (code, times) for code, times in runs]


# One run of the case: what is said, in order, and what came back. Part of the reproducer.

import base64
import hmac
import re
import secrets
import time


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


# Seconds that a reply may take, and that is waited where silence is a sound answer.
REPLY = 5
REACTION = 1
MOST_ENTRIES = 4096

# Bytes in place of a handshake.
FAILURES = {
    "garbage": b"\x16\x03\x01\x00\x20" + b"\xaa" * 32,
    "plaintext": b"NOOP\r\n",
    "alert": b"\x15\x03\x01\x00\x02\x02\x28",
}


def spelled(text, fill, challenge=""):
    """What a text of the case is, one character a byte; `fill` gives the word for a name in braces.

    `challenge` is what came in base64.
    """
    if isinstance(text, list):
        return "".join(spelled(part, fill, challenge) for part in text)
    if isinstance(text, dict) and "times" in text:
        return spelled(text["of"], fill) * text["times"]
    if isinstance(text, dict) and "digest" in text:
        # CRAM-MD5 (RFC 2195, section 2).
        user, password = (spelled(part, fill) for part in text["digest"])
        digest = hmac.new(password.encode("latin-1"), base64.b64decode(challenge), "md5").hexdigest()
        return base64.b64encode(("%s %s" % (user, digest)).encode("latin-1")).decode("ascii")
    if isinstance(text, dict):
        return base64.b64encode(spelled(text["base64"], fill).encode("latin-1")).decode("ascii")
    return re.sub(r"\{(?:\{|([a-z]+)\})", lambda found: fill(found[1]) if found[1] else "{", text)


def play(run, server):
    """Plays a run, on a connection before it the one whose TLS session it resumes.

    The result has the nonce of its tokens, its entries in order (who, part, step, text; replies with code and
    lines), and how far it came: `unreachable`, `lost`, `refused`, `no TLS`, `failed` (as was wanted), `plain` (no
    STARTTLS asked for) or `secure`.
    """
    # Eight characters: the lengths in BDAT count on it.
    nonce = "r" + secrets.token_hex(4)[1:]
    contexts = {}
    ticket = run.get("upgrade", {}).get("resumed")
    if ticket is None:
        return play_one(run, nonce, server, contexts)[0]
    first, session = play_one(ticket, nonce, server, contexts)
    played, _ = play_one(run, nonce, server, contexts, session)
    between = {"who": "-", "part": "earlier", "step": 0, "text": "a new connection"}
    entries = [{**entry, "part": "earlier"} for entry in first["entries"]] + [between]
    return {**played, "entries": entries + played["entries"]}


def play_one(run, nonce, server, contexts, session=None):
    try:
        peer = Peer(server, contexts)
    except OSError as error:
        why = "nothing answers at %s:%d (%s)" % (server["host"], server["port"], error)
        return {"nonce": nonce, "outcome": "unreachable", "why": why, "entries": []}, None
    player = Player(peer, nonce, server)
    outcome = player.play(run, session)
    peer.leave()
    why = "the server says no 220, or ends before STARTTLS is answered"
    return {"nonce": nonce, "outcome": outcome, "why": why, "entries": player.entries}, peer.session()


class Player:
    def __init__(self, peer, nonce, server):
        self.entries = []
        self.peer = peer
        self.fill = lambda name: nonce + name if len(name) == 1 else server[name]
        self.lmtp = server["lmtp"]
        self.part, self.step = "greeting", 0
        self.wait = REPLY
        self.over = False
        self.recipients = 0
        # What the last reply said, in case that it is a challenge.
        self.said = ""

    def play(self, run, session):
        if self._reply() != "220":
            return "lost"
        upgrade = run.get("upgrade")
        piped = upgrade if upgrade and upgrade.get("piped") else None
        early = self._steps("before", run["before"], piped)
        if self.over:
            return "lost"
        outcome = self._upgrade(upgrade, session, early) if upgrade else "plain"
        if outcome in ("lost", "refused", "no TLS"):
            return outcome
        if outcome == "failed":
            self.wait = REACTION
        self._steps("clear" if outcome == "failed" else "after", run["after"])
        if outcome == "secure":
            self._fence(run["after"])
        return outcome

    def _steps(self, part, steps, starttls=None):
        first = 0
        while first < len(steps) and not self.over:
            last = first
            while steps[last].get("piped"):
                last += 1
            if starttls and last == len(steps) - 1:
                return self._together(part, steps[first:], first, starttls)
            if last == first:
                self._alone(part, steps[first], first)
            else:
                self._together(part, steps[first : last + 1], first)
            first = last + 1
        return None

    def _alone(self, part, step, index):
        self._at(part, index)
        time.sleep(step.get("pause", 0) / 1000)
        if "close" in step:
            self._note("-", "the client closes (%s)" % step["close"])
            self.peer.close(step["close"])
            self._drain()
        if "send" not in step:
            return
        code = None
        for exchange in [step] + step.get("dialogue", []):
            on = exchange.get("on")
            if on is not None and code != str(on):
                return
            self._send(exchange["send"])
            if step.get("unanswered"):
                return
            code = self._answer(on == 354 or "last" in step)
        self._count(step, code)

    def _together(self, part, steps, first, starttls=None):
        """Several steps in one segment; with STARTTLS in it, whose 220 may overtake an answer."""
        texts = [spelled(step["send"], self.fill) for step in steps]
        for index, text in enumerate(texts):
            self._at(part, first + index)
            self._note("C", text)
        if starttls:
            texts.append(spelled(starttls["send"], self.fill))
            self._note("C", texts[-1])
        self.peer.send("".join(texts).encode("latin-1"))
        for index, step in enumerate(steps):
            self._at(part, first + index)
            code = self._reply()
            if starttls and code == "220":
                return code
            self._count(step, code)
        return None

    def _answer(self, is_message):
        """The last reply to a send. LMTP answers a message once for each recipient."""
        code = self._reply()
        if self.lmtp and is_message:
            for _ in range(self.recipients - 1):
                code = self._reply()
        return code

    def _count(self, step, code):
        if code is None or not code.startswith("2"):
            return
        if step["step"] == "rcpt":
            self.recipients += 1
        elif "last" in step or step["step"] in ("helo", "ehlo", "lhlo", "mail", "data", "rset"):
            self.recipients = 0

    def _upgrade(self, upgrade, session, early=None):
        """`early` is a 220 that has come already."""
        self._at("upgrade", 0)
        self.recipients = 0
        hello = self.peer.hello(upgrade, session) if upgrade.get("eager") else b""
        if "first" in upgrade:
            self._send(upgrade["first"])
            time.sleep(0.02)
        if not upgrade.get("piped"):
            self._send(upgrade["send"], hello)
        code = early or self._reply()
        for _ in range(upgrade.get("skip", 0)):
            if self.over or code == "220":
                break
            code = self._reply()
        if code != "220":
            return "lost" if self.over else "refused"
        if "segment" in upgrade:
            self._send(upgrade["segment"])
        if "fail" in upgrade:
            return self._fail(upgrade)
        rest = self.peer.rest(0)
        if not upgrade.get("eager"):
            self.peer.send(self.peer.hello(upgrade, session))
        patience = REACTION if upgrade.get("eager") or "segment" in upgrade else REPLY
        done, failed = self.peer.handshake(rest, patience)
        self._stray(self.peer.stray)
        self._note("-", done or "no TLS: %s" % failed)
        return "secure" if done else "no TLS"

    def _fail(self, upgrade):
        how = upgrade["fail"]
        self._note("-", "the handshake is made to fail: %s" % how)
        self._at("clear", -1)
        if how in ("fin", "rst"):
            self.peer.close(how)
            self.wait = REACTION
            if how == "fin":
                self._drain()
            self.over = True
            return "failed"
        self._stray(self.peer.rest(0))
        if how == "close-notify":
            self.peer.send(self.peer.hello(upgrade, None))
            done, failed = self.peer.handshake(b"", REPLY)
            self._note("-", done or "no TLS: %s" % failed)
            if not done:
                return "no TLS"
            self.peer.leave_tls()
            return self._reaction()
        hello = self.peer.hello(upgrade, None) if how == "half-hello" else b""
        self.peer.send(FAILURES.get(how, hello[: len(hello) // 2]))
        return self._reaction()

    def _reaction(self):
        reaction = self.peer.rest(REACTION)
        if not TLS_RECORD.match(reaction):
            self._stray(reaction)
        return "failed"

    def _fence(self, after):
        """The closing QUIT: what comes ahead of its 221 answers nothing that was sent."""
        last = after[-1]["step"] if after else None
        if self.over or last == "close":
            return
        self._at("after", len(after))
        if last != "quit":
            self._send("QUIT\r\n")
        self._drain()

    def _drain(self):
        while not self.over and self._reply() != "221":
            pass

    def _at(self, part, step):
        self.part, self.step = part, step

    def _send(self, text, hello=b""):
        text = spelled(text, self.fill, self.said)
        self._note("C", text)
        if hello:
            self._note("-", "and the ClientHello, in the same segment")
        self.peer.send(text.encode("latin-1") + hello)

    def _stray(self, data):
        """Plaintext behind the 220."""
        if data:
            text = data.decode("latin-1")
            entry = {"who": "S", "part": "clear", "step": -1, "text": text, "lines": re.split(r"\r?\n", text)}
            self.entries.append(entry)

    def _reply(self):
        """The code of the next reply, `none` for a line that is no reply, None if nothing came."""
        if self.over:
            return None
        lines = self.peer.reply(self.wait)
        self.over = isinstance(lines, str) or len(self.entries) > MOST_ENTRIES
        if isinstance(lines, str):
            self._note("-", "the server closes" if lines == "closed" else "silence", end=lines)
            return None
        codes = {found and found[0] for found in (re.match(r"[2-5]\d\d(?=[ -]|$)", line) for line in lines)}
        code = codes.pop() if len(codes) == 1 else None
        self.said = lines[0][4:]
        self._note("S", "".join(line + "\r\n" for line in lines), code=code or "none", lines=lines)
        return code or "none"

    def _note(self, who, text, **more):
        self.entries.append({"who": who, "part": self.part, "step": self.step, "text": text, **more})


MOST_LINES = 120
MOST_WIDTH = 200
EXITS = {"REPRODUCED": 1, "NOT REPRODUCED": 0}


class Unusable(Exception):
    """The script was called in a way that leaves nothing to play."""


def target():
    """The server, the login and the client certificate, from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("host", nargs="?", default=CASE.get("host"))
    parser.add_argument("port", nargs="?", type=int, default=CASE.get("port"))
    for option in ("--auth", "--key", "--cert"):
        parser.add_argument(option)
    options = parser.parse_args()
    if options.host is None or options.port is None:
        raise Unusable("give HOST and PORT of the server")
    said = json.dumps(CASE)
    user, colon, password = (options.auth or "").partition(":")
    if not colon and re.search(r"\{(user|password)\}", said):
        raise Unusable("this case logs in: give --auth USER:PASSWORD")
    if not (options.key and options.cert) and '"certificate": true' in said:
        raise Unusable("this case shows a client certificate: give --key FILE --cert FILE")
    return {**vars(options), "user": user, "password": password, "lmtp": CASE.get("lmtp", False)}


def escaped(text):
    """A server's words, safe for a terminal."""
    return re.sub(r"[^ -~]", lambda found: "\\x%02x" % ord(found[0]), text)


def shown(entry, mark):
    """What was said at once, a line each."""
    who, text = entry["who"], entry["text"]
    speaker = "--" if who == "-" else who + (": (in plaintext)" if entry["part"] == "clear" else ":")
    result = []
    for line in (text[:-2] if text.endswith("\r\n") else text).split("\r\n"):
        more = " (%d more bytes)" % (len(line) - MOST_WIDTH) if len(line) > MOST_WIDTH else ""
        result.append("%s %s %s%s" % (mark, speaker, escaped(line[:MOST_WIDTH]), more))
    if who == "C" and not text.endswith("\n"):
        result[-1] += " (no line end)"
    return result


def folded(lines):
    """Lines with repetitions as a number; of too many, their beginning and their end."""
    runs = [(line, len(list(same))) for line, same in itertools.groupby(lines)]
    every = [line if times == 1 else "%s (%d times)" % (line, times) for line, times in runs]
    left, half = len(every) - MOST_LINES, MOST_LINES // 2
    return every if left <= 0 else every[:half] + ["   (%d more lines)" % left] + every[-half:]


def transcript(title, run, marked=None):
    lines = [line for entry in run["entries"] for line in shown(entry, ">>" if entry is marked else "  ")]
    return [title] + folded(lines) + [""]


def rounds(server):
    """Plays two fresh runs, then the used run, again if it is a race, until the difference shows."""
    fresh = [play(CASE["fresh"], server), play(CASE["fresh"], server)]
    number = 0
    while True:
        number += 1
        used = play(CASE["used"], server)
        verdict, why, entry = judge(CASE, used, fresh)
        if verdict != "NOT REPRODUCED" or number >= CASE.get("repeat", 1):
            return used, fresh, number, verdict, why, entry


def main():
    print(escaped(CASE["summary"]), CASE["requirement"], "", sep="\n")
    try:
        used, fresh, number, verdict, why, entry = rounds(target())
        print(*transcript("Used run:", used, entry), *transcript("Fresh run:", fresh[0]), sep="\n")
        why += " (round %d)" % number if number > 1 else ""
    except (Unusable, OSError, ValueError) as error:
        verdict, why = "COULD NOT RUN", str(error)
    print("%s: %s" % (verdict, escaped(why)))
    return EXITS.get(verdict, 3)


sys.exit(main())
