"""Turns a call that deletes, empties or overwrites files into acts."""

from __future__ import annotations

import posixpath

from agentguard_secrets.acts.call import EITHER, UNKNOWN, act, is_dry, values_of
from agentguard_secrets.acts.paths import absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

    Judge = Callable[[Call, World], Iterator[Act]]

# What a build, a test run or an installation makes again.
_MADE_AGAIN = frozenset(
    (
        "node_modules dist build target out coverage .next .nuxt .turbo .cache __pycache__ .pytest_cache "
        ".mypy_cache .ruff_cache .tox .nox .venv venv .eggs htmlcov .nyc_output .parcel-cache .svelte-kit tmp "
        ".tmp temp obj cmake-build-debug cmake-build-release .gradle pods deriveddata .angular .terraform "
        "_build .output .hypothesis storybook-static .serverless test-results playwright-report .coverage "
        "bower_components .vite .docusaurus .ipynb_checkpoints .dart_tool .expo __snapshots__ .stack-work "
        "dist-newstyle zig-cache zig-out .bundle .yarn"
    ).split()
)
_MADE_AGAIN_ENDS = tuple(
    (
        ".egg-info .dist-info .pyc .pyo .o .obj .class .log .tmp .swp .bak .orig .rej .tsbuildinfo .whl .gcda .gcno "
        ".aux .toc .DS_Store ~"
    ).split()
)
_TEMPORARY = ("/tmp/", "/var/tmp/", "/private/tmp/", "/dev/shm/", "/var/folders/")  # noqa: S108
_SYSTEM = ("/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/sys", "/opt", "/var", "/root", "/proc", "/dev")
_HARMLESS_DEVICES = (
    "/dev/null",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/tty",
    "/dev/fd/",
    "/dev/shm/",  # noqa: S108
    "/dev/tcp",
    "/dev/udp",
)
_SOURCES_OF_NOTHING = ("/dev/zero", "/dev/null", "/dev/random", "/dev/urandom")


def acts_on_files(call: Call, world: World) -> Iterator[Act]:
    """The destructive acts of this call."""
    for operator, target in call.writes:
        yield from _redirected(call, operator, target, world)
    judge = _JUDGES.get(call.program) or (_formats if call.program.startswith("mkfs") else None)
    if judge is not None and call.words[1:2] not in (("--help",), ("--version",)):
        yield from judge(call, world)


def is_expendable(path: str, call: Call, world: World) -> bool:
    """Whether what stands there is temporary, or is made again by a build."""
    if path.replace(EITHER, "").strip(UNKNOWN) == "":
        return any(each.program == "mktemp" for each in call.inner)
    if UNKNOWN in path and any(each.program == "mktemp" for each in call.inner):
        return True
    whole = absolute(path, world, folder=call.folder)
    if _is_temporary(whole, world) and ".." not in path:
        return True
    parts = [part for part in path.split("/") if part]
    if ".." in parts or whole.rstrip("/") in ("", world.home) or _is_system(whole):
        return False
    return any(part.lower() in _MADE_AGAIN for part in parts) or path.rstrip("/").endswith(_MADE_AGAIN_ENDS)


def _is_temporary(path: str, world: World) -> bool:
    """Whether it lies in a temporary folder, and not in the project or the home folder, where these lie there too."""
    if not path.startswith(_TEMPORARY) or path.rstrip("/*") + "/" in _TEMPORARY:
        return False
    return not any(base and (path == base or path.startswith(base + "/")) for base in (world.root, world.home))


def _is_system(path: str) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in _SYSTEM) and not path.startswith(
        _TEMPORARY
    )


def _is_broad(path: str) -> bool:
    """Whether a path with wildcards stands for more than one kind of file."""
    name = path.rstrip("/").rpartition("/")[2]
    return any(mark in path for mark in "*?[") and (name.count("*") > 0 or "[" in name or "?" in name)


