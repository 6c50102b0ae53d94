# What the two runs show: reproduced or not. Part of the reproducer.
#
# Reads what was played, and never the server.

import base64
import re


def judge(subject, used, fresh):
    """The verdict, its reason in one line, and the place (part, step) where it shows, or None."""
    look = subject["look"]
    if used["outcome"] == "unreachable":
        return "COULD NOT RUN", "no connection: " + used["why"], None
    if used["outcome"] == "lost":
        return "COULD NOT RUN", "the used run ended before STARTTLS was answered", None
    if look["for"] == "unseen":
        return "COULD NOT JUDGE", look["why"] + ", not to a client", None
    wanted = "failed" if "fail" in subject["used"]["upgrade"] else "secure"
    # Plaintext behind the 220 shows where TLS does not come about, too.
    if used["outcome"] != wanted and look["for"] != "plaintext-reply":
        return "NOT REPRODUCED", "the used run does not get into TLS (%s)" % used["outcome"], None
    if look["for"] == "difference":
        return compared(subject, used, fresh)
    return sighted(subject, used, fresh)


def compared(subject, used, fresh):
    look, after = subject["look"], subject["used"]["after"]
    if fresh["outcome"] != "secure":
        return "COULD NOT RUN", "the fresh run does not get into TLS (%s)" % fresh["outcome"], None
    for step in range(len(after) + 1) if look["in"] == "codes" else [look["step"]]:
        one, other = aspect(used, step, look), aspect(fresh, step, look)
        if one != other:
            verb = after[step]["step"].upper() if step < len(after) else "the closing QUIT"
            seen = (verb, one or "nothing", other or "nothing")
            return "REPRODUCED", "%s gets %s in the used run, %s in the fresh run" % seen, ("after", step)
    return "NOT REPRODUCED", "both runs show the same", None


def masked(text, nonce):
    """Tokens of the run as their letters."""
    return re.sub(nonce + "([a-z])", lambda found: "<%s>" % found[1].lower(), text, flags=re.IGNORECASE)


def aspect(played, step, look):
    """What is compared of a step."""
    here = [entry for entry in played["entries"] if entry["part"] == "after" and entry["step"] == step]
    if look["in"] == "codes":
        return counted(" ".join(one.get("code") or one["end"] for one in here if {"code", "end"} & set(one)))
    texts = (described(entry["lines"], look) for entry in here if "lines" in entry)
    return " | ".join(masked(text, played["nonce"]) for text in texts)


def counted(words):
    """Words with repetitions as a number."""
    return re.sub(
        r"\b(\w+)(?: \1\b){2,}",
        lambda found: "%s (%d times)" % (found[1], len(found[0].split(" "))),
        words,
    )


def described(lines, look):
    texts = [line[4:] for line in lines]
    found = re.match(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)", texts[0])
    enhanced = found[1] if found else ""
    if look["in"] == "enhanced":
        return enhanced
    if look["in"] == "list":
        return ", ".join(sorted(keyword(text) for text in texts[1:]))
    line = texts[look["line"]] if look["line"] < len(texts) else ""
    if enhanced and line.startswith(enhanced):
        line = line[len(enhanced) + 1 :]
    return " ".join("*" if at in look["varying"] else word for at, word in enumerate(line.split(" ")))


def keyword(line):
    """`AUTH LOGIN PLAIN`: the parameters of a keyword are a set."""
    word, *parameters = re.split(r"[ =]+", line.strip())
    return " ".join([word.upper()] + sorted(parameters))


def sighted(subject, used, fresh):
    """What needs no fresh run: the used run alone shows it."""
    entry, what = SIGHT[subject["look"]["for"]](subject, used, fresh)
    if entry is None:
        return "NOT REPRODUCED", "the used run does not show it; expected: " + subject["expected"], None
    return "REPRODUCED", "%s; expected: %s" % (what, subject["expected"]), (entry["part"], entry["step"])


NOTHING = (None, "")


def answer(subject, used, fresh):
    look = subject["look"]
    place = ("upgrade", 0) if look["step"] < 0 else ("after", look["step"])
    controls = [one["code"] for one in fresh["entries"] if one["part"] == "before" and "code" in one]
    if "plain" in look and controls[-1:] != [look["plain"]]:
        return NOTHING
    for entry in used["entries"]:
        lines = entry.get("lines", []) if (entry["part"], entry["step"]) == place else []
        for line in lines:
            if re.search(look["matches"], line, re.IGNORECASE):
                return entry, 'the answer is "%s"' % line
    return NOTHING


def extra_replies(subject, used, _fresh):
    """Behind the closing QUIT, which counts as one more step."""
    place = ("after", len(subject["used"]["after"]))
    replies = [one for one in used["entries"] if (one["part"], one["step"]) == place and "code" in one]
    extra = [one for one in replies if not re.fullmatch(subject["look"]["sound"], one["code"])]
    return (extra[0], "%d replies too many" % len(extra)) if extra else NOTHING


def plaintext_reply(_subject, used, _fresh):
    # Where TLS did not come about, a refusal is sound.
    sound = [] if used["outcome"] == "secure" else ["221", "421", "454", "554"]
    for entry in used["entries"]:
        spoken = used["outcome"] == "failed" and entry["part"] == "after" and "code" in entry
        if not spoken and not entry.get("stray"):
            continue
        for code in re.findall(r"^([2-5]\d\d)(?:[ \r\n-]|$)", entry["text"], re.MULTILINE):
            if code not in sound:
                return entry, code + " in plaintext behind the 220"
    return NOTHING


def marker(subject, used, _fresh):
    for entry in used["entries"]:
        for letter in subject["look"]["letters"]:
            token = used["nonce"] + letter
            if "lines" in entry and entry["part"] == "after" and holds(entry["text"], token):
                return entry, token + ", said in plaintext only, comes back in TLS"
    return NOTHING


def holds(text, token):
    """Whether a token stands in a text, as it is or in base64."""
    texts = [text]
    for word in re.findall(r"[A-Za-z0-9+/]{12,}", text):
        for start in range(4):
            part = word[start:]
            part = part[: len(part) - (len(part) % 4 == 1)]
            texts.append(base64.b64decode(part + "=" * (-len(part) % 4)).decode("latin-1"))
    return any(token in one.lower() for one in texts)


SIGHT = {
    "answer": answer,
    "extra-replies": extra_replies,
    "plaintext-reply": plaintext_reply,
    "marker": marker,
}
