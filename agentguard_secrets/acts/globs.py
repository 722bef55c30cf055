"""Turns a glob into whether a path, or another name, is one of those that it stands for."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

WILD = pattern(r"[*?\[]")


def glob_matches(glob: str, path: str) -> bool:
    """`*` and `?` stay within one folder, `**` does not, `[...]` is one of the letters. Case does not count."""
    glob, path = glob.lower(), path.lower()
    first = WILD.search(glob)
    if first is None:
        return glob == path
    if not path.startswith(glob[: first.start()]):
        return False
    rest = glob[first.end() :]
    if first[0] == "*" and not WILD.search(rest):
        return (
            path.endswith(rest)
            and "/" not in path[first.start() : len(path) - len(rest)]
            and len(path) >= len(glob) - 1
        )
    # Most are none of a path: every heading of a policy's file may be a glob.
    if not any(part in glob for part in ("*", "/", "[]")) and _length(glob) != len(path):
        return False
    return _expression(glob).fullmatch(path) is not None


def _length(glob: str) -> int:
    """Return how many characters a glob without stars stands for, in which every set of letters is one."""
    length = at = 0
    while at < len(glob):
        end = glob.find("]", at) if glob[at] == "[" else at
        at = max(at, end) + 1
        length += 1
    return length


def _expression(glob: str) -> re.Pattern[str]:
    # Most globs ask for less.
    import re

    parts = []
    for part in re.split(r"(\*\*/|/\*\*|\*\*|\*|\?|\[[^\]/]+\])", glob):
        words = {"**/": "(?:[^/]+/)*", "/**": "(?:/.*)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        if part.startswith("[") and part.endswith("]"):
            parts.append(_one_of(part[1:-1]))
        else:
            parts.append(words.get(part, re.escape(part)))
    return re.compile("".join(parts), re.DOTALL)


def _one_of(letters: str) -> str:
    """Return what matches one letter as a shell's `[letters]` does; for a range that is none, any letter."""
    import re

    is_negated = len(letters) > 1 and letters[0] in "!^"
    # Everything but the hyphen of a range stands for itself, also what `re` would take for the work of sets.
    escaped = re.sub(r"[^\w-]|(?<!\w)-|-(?!\w)", r"\\\g<0>", letters[is_negated:])
    expression = f"[^/{escaped}]" if is_negated else f"[{escaped}]"
    try:
        re.compile(expression)
    except re.error:
        return "[^/]"
    return expression
