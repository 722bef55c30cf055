"""Turns a policy into the one page that engineers, security and leadership read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from agentguard_secrets.model import Allow, Policy, Verdict
from agentguard_secrets.policy.categories import CATEGORIES, GUARDED_PATHS, SECRET_PATHS

_LEVELS = {
    "observe": "observe: nothing is stopped, everything found is written to the journal",
    "ask": "ask: what would be denied is asked first",
    "enforce": "enforce: the verdicts below hold",
}
_WIDTH = 10
_LABEL = 13
_LINE = 118


def policy_page(policy: Policy, *, today: str) -> str:
    """The page as text with a final line end; `today` like 2026-01-31 tells which exceptions have expired."""
    parts = (_head(policy), _verdicts(policy), _commands(policy), _places(policy), _journal(policy))
    lines = [line for part in parts for line in (*part, "")]
    lines += [*_proofs(policy), *_exceptions(policy, today)]
    return "".join(f"{_printable(line)}\n" for line in lines)


def described(allow: Allow) -> str:
    """What the exception is about, in a few words."""
    if allow.fingerprint is not None:
        return f"fingerprint {allow.fingerprint}"
    folder = f"{allow.base}/" if allow.base else ""
    return f"{allow.rule} in {folder}{allow.path}"


def _printable(line: str) -> str:
    # A policy may come with a stranger's repository: nothing in it steers the terminal.
    return "".join(sign if sign.isprintable() else "?" for sign in line)


_FAILED = {
    "stop": "their output cannot be masked: a credential in it ends the turn and holds the session back",
    "filter": "every command is rewritten so that its output is masked before the client has it",
}


def _head(policy: Policy) -> Iterator[str]:
    owner = policy.owner
    contact = f" <{owner.contact}>" if owner.contact else ""
    yield f"Policy of {policy.root}"
    yield ""
    yield f"Owner        {owner.name or 'nobody is named'}{contact}"
    told = "; ".join(" ".join(command) for command in policy.notify)
    yield f"Told         {told or 'nobody'}, of every denial and every approval asked for"
    yield f"Mode         {_LEVELS[policy.level]}"
    yield f"On error     {policy.on_error.name.lower()}, also for an event of over {policy.deadline:g} seconds"
    yield f"Failed calls {_FAILED[policy.failed_output]}"
    yield f"Fingerprints {'salt of the repository' if policy.salt else 'key of each user'}"
    yield f"Digest       {policy.digest}"
    for number, source in enumerate(policy.sources or ("no file: these are the defaults",)):
        yield f"{'' if number else 'Files':13}{source}"


def _verdicts(policy: Policy) -> Iterator[str]:
    columns = list(next(iter(policy.verdicts.values())))
    yield "Credentials".ljust(_LABEL) + "".join(column.ljust(_WIDTH) for column in columns).rstrip()
    for face, row in policy.verdicts.items():
        if columns[0] in row:
            cells = (row[column].name.lower().ljust(_WIDTH) for column in columns)
            yield face.ljust(_LABEL) + "".join(cells).rstrip()


def _commands(policy: Policy) -> Iterator[str]:
    for verdict in sorted(Verdict, reverse=True):
        names = [name for name, said in policy.commands.items() if said == verdict]
        for number, name in enumerate(names):
            label = f"Acts: {verdict.name.lower()}" if number == 0 else ""
            yield f"{label:{_LABEL}}{name:22}{CATEGORIES[name].meaning}"
    sources = ", ".join(policy.untrusted) or "nothing"
    then = policy.untrusted_then.name.lower()
    yield from _wrapped("Untrusted", f"at least {then} for these acts, after {sources} was read")
    yield from _wrapped("Production", ", ".join(policy.production) or "nothing is named so")


def _places(policy: Policy) -> Iterator[str]:
    yield from _wrapped("Branches", ", ".join(policy.protected) or "none is protected")
    verdict = policy.verdicts["read"]["secret-file"].name.lower()
    yield from _wrapped("Secret files", f"{verdict} to read: {_besides(policy.secret_paths, SECRET_PATHS)}")
    yield from _wrapped("Templates", ", ".join(policy.template_paths) or "none")
    yield from _wrapped("Guarded", f"not to be changed: {_besides(policy.guarded_paths, GUARDED_PATHS)}")
    known = (*policy.known_files, *policy.known_names)
    yield from _wrapped("Known", f"values of the usual places{', and of ' + ', '.join(known) if known else ''}")


def _besides(globs: Sequence[str], built_in: Sequence[str]) -> str:
    own = [glob for glob in globs if glob not in built_in]
    count = f"{len(globs) - len(own)} built in"
    return f"{', '.join(own)}, and {count}" if own else count


def _journal(policy: Policy) -> Iterator[str]:
    terms = policy.journal
    yield f"Journal      {'every decision' if policy.journal_clean else 'every decision about something found'}"
    yield f"{'':13}kept {f'{terms.keep} days' if terms.keep else 'for ever'}, files of up to {terms.rotate:,} bytes"
    anchors = [*(" ".join(command) for command in terms.anchors), *(["a git ref"] if terms.anchor_git else [])]
    yield f"Anchored     {'; '.join(anchors) or 'nowhere outside'}"
    yield f"Sent to      {', '.join((*terms.otlp, *terms.syslog)) or 'nobody'}"


def _proofs(policy: Policy) -> Iterator[str]:
    yield f"Own rules    {len(policy.rules)}"
    yield f"Own tests    {len(policy.tests) or 'none: nothing proves that this policy does what it is for'}"


def _exceptions(policy: Policy, today: str) -> Iterator[str]:
    yield f"Exceptions   {len(policy.allow) or 'none'}"
    for allow in sorted(policy.allow, key=lambda allow: allow.expires):
        state = "EXPIRED" if today > allow.expires else "until"
        yield f"  {state} {allow.expires}  {described(allow)}  {allow.owner}: {allow.reason}"


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, _LINE, initial_indent=label.ljust(_LABEL), subsequent_indent=" " * _LABEL, break_on_hyphens=False
    )
