"""Turns the kinds of work into files, folders and repositories that every program is given alike."""

from __future__ import annotations

import json
import random
import string
import subprocess
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from agentguard_secrets.rulebook.samples import make

_MEGABYTE = 1_000_000
_POLICY = '[owner]\nname = "benchmark"\ncontact = "benchmark@localhost"\n\n[journal]\nclean = true\n'
_CODE = (
    'def connect(host: str, password: str | None = None) -> Client:\n    token = os.environ["SERVICE_TOKEN"]\n'
    "    return Client(host, token=token, secret=load_secret(name))\n\n"
)


class Work(NamedTuple):
    """`place` is what is looked at, `folder` where the programs start, `event` what a hook gets instead of `place`."""

    title: str
    kind: str
    place: Path
    folder: Path
    event: Path | None = None


def works(base: Path, *, tree: Path | None, history: Path | None, wanted: str) -> Iterator[Work]:
    """Yield all works with `wanted` in their titles, made below `base` when they are asked for."""
    token = make("ghp_<alnum:30><crc62:6>", 1)
    base.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[str], Work]] = {
        "clean write of 8 KB": lambda title: event(base, title, library(8192)),
        "clean write of 8 KB about passwords": lambda title: event(base, title, code(8192)),
        "write of 8 KB with a token": lambda title: event(base, title, code(8000) + f"key = '{token}'\n"),
        "tool output of 1 MB": lambda title: event(base, title, library(_MEGABYTE), output=True),
        "tool output of 1 MB about passwords": lambda title: event(base, title, code(_MEGABYTE), output=True),
        "staged diff of 1 file": lambda title: staged(base, title, library_files(1)),
        "staged diff of 50 files": lambda title: staged(base, title, library_files(50)),
        "staged diff of 50 files about passwords": lambda title: staged(base, title, programs(50)),
        "staged diff of 2,000 files": lambda title: staged(base, title, library_files(2000)),
        "staged diff of 2,000 files about passwords": lambda title: staged(base, title, programs(2000)),
    }
    if tree is not None:
        makers[f"tree of {_size(tree) / 1e6:,.0f} MB"] = lambda title: Work(title, "files", tree.resolve(), base)
    if history is not None:
        place = history.resolve()
        makers[f"history of {_commits(place):,} commits"] = lambda title: Work(title, "history", place, place)
    for name, text in HOSTILE.items():
        size = 50 if name == "one line" else 20
        makers[f"hostile: {name}, {size} MB"] = partial(_hostile, base, text, size)
    yield from (maker(title) for title, maker in makers.items() if wanted in title)


def _hostile(base: Path, text: Callable[[float], str], size: int, title: str) -> Work:
    return one_file(base, title, text(size))


def event(base: Path, title: str, text: str, *, output: bool = False) -> Work:
    """Return a text as a file, and as the event of Claude Code that holds it, as a policy wants it journaled."""
    # The word "clean" in a path may tell of an act, and so costs a look at it.
    folder = _folder(base, title.removeprefix("clean "))
    (folder / "agentguard.toml").write_text(_POLICY, encoding="utf-8")
    (folder / "text.py").write_text(text, encoding="utf-8")
    told = {"session_id": "benchmark", "cwd": str(folder)}
    if output:
        told |= {"hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_input": {"command": "make"}}
        told |= {"tool_response": {"stdout": text, "stderr": ""}}
    else:
        written = {"file_path": f"{folder}/text.py", "content": text}
        told |= {"hook_event_name": "PreToolUse", "tool_name": "Write", "tool_input": written}
    (folder / "event.json").write_text(json.dumps(told), encoding="utf-8")
    return Work(title, "event", folder / "text.py", folder, folder / "event.json")


def staged(base: Path, title: str, texts: Iterable[str]) -> Work:
    """Return a repository with one commit and the `texts` as staged files."""
    folder = _folder(base, title)
    _git(folder, "init", "--quiet")
    _git(folder, "-c", "user.name=b", "-c", "user.email=b@localhost", "commit", "--quiet", "--allow-empty", "-m", "x")
    _write(folder, texts)
    _git(folder, "add", ".")
    return Work(title, "staged", folder, folder)


