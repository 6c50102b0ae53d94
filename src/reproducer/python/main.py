#!/usr/bin/env python3
# Plays an SMTP session over STARTTLS, a fresh connection beside it, and tells them apart.
#
#     python3 FILE [HOST [PORT]] [--auth USER:PASSWORD] [--key FILE --cert FILE]   (Python 3.8 or later, nothing else)
#
# The last line says REPRODUCED (exit 1), NOT REPRODUCED (0), COULD NOT RUN or COULD NOT JUDGE (3).
# In CASE, `{a}` is a random token, the same one wherever the letter stands in a run, and `{{` is a brace.
# `look` says what makes the difference. Certificates are not verified.

import json

# <case>
CASE = json.loads(r"""
{
  "summary": "A sample: MAIL is answered 250 in TLS, but 503 on a fresh connection",
  "requirement": "RFC 3207, section 4.2",
  "look": { "for": "difference", "step": 0, "in": "codes" },
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

import argparse
import itertools
import re
import sys

from judge import judge
from play import play

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
