"""Turns the policy files that hold for a folder into one policy: the strictest word of all layers.

A key that no layer sets has its default. Exceptions of all layers hold together. The owner is the nearest layer's
that names one. Nothing in the environment is a layer, so no variable can switch a rule off.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import TypeVar

from agentguard_secrets.errors import PolicyError
from agentguard_secrets.model import Owner, Policy, Verdict
from agentguard_secrets.state.folders import MANAGED_POLICY, POLICY_NAME, policy_places, project_folders
from agentguard_secrets.state.policylayer import ABOUT, FACES, LEVELS, Layer, read_layer
from agentguard_secrets.state.snapshot import DEFAULT_SETTINGS, Source, read_source, read_sources

T = TypeVar("T")

_ALLOW, _REDACT, _ASK, _DENY = Verdict.ALLOW, Verdict.REDACT, Verdict.ASK, Verdict.DENY

# face: what a finding of high, medium and low confidence, and an unread part, are answered with
_DEFAULT_ROWS = {
    "write": (_DENY, _ASK, _ALLOW, _ASK),
    "command": (_DENY, _ASK, _ALLOW, _ASK),
    "tool": (_DENY, _ASK, _ALLOW, _ASK),
    "prompt": (_DENY, _DENY, _ALLOW, _DENY),
    "output": (_REDACT, _REDACT, _ALLOW, _REDACT),
    "commit": (_DENY, _DENY, _ALLOW, _DENY),
    "push": (_DENY, _DENY, _ALLOW, _DENY),
}

DEFAULTS = Policy(
    owner=Owner(),
    level="enforce",
    on_error=DEFAULT_SETTINGS.on_error,
    deadline=DEFAULT_SETTINGS.deadline,
    verdicts=MappingProxyType(
        {face: MappingProxyType(dict(zip(ABOUT, row, strict=True))) for face, row in _DEFAULT_ROWS.items()}
    ),
    allow=(),
    salt="",
    journal_clean=DEFAULT_SETTINGS.journal_clean,
    sources=(),
    digest=DEFAULT_SETTINGS.digest,
)


def load_policy(start: str | Path, *, managed: str = MANAGED_POLICY) -> Policy:
    """The policy that holds in the folder `start`, all layers merged; the defaults when there is no file.

    Raises PolicyError with file, line, key, what stood there and what was expected.
    """
    return load_sources(start, managed=managed)[1]


def load_named(path: str | Path, *, managed: str = MANAGED_POLICY) -> Policy:
    """The policy of this one file instead of the user's and the repository's; the managed layer holds all the same.

    Raises PolicyError as `load_policy` does, and when there is no such file.
    """
    place = os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps the dots
    named = read_source(place)
    if named is None:
        raise PolicyError(f"{path}: expected a policy file, found none")
    outer = [] if place == managed else read_sources([managed])
    layers = [*(read_layer(source, base=None) for source in outer), read_layer(named, base="")]
    return _merged([*outer, named], layers, project_folders(os.path.dirname(place))[0])  # noqa: PTH120


def load_sources(start: str | Path, *, managed: str = MANAGED_POLICY) -> tuple[list[Source], Policy]:
    """The files as they were read, outermost first, and the policy they make. Raises PolicyError."""
    sources = read_sources(policy_places(str(start), managed=managed))
    root = project_folders(str(start))[0]
    layers = [read_layer(source, base=_base(source.path, root)) for source in sources]
    return sources, _merged(sources, layers, root)


def _base(path: str, root: str) -> str | None:
    """The file's folder below the repository's root with `/`; None for the managed and the user's layer."""
    place = PurePath(path)
    if place.name != POLICY_NAME or not place.is_relative_to(root):
        return None
    base = place.parent.relative_to(root).as_posix()
    return "" if base == "." else base


def _merged(sources: list[Source], layers: list[Layer], root: str) -> Policy:
    if not layers:
        return DEFAULTS._replace(root=root)
    levels = [LEVELS.index(layer.level) for layer in layers if layer.level is not None]
    return Policy(
        owner=_owner(layers),
        level=LEVELS[max(levels)] if levels else DEFAULTS.level,
        on_error=max(_said(layer.on_error for layer in layers), default=DEFAULTS.on_error),
        deadline=min(_said(layer.deadline for layer in layers), default=DEFAULTS.deadline),
        verdicts=_verdicts(layers),
        allow=tuple(allow for layer in layers for allow in layer.allow),
        salt=next(iter(_said(layer.salt for layer in layers)), DEFAULTS.salt),
        journal_clean=max(_said(layer.journal_clean for layer in layers), default=DEFAULTS.journal_clean),
        sources=tuple(source.path for source in sources),
        digest=_digest(sources),
        root=root,
    )


def _said(values: Iterable[T | None]) -> list[T]:
    return [value for value in values if value is not None]


def _owner(layers: list[Layer]) -> Owner:
    named = [layer.owner for layer in layers if layer.owner is not None and layer.owner.name]
    return named[-1] if named else DEFAULTS.owner


def _verdicts(layers: list[Layer]) -> Mapping[str, Mapping[str, Verdict]]:
    """Per face and kind the strictest verdict among the layers that say one, else the default."""
    said: dict[tuple[str, str], Verdict] = {}
    for layer in layers:
        for key, verdict in layer.verdicts:
            said[key] = max(verdict, said.get(key, verdict))
    rows = {face: {about: said.get((face, about), DEFAULTS.verdicts[face][about]) for about in ABOUT} for face in FACES}
    return MappingProxyType({face: MappingProxyType(row) for face, row in rows.items()})


def _digest(sources: list[Source]) -> str:
    """Identifies the texts, not the places, so that it is the same in every copy of a repository."""
    digest = hashlib.sha256()
    for source in sources:
        raw = source.text.encode("utf-8")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()