def program_files(base: Path, count: int) -> Work:
    """Return a folder with `count` files of some 8 KB."""
    folder = _folder(base, f"files {count}")
    _write(folder, programs(count))
    return Work(f"{count} files", "files", folder, base)


def programs(count: int) -> Iterator[str]:
    """Yield texts of some 8 KB that look like code about passwords and differ from each other."""
    dice = random.Random(count)
    return (_program(dice, 8192) for _ in range(count))


def library_files(count: int) -> Iterator[str]:
    """Yield modules of Python's library, evenly chosen from those of 4 to 16 KB, each with its number."""
    library = Path(sysconfig.get_path("stdlib"))
    modules = [path for path in sorted(library.rglob("*.py")) if _is_code(path.relative_to(library))]
    modules = [path for path in modules if 4096 < path.stat().st_size < 16384]
    for number in range(count):
        place = number * len(modules) // count if count < len(modules) else number % len(modules)
        yield f"# {number}\n{modules[place].read_text(encoding='utf-8')}"


def _is_code(path: Path) -> bool:
    """Say whether a file of Python's library is none of its tests, and nobody else's."""
    return not {"site-packages", "test", "tests", "idlelib", "lib2to3"}.intersection(path.parts)


def library(size: int) -> str:
    """Return so much of Python's library."""
    return "".join(library_files(max(1, size // 4096)))[:size]


def _write(folder: Path, texts: Iterable[str]) -> None:
    for number, text in enumerate(texts):
        (folder / f"file{number}.py").write_text(text, encoding="utf-8")


def one_file(base: Path, title: str, text: str) -> Work:
    """Return a folder with one file."""
    folder = _folder(base, title)
    (folder / "file.txt").write_text(text, encoding="utf-8")
    return Work(title, "files", folder, base)


def _line(megabytes: float) -> str:
    dice = random.Random(1)
    words = ["".join(dice.choices(string.ascii_lowercase, k=dice.randint(2, 12))) for _ in range(5000)]
    text = " ".join(dice.choices(words, k=int(megabytes * _MEGABYTE / 8)))
    return (text + text)[: int(megabytes * _MEGABYTE)]


def _near(megabytes: float) -> str:
    return "password = get_secret(token)\n"[: int(megabytes * _MEGABYTE)] * int(megabytes * _MEGABYTE / 29)


HOSTILE: dict[str, Callable[[float], str]] = {
    "one line": _line,
    "near hits": _near,
    "one word and a colon on one line": lambda megabytes: "token: " * int(megabytes * _MEGABYTE / 7),
    "deep nesting": lambda megabytes: '{"token": [' * int(megabytes * _MEGABYTE / 11),
    "escapes of escapes": lambda megabytes: "\\" * int(megabytes * _MEGABYTE),
    "letters that grow in lower case": lambda megabytes: "password token \u0130" * int(megabytes * _MEGABYTE / 17),
}


def code(size: int) -> str:
    return (_CODE * (size // len(_CODE) + 1))[:size]


def _program(dice: random.Random, size: int) -> str:
    """Return lines that look like code and differ from file to file."""
    # Few letters, so that none of them is a telling name by chance: the diff has to be clean.
    names = ["".join(dice.choices("bdfghjklmnqrvxz", k=dice.randint(3, 9))) for _ in range(60)]
    lines: list[str] = []
    while sum(map(len, lines)) < size:
        one, two, three = dice.choices(names, k=3)
        lines.append(dice.choice((f"def {one}({two}, {three}=None):\n", f'    {one} = {two}("{three}")\n', _CODE)))
    return "".join(lines)


def _folder(base: Path, title: str) -> Path:
    folder = base / "".join(letter if letter.isalnum() else "-" for letter in title)
    folder.mkdir(parents=True)
    return folder


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, text=True).stdout


def _commits(repository: Path) -> int:
    return int(_git(repository, "rev-list", "--all", "--count"))


def _size(tree: Path) -> int:
    return sum(path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
