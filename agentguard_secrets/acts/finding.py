"""Turns the calls of a pipeline that lists names into the names that it would list, as far as its words say them."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import UNKNOWN, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.acts.call import Call

_NAMED = ("-name", "-iname", "-path", "-wholename")
# They hand on some of what they are given, as it is.
_PASSING = frozenset("head tail sort uniq shuf tac fzf sed tr".split())
_GREPS = frozenset("grep egrep fgrep rg".split())
_LISTING = frozenset("find fd fdfind locate ls git rg compgen env printenv export declare".split())
# Stands for the names of variables, one of which is a credential's.
_VARIABLE = "API_TOKEN"


def found_by(feeds: tuple[Call, ...]) -> tuple[str, ...]:
    """The files, or the variables, that the pipeline would name."""
    names: list[str] = []
    is_open = False
    for feed in feeds:
        if feed.program in _GREPS and is_open and not feed.has("-v", "--invert-match"):
            names = [*names, *_picked(feed)]
        elif feed.program in ("cut", "awk") and _lists_variables(feeds):
            names = [_VARIABLE]
        else:
            names += _listed(feed)
            is_open = is_open or _lists_hidden(feed)
    return tuple(names)


def listed_by(calls: tuple[Call, ...]) -> tuple[str, ...]:
    """The same for a substitution, whose last call says whether what it prints is such names."""
    if not calls or calls[-1].program not in (_PASSING | _GREPS | _LISTING | {"cut", "awk"}):
        return ()
    return found_by(calls) if any(call.program in _LISTING for call in calls) else ()


def _listed(call: Call) -> list[str]:
    if call.program in ("find", "fd", "fdfind", "locate"):
        named = list(values_of(call.words, _NAMED))
        if call.program != "find":
            named += [re.sub(r"[\\^$]", "", word) + "*" for word in call.operands[:1]]
        start = call.words[1] if call.words[1:] and not call.words[1].startswith("-") else "."
        if not named and call.program == "find":
            return [f"{start.rstrip('/')}/*"]
        return [f"{folder.rstrip('/')}/{name}" for name in named for folder in (UNKNOWN, start)] + (
            named if call.program != "find" else []
        )
    if call.program == "ls":
        folders = [
            word
            for word in call.operands
            if not re.search(r"[*?\[]|\.\w+$", word) or word.rpartition("/")[2][:1] == "."
        ]
        bare = ["*"] if folders else []
        hidden = [".*"] if call.has("-a", "-A", "--all", "--almost-all") and not call.operands else []
        return [*call.operands, *(f"{folder.rstrip('/')}/*" for folder in folders), *bare, *hidden] or ["*"]
    if call.program in ("git", "rg", "grep"):
        return [
            word
            for word in (*call.operands[1:], *values_of(call.words, ("-g", "--glob")))
            if "/" in word or "." in word
        ]
    if call.program == "compgen":
        if call.has("-v", "-e") or {"variable", "export"} & set(call.words):
            return [_VARIABLE]
        return [f"{word}*" for word in call.operands] or ["*"]
    return []


def _lists_hidden(call: Call) -> bool:
    """Whether names that begin with a dot are among those that it lists, and it says of none which."""
    if call.program == "ls":
        return call.has("-a", "-A", "--all", "--almost-all")
    if call.program == "git":
        return "ls-files" in call.words and call.has("-o", "--others")
    return call.program == "find" and not list(values_of(call.words, _NAMED))


def _picked(call: Call) -> list[str]:
    """What a pattern picks, as a name with wildcards."""
    patterns = [*values_of(call.words, ("-e", "--regexp")), *call.operands[:1]][:1]
    names = []
    for part in re.split(r"\\?\|", patterns[0] if patterns else ""):
        word = re.sub(r"[\\^$]", "", part)
        if word and re.fullmatch(r"[\w.-]+", word):
            names.append(f"{'' if part[:1] == '^' or word[:1] == '.' else '*'}{word}*")
    return names


def _lists_variables(feeds: tuple[Call, ...]) -> bool:
    return any(feed.program in ("env", "printenv", "export", "declare") for feed in feeds)
