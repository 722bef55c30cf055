"""Turns a call that sends something to another machine into acts."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import SECRET, UNKNOWN, act, values_of
from agentguard_secrets.acts.paths import holds_secret, is_secret
from agentguard_secrets.acts.reading import prints_environment, secret_files
from agentguard_secrets.acts.senders import method_of, sent_by
from agentguard_secrets.acts.system import written_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.flow import Flow
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act


_LOCAL = r"(?:^|//|@)(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal)(?:[:/]|$)"
FETCHING = frozenset("curl wget http https xh aria2c fetch lynx nc ncat netcat ftp".split())


def acts_on_sending(call: Call, world: World, flow: Flow) -> Iterator[Act]:
    """The acts by which this call sends something out."""
    sent = sent_by(call)
    if sent is None:
        if _is_in_an_address(call, world, flow):
            yield act("egress-of-secret", call.program, "asks another machine for an address with credentials in it")
        _remember(call, world, flow)
        return
    texts, files, takes_input = sent
    where = _where(call)
    is_local = any(re.search(_LOCAL, word) for word in call.words)
    if _is_secret(call, texts, files, takes_input=takes_input, world=world, flow=flow):
        category = "read-secret-file" if is_local else "egress-of-secret"
        yield act(category, where, "sends credentials, or a file of them, out")
    elif not is_local:
        yield act("egress", where, "sends something to another machine")
    if call.program in ("curl", "http", "https", "xh", "wget") and method_of(call) == "DELETE":
        yield from _deletes(call, is_local=is_local)
    _remember(call, world, flow)


def _is_in_an_address(call: Call, world: World, flow: Flow) -> bool:
    """Whether a credential stands in a URL, whatever the program does with it."""
    urls = [word for word in call.words[1:] if "://" in word and UNKNOWN in word and not re.search(_LOCAL, word)]
    return bool(urls) and any(_yields_secret(each, world, flow) for each in call.inner)


def _deletes(call: Call, *, is_local: bool) -> Iterator[Act]:
    if any(re.search(r":(?:9200|9243|5984|8086|8529)(?:/|$)", word) for word in call.words):
        yield act("destructive-database", _where(call), "deletes an index or a database by its interface")
    elif not is_local:
        yield act("infrastructure", _where(call), "deletes something by an interface")


def _is_secret(call: Call, texts: list[str], files: list[str], *, takes_input: bool, world: World, flow: Flow) -> bool:
    if any(SECRET in text for text in texts):
        return True
    folder = call.folder
    if any(
        is_secret(path, world, folder=folder) or flow.is_secret(path, call) or holds_secret(path, world, folder=folder)
        for path in files
    ):
        return True
    sources: list[Call] = list(call.feeds) if takes_input else []
    sources += call.inner if any(UNKNOWN in text for text in texts) else ()
    if any(_yields_secret(each, world, flow) for each in sources):
        return True
    given = call.reads if takes_input else ()
    return any(is_secret(path, world, folder=folder) or flow.is_secret(path, call) for path in given)


def _yields_secret(call: Call, world: World, flow: Flow) -> bool:
    if secret_files(call, world, flow) or any(
        SECRET in word for word in call.words[1:] if call.program in ("echo", "printf")
    ):
        return True
    return call.program in ("env", "printenv", "set", "export") and prints_environment(call, flow)


def _remember(call: Call, world: World, flow: Flow) -> None:
    """Follow credentials, and what was downloaded, into the files that are written with them."""
    targets = written_files(call)
    if call.program in ("tar", "zip", "7z", "gzip", "split"):
        targets = [*targets, *call.operands[:2], *values_of(call.words, ("-f", "--file"))]
    if call.program in FETCHING:
        named = [word.partition("?")[0].rpartition("/")[2] for word in call.operands if "/" in word]
        is_named = call.program == "wget" or call.has("-O", "--remote-name", "-J")
        flow.put([*targets, *(named if is_named else [])], call, into=flow.fetched)
    if not targets:
        return
    sources = [call, *call.feeds, *(call.inner if any(UNKNOWN in word for word in call.words) else ())]
    if any(_yields_secret(each, world, flow) for each in sources):
        flow.put(targets, call, into=flow.secret)
    if any(each.program in FETCHING for each in call.feeds):
        flow.put(targets, call, into=flow.fetched)


def _where(call: Call) -> str:
    named = next((word for word in call.words[1:] if "://" in word), None)
    return (named or " ".join(call.operands[:1]) or call.program).partition("?")[0]
