"""Turns the policy files that hold for a folder into one policy: the strictest word of all layers.

A key that no layer sets has its default. Exceptions of all layers hold together, but for those of a repository around
the repository. The owner is the nearest layer's that names one. Nothing in the environment is a layer, so no variable
can switch a rule off.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from agentguard_secrets._digest import sha256
from agentguard_secrets.errors import PolicyError
from agentguard_secrets.model import JournalTerms, Owner, Policy, Verdict
from agentguard_secrets.policy.categories import DEFAULT_COMMANDS
from agentguard_secrets.state.folders import MANAGED_POLICY, POLICY_NAME, policy_places, project_folders, user_policies
from agentguard_secrets.state.policylayer import Layer, read_layer
from agentguard_secrets.state.policyschema import KEYS
from agentguard_secrets.state.snapshot import DEFAULT_SETTINGS, Source, read_source, read_sources


def load_policy(start: str | os.PathLike[str], *, managed: str = MANAGED_POLICY) -> Policy:
    """The policy that holds in the folder `start`, all layers merged; the defaults when there is no file.

    Raises PolicyError with file, line, key, what stood there and what was expected.
    """
    return load_sources(start, managed=managed)[1]


def load_named(path: str | os.PathLike[str], *, managed: str = MANAGED_POLICY) -> Policy:
    """The policy of this one file instead of the user's and the repository's; the managed layer holds all the same.

    Raises PolicyError as `load_policy` does, and when there is no such file.
    """
    place = os.path.abspath(path)
    named = read_source(place)
    if named is None:
        raise PolicyError(f"{os.fspath(path)}: expected a policy file, found none")
    outer = [] if place == managed else read_sources([managed])
    root = project_folders(os.path.dirname(place))[0]
    return merged(read_layers([*outer, named], named=place), sources=[*outer, named], root=root)


def load_outer(root: str, *, managed: str = MANAGED_POLICY) -> Policy:
    """The policy that holds whatever the repository says: the managed and the user's layer. Raises PolicyError.

    For telling somebody that the repository's own policy cannot be read.
    """
    sources = read_sources([managed, *user_policies()])
    return merged(read_layers(sources), sources=sources, root=root)


def load_sources(start: str | os.PathLike[str], *, managed: str = MANAGED_POLICY) -> tuple[list[Source], Policy]:
    """The files as they were read, outermost first, and the policy they make. Raises PolicyError."""
    sources = read_sources(policy_places(str(start), managed=managed))
    root = project_folders(str(start))[0]
    return sources, merged(read_layers(sources, root=root), sources=sources, root=root)


def read_layers(sources: Iterable[Source], *, root: str | None = None, named: str | None = None) -> tuple[Layer, ...]:
    """What each file says, outermost first; `named` is taken for the one of the root. Raises PolicyError."""
    layers: tuple[Layer, ...] = ()
    for source in sources:
        base = "" if source.path == named else _base(source.path, root)
        if base is None and root is not None and os.path.basename(source.path) == POLICY_NAME:
            layers = (*layers, _of_outer_repository(read_layer(source, base="", outer=layers)))
        else:
            layers = (*layers, read_layer(source, base=base, outer=layers))
    return layers


def _of_outer_repository(layer: Layer) -> Layer:
    """What a repository demands of one inside it: it excepts nothing there, and has no word about its fingerprints."""
    said = {name: value for name, value in layer.said.items() if name != "fingerprint.salt"}
    return layer._replace(said=said, allow=())


def merged(layers: Iterable[Layer], *, sources: list[Source], root: str) -> Policy:
    """The policy that these layers make."""
    files = tuple(layers)
    words = {name: key_value(name, files) for name in KEYS}
    anchors = words["journal.anchor"]
    return Policy(
        owner=_owner(files),
        level=words["mode.level"],
        on_error=words["mode.on_error"],
        deadline=words["mode.deadline"],
        failed_output=words["mode.failed_output"],
        verdicts=_verdicts(words),
        allow=tuple(allow for layer in files for allow in layer.allow),
        salt=words["fingerprint.salt"],
        journal_clean=words["journal.clean"],
        sources=tuple(source.path for source in sources),
        digest=_digest(sources) if sources else DEFAULT_SETTINGS.digest,
        root=root,
        protected=words["branches.protected"],
        secret_paths=words["paths.secret"],
        template_paths=words["paths.templates"],
        guarded_paths=words["paths.guarded"],
        commands=MappingProxyType({name: words[f"commands.{name}"] for name in DEFAULT_COMMANDS}),
        untrusted=words["untrusted.sources"],
        untrusted_then=words["untrusted.then"],
        production=words["production.names"],
        notify=words["owner.notify"],
        journal=JournalTerms(
            keep=words["journal.keep"],
            rotate=words["journal.rotate"],
            anchors=tuple(anchor for anchor in anchors if anchor != ("git",)),
            anchor_git=("git",) in anchors,
            otlp=words["journal.otlp"],
            syslog=words["journal.syslog"],
        ),
        known_files=words["known.files"],
        known_names=words["known.names"],
        rules=tuple(entry for layer in files for entry in layer.rules),
        tests=tuple(entry for layer in files for entry in layer.tests),
    )


def key_value(name: str, layers: Iterable[Layer]) -> Any:
    """What the layers make of one key of policyschema, its default when none says it."""
    said = [layer.said[name] for layer in layers if name in layer.said]
    return KEYS[name].merge(said) if said else KEYS[name].default


def _base(path: str, root: str | None) -> str | None:
    """The file's folder below the repository's root with `/`; None for the managed and the user's layer."""
    if root is None or os.path.basename(path) != POLICY_NAME:
        return None
    folder = os.path.dirname(path)
    if folder == root:
        return ""
    inside = root.rstrip(os.sep) + os.sep
    return folder[len(inside) :].replace(os.sep, "/") if folder.startswith(inside) else None


def _owner(layers: tuple[Layer, ...]) -> Owner:
    """The nearest that is named: a name, a contact and a command of one file belong together."""
    named = [layer.said for layer in layers if layer.said.get("owner.name")]
    if not named:
        return Owner()
    said = named[-1]
    return Owner(said["owner.name"], said.get("owner.contact", ""), next(iter(said.get("owner.notify", ())), ()))


def _verdicts(words: Mapping[str, Any]) -> Mapping[str, Mapping[str, Verdict]]:
    rows: dict[str, dict[str, Verdict]] = {}
    for name, verdict in words.items():
        section, *place = name.split(".")
        if section == "verdicts":
            rows.setdefault(place[0], {})[place[1]] = verdict
    return MappingProxyType({face: MappingProxyType(row) for face, row in rows.items()})


def _digest(sources: list[Source]) -> str:
    """Identifies the texts, not the places, so that it is the same in every copy of a repository."""
    digest = sha256()
    for source in sources:
        raw = source.text.encode("utf-8")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return str(digest.hexdigest())


# What holds where no file says anything.
DEFAULTS = merged((), sources=[], root="")
