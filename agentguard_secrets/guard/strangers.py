"""Turns what a tool brought back into a note of whose text it is, and a warning of what in it speaks to the model."""

from __future__ import annotations

import os

from agentguard_secrets.acts.globs import glob_matches
from agentguard_secrets.policy.untrusted import UNTRUSTED_SOURCES
from agentguard_secrets.state.session import remember, remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.guard.pipeline import Case, Run
    from agentguard_secrets.model import Act, Event, Policy

# A kind of note about a session: the tool, a blank, and what it was given.
READ_STRANGERS = "untrusted"
# Files in which people tell agents how to work here: they are read by the client as what they are.
_FOR_AGENTS = frozenset(
    {"CLAUDE.md", "CLAUDE.local.md", "AGENTS.md", "SKILL.md", "GEMINI.md", "copilot-instructions.md"}
)
# A command that brings the web in is as good as the tool that does.
_FETCHING = ("curl", "wget", "http", "https", "xh", "lynx", "aria2c")


def with_strangers(case: Case, run: Run, *, words: tuple[str, ...]) -> Case:
    """Return the case of an output with what in it speaks to the model, after whose text it is was noted.

    If the policy shows secret files without their values, so does this output: the act of reading one comes along.
    """
    from agentguard_secrets.acts.addressing import addresses
    from agentguard_secrets.guard.pipeline import MUCH

    event = case.event
    note_source(event, words)
    is_for_agents = event.tool == "Read" and os.path.basename(event.path) in _FOR_AGENTS
    texts = () if is_for_agents else case.texts
    look = None
    if any(len(text.field.text) >= MUCH for text in texts):
        from agentguard_secrets.state.keptwords import kept_words

        look = kept_words()
    found = dict.fromkeys(what for text in texts for what in addresses(text.field.text, look))
    return case._replace(addressing=tuple(found), acts=(*case.acts, *_masked_reads(event, run, words)))


def _masked_reads(event: Event, run: Run, words: tuple[str, ...]) -> tuple[Act, ...]:
    if "redact" not in words and "**" not in words:
        return ()
    from agentguard_secrets.guard.acting import acts_by_policy
    from agentguard_secrets.guard.pipeline import policy_of
    from agentguard_secrets.model import Verdict
    from agentguard_secrets.policy.categories import READ

    policy = policy_of(run)
    if policy.verdicts.get("read", {}).get("secret-file") != Verdict.REDACT:
        return ()
    return tuple(act for act in acts_by_policy(event, run.folder, policy) if act.category == READ)


def note_source(event: Event, words: tuple[str, ...]) -> None:
    """Note whose text this output is, once for each source, if a policy of these `words` may care.

    Raises StateError when it cannot be written.
    """
    source = _source(event, (*UNTRUSTED_SOURCES, *words))
    if source and not any(note.kind == READ_STRANGERS and note.subject == source for note in remembered(event.session)):
        remember(event.session, READ_STRANGERS, source)


def sources_read(session: str, policy: Policy) -> tuple[str, ...]:
    """Return what of the policy's untrusted sources this session has read, oldest first. Raises StateError."""
    found = [note.subject for note in remembered(session) if note.kind == READ_STRANGERS]
    return tuple(each for each in found if any(_is_from(each, glob) for glob in policy.untrusted))


def _source(event: Event, globs: tuple[str, ...]) -> str:
    tool_input = event.payload.get("tool_input")
    values = tool_input if isinstance(tool_input, dict) else {}
    if event.tool in ("Bash", "Monitor", "PowerShell"):
        return _fetched(values.get("command"))
    about = event.path or _host(values.get("url")) or ""
    source = f"{event.tool} {about}".strip()
    return source if any(_is_from(source, glob) for glob in globs) else ""


def _fetched(command: object) -> str:
    """The web as a command brings it in: it counts as WebFetch."""
    if not isinstance(command, str):
        return ""
    words = command.replace("|", " ").replace(";", " ").replace("(", " ").split()
    if not any(word.rpartition("/")[2] in _FETCHING for word in words):
        return ""
    host = next((_host(word.strip("'\"")) for word in words if "://" in word), "")
    is_local = host.partition(":")[0] in ("localhost", "127.0.0.1", "[", "0.0.0.0")  # noqa: S104
    return f"WebFetch {host}" if host and not is_local else ""


def _is_from(source: str, glob: str) -> bool:
    tool, _blank, about = source.partition(" ")
    if glob_matches(glob, tool):
        return True
    is_file = about.startswith(("/", "~")) or about[1:3] == ":\\"
    if not is_file or not any(mark in glob for mark in "/.*"):
        return False
    placed = os.path.expanduser(glob)
    return (
        glob_matches(placed, about) or glob_matches(f"/**/{glob}", about) or glob_matches(glob, os.path.basename(about))
    )


def _host(url: object) -> str:
    if not isinstance(url, str) or "://" not in url:
        return ""
    place = url.partition("://")[2]
    for end in "/?#":
        place = place.partition(end)[0]
    return place.rpartition("@")[2].lower()[:100]
