"""Turns a baseline of detect-secrets into entries of ours, and ours into such a baseline."""

from __future__ import annotations

import os
from collections.abc import Iterator

from agentguard_secrets._record import Record
from agentguard_secrets.cli.output import deliver, say
from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.errors import UsageError
from agentguard_secrets.interop.detect_secrets import Accepted, Seen, is_known, read_known, render_known, same, seen_in
from agentguard_secrets.model import Chunk, Policy
from agentguard_secrets.sources.files import read_file
from agentguard_secrets.state.atomic import read_text
from agentguard_secrets.state.baseline import Baseline, Entry, entry_of
from agentguard_secrets.state.key import fingerprint_key


class _Found(Record):
    """A finding of ours in a file, and what detect-secrets sees at its place."""

    entry: Entry
    ours: Seen
    theirs: tuple[Seen, ...]


def imported(file: str, policy: Policy, before: Baseline) -> set[Entry]:
    """Return the entries there were, and one for each finding of ours that the baseline of detect-secrets accepts."""
    text = read_text(file)
    if text is None:
        raise UsageError(f"{file}: there is no such file")
    known = read_known(text, path=file)
    matched = {
        found.entry
        for each in known
        for found in _found(each.path, policy)
        if is_known([seen.value for seen in (found.ours, *found.theirs)], each.hashes)
    }
    total = sum(len(each.hashes) for each in known)
    say(f"{file}: {total} values, {len(matched)} findings of ours; what no rule of ours finds needs no entry\n")
    return {*before.entries, *matched}


def export(output: str | None, policy: Policy, baseline: Baseline) -> None:
    """Write what `baseline` accepts, as far as it is still in its file, for detect-secrets."""
    paths = sorted({entry.path for entry in baseline.entries})
    accepted = [
        Accepted(path, seen)
        for path in paths
        for found in _found(path, policy)
        if baseline.accepts(found.entry)
        for seen in found.theirs or (found.ours,)
    ]
    deliver(render_known(accepted), output)


def _found(path: str, policy: Policy) -> Iterator[_Found]:
    """Yield the findings in one file, named from the repository's root."""
    place = os.path.join(policy.root, path)
    if not os.path.isfile(place):
        return
    detector = default_detector(fingerprint_key(policy))
    theirs = seen_in(policy.root, path)
    for chunk in read_file(place):
        if not isinstance(chunk, Chunk):
            continue
        for finding in scan_chunk(chunk, detector):
            value = chunk.text[finding.span.start : finding.span.end]
            ours = Seen(value, finding.line, finding.title)
            entry = entry_of(finding, root=policy.root)
            yield _Found(entry, ours, tuple(same(theirs, value, finding.line)))
