"""Turns variables, and files in which programs keep credentials, into the values that must not leave this machine.

They are read when needed and held in memory only.
"""

from __future__ import annotations

import os
import re
import stat

from agentguard_secrets.state.folders import project_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentguard_secrets.detect.engine import Detector
    from agentguard_secrets.detect.known import Known, Watchlist
    from agentguard_secrets.model import Chunk, Policy

_STEMS = tuple(
    (
        "passw passphrase passcode secret token credential apikey api_key api-key access_key accesskey private_key "
        "privatekey private-key client-key-data"
    ).split()
)
_ENDS = tuple("key keys pwd pass _pat auth dsn cookie".split())
# The value of a name with such an end tells where, when or how, but not what.
_ABOUT = tuple(
    (
        "_id -id keyid _name -name file path _dir _folder type _url _uri _arn _host _port _user username _region "
        "_endpoint _ttl expiry expires expiration _in _at _on _length _count _size _limit _limits _header _prefix "
        "enabled _version sock _algorithm _issuer _audience _scope _scopes _hash timeout _store _provider"
    ).split()
)
# What such a name speaks of is public, or something else.
_PUBLIC = (
    "public gpg_key pgp_key gpgkey primary foreign sort_key partition cache_key host_key fingerprint tokenizer "
    "max_token csrf keyboard monkey ssh_auth hotkey shortcut"
).split()

# Below the home folder. A folder stands for the files in it.
_PLACES = (
    ".aws/credentials .aws/config .aws/sso/cache .netrc _netrc .npmrc .yarnrc.yml .pypirc .docker/config.json "
    ".kube/config .config/gh/hosts.yml .config/glab-cli/config.yml .git-credentials .config/git/credentials "
    ".config/gcloud .azure .cargo/credentials.toml .cargo/credentials .gem/credentials .composer/auth.json "
    ".m2/settings.xml .gradle/gradle.properties .pgpass .my.cnf .s3cfg .terraform.d/credentials.tfrc.json .vault-token "
    ".huggingface/token .cache/huggingface/token .config/doctl/config.yaml .config/rclone/rclone.conf "
    ".claude/.credentials.json .codex/auth.json"
).split()
_ACCOUNTS = "legacy_credentials"
# Variables that say where else such a file or folder is.
_ELSEWHERE = (
    "AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE NETRC NPM_CONFIG_USERCONFIG KUBECONFIG CLOUDSDK_CONFIG "
    "AZURE_CONFIG_DIR GH_CONFIG_DIR DOCKER_CONFIG PGPASSFILE GOOGLE_APPLICATION_CREDENTIALS"
).split()
# The shell keeps in them where it is and was.
_FOLDERS = frozenset({"PWD", "OLDPWD"})
_TEMPLATES = ("example", "sample", "template", "dist", "tmpl", "defaults", "schema", "test")

_LARGEST = 1024 * 1024
_MOST_FILES = 40  # of one folder
_MOST_VALUES = 500
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def is_telling(name: str) -> bool:
    """Say whether a setting of this name holds a credential, if its value looks like one."""
    lowered = name.lower()
    if lowered.endswith(_ABOUT) or any(map(lowered.__contains__, _PUBLIC)):
        return False
    return lowered.endswith(_ENDS) or any(map(lowered.__contains__, _STEMS))


def watchlist(folder: str, *, files: Iterable[str] = (), names: Iterable[str] = ()) -> Watchlist | None:
    """Return what `machine_secrets` returns, to be looked for; None when there is nothing."""
    found = machine_secrets(folder, files=files, names=names)
    if not found:
        return None
    from agentguard_secrets.detect.known import Watchlist

    return Watchlist(found)


def listed(policy: Policy, folder: str) -> Watchlist | None:
    """Return what has to be looked for under this policy, seen from `folder`."""
    return watchlist(folder, files=policy.known_files, names=policy.known_names)


def suspected(folder: str, words: Iterable[str]) -> Watchlist | None:
    """Return what may have to be looked for where a policy's files hold `words`, the known_files and _names among them.

    It may be more than the policy says. Whatever is found in this way has to be looked for again, with the real policy.
    """
    lines = tuple(words)
    if not any("known" in word or word == "**" for word in lines):
        return watchlist(folder)
    if "**" in lines:
        from agentguard_secrets.state.policyfile import load_policy

        return listed(load_policy(folder), folder)
    said = [word for word in lines if not word.startswith(("[", "#")) and " = " not in word]
    return watchlist(folder, files=said, names=said)


def away_from_home(detector: Detector, chunk: Chunk) -> Detector:
    """Return the detector without the values that are kept in the file `chunk` is read from.

    Whoever scans a folder with a `.env` in it knows that the values of `.env` stand in `.env`. A commit of it, and an
    agent that reads it, are another matter.
    """
    if detector.known is None or chunk.origin != "file":
        return detector
    path = os.path.realpath(chunk.path)
    return detector._replace(known=detector.known.outside(path)) if detector.known.is_home(path) else detector


def machine_secrets(folder: str, *, files: Iterable[str] = (), names: Iterable[str] = ()) -> tuple[Known, ...]:
    """Return the values of this machine's credentials, seen from `folder`, the first `_MOST_VALUES` of them.

    `files` and `names` are what a policy adds: paths from the repository's root, from `~` or from `/`, of which the
    last part may hold `*`, and names of variables. Whatever stands in these files counts. What cannot be read, is not.
    """
    found: dict[str, tuple[str, str]] = {}
    for name, value, home, path in _all_values(folder, files, names):
        # What a clean run does not need, it does not load.
        from agentguard_secrets.detect.worth import is_worth

        line = _longest_line(value)
        if line not in found and is_worth(name, line):
            found[line] = home, path
        if len(found) >= _MOST_VALUES:
            break
    if not found:
        return ()
    from agentguard_secrets.detect.known import Known

    return tuple(Known(home, value, _followed(path)) for value, (home, path) in found.items())


