"""Turns the policy and the place of a call into what the judges of acts look things up in."""

from __future__ import annotations

from types import MappingProxyType

from agentguard_secrets._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Branch(Record):
    """What git would push by itself: the branch that is checked out, where it goes, and how `push.default` is set."""

    name: str = ""
    upstream: str = ""
    push_default: str = "simple"
    aliases: Mapping[str, str] = MappingProxyType({})


class World(Record):
    """The lists of the policy, and where a call happens. `words` are telling words that only this policy has.

    `guarded` may hold absolute paths beside globs. `root` is the repository's folder, empty when there is none.
    """

    home: str = ""
    root: str = ""
    folder: str = ""
    protected: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    production: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    branch: Branch = Branch()
