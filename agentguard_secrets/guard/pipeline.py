"""Turns one event into an answer: its texts are searched, its acts are looked up, and what is suspicious is judged.

Most events are clean, and the agent waits for each of them. So this module knows of every step and imports only what
the event at hand needs: guard/judge.py once something is found, guard/files.py where files belong to the event.
"""

from __future__ import annotations

import os

from agentguard_secrets._record import Record
from agentguard_secrets.acts.telling import may_act, names_among, words_in
from agentguard_secrets.detect.engine import default_detector, findings_of, matches_in
from agentguard_secrets.protocol.claude import chunk_of, placed, read_event
from agentguard_secrets.state.folders import check_writable, followed, linked_settings
from agentguard_secrets.state.snapshot import Settings, current_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agentguard_secrets.detect.bulk import Sieve
    from agentguard_secrets.detect.engine import Detector
    from agentguard_secrets.detect.known import Watchlist
    from agentguard_secrets.detect.matches import Match
    from agentguard_secrets.model import Act, Chunk, Decision, Entry, Event, Field, Finding, Policy, Span, Unread
    from agentguard_secrets.protocol.claude_answer import Answer


# Names of arguments by which a call says how a file is to be changed.
_EDITING = frozenset({"old_string", "oldText", "old_str", "old_text", "edits", "new_source"})
# Events after which the client sends the whole conversation.
_SENDING = frozenset({"UserPromptSubmit", "UserPromptExpansion", "PostToolBatch", "PreCompact"})
# Events that tell what became of a call that a person was asked about.
_SETTLING = frozenset({"UserPromptSubmit", "PostToolBatch", "PostToolUse", "PostToolUseFailure", "Stop", "SessionEnd"})
# What the client itself decides about a call belongs in the journal, whatever else does.
_NOTED = {"PermissionRequest": "the client asks a person", "PermissionDenied": "the client refused the call"}
# What a command names that may commit or push.
_GITS = ("git", "hub ", "gh ", "glab ")
# What runs a command of the shell whose output can be masked at its source.
_SHELLS = ("Bash", "Monitor")
# The folder in which the client keeps outputs that are too large to be sent.
_STORED = "tool-results"
# In characters: from here on loading the sieve pays.
MUCH = 1 << 16


class Run:
    """What is known of this run so far, for the answer if it has to end before its time."""

    event: Event | None = None
    folder = ""
    policy: str | None = None
    # For `policy test`: the policy holds, and nobody outside is told.
    is_rehearsal = False


class Text(Record):
    """One text to judge: the field it stands in, what is scanned for it, and where in that it stands once more.

    `counted` are the spans of which a finding has to touch one to count, None for the whole text. `lines_before` is how
    many lines of the file come before it.
    """

    field: Field
    chunk: Chunk
    offset: int = 0
    counted: tuple[Span, ...] | None = None
    lines_before: int = 0


class Suspect(Record):
    """One text with the places where rules hold in it."""

    text: Text
    matches: list[Match]


class Case(Record):
    """One event with everything about it that has to be judged: texts, what could not be read, and acts.

    `addressing` tells what in an output speaks to the model. `accepted` are fingerprints of values that a person has
    let pass in this session. `decided` is what was decided elsewhere about what the event will bring about: a commit,
    a push. `known` are values of this machine, `rules` what the policy adds to look for.
    """

    event: Event
    texts: tuple[Text, ...]
    unread: tuple[Unread, ...] = ()
    acts: tuple[Act, ...] = ()
    addressing: tuple[str, ...] = ()
    accepted: frozenset[str] = frozenset()
    decided: tuple[Decision, ...] = ()
    known: Watchlist | None = None
    rules: tuple[Entry, ...] = ()

    def is_suspicious(self) -> bool:
        """Say whether the policy has to be asked, whatever is in the texts.

        A decision about git that holds nothing is a clean one.
        """
        return bool(self.unread or self.acts or self.addressing) or any(
            each.findings or each.unread for each in self.decided
        )

    def detector(self) -> Detector:
        """Return what finds built-in and added rules and known values, as yet without a key. Raises RuleError."""
        if self.rules:
            from agentguard_secrets.rulebook.packs import detector_for

            found = detector_for(self.rules, b"")
        else:
            found = default_detector(b"")
        return found._replace(known=self.known, sieve=self._sieve(len(found.rules)))

    def _sieve(self, count: int) -> Sieve | None:
        """Return what is faster than the plain way through much text, if an installation has made it ready."""
        if sum(len(text.chunk.text) for text in self.texts) < MUCH:
            return None
        from agentguard_secrets.detect.table import RULES
        from agentguard_secrets.state.keptsieve import kept_sieve

        return kept_sieve(others=count - len(RULES))