def _all_values(folder: str, files: Iterable[str], names: Iterable[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, value, words about where it is kept, and the file."""
    wanted = frozenset(names)
    for name, value in os.environ.items():
        shown = f"the environment variable {name}" if name.isidentifier() else "an environment variable"
        if name in wanted or (is_telling(name) and name not in _FOLDERS):
            yield name, value, shown, ""
        elif "://" in value and "@" in value:
            from agentguard_secrets.detect.kept import passwords_in

            yield from (("password", each, shown, "") for each in passwords_in(value))
    folders = project_folders(folder)
    for each in reversed(folders):
        for path in _env_files(each):
            yield from _values_in(path, os.path.relpath(path, folders[0]))
    # Followed here once, and not for each file: a hook waits for every look.
    home = os.path.realpath(os.path.expanduser("~"))
    for path in _usual_files(home):
        yield from _values_in(path, _below_home(path, home))
    for path in _named_files(files, folders[0]):
        yield from _everything_in(path, _below_home(path, home))


def _followed(path: str) -> str:
    return os.path.realpath(path) if path and os.path.islink(path) else path


def _env_files(folder: str) -> list[str]:
    try:
        names = [name for name in os.listdir(folder) if name.startswith(".env")]
    except OSError:
        return []
    return [os.path.join(folder, name) for name in sorted(names) if not name.lower().endswith(_TEMPLATES)][:_MOST_FILES]


def _usual_files(home: str) -> Iterator[str]:
    below = os.path.join(home, ".config")
    names, configured = _names_in(home), None
    # Of thirty places a home has few: a look into two folders is cheaper than trying to open each.
    if names is None or ".config" in names:
        configured = _names_in(below)
    for place in _PLACES:
        first, *others = place.split("/")
        if _may_hold(names, first) and (first != ".config" or _may_hold(configured, others[0])):
            yield from _files(os.path.join(home, first, *others))
    elsewhere = os.environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(elsewhere) and elsewhere != below:
        for place in _PLACES:
            if place.startswith(".config/"):
                yield from _files(os.path.join(elsewhere, *place.split("/")[1:]))
    for name in _ELSEWHERE:
        for path in os.environ.get(name, "").split(os.pathsep):
            yield from _files(path) if path else ()


def _names_in(folder: str) -> frozenset[str] | None:
    """Return the names in a folder, also in small letters, None when it cannot be listed."""
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    return frozenset((*names, *map(str.lower, names)))


def _may_hold(names: frozenset[str] | None, name: str) -> bool:
    """Say whether a folder of these names may have this one: its file system may not tell large letters from small."""
    return names is None or name in names


def _files(path: str, *, depth: int = 1) -> Iterator[str]:
    """Yield the file, or the files in the folder; below it are logs and programs, but for one folder of accounts."""
    try:
        names = sorted(os.listdir(path))[:_MOST_FILES]
    except NotADirectoryError:
        yield path
        return
    except OSError:
        return
    if depth or path.endswith(_ACCOUNTS):
        for name in names:
            yield from _files(os.path.join(path, name), depth=1 if path.endswith(_ACCOUNTS) else 0)


def _named_files(files: Iterable[str], root: str) -> Iterator[str]:
    for name in files:
        path = os.path.join(root, os.path.expanduser(name))
        folder, pattern = os.path.split(path)
        if "*" not in pattern and "?" not in pattern:
            yield path
            continue
        wanted = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
        try:
            matching = sorted(each for each in os.listdir(folder) if re.fullmatch(wanted, each, re.DOTALL))
        except OSError:
            continue
        yield from (os.path.join(folder, each) for each in matching[:_MOST_FILES])


def _below_home(path: str, home: str) -> str:
    return "~" + path[len(home) :] if path.startswith(home + os.sep) else path


def _values_in(path: str, shown: str) -> Iterator[tuple[str, str, str, str]]:
    text = _text(path)
    if not text:
        return
    from agentguard_secrets.detect.kept import settings_in

    for name, value in settings_in(text, os.path.basename(path)):
        if not name:
            yield "password", value, f"a credential in {shown}", path
        elif is_telling(name):
            yield name, value, f"{name} in {shown}", path


def _everything_in(path: str, shown: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield whatever may be a value in a file that a policy names: a policy means all of it."""
    text = _text(path)
    if not text:
        return
    from agentguard_secrets.detect.kept import settings_in

    # Names are not told: in a list of values one may be taken for a name.
    values = (value for _name, value in settings_in(text, os.path.basename(path)))
    yield from (("password", value, f"a value in {shown}", path) for value in values)
    yield from (("password", line.strip(), f"a value in {shown}", path) for line in text.split("\n"))


def _longest_line(value: str) -> str:
    """Return the value, of one with several lines the longest: the rest of a key would be found with it."""
    return max(value.replace("\\n", "\n").split("\n"), key=len).strip()


def _text(path: str) -> str:
    """Return the text of a regular file of ordinary size, "" for anything else."""
    try:
        number = os.open(path, _OPEN)
    except (OSError, ValueError):
        return ""
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return ""
        return os.read(number, _LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(number)