def _removes(call: Call, world: World) -> Iterator[Act]:
    is_recursive = call.has("-r", "-R", "--recursive") or call.program in (
        "rimraf",
        "rimraf.js",
        "del-cli",
        "shred",
        "srm",
        "wipe",
    )
    for target in [each for word in call.operands for each in word.split(EITHER)]:
        if is_expendable(target, call, world):
            continue
        whole = absolute(target, world, folder=call.folder)
        is_fed = bool(call.feeds) and target.strip(UNKNOWN) == ""
        if is_recursive or is_fed or _is_broad(target) or _is_system(whole) or _is_base(whole, world):
            yield act("destructive-files", target, "deletes files that no build makes again")


def _is_base(path: str, world: World) -> bool:
    return path.rstrip("/") in ("", world.home, world.root, posixpath.dirname(world.home)) or path.endswith("/.git")


def _finds(call: Call, world: World) -> Iterator[Act]:
    if "-delete" not in call.words:
        return
    names = list(values_of(call.words, ("-name", "-iname", "-path", "-wholename", "-regex")))
    if names and all(_is_made_again(name) for name in names):
        return
    starts = []
    for word in call.words[1:]:
        if word.startswith(("-", "(", "!")):
            break
        starts.append(word)
    if starts and all(is_expendable(start, call, world) for start in starts):
        return
    if "-empty" not in call.words:
        yield act("destructive-files", (starts or ["."])[0], "deletes every file that it finds")


def _is_made_again(pattern: str) -> bool:
    bare = [part for part in pattern.split("/") if part.strip("*")]
    return (
        any(part.lower() in _MADE_AGAIN for part in bare)
        or pattern.endswith(_MADE_AGAIN_ENDS)
        or "__pycache__" in pattern
    )


def _truncates(call: Call, world: World) -> Iterator[Act]:
    size = call.value_of("-s", "--size") or ""
    targets = [word for word in call.operands if word != size]
    if not size.startswith("+") and not size.startswith(tuple("123456789")):
        yield from _emptied(targets, call, world)


def _emptied(targets: list[str], call: Call, world: World) -> Iterator[Act]:
    for target in targets:
        if not is_expendable(target, call, world) and not target.startswith(_HARMLESS_DEVICES):
            yield act("destructive-files", target, "empties or overwrites the file")


def _copies_bytes(call: Call, world: World) -> Iterator[Act]:
    named = dict(word.partition("=")[::2] for word in call.words[1:])
    target, source = named.get("of", ""), named.get("if", "")
    if not target or is_expendable(target, call, world) or target.startswith(_HARMLESS_DEVICES):
        return
    is_made = source in _SOURCES_OF_NOTHING and not target.endswith((".img", ".bin", ".iso", ".dat", ".raw", ".test"))
    if _is_system(absolute(target, world, folder=call.folder)) or is_made or UNKNOWN in target:
        yield act("destructive-files", target, "overwrites a device or a file byte by byte")


def _formats(call: Call, _world: World) -> Iterator[Act]:
    if call.has("-l", "--list") or call.words[1:] == ():
        return
    yield act("destructive-files", " ".join(call.operands[-1:]), f"{call.program} destroys what is on a disk")


def _with_verbs(*verbs: str) -> Judge:
    """For programs whose verbs destroy a disk, a volume or a pool."""

    def judge(call: Call, _world: World) -> Iterator[Act]:
        words = [word.lower() for word in call.words[1:]]
        if any(verb in words for verb in verbs):
            yield act("destructive-files", " ".join(call.operands[:3]), f"{call.program} destroys what is stored there")

    return judge


def _mirrors(call: Call, world: World) -> Iterator[Act]:
    deletes = any(word.startswith(("--delete", "--del", "--remove-source")) for word in call.words)
    if not deletes or is_dry(call.words[1:], "-n", "--dry-run"):
        return
    target = (call.operands or [""])[-1]
    if not is_expendable(target, call, world):
        yield act("destructive-files", target, "deletes what is not in the source")


