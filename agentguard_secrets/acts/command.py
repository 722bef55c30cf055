"""Turns a shell command into what it reads, writes, sends, deletes and pushes, as acts."""

from __future__ import annotations

from agentguard_secrets.acts.call import UNKNOWN, UnreadableError, act
from agentguard_secrets.acts.telling import is_telling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.flow import Flow
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_MADE_UP = str.maketrans("", "", "\x00\x01\x02\x03\x04\x05\x0e\x0f\x10")
# A longer command is a program; it is read as far as this and its rest is asked about.
_LONGEST = 200_000


def acts_of_command(text: str, world: World) -> tuple[Act, ...]:
    """Every act of a command of the shell, each once, in the order of the calls.

    What cannot be read as the shell would read it, and holds telling words, is an act itself: never silence.
    """
    if not is_telling(text, words=world.words):
        return ()
    return tuple(dict.fromkeys(_acts(text.translate(_MADE_UP), world)))


def _acts(text: str, world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.flow import Flow
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


def _judged(call: Call, world: World, flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.routes import judges_of

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
