"""Turns what a shell would run into values: one program with its words, its files and what flows into it."""

from __future__ import annotations

from types import MappingProxyType

from agentguard_secrets._record import Record
from agentguard_secrets.model import Act

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Stand in words for what only the shell will know; no command can hold them, because `\0` and these are taken out.
UNKNOWN = "\x00"
EITHER = "\x01"
SECRET = "\x05"  # noqa: S105

_LONGEST_SUBJECT = 80
_NEGATIONS = frozenset(("none", "false", "no", "0", "off"))
_SECRET_WORDS = ("TOKEN", "SECRET", "PASSW", "CREDENTIAL", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY")
_SECRET_ENDS = ("_DSN", "CONNECTION_STRING", "DATABASE_URL", "_PASS", "_PAT", "_PWD")
_PUBLIC_ENDS = ("_FILE", "_PATH", "_DIR", "_NAME", "_TTL", "_LENGTH", "_COUNT", "_LIMIT", "_TYPE", "_ID", "TOKENS")


class UnreadableError(ValueError):
    """A text that cannot be read as the shell would read it."""


class Call(Record):
    """One program that a command runs.

    `words` begin with the program's name; they are empty for a bare redirection. `settings` are the assignments
    before it, `reads` and `writes` its redirections, `stdin` the text that it is given, None when unknown. `feeds`
    are the calls of the pipeline before it, `inner` those whose output stands in its words. `folder` is where it
    runs, empty when unknown; `host` is the other machine or container on which it runs.
    """

    words: tuple[str, ...]
    settings: Mapping[str, str] = MappingProxyType({})
    reads: tuple[str, ...] = ()
    writes: tuple[tuple[str, str], ...] = ()
    stdin: str | None = None
    feeds: tuple[Call, ...] = ()
    inner: tuple[Call, ...] = ()
    folder: str = ""
    host: str = ""

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("words", "settings", "stdin", "feeds", "inner")

    @property
    def program(self) -> str:
        return program_name(self.words[0]) if self.words else ""

    @property
    def operands(self) -> list[str]:
        """The words after the program that are no options; everything after `--` counts."""
        return operands_of(self.words[1:])

    def has(self, *options: str) -> bool:
        """Whether one of these options is given: `--long` (also with `=value`) or `-x` (also among others)."""
        return any(_is_option(word, option) for word in self.words[1:] for option in options)

    def value_of(self, *options: str) -> str | None:
        """What the last of these options is given, as `--name value`, `--name=value`, `-x value` or `-xvalue`."""
        found = list(values_of(self.words, options))
        return found[-1] if found else None


def act(category: str, subject: str, about: str) -> Act:
    """An act whose subject can be shown: cut, in one line, without a password in a URL."""
    shown = subject.replace(UNKNOWN, "…").replace(EITHER, "|").replace(SECRET, "")
    shown = " ".join(shown.split())
    head, at, tail = shown.partition("@")
    if at and "://" in head:
        shown = f"{head.partition('://')[0]}://{tail}"
    return Act(category, shown if len(shown) <= _LONGEST_SUBJECT else shown[: _LONGEST_SUBJECT - 1] + "…", about)


def program_name(word: str) -> str:
    """The name of the program without its folder: `/usr/bin/rm` is rm, `C:\\x\\git.exe` is git."""
    name = word.replace("\\", "/").rpartition("/")[2]
    return name[:-4].lower() if name.lower().endswith((".exe", ".cmd")) else name


def operands_of(words: tuple[str, ...]) -> list[str]:
    """The words that are no options; everything after `--` counts."""
    if "--" in words:
        cut = words.index("--")
        return [word for word in words[:cut] if not _looks_like_option(word)] + list(words[cut + 1 :])
    return [word for word in words if not _looks_like_option(word)]


def after_options(words: tuple[str, ...], valued: str) -> tuple[str, ...]:
    """The words behind the options; `valued` names those that take the next word, in one string."""
    at = 0
    takers = set(valued.split())
    while at < len(words):
        word = words[at]
        if word == "--":
            return words[at + 1 :]
        if not word.startswith("-") or word == "-":
            break
        at += 2 if word in takers else 1
    return words[at:]


def values_of(words: tuple[str, ...], options: tuple[str, ...]) -> Iterator[str]:
    """Yield what each of these options is given, in order."""
    for index, word in enumerate(words):
        for option in options:
            if word == option:
                if index + 1 < len(words):
                    yield words[index + 1]
            elif word.startswith(option + "="):
                yield word[len(option) + 1 :]
            elif len(option) == 2 and word.startswith(option) and option[1] != "-":
                yield word[2:]
            elif _ends_cluster(word, option) and index + 1 < len(words):
                yield words[index + 1]


def _ends_cluster(word: str, option: str) -> bool:
    """Whether a word like `-sLo` ends with this option, so that the next one is its value."""
    return len(option) == 2 and len(word) > 2 and word[0] == "-" and word[1:].isalpha() and word[-1] == option[1]


def is_dry(words: tuple[str, ...], *options: str) -> bool:
    """Whether one of these options asks only for what would happen, and nothing behind it takes that back."""
    is_said = False
    for at, word in enumerate(words):
        if word == "--":
            break
        name, _equals, value = word.partition("=")
        if any(_is_option(word, option) for option in options):
            following = words[at + 1] if at + 1 < len(words) else ""
            is_said = value.lower() not in _NEGATIONS and following.lower() != "false"
        elif name.startswith("--no-") and any(option.lstrip("-").startswith(name[5:]) for option in options):
            is_said = False
    return is_said


def is_secret_name(name: str) -> bool:
    """Whether a variable with this name is likely to hold a credential."""
    upper = name.upper()
    if upper.endswith(_PUBLIC_ENDS):
        return False
    return any(word in upper for word in _SECRET_WORDS) or upper.endswith(_SECRET_ENDS) or upper == "PGPASSWORD"


def _looks_like_option(word: str) -> bool:
    return len(word) > 1 and word[0] == "-"


def _is_option(word: str, option: str) -> bool:
    if option.startswith("--"):
        return word == option or word.startswith(option + "=")
    if len(option) == 2:
        return len(word) > 1 and word[0] == "-" and word[1] != "-" and option[1] in word[1:]
    return word == option or word.startswith(option + "=")
