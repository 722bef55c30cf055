"""Turns a path, as a command or a tool names it, into whether the policy has a word about that file."""

from __future__ import annotations

import posixpath
import re

from agentguard_secrets.acts.call import EITHER, SECRET, UNKNOWN
from agentguard_secrets.acts.globs import WILD, glob_matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.acts.world import World

_MOST_STARS = 4
_TELLING_ENDS = ("customize.py", "pyvenv.cfg", "shadow", "environ", "-secrets", "_key")


def is_secret(path: str, world: World, *, folder: str = "") -> bool:
    """Whether this file may not be read: it matches [paths] secret and not [paths] templates.

    A path with wildcards is one if it could name such a file and says more of its name than a wildcard.
    """
    return any(
        (_matches_any(each, world.secret, world) or _lists_secret(each, world))
        and not _names_any(each, world.templates, world)
        for each in map(_with_gaps, _spellings(path, folder or world.folder, world))
    )


def _with_gaps(path: str) -> str:
    """A part of a name that only running would tell may be any, where two letters of the name are said."""
    place, _slash, name = path.rpartition("/")
    if UNKNOWN not in name or sum(letter.isalnum() for letter in name) < 2 or name.count(UNKNOWN) > _MOST_STARS:
        return path
    return f"{place}/{name.replace(UNKNOWN, '*')}"


def _lists_secret(path: str, world: World) -> bool:
    """Whether it is every hidden file of a folder, or files of a folder in the home in which credentials lie."""
    place, _slash, name = path.rpartition("/")
    if not WILD.search(name) or WILD.search(place):
        return False
    if name[:1] == "." and re.fullmatch(r"\.(?:\*|[*?]+|\[[^\]]*\][*?]*)", name):
        return any(glob[0] == "." and "/" not in glob for glob in world.secret)
    if place in (world.home, world.root, world.folder):
        return False
    placed = [_placed(glob, world) for glob in world.secret if glob.startswith("~/")]
    return any(
        each.rpartition("/")[0].removesuffix("/**") == place
        and glob_matches(name, each.rpartition("/")[2].replace("*", "x"))
        for each in placed
    )


def is_guarded(path: str, world: World, *, folder: str = "") -> bool:
    """Whether this file may not be changed by an agent: it, or a folder above it, matches [paths] guarded."""
    return any(_matches_any(each, world.guarded, world) for each in _spellings(path, folder or world.folder, world))


def holds_guarded(path: str, world: World, *, folder: str = "") -> bool:
    """Whether this is a folder above something guarded, as far as the globs themselves say it."""
    return _holds(path, world.guarded, world, folder=folder)


def holds_secret(path: str, world: World, *, folder: str = "") -> bool:
    """Whether this is a folder outside of the project that holds secret files, as far as the globs say it."""
    return _holds(path, tuple(glob for glob in world.secret if glob[0] in "/~"), world, folder=folder)


def _holds(path: str, globs: tuple[str, ...], world: World, *, folder: str) -> bool:
    placed = [_placed(glob, world) for glob in globs if "/" in glob]
    return any(
        glob.startswith(each.rstrip("/*") + "/")
        for each in _spellings(path, folder or world.folder, world)
        for glob in placed
    )


def absolute(path: str, world: World, *, folder: str = "") -> str:
    """The normalised absolute path; as it is when where it begins is not known."""
    if path.startswith("~/") or path == "~":
        path = world.home + path[1:]
    if not path.startswith(("/", UNKNOWN)):
        path = posixpath.join(folder or world.folder, path)
    path = posixpath.normpath(path) if path else path
    return path[1:] if path.startswith("//") else path


def _spellings(path: str, folder: str, world: World) -> list[str]:
    """The absolute path for each thing that `path` may stand for."""
    path = path.replace("\\", "/") if re.match(r"[A-Za-z]:\\|\.\\|\\\\", path) else path
    path = path.removeprefix("file://").replace(SECRET, "")
    return [absolute(each, world, folder=folder) for each in path.split(EITHER) if each.strip("-")]


def _matches_any(path: str, globs: tuple[str, ...], world: World) -> bool:
    name = path.rpartition("/")[2]
    wild = WILD.search(path)
    return any(_matches(path, name, glob, world, is_wild=wild is not None) for glob in globs)


def _names_any(path: str, globs: tuple[str, ...], world: World) -> bool:
    name = path.rpartition("/")[2]
    return any(_matches(path, name, glob, world, is_wild=False) for glob in globs)


def _matches(path: str, name: str, glob: str, world: World, *, is_wild: bool) -> bool:
    if "/" not in glob:
        return glob_matches(glob, name) or (is_wild and _may_mean(name, glob))
    plain = glob.partition("*")[0].lstrip("~/").rpartition("/")[0]
    if not is_wild and plain.lower() not in path.lower():
        # Most globs are about other folders, and a pattern costs more than a look.
        return False
    placed = _placed(glob, world)
    if glob_matches(placed, path) or (is_wild and _may_mean(path, placed)):
        return True
    if glob[0] == "~":
        # The home of somebody else, or one that the command did not name by its variable.
        return glob.rstrip("*")[2:].lower() in path.lower() and _in_some_home(path, glob[1:])
    if glob[0] == "/":
        # Where only running would tell the folder, the name says it, if it is not that of many.
        last = glob.rpartition("/")[2]
        return UNKNOWN in path and last.endswith(_TELLING_ENDS) and glob_matches(last, name)
    return glob_matches("/**/" + glob, path) or (UNKNOWN in path and path.endswith(glob))


def _in_some_home(path: str, tail: str) -> bool:
    return any(glob_matches(home + tail, path) for home in ("/home/*", "/Users/*", "/root", UNKNOWN)) or (
        re.match(r"[A-Za-z]:/Users/[^/]+/", path) is not None and glob_matches("?:/Users/*" + tail, path)
    )


def _placed(glob: str, world: World) -> str:
    if glob.startswith("~/"):
        return world.home + glob[1:]
    return glob if glob.startswith("/") else posixpath.join(world.root or world.folder, glob)


def _may_mean(wild: str, glob: str) -> bool:
    """Whether a path with wildcards may stand for what the glob names, and says at least two letters of it."""
    name = wild.rpartition("/")[2]
    if sum(letter.isalnum() or letter == "." for letter in name) < 2 or name.startswith("*."):
        return False
    wild = re.sub(r"\*+", "*", wild)
    # More of them take long to try, and nobody needs them.
    return wild.count("*") > _MOST_STARS or glob_matches(wild, glob.replace("**", "x").replace("*", "x"))
