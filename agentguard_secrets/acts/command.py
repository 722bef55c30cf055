"""Turns a shell command into what it reads, writes, sends, deletes and pushes, as acts."""

from __future__ import annotations

from agentguard_secrets.acts.call import EITHER, SECRET, UNKNOWN, Call, UnreadableError, act
from agentguard_secrets.acts.routes import EXPANDING, WRAPPING, judges_of, runs_others
from agentguard_secrets.acts.telling import is_telling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.flow import Flow
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_MADE_UP = str.maketrans("", "", "\x00\x01\x02\x03\x04\x05\x0e\x0f\x10")
# What the shell does something about, outside of quotes and inside of double ones.
_SIGNS = frozenset("'\"\\$`|&;<>(){}*?[]~#!\n\r\t^")
_LIVE = frozenset("$`\\")
_RESERVED = frozenset("if then elif else fi for while until do done case esac function select time coproc".split())
# A longer command is a program; it is read as far as this and its rest is asked about.
_LONGEST = 200_000
# Without one of these the shell puts nothing together, but for what stands in one word beside its quotes.
_JOINING = ("$", "{", "\\", "|", "<", ">", "''", '""', "'\"", "\"'")
# Nothing shorter is a credential.
_SHORTEST = 8
# What only running would tell is left out; of what may be one of several each stands alone.
_GAPS = str.maketrans({UNKNOWN: "\r", EITHER: "\r", SECRET: ""})


def acts_of_command(text: str, world: World) -> tuple[Act, ...]:
    """Every act of a command of the shell, each once, in the order of the calls.

    What cannot be read as the shell would read it, and holds telling words, is an act itself: never silence.
    """
    if not is_telling(text, words=world.words, folder=world.folder):
        return ()
    return tuple(dict.fromkeys(_acts(text.translate(_MADE_UP), world)))


def text_made_by(text: str, world: World) -> str:
    """What the shell puts together out of pieces: words, inputs and files, each on lines of its own.

    What stands in the command as it is does not stand here once more.
    """
    if not any(sign in text for sign in _JOINING) and not any(_joins(text, quote) for quote in "'\""):
        return ""
    from agentguard_secrets.acts.shell import Shell

    shell = Shell(text[:_LONGEST].translate(_MADE_UP), home=world.home, folder=world.folder, aliases={})
    try:
        calls = shell.read()
    except (UnreadableError, RecursionError):
        calls = shell.calls
    parts = [*(part for call in calls for part in (*call.words, call.stdin or "")), *shell.files.values()]
    pieces = (piece.rstrip("\n") for part in parts for piece in part.translate(_GAPS).split("\r"))
    made = dict.fromkeys(piece for piece in pieces if len(piece) >= _SHORTEST and piece not in text)
    return "\n".join(made)[:_LONGEST]


def _joins(text: str, quote: str) -> bool:
    parts = text.split(quote)
    return any(left[-1:].isalnum() and parts[at + 1][:1].isalnum() for at, left in enumerate(parts[:-1]))


def _acts(text: str, world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.flow import Flow

    plain = _plain_call(text, world)
    if plain is not None:
        yield from _judged(plain, world, Flow([plain], files={}, world=world))
        return
    from agentguard_secrets.acts.shell import Shell

    shell = Shell(text[:_LONGEST], home=world.home, folder=world.folder, aliases=world.branch.aliases)
    try:
        calls = shell.read()
    except (UnreadableError, RecursionError) as problem:
        yield act("unreadable-command", "", f"cannot be read as a shell would: {problem}")
        calls = shell.calls
    if len(text) > _LONGEST:
        yield act("unreadable-command", "", "is too long to be read")
    flow = Flow(calls, files=shell.files, world=world)
    for call in calls:
        yield from _judged(call, world, flow)


def _plain_call(text: str, world: World) -> Call | None:
    """The one call of a text in which the shell has nothing to do but to take quotes away. None for any other."""
    words = _plain_words(text)
    if not words or not words[0].isalpha() or words[0] in _RESERVED:
        return None
    # Settings and aliases may make git run something else.
    is_own = words[0] == "git" and world.branch.aliases.keys().isdisjoint(words) and not runs_others(words)
    if (words[0] in WRAPPING and not is_own) or (words[0] in EXPANDING and ("$(" in text or words[0] == "hash")):
        return None
    return Call(tuple(words), folder=world.folder)


def _plain_words(text: str) -> list[str] | None:
    """The words of one simple command; None where more than quotes stands in it, or the end of a quote is missing."""
    words: list[str] = []
    at, is_open = 0, False
    while at < len(text):
        letter, start, at = text[at], at, at + 1
        if letter == " ":
            is_open = False
            continue
        if letter in "'\"":
            end = text.find(letter, at)
            part, at = text[at:end], end + 1
            if end < 0 or (letter == '"' and not _LIVE.isdisjoint(part)):
                return None
        elif letter in _SIGNS:
            return None
        else:
            while at < len(text) and text[at] not in _SIGNS and text[at] != " ":
                at += 1
            part = text[start:at]
        words[len(words) - is_open :] = [(words[-1] if is_open else "") + part]
        is_open = True
    return words


def _judged(call: Call, world: World, flow: Flow) -> Iterator[Act]:
    if call.words and call.words[0].startswith(UNKNOWN):
        yield from _unknown_program(call, world)
    for judge in judges_of(call, flow):
        yield from judge(call, world, flow)


def _unknown_program(call: Call, world: World) -> Iterator[Act]:
    """A program whose name only running would tell, with the words of one that deletes."""
    from agentguard_secrets.acts.files import acts_on_files

    taken = call._replace(words=("rm", *call.words[1:]))
    if taken.has("-r", "-R", "-f") and next(acts_on_files(taken, world), None):
        yield act("unreadable-command", "", "runs a program whose name cannot be told, as if it deleted")
