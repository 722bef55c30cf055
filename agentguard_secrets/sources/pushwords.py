"""Turns the words of a `git push` into the references it would send, without asking the remote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentguard_secrets._record import Record
from agentguard_secrets.protocol.prepush import RefUpdate
from agentguard_secrets.sources.repository import open_repository, run_git

_WITH_VALUE = {"-o", "--push-option", "--receive-pack", "--exec", "--repo"}
_ALL_OF = {"--all": "refs/heads", "--branches": "refs/heads", "--tags": "refs/tags", "--mirror": "refs"}


class MeantPush(Record):
    """A push that git was asked for: the remote's name or address, the address it is pushed to, and what is sent."""

    remote: str
    url: str
    updates: tuple[RefUpdate, ...]


def push_meant_by(folder: str, words: Sequence[str]) -> MeantPush:
    """Return what `git push` with these words sends from `folder`; an abbreviation that names nothing yet is HEAD.

    Raises UsageError when `folder` lies in no repository.
    """
    repository = open_repository(folder)
    options, named = _sorted(words)
    remote = named[0] if named else options.get("--repo") or _default_remote(folder)
    url = _said(folder, "remote", "get-url", "--push", remote)
    if {"--delete", "-d"} & options.keys() or repository.head is None:
        return MeantPush(remote, url, ())
    nothing = "0" * len(repository.head)
    sources = dict.fromkeys(_sources(folder, options, named[1:], remote=remote))
    sent = {name: _said(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", name) for name in sources}
    updates = [RefUpdate(name, oid or repository.head, name, nothing) for name, oid in sent.items()]
    return MeantPush(remote, url, tuple(updates))


def _sorted(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options with their values, and the words that are none."""
    options: dict[str, str] = {}
    named: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            named += left
        elif word in _WITH_VALUE:
            options[word] = next(left, "")
        elif word.startswith("-") and word != "-":
            name, _, value = word.partition("=")
            options[name] = value
        else:
            named.append(word)
    return options, named


def _sources(folder: str, options: dict[str, str], refspecs: Sequence[str], *, remote: str) -> Iterator[str]:
    for option, prefix in _ALL_OF.items():
        if option in options:
            yield from _said(folder, "for-each-ref", "--format=%(refname)", prefix).splitlines()
    if "--follow-tags" in options:
        yield from _said(folder, "for-each-ref", "--format=%(refname)", "--merged=HEAD", "refs/tags").splitlines()
    if not refspecs and not _ALL_OF.keys() & options.keys():
        refspecs = _configured(folder, remote)
    tag = False
    for refspec in refspecs:
        if refspec == "tag":
            tag = True
            continue
        source = refspec.removeprefix("+").partition(":")[0]
        yield from _named(folder, f"refs/tags/{source}" if tag else source, whole=refspec)
        tag = False


def _named(folder: str, source: str, *, whole: str) -> Iterator[str]:
    if whole.removeprefix("+") == ":":  # every branch that both sides have
        source = "refs/heads/*"
    if "*" in source:
        names = _said(folder, "for-each-ref", "--format=%(refname)").splitlines()
        before, _, behind = source.partition("*")
        yield from (name for name in names if name.startswith(before) and name.endswith(behind))
    elif source:
        yield source


def _configured(folder: str, remote: str) -> list[str]:
    """Return the references that go without being named."""
    if _said(folder, "config", "--type=bool", f"remote.{remote}.mirror") == "true":
        return ["refs/*"]
    refspecs = _said(folder, "config", "--get-all", f"remote.{remote}.push").splitlines()
    matching = _said(folder, "config", "push.default") == "matching"
    return refspecs or ([":"] if matching else ["HEAD"])


def _default_remote(folder: str) -> str:
    branch = _said(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
    asked = (f"branch.{branch}.pushRemote", "remote.pushDefault", f"branch.{branch}.remote")
    remotes = _said(folder, "remote").split()
    only = remotes[0] if len(remotes) == 1 else "origin"
    return next(filter(None, (_said(folder, "config", key) for key in asked)), only)


def _said(folder: str, *words: str) -> str:
    return run_git(folder, *words, check=False).decode("utf-8", "surrogateescape").rstrip("\n")
