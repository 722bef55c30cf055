"""Turns a call of a program that is not known to leave files as they are into the files that it may change."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import values_of
from agentguard_secrets.acts.gitwords import git_words
from agentguard_secrets.acts.routes import DATABASES, FILES, READING, RUNNING, WRITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call

# What these write is told by their own judges, or they write nothing that is named in their words.
_KNOWN = (
    WRITING
    | FILES
    | RUNNING
    | DATABASES
    | (READING - frozenset("az aws gcloud gh glab git kubectl oc busybox op pass gpg openssl cmake".split()))
) - frozenset("docker podman nerdctl docker-compose".split())
CALM = frozenset(
    (
        ": [ [[ test cd pushd popd ls ll la eza exa tree stat file du df readlink realpath dirname basename mkdir "
        "pwd true false md5 md5sum sha1sum sha256sum sha512sum shasum b2sum cksum sum which whereis type alias "
        "hash wait return exit local shift unset printenv getfacl lsattr getfattr lsof fuser namei findmnt "
        "inotifywait pre-commit eslint prettier biome stylelint shellcheck shfmt ruff black isort mypy pyright "
        "flake8 pylint tsc jsonlint yamllint markdownlint taplo ajv check-jsonschema typos codespell cspell vale "
        "hadolint actionlint pytest jest vitest mocha ava bats tox nox npm npx pnpm pnpx yarn bunx uvx pipx uv "
        "poetry hatch make just task cargo go sudo doas env nice ionice nohup setsid stdbuf timeout gtimeout "
        "command builtin eval xargs parallel find fd fdfind watch strace ltrace flock ssh su runuser "
        "watchexec chmod chown chgrp chattr setfacl rm rmdir unlink shred trash rename touch claude claude-code "
        "agentguard agentguard-secrets gitleaks trufflehog detect-secrets semgrep gnome-open start notify-send say "
        "pbcopy xclip wl-copy hub buildah rootlesskit"
    ).split()
)
# They put a repository, an archive or a file where their words say it.
_CALM_VERBS = frozenset(
    (
        "add commit diff log show blame annotate status ls-files ls-tree grep check-ignore check-attr cat-file "
        "rev-list rev-parse diff-tree diff-index diff-files describe shortlog name-rev push fetch remote branch "
        "tag config update-index stash hash-object fsck notes whatchanged difftool format-patch archive bundle"
    ).split()
)
_TALKING = frozenset("issue pr release api gist secret variable label search browse auth run workflow status".split())
_PUTTING = frozenset("clone download".split())
_CHANGING = r"\b(?:rm|mv|cp|ln|tee|dd|sed|truncate|unlink|shred|chmod)\s|>"
_OUTPUTS = ("-o", "--output", "--output-directory")


def files_given(call: Call) -> Iterator[str]:
    """Yield what the words name, each a path as it is or the part of a word that may be one."""
    name = call.program
    if call.host or not name or name in CALM or name in _KNOWN or _is_calm_verb(call):
        return
    for word in call.words[1:]:
        if re.search(r"\s", word):
            # Code of a language that nobody here knows.
            yield from re.findall(r"""["']([^"'\s]+)["']""", word)
            # Or commands for whatever it starts.
            yield from re.findall(r"[^\s'\"()]+", word) if re.search(_CHANGING, word) else ()
        elif not word.endswith(":ro"):
            yield from _pieces(word)


def _is_calm_verb(call: Call) -> bool:
    if call.program in ("gh", "glab"):
        return call.operands[:1] != [] and call.operands[0] in _TALKING and _PUTTING.isdisjoint(call.operands[:2])
    return call.program == "git" and (git_words(call)[:1] == () or git_words(call)[0] in _CALM_VERBS)


def _pieces(word: str) -> Iterator[str]:
    yield word
    if word.startswith("-"):
        yield word[2:]
    yield from (part for part in re.split(r"[=:,]", word)[1 if word.startswith("-") else 0 :] if part != word)


def written_by_git(call: Call) -> Iterator[str]:
    """Yield the files that a verb of git writes that else only reads, and those of a folder that git is sent into."""
    words = git_words(call)
    verb = words[0] if words else ""
    if verb in ("archive", "diff", "log", "show", "format-patch"):
        for place in values_of(words, _OUTPUTS if verb in ("archive", "format-patch") else _OUTPUTS[1:]):
            yield from (place, f"{place.rstrip('/')}/x")
    elif verb == "bundle" and words[1:2] == ("create",):
        yield from words[2:3]
    elif verb == "config":
        yield from values_of(words, ("-f", "--file"))
    elif verb == "stash":
        yield from words[2:]
    elif verb in ("checkout", "restore", "clean", "checkout-index", "reset", "rm", "mv"):
        for folder in values_of(call.words, ("-C", "--work-tree", "--prefix")):
            yield from (f"{folder.rstrip('/')}/{word}" for word in words[1:])
