"""Turns a call of a tool into its acts, looked up in the lists of the policy."""

from __future__ import annotations

import os
import re
import sys

from agentguard_secrets.acts.telling import EVERYTHING, SHELL_TOOLS, words_in
from agentguard_secrets.acts.tools import acts_of_tool
from agentguard_secrets.acts.world import Branch, World
from agentguard_secrets.guard.pipeline import Text, policy_of
from agentguard_secrets.model import Chunk, Field
from agentguard_secrets.policy import categories
from agentguard_secrets.protocol.claude import FILE, MADE
from agentguard_secrets.state.folders import followed, linked_settings, project_folders, state_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.guard.pipeline import Case, Run
    from agentguard_secrets.model import Act, Event, Policy

_FILLED_IN = r"(?ms)!`([^`\n]+)`|^```!\s*\n(.*?)^```"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def with_acts(case: Case, run: Run, *, words: tuple[str, ...]) -> Case:
    """Return the case with the acts of the call, by the policy. Most calls have none, and then it is not read."""
    case = case._replace(texts=(*case.texts, *_made(case.event, run.folder)))
    events = [each for each in _calls_of(case) if acts_of(each, run.folder, words=words)]
    acts = (act for each in events for act in acts_by_policy(each, run.folder, policy_of(run)))
    return case._replace(acts=tuple(dict.fromkeys((*case.acts, *acts)))) if events else case


def _calls_of(case: Case) -> Iterator[Event]:
    """Yield the call; of a skill, each command that the client runs to fill in its text: there is no event for that."""
    event = case.event
    yield event
    for text in case.texts if event.tool == "Skill" else ():
        for inline, block in re.findall(_FILLED_IN, text.field.text) if text.field.keys[-1] == FILE else ():
            yield event._replace(tool="Bash", payload={**event.payload, "tool_input": {"command": inline or block}})


def acts_of(event: Event, folder: str, *, words: tuple[str, ...]) -> tuple[Act, ...]:
    """Return what may be acts, by the built-in lists and all `words` of the policy's files: more, never fewer."""
    listed = ("**",) if "**" in words else words
    world = _world(
        folder,
        event,
        protected=(*categories.PROTECTED_BRANCHES, *listed),
        secret=(*categories.SECRET_PATHS, *listed),
        guarded=(*categories.GUARDED_PATHS, *listed),
        production=(*categories.PRODUCTION_NAMES, *listed),
    )
    templates = () if listed else categories.TEMPLATE_PATHS
    return _acts(event, world._replace(templates=templates, words=telling_words(words)))


def acts_by_policy(event: Event, folder: str, policy: Policy) -> tuple[Act, ...]:
    """Return the acts of the call by the policy's own lists."""
    world = _world(
        folder,
        event,
        protected=policy.protected,
        secret=policy.secret_paths,
        guarded=policy.guarded_paths,
        production=policy.production,
    )
    own = (*policy.protected, *policy.secret_paths, *policy.guarded_paths, *policy.production)
    return _acts(event, world._replace(templates=policy.template_paths, words=telling_words(own)))


def _made(event: Event, folder: str) -> Iterator[Text]:
    """Yield the text that the shell would put together out of a command's pieces, none of which shows a credential."""
    command = event.payload["tool_input"].get("command") if event.tool in SHELL_TOOLS else None
    if not isinstance(command, str):
        return
    from agentguard_secrets.acts.command import text_made_by

    made = text_made_by(command, World(home=os.path.expanduser("~"), folder=folder))
    if made:
        yield Text(Field(("tool_input", "command", MADE), made), Chunk(made, origin=event.face))


def telling_words(listed: tuple[str, ...]) -> frozenset[str]:
    """Return the words out of which a policy's names and globs are made, as a text is split for the first look."""
    return frozenset(word for each in listed for word in words_in(each)) | ({EVERYTHING} & {*listed})


def _world(
    folder: str,
    event: Event,
    *,
    protected: tuple[str, ...],
    secret: tuple[str, ...],
    guarded: tuple[str, ...],
    production: tuple[str, ...],
) -> World:
    return World(
        home=os.path.expanduser("~"),
        root=project_folders(folder)[0],
        folder=folder,
        protected=protected,
        # Who has the key can write a journal that `verify` believes.
        secret=(*secret, os.path.join(state_folder(), "key")),
        guarded=(*guarded, *_own_files(), *linked_settings(folder)),
        production=production,
        branch=_branch(event, folder),
    )


def _own_files() -> tuple[str, ...]:
    """What this guard itself is made of, wherever it stands on this machine."""
    own = [_PACKAGE, sys.executable, state_folder(), *_interpreter()]
    settings = os.environ.get("CLAUDE_CONFIG_DIR")
    own += [os.path.join(settings, name) for name in ("settings.json", "settings.local.json")] if settings else []
    return tuple(path if os.path.isfile(path) or _is_of_a_file(path) else f"{path}/**" for path in own)


def _is_of_a_file(path: str) -> bool:
    return path.endswith((".json", ".pth", ".py", ".cfg"))


def _interpreter() -> list[str]:
    """What the interpreter runs before the guard's first line, whether it is there yet or not."""
    beside = os.path.dirname(_PACKAGE)
    sites = dict.fromkeys((beside, *(path for path in sys.path if path.endswith("-packages"))))
    own = [os.path.join(site, name) for site in sites for name in ("*.pth", "sitecustomize.py")]
    settings = os.path.join(sys.prefix, "pyvenv.cfg")
    return [*own, settings, os.path.realpath(sys.executable), os.path.dirname(os.__file__)]


def _branch(event: Event, folder: str) -> Branch:
    tool_input = event.payload.get("tool_input")
    if not isinstance(tool_input, dict) or not any(
        "git" in value for value in tool_input.values() if isinstance(value, str)
    ):
        return Branch()
    from agentguard_secrets.guard.branch import branch_of

    return branch_of(folder)


def _acts(event: Event, world: World) -> tuple[Act, ...]:
    tool_input = event.payload.get("tool_input")
    if not isinstance(tool_input, dict):
        return ()
    acts = acts_of_tool(event.tool, tool_input, world)
    there = tool_input if event.tool in SHELL_TOOLS else followed(tool_input, world.folder)
    return acts if there == tool_input else tuple(dict.fromkeys((*acts, *acts_of_tool(event.tool, there, world))))
