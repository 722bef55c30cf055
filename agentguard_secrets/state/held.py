"""Turns variables, and files in which programs keep credentials, into the values that may not leave this machine.

They are read when needed and held in memory only. Each call of a hook comes here: what few need stands elsewhere.
"""

from __future__ import annotations

import os
import stat

from agentguard_secrets.state.folders import enclosing_folders, project_folders
from agentguard_secrets.state.snapshot import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator

    from agentguard_secrets.detect.known import Holder, Watchlist
    from agentguard_secrets.model import Policy

    # Its name and its value, words about where it is kept, and the file.
    Setting = tuple[str, str, str, str]

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

# Below the home folder. A folder, which ends with a stroke, stands for the files in it.
_PLACES = (
    ".aws/credentials .aws/config .aws/sso/cache/ .netrc _netrc .npmrc .yarnrc.yml .pypirc .docker/config.json "
    ".kube/config .config/gh/hosts.yml .config/glab-cli/config.yml .git-credentials .config/git/credentials "
    ".config/gcloud/ .azure/ .cargo/credentials.toml .cargo/credentials .gem/credentials .composer/auth.json "
    ".m2/settings.xml .gradle/gradle.properties .pgpass .my.cnf .s3cfg .terraform.d/credentials.tfrc.json .vault-token "
    ".huggingface/token .cache/huggingface/token .config/doctl/config.yaml .config/rclone/rclone.conf "
    ".claude/.credentials.json .codex/auth.json"
).split()
_CONFIG, _ACCOUNTS = ".config", "legacy_credentials"
# Variables that say where else such a file or folder is.
_ELSEWHERE = (
    "AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE NETRC NPM_CONFIG_USERCONFIG KUBECONFIG CLOUDSDK_CONFIG "
    "AZURE_CONFIG_DIR GH_CONFIG_DIR DOCKER_CONFIG PGPASSFILE GOOGLE_APPLICATION_CREDENTIALS"
).split()
# The shell keeps in them where it is and was.
_FOLDERS = frozenset({"PWD", "OLDPWD"})
_TEMPLATES = ("example", "sample", "template", "dist", "tmpl", "defaults", "schema", "test")

_LARGEST = 1024 * 1024
MOST_FILES = 40  # of one folder
MOST_VALUES = 500
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def is_telling(name: str) -> bool:
    """Say whether a setting of this name holds a credential, if its value looks like one."""
    lowered = name.lower()
    if not (lowered.endswith(_ENDS) or any(map(lowered.__contains__, _STEMS))):
        return False
    return not (lowered.endswith(_ABOUT) or any(map(lowered.__contains__, _PUBLIC)))


def watched(settings: Settings | Policy, folder: str) -> Watchlist | None:
    """Return what has to be looked for; without the policy itself, what may have to be."""
    if isinstance(settings, Settings):
        return suspected(folder, settings.words)
    from agentguard_secrets.state.known import listed

    return listed(settings, folder)


def suspected(folder: str, words: Iterable[str]) -> Watchlist | None:
    """Return what may have to be looked for where a policy's files hold `words`, the known_files and _names among them.

    It may be more than the policy says. Whatever is found in this way has to be looked for again, with the real policy.
    Whether a value is worth looking for is asked only where one stands: in most texts none does.
    """
    lines, said = tuple(words), []
    if "**" in lines:
        from agentguard_secrets.state.known import listed
        from agentguard_secrets.state.policyfile import load_policy

        return listed(load_policy(folder), folder)
    if any("known" in line for line in lines):
        said = [line for line in lines if not line.startswith(("[", "#")) and " = " not in line]
    held: dict[str, list[Holder]] = {}
    for name, value, home, path in all_values(folder, said, said):
        held.setdefault(longest_line(value), []).append((name, home, path))
    if not held:
        return None
    from agentguard_secrets.detect.known import Watchlist

    if len(held) > MOST_VALUES:
        from agentguard_secrets.state.known import machine_secrets

        return Watchlist(machine_secrets(folder, files=said, names=said))
    return Watchlist(held=held)


