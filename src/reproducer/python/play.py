# One run of the case: what is said, in order, and what came back. Part of the reproducer.

import base64
import hmac
import re
import secrets
import time

from peer import TLS_RECORD, Peer

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
