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
