"""Turns a seed into a repository of random commits with credentials at places that are known."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.making import sample
from tests.test_git_index import TEMPLATE

_SUFFIXES = ("", "", "", ".py", ".u16le", ".u16be", ".u16", ".bom", ".latin", ".crlf", ".bin")
_NAMES = ("a", "b c", "größe", "tab\there", 'quo"te', "-dash", "back\\slash", "line\nfeed", "x\udcff", "💡")
_ATTRIBUTES = (
    "",
    "* -diff\n",
    "* binary\n",
    "*.py diff=odd\n",
    "* -text\n",
    "* merge=ours\n",
    "* -merge\n",
    "* linguist-generated export-ignore\n",
)
_ENCODED: dict[str, Callable[[str], bytes]] = {
    ".u16le": lambda text: text.encode("utf-16-le"),
    ".u16be": lambda text: text.encode("utf-16-be"),
    ".u16": lambda text: text.encode("utf-16"),
    ".bom": lambda text: text.encode("utf-8-sig"),
    ".latin": lambda text: text.encode("latin-1"),
    ".bin": lambda text: b"\0\x01\n" + text.encode(),
    ".crlf": lambda text: text.replace("\n", "\r\n").encode(),
}
_DECODED = {".u16le": "utf-16-le", ".u16be": "utf-16-be", ".u16": "utf-16", ".bom": "utf-8-sig", ".latin": "latin-1"}
# Git merges such a file as a whole.
_BINARY = (".u16le", ".u16be", ".u16", ".bin")
_MARKERS = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")


class RandomRepository:
    """A work tree that grows commit by commit.

    `values` are all credentials ever written, `made` the commits that `before` was called for, `merged` what each merge
    of two adds by itself, as path and value.
    """

    def __init__(self, folder: Path, seed: int, *, remerges_purely: bool) -> None:
        self.folder = folder
        self.values: set[str] = set()
        self.merged: dict[str, set[tuple[str, str]]] = {}
        self.made: list[str] = []
        self.commits = 0
        self._random = random.Random(seed)
        self._remerges_purely = remerges_purely
        self._lines = 0
        self._texts: dict[str, dict[str, str]] = {}
        self._git(
            "init", "--quiet", "--initial-branch=main", f"--object-format={self._random.choice(['sha1', 'sha256'])}"
        )
        for key, value in (("textconv", "echo"), ("command", "true")):
            self._git("config", f"diff.odd.{key}", value)
        self._git("config", "core.safecrlf", "false")
        self._git("config", "advice.detachedHead", "false")

    def grow(self, count: int, *, before: Callable[[RandomRepository], None]) -> None:
        """Make `count` more commits; `before` is called when each is staged."""
        target = self.commits + count
        while self.commits < target:
            kind = self._random.random()
            if self.commits == 0 or kind < 0.62:
                self._ordinary(before)
            elif kind < 0.76:
                self._branch()
            elif kind < 0.97:
                self._merge(before)
            else:
                self._octopus(before)

    def head(self) -> str:
        return self._git("rev-parse", "HEAD").strip()

    def references(self) -> list[tuple[str, str]]:
        listed = self._git("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in listed]

    def _ordinary(self, before: Callable[[RandomRepository], None]) -> None:
        for _ in range(self._random.randint(1, 4)):
            self._random.choice(
                [self._write, self._write, self._edit, self._edit, self._edit, self._rename, self._copy]
            )()
        if self._random.random() < 0.25:
            self._random.choice([self._delete, self._link, self._attributes, self._mode, self._odd_name])()
        self._git("add", "--all")
        before(self)
        self._commit()

    def _commit(self) -> None:
        words = ["commit", "--quiet", "--allow-empty", "--no-verify", "--cleanup=verbatim"]
        if self._random.random() < 0.05:
            words += ["--author", f"{self._value()} <someone@example.invalid>"]
        message = f"change {self.commits}" + (f"\n\nuses {self._value()}\n" if self._random.random() < 0.06 else "")
        self._git(*words, "--message", message)
        self.made.append(self.head())
        self.commits += 1
        if self._random.random() < 0.04:
            self._git("tag", "--annotate", "--message", f"release {self._value()}", f"v{self.commits}")

    def _branch(self) -> None:
        heads = [name for _, name in self.references() if name.startswith("refs/heads/")]
        if len(heads) < 5 and self._random.random() < 0.6:
            start = self._random.choice(["HEAD", "HEAD~1", *heads])
            if self._ok("rev-parse", "--verify", "--quiet", start):
                self._git("checkout", "--quiet", "--force", "-b", f"branch{self.commits}-{len(heads)}", start)
        else:
            self._git("checkout", "--quiet", "--force", self._random.choice(heads).removeprefix("refs/heads/"))
        self._git("clean", "-ffdxq")

    def _merge(self, before: Callable[[RandomRepository], None]) -> None:
        others = [name for oid, name in self.references() if name.startswith("refs/heads/") and oid != self.head()]
        if not others:
            return
        old = self.head()
        self._ok("merge", "--no-ff", "--no-commit", "--quiet", self._random.choice(others))
        if not (self.folder / ".git" / "MERGE_HEAD").exists():
            self._git("reset", "--quiet", "--hard", old)
            return
        self._without_markers()
        new = {self._edit(fresh=True) for _ in range(self._random.choice([0, 0, 1, 2]))}
        self._git("add", "--all")
        before(self)
        self._commit()
        self.merged[self.head()] = {each for each in new if each is not None}

    def _octopus(self, before: Callable[[RandomRepository], None]) -> None:
        start, heads = self.head(), []
        for number in range(3):
            self._git("checkout", "--quiet", "--force", "--detach", start)
            self._write(name=f"octopus{self.commits}-{number}")
            self._git("add", "--all")
            self._git("commit", "--quiet", "--no-verify", "--allow-empty", "--message", "arm")
            self.commits += 1
            heads.append(self.head())
        self._git("checkout", "--quiet", "--force", "-b", f"octopus{self.commits}", heads[0])
        if not self._ok("merge", "--quiet", "--no-commit", *heads[1:]):
            self._git("reset", "--quiet", "--hard")
            return
        self._edit(fresh=True)
        self._git("add", "--all")
        before(self)
        self._commit()

    def _without_markers(self) -> None:
        for path in self._files():
            raw = path.read_bytes()
            if b"<<<<<<<" in raw:
                path.write_bytes(b"\n".join(line for line in raw.split(b"\n") if not line.startswith(_MARKERS)))

    def _files(self) -> list[Path]:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=self.folder, capture_output=True, check=True).stdout
        names = sorted({os.fsdecode(name) for name in listed.split(b"\0")[:-1]} - {".gitattributes"})
        found = [self.folder / name for name in names]
        return [path for path in found if path.is_file() and not path.is_symlink()]

    def _value(self) -> str:
        value = sample(TEMPLATE)
        self.values.add(value)
        return value

    def _line(self, *, secret: bool) -> str:
        self._lines += 1
        return f"token{self._lines} = '{self._value()}'" if secret else f"line {self._lines}"

    def _write(self, name: str = "") -> None:
        suffix = self._random.choice(_SUFFIXES)
        folder = self._random.choice(["", "", "sub/", "deep/er/"])
        path = self.folder / (name or f"{folder}{self._random.choice(_NAMES)}{self._random.randint(0, 30)}{suffix}")
        if path.exists() or any(each.is_file() for each in path.parents):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [self._line(secret=self._random.random() < 0.2) for _ in range(self._random.randint(1, 12))]
        self._store(path, lines + self._random.choice([[""], [""], [""], []]))

    def _edit(self, *, fresh: bool = False) -> tuple[str, str] | None:
        files = [path for path in self._files() if self._readable(path) and not (fresh and self._is_whole(path))]
        if not files:
            return None
        path = self._random.choice(files)
        lines = self._read(path)
        if not fresh and len(lines) > 2 and self._random.random() < 0.4:
            del lines[self._random.randrange(len(lines))]
        line = self._line(secret=fresh or self._random.random() < 0.3)
        # What a merge adds stands before the last line: behind one without an end it would change that as well. Before
        # the first one it would take its mark from it.
        first = int(fresh and path.suffix == ".bom")
        lines.insert(self._random.randint(first, len(lines) - fresh), line)
        self._store(path, lines)
        return (path.relative_to(self.folder).as_posix(), line.split("'")[1]) if fresh else None

    def _is_whole(self, path: Path) -> bool:
        """Say whether a line that a merge adds would change another one as well."""
        return path.suffix in _BINARY or (path.suffix == ".bom" and len(self._read(path)) == 1)

    def _readable(self, path: Path) -> bool:
        try:
            return bool(self._read(path))
        except (UnicodeError, ValueError):
            return False

    def _read(self, path: Path) -> list[str]:
        raw, suffix = path.read_bytes(), path.suffix
        if raw.startswith(b"\0\x01\n") and suffix == ".bin":
            text = raw[3:].decode()
        elif suffix == ".crlf":
            text = raw.decode().replace("\r\n", "\n")
        else:
            text = raw.decode(_DECODED.get(suffix, "utf-8"))
        return text.split("\n")

    def _store(self, path: Path, lines: list[str]) -> None:
        path.write_bytes(_ENCODED.get(path.suffix, str.encode)("\n".join(lines)))

    def _rename(self) -> None:
        files = self._files()
        if files:
            path = self._random.choice(files)
            target = path.with_name(f"renamed{self._lines}{path.suffix}")
            path.rename(target)
            self._lines += 1

    def _copy(self) -> None:
        files = self._files()
        if files:
            path = self._random.choice(files)
            path.with_name(f"copy{self._lines}{path.suffix}").write_bytes(path.read_bytes())
            self._lines += 1

    def _delete(self) -> None:
        files = self._files()
        if len(files) > 3:
            self._random.choice(files).unlink()

    def _link(self) -> None:
        self._lines += 1
        (self.folder / f"link{self._lines}").symlink_to(f"/nowhere/{self._value()}")

    def _odd_name(self) -> None:
        (self.folder / f"backup-{self._value()}").write_text("nothing\n")

    def _mode(self) -> None:
        for path in self._files()[:1]:
            path.chmod(path.stat().st_mode ^ 0o111)

    def _attributes(self) -> None:
        # Older git merges by the attributes of the work tree as it is when somebody looks, not by those of the time.
        some = [each for each in _ATTRIBUTES if self._remerges_purely or each not in ("* binary\n", "* -merge\n")]
        (self.folder / ".gitattributes").write_text(self._random.choice(some))

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, f"git {words}: {done.stderr.decode('utf-8', 'replace')}"
        return done.stdout.decode("utf-8", "surrogateescape")

    def _ok(self, *words: str) -> bool:
        return subprocess.run(["git", *words], cwd=self.folder, capture_output=True, check=False).returncode == 0
