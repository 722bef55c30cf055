"""Turns a call that serves a folder to whoever asks into that folder."""

from __future__ import annotations

from agentguard_secrets.acts.call import values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call

_MODULES = frozenset("http.server pyftpdlib SimpleHTTPServer uploadserver twisted".split())
_FOLDERS = ("-d", "--directory", "--path", "--root", "-t", "-h", "--dir", "-w")
# They serve what is named last, or where they run.
_SERVERS = frozenset("serve http-server live-server miniserve darkhttpd simple-http-server browser-sync sirv".split())


def served(call: Call) -> Iterator[str]:
    """Yield the folder that the call serves."""
    words, name = call.operands, call.program
    module = call.value_of("-m")
    here = [call.folder or "."]
    if name.startswith("python") and module in _MODULES:
        yield from list(values_of(call.words, _FOLDERS)) or here
    elif name == "php" and any(word.startswith("-S") for word in call.words):
        yield from list(values_of(call.words, ("-t",))) or here
    elif name == "ruby" and "httpd" in words:
        yield from words[words.index("httpd") + 1 :] or here
    elif name in _SERVERS or (name in ("npx", "bunx") and words[:1] and words[0].partition("@")[0] in _SERVERS):
        yield from (words if name in _SERVERS else words[1:]) or here
    elif name in ("twistd", "twist3", "caddy", "httpd", "busybox") and {"web", "file-server", "-h"} & set(call.words):
        yield from values_of(call.words, _FOLDERS)
    elif name == "rclone" and words[:1] == ["serve"]:
        yield from words[2:]
    elif name == "ngrok":
        yield from (word.removeprefix("file://") for word in words if word.startswith("file://"))
