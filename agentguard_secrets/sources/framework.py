"""Turns what the pre-commit framework leaves of a push in the environment into reference updates."""

from __future__ import annotations

from agentguard_secrets.errors import SourceError
from agentguard_secrets.protocol.prepush import RefUpdate, is_zero
from agentguard_secrets.sources.repository import run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING = "0" * 40


def framework_update(folder: str, environment: Mapping[str, str]) -> RefUpdate:
    """Return the one reference that the framework passes on, of those that are pushed.

    Without any variable of the framework's (`pre-commit run --hook-stage pre-push`) it is HEAD as a new reference.
    Raises SourceError when what a variable names is not in the repository.
    """
    local = environment.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD"
    source, target = environment.get("PRE_COMMIT_FROM_REF", ""), environment.get("PRE_COMMIT_TO_REF", "")
    known = _NOTHING if is_zero(source) else _resolved(folder, source)
    remote_ref = environment.get("PRE_COMMIT_REMOTE_BRANCH") or local
    return RefUpdate(local, _resolved(folder, target or local), remote_ref, known)


def _resolved(folder: str, name: str) -> str:
    found = (
        "" if name.startswith("-") else run_git(folder, "rev-parse", "--verify", "--quiet", name, check=False).decode()
    )
    if not found:
        raise SourceError(f"pre-commit names {name!r}: expected a commit or a tag of this repository")
    return found.strip()