def _moves(call: Call, world: World) -> Iterator[Act]:
    operands = call.operands
    if not operands:
        return
    sources, target = operands[:-1], operands[-1]
    if target == "/dev/null":
        yield from _emptied(sources, call, world)
    for source in sources:
        whole = absolute(source, world, folder=call.folder)
        if call.program == "mv" and (_is_base(whole, world) or whole in _SYSTEM):
            yield act("destructive-files", source, "moves a whole root, home or repository away")
    if sources and all(source in _SOURCES_OF_NOTHING for source in sources):
        yield from _emptied([target], call, world)
    if target.startswith("/dev/") and not target.startswith(_HARMLESS_DEVICES):
        yield act("destructive-files", target, "overwrites a device")


def _packs(call: Call, _world: World) -> Iterator[Act]:
    if call.has("--remove-files") or (call.program == "zip" and (call.has("-m", "--move"))):
        yield act("destructive-files", " ".join(call.operands[-1:]), "deletes the files that it packs")


def _writes(call: Call, world: World) -> Iterator[Act]:
    if call.program == "tee" and call.has("-a", "--append"):
        return
    for target in call.operands:
        if target.startswith("/dev/") and not target.startswith(_HARMLESS_DEVICES):
            yield act("destructive-files", target, "overwrites a device")
    if call.program == "tee" and ("/dev/null" in call.reads or (call.stdin == "" and not call.feeds)):
        yield from _emptied(call.operands, call, world)


def _redirected(call: Call, operator: str, target: str, world: World) -> Iterator[Act]:
    if target.startswith("/dev/") and not target.startswith(_HARMLESS_DEVICES):
        yield act("destructive-files", target, "overwrites a device")
    elif ">>" not in operator and _prints_nothing(call):
        yield from _emptied([target], call, world)


def _prints_nothing(call: Call) -> bool:
    if call.program in ("", ":", "true", "false"):
        return not call.reads or "/dev/null" in call.reads
    if call.program in ("cat", "cp"):
        return call.operands == ["/dev/null"]
    return (
        call.program in ("echo", "printf")
        and "".join(call.operands) == ""
        and call.words[1:] in (("-n",), ("",), ("-n", ""))
    )


def _copies_folder(call: Call, _world: World) -> Iterator[Act]:
    if any(word.lower() in ("/mir", "/purge") for word in call.words):
        yield act("destructive-files", call.words[-1], "deletes what is not in the source")


def _containers(call: Call, _world: World) -> Iterator[Act]:
    words = [word for word in call.operands if word != "compose"]
    removes_volumes = call.has("-v", "--volumes") and "down" in words
    if "prune" in words or words[:2] in (["volume", "rm"], ["volume", "remove"]) or removes_volumes:
        yield act("destructive-files", " ".join(words[:3]), "deletes volumes, images or containers with what they hold")


_JUDGES: dict[str, Judge] = {
    **dict.fromkeys(("rm", "unlink", "rimraf", "del-cli", "shred", "srm", "wipe"), _removes),
    "find": _finds,
    "truncate": _truncates,
    "dd": _copies_bytes,
    "dcfldd": _copies_bytes,
    **dict.fromkeys(
        ("wipefs", "blkdiscard", "mkswap", "lvremove", "vgremove", "pvremove", "fdisk", "sfdisk", "sgdisk"), _formats
    ),
    "parted": _with_verbs("rm", "mklabel", "mkpart"),
    "cryptsetup": _with_verbs("luksformat", "erase", "luksremovekey"),
    "zpool": _with_verbs("destroy", "labelclear"),
    "zfs": _with_verbs("destroy", "rollback"),
    "btrfs": _with_verbs("delete"),
    "diskutil": _with_verbs("erasedisk", "erasevolume", "reformat", "partitiondisk", "deletevolume", "zerodisk"),
    "tmutil": _with_verbs("delete", "deletelocalsnapshots"),
    "vssadmin": _with_verbs("delete"),
    "rsync": _mirrors,
    "robocopy": _copies_folder,
    **dict.fromkeys(("mv", "cp", "ln", "install"), _moves),
    "tar": _packs,
    "zip": _packs,
    **dict.fromkeys(("tee", "sponge"), _writes),
    **dict.fromkeys(("docker", "podman", "nerdctl", "docker-compose"), _containers),
}
