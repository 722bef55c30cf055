"""Turns the calls of one command into where their output goes."""

from __future__ import annotations

from agentguard_secrets.acts.paths import absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World


class Flow:
    """What is known of the other calls while one is judged, in the order in which the shell makes them.

    `secret` are the files into which a credential was put, `fetched` those that came from the network.
    """

    def __init__(self, calls: list[Call], *, files: Mapping[str, str], world: World) -> None:
        self.files = files
        self.world = world
        self.secret: set[str] = set()
        self.fetched: set[str] = set()
        self._captured = {id(each) for call in calls for each in call.inner}
        self._followers: dict[int, list[Call]] = {}
        for call in calls:
            for feed in call.feeds[-8:]:
                self._followers.setdefault(id(feed), []).append(call)

    def is_captured(self, call: Call) -> bool:
        """Whether what it prints goes into a word or a variable, and not to whoever reads the output."""
        return id(call) in self._captured

    def followers(self, call: Call) -> list[Call]:
        """The calls into which its output flows."""
        return self._followers.get(id(call), [])

    def is_secret(self, path: str, call: Call) -> bool:
        """Whether the command itself has put a credential into this file before."""
        return bool(self.secret) and absolute(path, self.world, folder=call.folder) in self.secret

    def is_fetched(self, path: str, call: Call) -> bool:
        """Whether the command itself has downloaded this file before."""
        return bool(self.fetched) and absolute(path, self.world, folder=call.folder) in self.fetched

    def put(self, paths: Iterable[str], call: Call, *, into: set[str]) -> None:
        """Remember that these files now hold it."""
        into.update(absolute(path, self.world, folder=call.folder) for path in paths)
