#!/usr/bin/env python3
# Plays an SMTP session over STARTTLS, a fresh connection beside it, and tells them apart.
#
#     python3 repro.py [HOST [PORT]] [--key FILE --cert FILE]     (Python 3.8 or later, nothing else)
#
# The last line says REPRODUCED (exit 1), NOT REPRODUCED (0), COULD NOT RUN or COULD NOT JUDGE (3).
# In CASE, `{a}` is a random token, the same one wherever the letter stands in a run, and `{{` is a brace.
# `look` says what makes the difference. Certificates are not verified.

import json

# <case>
CASE = json.loads(r"""
{
  "summary": "A sample: MAIL is answered 250 in TLS, but 503 on a fresh connection",
  "requirement": {
    "source": "RFC 3207, section 4.2",
    "text": "The server MUST discard any knowledge obtained from the client [...]"
  },
  "expected": "503",
  "look": { "for": "difference", "in": "codes" },
  "used": {
    "before": [{ "step": "ehlo", "send": "EHLO {a}.example\r\n" }],
    "upgrade": { "send": "STARTTLS\r\n", "tls": "1.3" },
    "after": [{ "step": "mail", "send": "MAIL FROM:<{b}@sender.example>\r\n" }]
  },
  "fresh": {
    "before": [],
    "upgrade": { "send": "STARTTLS\r\n", "tls": "1.3" },
    "after": [{ "step": "mail", "send": "MAIL FROM:<{b}@sender.example>\r\n" }]
  }
}
""")
# </case>

import re
import sys

from judge import judge
from play import play

MOST_LINES = 24
MOST_WIDTH = 200
EXITS = {"REPRODUCED": 1, "NOT REPRODUCED": 0}


class Unusable(Exception):
    """The script was called in a way that leaves nothing to play."""


def command_line(words):
    """The server, and the files of a client certificate."""
    target, address, words = {}, [], list(words)
    while words:
        word = words.pop(0)
        if word in ("--key", "--cert"):
            target[word[2:]] = words.pop(0) if words else ""
        else:
            address.append(word)
    host = address[0] if address else CASE.get("host")
    port = address[1] if len(address) > 1 else CASE.get("port")
    if host is None or port is None:
        raise Unusable("give HOST and PORT of the server")
    if CASE["used"]["upgrade"].get("certificate") and not {"key", "cert"} <= set(target):
        raise Unusable("this case needs a client certificate: --key FILE --cert FILE")
    return {**target, "host": host, "port": int(port)}


def escaped(text):
    """A server's words, safe for a terminal."""
    return re.sub(r"[^ -~]", lambda found: "\\x%02x" % ord(found[0]), text)


def shown(who, text, mark):
    """What one side said at one place, as lines; of a long burst, its beginning and its end."""
    lines = (text[:-2] if text.endswith("\r\n") else text).split("\r\n")
    half, left = MOST_LINES // 2, len(lines) - MOST_LINES
    if left > 0:
        lines = lines[:half] + ["(%d more lines)" % left] + lines[-half:]
    speaker = "--" if who == "-" else who + ":"
    result = []
    for line in lines:
        more = " (%d more bytes)" % (len(line) - MOST_WIDTH) if len(line) > MOST_WIDTH else ""
        result.append("%s %s %s%s" % (mark, speaker, escaped(line[:MOST_WIDTH]), more))
    if who != "-" and not text.endswith("\n"):
        result[-1] += " (no line end)"
    return result


def transcript(title, played, at):
    """The transcript of a run; what the server did at the place of the difference is marked."""
    lines, entries = [title], played["entries"]
    first = 0
    while first < len(entries):
        one = entries[first]
        place = (one["part"], one["step"])
        last = first + 1
        while one["who"] != "-" and last < len(entries) and is_same(one, entries[last]):
            last += 1
        marked = place == at and (one["who"] == "S" or "end" in one)
        said = "".join(entry["text"] for entry in entries[first:last])
        lines += shown(one["who"], said, ">>" if marked else "  ")
        if one["part"] == "earlier" and (last == len(entries) or entries[last]["part"] != "earlier"):
            lines.append("   -- a new connection")
        first = last
    if "why" in played:
        lines.append("   -- no connection: " + escaped(played["why"]))
    return lines + [""]


def is_same(one, other):
    return all(one[key] == other[key] for key in ("who", "part", "step"))


def rounds(target):
    """Plays both runs, again if it is a race, until the difference shows."""
    most = CASE.get("repeat", 1)
    for number in range(1, most + 1):
        used = play(CASE["used"], target, CASE.get("lmtp", False))
        fresh = play(CASE["fresh"], target, CASE.get("lmtp", False))
        verdict, why, at = judge(CASE, used, fresh)
        if verdict != "NOT REPRODUCED" or number == most:
            return used, fresh, verdict, why + (" (round %d of %d)" % (number, most) if most > 1 else ""), at
    raise Unusable("`repeat` must be at least 1")


def main():
    requirement = CASE["requirement"]
    print(escaped(CASE["summary"]), "", requirement["source"] + ":", sep="\n")
    print('"%s"\n' % escaped(requirement["text"]))
    try:
        used, fresh, verdict, why, at = rounds(command_line(sys.argv[1:]))
        print(*transcript("Used run:", used, at), *transcript("Fresh run:", fresh, at), sep="\n")
    except (Unusable, OSError, ValueError) as error:
        verdict, why = "COULD NOT RUN", str(error)
    print("%s: %s" % (verdict, escaped(why)))
    return EXITS.get(verdict, 3)


sys.exit(main())