def answered(run: Run, raw: bytes, *, set_deadline: Callable[[float], None]) -> Answer:
    """Return the answer to the event `raw`; `set_deadline` is told how many seconds the policy gives it.

    What is found out on the way is left in `run`. Raises AgentguardError for whatever could not be judged.
    """
    run.event = event = read_event(raw)
    run.folder = event.cwd if os.path.isabs(event.cwd) else os.getcwd()
    settings = settings_of(run)
    set_deadline(settings.deadline)
    if event.name in _SENDING:
        from agentguard_secrets.guard.taint import stopped_if_tainted

        if (answer := stopped_if_tainted(event)) is not None:
            return answer
    if event.name in _SETTLING:
        from agentguard_secrets.guard.approving import settle

        settle(event)
    case = _with_acts(_case(event, run.folder), run, settings)
    rules = policy_of(run).rules if settings.rules else ()
    case = case._replace(known=_known(run.folder, settings), rules=rules)
    detector = case.detector()
    looked_at = [Suspect(text, matches_in(text.chunk, detector)) for text in case.texts]
    suspects = tuple(each for each in looked_at if scanned((each,), detector))
    if suspects or case.is_suspicious():
        from agentguard_secrets.guard.judge import judged

        policy = policy_of(run)
        # What was looked for so far is never less than the policy says.
        known = None if case.known is None else _known(run.folder, policy)
        said = judged(case._replace(known=known), policy, suspects=suspects, detector=detector)
        return _filtered(said, event, run, settings)
    _record_clean(case, settings)
    return _filtered((0, "", ""), event, run, settings)


def _filtered(answer: Answer, event: Event, run: Run, settings: Settings | Policy) -> Answer:
    """Return the answer, with a command's output masked at its source if it may run and the policy wants that."""
    is_call = event.name == "PreToolUse" and answer[0] == 0
    is_shell = is_call and event.tool in _SHELLS and isinstance(event.payload.get("tool_input"), dict)
    # A policy that was named is there as a whole; of another the words are known.
    if not is_shell or "filter" not in getattr(settings, "words", ("filter",)):
        return answer
    if policy_of(run).failed_output != "filter":
        return answer
    from agentguard_secrets.guard.filtering import with_filter

    return with_filter(answer, event)


def settings_of(run: Run) -> Settings | Policy:
    """Return what a clean run has to know of the policy. Raises PolicyError."""
    return current_settings(run.folder) if run.policy is None else policy_of(run)


def policy_of(run: Run) -> Policy:
    """Return the policy of the event's folder, or the one that was named. Raises PolicyError."""
    from agentguard_secrets.state.policyfile import load_named, load_policy

    policy = load_policy(run.folder) if run.policy is None else load_named(run.policy)
    if run.is_rehearsal:
        from agentguard_secrets.model import JournalTerms

        return policy._replace(notify=(), journal=JournalTerms())
    return policy


def _known(folder: str, settings: Settings | Policy) -> Watchlist | None:
    from agentguard_secrets.state.held import watched

    return watched(settings, folder)