def all_values(folder: str, files: Collection[str], names: Iterable[str]) -> Iterator[Setting]:
    """Yield name, value, words about where it is kept, and the file."""
    wanted = frozenset(names)
    for name, value in os.environ.items():
        if name in wanted or (is_telling(name) and name not in _FOLDERS):
            yield name, value, _variable(name), ""
        elif "://" in value and "@" in value:
            from agentguard_secrets.detect.kept import passwords_in

            yield from (("password", each, _variable(name), "") for each in passwords_in(value))
    folders = project_folders(folder)
    for each in _around(folder):
        for path in _env_files(each):
            yield from _values_in(path, below(path, folders[0], ""))
    # Followed here once, and not for each file: a hook waits for every look.
    home = os.path.realpath(os.path.expanduser("~"))
    for path in _usual_files(home):
        yield from _values_in(path, below(path, home, "~/"))
    if files:
        from agentguard_secrets.state.named import named_values

        yield from named_values(files, folders[0], home)


def _around(folder: str) -> list[str]:
    """Return the folder and those above it, nearest first, then those of the project that a client works in.

    A repository in another, or another folder to work in, does not make values of the project unknown.
    """
    project = os.environ.get("CLAUDE_PROJECT_DIR", "")
    beside = enclosing_folders(project)[::-1] if os.path.isabs(project) and project != folder else []
    return list(dict.fromkeys((*enclosing_folders(folder)[::-1], *beside)))


def _variable(name: str) -> str:
    return f"the environment variable {name}" if name.isidentifier() else "an environment variable"


def _env_files(folder: str) -> list[str]:
    try:
        names = [name for name in os.listdir(folder) if name.startswith(".env")]
    except OSError:
        return []
    return [os.path.join(folder, name) for name in sorted(names) if not name.lower().endswith(_TEMPLATES)][:MOST_FILES]


def _usual_files(home: str) -> Iterator[str]:
    # Of thirty places a home has few: a look into two folders is cheaper than trying to open each.
    names = _names_in(home)
    configured = _names_in(os.path.join(home, _CONFIG)) if _may_hold(names, _CONFIG) else ()
    for place in _PLACES:
        first, _, rest = place.partition("/")
        if _may_hold(names, first) and (first != _CONFIG or _may_hold(configured, rest.partition("/")[0])):
            yield from _files_at(home, place)
    elsewhere = os.environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(elsewhere) and elsewhere != os.path.join(home, _CONFIG):
        for place in _PLACES:
            first, _, rest = place.partition("/")
            yield from _files_at(elsewhere, rest) if first == _CONFIG else ()
    for name in _ELSEWHERE:
        for path in os.environ.get(name, "").split(os.pathsep):
            if path:
                yield from _files_in(path) if os.path.isdir(path) else (path,)


def _names_in(folder: str) -> Container[str] | None:
    """Return the names in a folder, also in small letters, None when it cannot be listed."""
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    return {*names, *map(str.lower, names)}


def _may_hold(names: Container[str] | None, name: str) -> bool:
    """Say whether a folder of these names may have this one: its file system may not tell large letters from small."""
    return names is None or name in names


def _files_at(folder: str, place: str) -> Iterable[str]:
    path = os.path.join(folder, *place.split("/"))
    return _files_in(path) if place.endswith("/") else (path,)


def _files_in(folder: str) -> Iterator[str]:
    """Yield what may be files in the folder; below it are logs and programs, but for one folder of accounts."""
    for path in _paths_in(folder):
        if path.endswith(_ACCOUNTS):
            for account in _paths_in(path):
                yield from _paths_in(account)
        else:
            yield path


def _paths_in(folder: str) -> list[str]:
    try:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))[:MOST_FILES]]
    except OSError:
        return []


def below(path: str, folder: str, sign: str) -> str:
    """Return the path from `folder`, which `sign` stands for, if it is below it."""
    above = os.path.join(folder, "")
    return f"{sign}{path[len(above) :]}" if path.startswith(above) else path


def _values_in(path: str, shown: str) -> Iterator[Setting]:
    text = text_of(path)
    if not text:
        return
    from agentguard_secrets.detect.kept import settings_in

    for name, value in settings_in(text, os.path.basename(path), is_telling):
        if name:
            yield name, value, f"{name} in {shown}", path
        else:
            yield "password", value, f"a credential in {shown}", path


def longest_line(value: str) -> str:
    """Return the value, of one with several lines the longest: the rest of a key would be found with it."""
    if "\n" not in value and "\\n" not in value:
        return value.strip()
    return max(value.replace("\\n", "\n").split("\n"), key=len).strip()


def text_of(path: str) -> str:
    """Return the text of a regular file of ordinary size, "" for anything else."""
    try:
        number = os.open(path, _OPEN)
    except (OSError, ValueError):
        return ""
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return ""
        # As much as there is: to make room for the largest file costs more than to read a small one.
        return os.read(number, status.st_size or _LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(number)
