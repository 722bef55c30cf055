"""Turns a remote into the ids of the objects that it has, as far as it can be told without a second connection.

What the remote says itself counts: git hands on what it has under the names that are pushed, and a remote on this
machine is asked. Of any other, refs/remotes/ has to be believed, which whoever can write git's files can forge; with
`git config agentguard.askRemote true` such a remote is asked, too.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Sequence

from agentguard_secrets.protocol.prepush import RefUpdate, is_zero
from agentguard_secrets.sources.repository import ObjectReader, command, environment, run_git

# https://host/path, ssh://git@host:22/path.git and git@host:path are one place.
_ADDRESS = re.compile(r"(?:[a-z+]+://)?(?:[^/@]*@)?([^/:]*)(?::\d+(?=/))?[:/]*(.*?)/*(?:\.git)?/*")
_ASK = "agentguard.askRemote"
_PATIENCE = 20  # seconds
# Nobody is there to answer a question.
_SILENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "SSH_ASKPASS": "true", "SSH_ASKPASS_REQUIRE": "force"}
_HEADS = "refs/heads/"
_PROTOCOLS = "GIT_ALLOW_PROTOCOL"


def objects_of_remote(folder: str, remote: str, url: str, updates: Sequence[RefUpdate]) -> list[str]:
    """Return the ids of what `remote` has, of which some may not be here.

    `url` is where git pushes to. Without it, what refs/remotes/<remote>/ leads to is taken for what the remote has,
    and also where the remote cannot be asked, unless it is another place than the one that git fetches from.
    """
    told = [update.remote_oid for update in updates if not is_zero(update.remote_oid)]
    asked = _advertised(folder, url) if url and _is_to_be_asked(folder, url) else None
    if asked is not None:
        return [*told, *asked]
    if url and not _is_fetched_from(folder, remote, url):
        return told
    return [*told, *tracked(folder, remote, without=_known_better(folder, updates))]


def _known_better(folder: str, updates: Sequence[RefUpdate]) -> set[str]:
    """Return the branches of which git has just said what the remote has there, nothing or a commit that is here."""
    with ObjectReader(folder) as reader:
        return {
            update.remote_ref.removeprefix(_HEADS)
            for update in updates
            if update.remote_ref.startswith(_HEADS)
            and (is_zero(update.remote_oid) or reader.read(update.remote_oid, limit=0) is not None)
        }


def tracked(folder: str, remote: str, *, without: Iterable[str] = ()) -> list[str]:
    """Return the object ids that the remote had when git last heard from it, leaving out some of its branches."""
    if not remote:
        return []
    # A remote `origin/fork` keeps what it has below `refs/remotes/origin/`, too.
    others = [name for name in run_git(folder, "remote").decode().split() if name.startswith(f"{remote}/")]
    prefixes = tuple(f"refs/remotes/{name}/" for name in others)
    names = {f"refs/remotes/{remote}/{name}" for name in without}
    return oids_of(folder, f"refs/remotes/{remote}/", without=prefixes, names=names)


def oids_of(folder: str, *prefixes: str, without: tuple[str, ...] = (), names: Iterable[str] = ()) -> list[str]:
    """Return the object ids of the references below `prefixes`, leaving out those below `without` and of `names`."""
    listed = run_git(folder, "for-each-ref", "--format=%(objectname) %(refname)", *prefixes)
    references = [each.split(" ", 1) for each in listed.decode("utf-8", "surrogateescape").splitlines()]
    left_out = set(names)
    return sorted({oid for oid, name in references if not name.startswith(without) and name not in left_out})


def _is_to_be_asked(folder: str, url: str) -> bool:
    if url.startswith("file://") or os.path.isdir(os.path.join(folder, url)):
        return True
    return run_git(folder, "config", "--type=bool", _ASK, check=False).strip() == b"true"


def _advertised(folder: str, url: str) -> list[str] | None:
    """Return what the remote says that it has, None when it does not answer."""
    words = command(folder, "ls-remote", "--quiet", "--", url)
    try:
        done = subprocess.run(
            words,
            env=_variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return sorted({line.split(b"\t", 1)[0].decode("ascii", "replace") for line in done.stdout.splitlines()})


def _variables() -> dict[str, str]:
    """Return the variables under which git asks a remote: here it may, by what the user lets it."""
    kept = {**environment(), **_SILENT}
    del kept[_PROTOCOLS]
    return kept | {name: value for name, value in os.environ.items() if name == _PROTOCOLS}


def _is_fetched_from(folder: str, remote: str, url: str) -> bool:
    fetched = run_git(folder, "remote", "get-url", remote, check=False).decode("utf-8", "surrogateescape").strip()
    return _place(fetched) == _place(url)


def _place(address: str) -> tuple[str, str] | str:
    found = _ADDRESS.fullmatch(address)
    return (found[1].lower(), found[2]) if found else address