def scanned(suspects: Iterable[Suspect], detector: Detector) -> list[tuple[Field, list[Finding]]]:
    """Return the fields in which something was found, each with its findings, fingerprinted as the detector does."""
    found = [(each.text, findings_of(each.text.chunk, each.matches, detector=detector)) for each in suspects]
    counted = [(text.field, _counting(text, placed(findings, text.offset))) for text, findings in found if findings]
    return [(field, findings) for field, findings in counted if findings]


def _counting(text: Text, findings: list[Finding]) -> list[Finding]:
    if text.counted is None and not text.lines_before:
        return findings
    from agentguard_secrets.guard.counting import counting

    return counting(findings, text.counted, lines_before=text.lines_before)


def _case(event: Event, folder: str) -> Case:
    """Return all there is to judge about the event: its own texts, and those of files that belong to it."""
    case = Case(event, tuple(Text(field, *chunk_of(event, field)) for field in event.fields))
    if event.name == "PreToolUse":
        return _before_the_call(case, folder)
    if event.name == "PostToolUse":
        return _after_the_call(case, folder)
    if event.face == "prompt":
        from agentguard_secrets.guard.prompts import with_files_sent_along

        return with_files_sent_along(case, folder)
    if event.name == "SessionStart":
        from agentguard_secrets.guard.beginning import note_beginning

        note_beginning(event, folder)
    if event.name == "ConfigChange":
        from agentguard_secrets.guard.settings import with_disarming

        return with_disarming(case)
    if event.name in ("Stop", "SubagentStop"):
        from agentguard_secrets.guard.leaving import with_changed_files

        return with_changed_files(case, folder)
    return case


def _with_acts(case: Case, run: Run, settings: Settings | Policy) -> Case:
    """Return the case with what the call is about to do; of what it has done, with whose text was read."""
    event, tool_input = case.event, case.event.payload.get("tool_input")
    if event.name not in ("PreToolUse", "PostToolUse") or not isinstance(tool_input, dict):
        return case
    words = names_among(getattr(settings, "words", ("**",)))
    if event.name == "PostToolUse":
        from agentguard_secrets.guard.strangers import with_strangers

        return with_strangers(case, run, words=words)
    names = [*words, *map(os.path.basename, linked_settings(run.folder))]
    told = frozenset(part for word in names for part in words_in(word))
    is_elsewhere = event.tool not in _SHELLS and followed(tool_input, run.folder) != tool_input
    if event.tool == "Skill" or is_elsewhere or may_act(event.tool, tool_input, words=told, folder=run.folder):
        from agentguard_secrets.guard.acting import with_acts

        return with_acts(case, run, words=words)
    return case


def _before_the_call(case: Case, folder: str) -> Case:
    tool_input = case.event.payload.get("tool_input")
    if not isinstance(tool_input, dict):
        return case
    if not _EDITING.isdisjoint(tool_input):
        from agentguard_secrets.guard.files import with_file_as_it_will_be

        return with_file_as_it_will_be(case, folder)
    if case.event.tool == "Skill":
        from agentguard_secrets.guard.prompts import with_files_sent_along

        return with_files_sent_along(case, folder)
    if case.event.face == "command" and any(git in text.field.text.lower() for text in case.texts for git in _GITS):
        from agentguard_secrets.guard.gitgate import with_git

        return with_git(case, folder)
    return case


def _after_the_call(case: Case, folder: str) -> Case:
    if case.event.path and case.event.tool != "Read":
        from agentguard_secrets.state.session import WROTE, remember

        remember(case.event.session, WROTE, os.path.join(folder, case.event.path))
    if any(_STORED in text.field.text for text in case.texts):
        from agentguard_secrets.guard.stored import with_stored_output

        return with_stored_output(case)
    return case


def _record_clean(case: Case, settings: Settings | Policy) -> None:
    """Write the run down if the policy wants that, and else make sure that it could be."""
    note = _NOTED.get(case.event.name, "")
    if settings.journal_clean or note:
        from agentguard_secrets.guard.masking import masks_of
        from agentguard_secrets.guard.record import record

        record(case.event, masks_of(case.event, [], key=b"", known=case.known), policy=settings, note=note)
    else:
        check_writable()
