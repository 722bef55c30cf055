"""Turns a salt into the text of a new policy file that says the defaults and explains them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from agentguard_secrets.model import Policy
from agentguard_secrets.policy.categories import CATEGORIES, GROUPS

_WIDTH = 118
_TEXT = """\
# What agentguard-secrets does in this repository. Commit this file: it holds nothing secret.
# `agentguard-secrets policy check` validates it, `policy show` prints it as one page, `policy test` runs its [[test]]
# entries, `policy explain` tells which file decided what.
#
# Several files hold together: managed ({managed}), the user's (~/.config/agentguard/policy.toml), the
# repository's (this one), and those of nearer folders. The strictest word wins. A key or a section that an outer file
# lists here cannot be changed in an inner one:
# locked = ["mode.level", "commands", "allow"]

[owner]
# Who answers for this policy and decides about exceptions.
name = ""
contact = ""
# Called for every denial and every approval that is asked for, with the event as JSON on standard input; it runs by
# itself, for 10 seconds at most and 20 times a minute at most, and never delays a verdict.
# notify = ["notify-the-owner", "--channel", "security"]

[mode]
# observe: only write to the journal. ask: whatever would be denied is asked. enforce: the verdicts below.
level = "{level}"
# The answer to a coding agent when the guard itself fails or takes too long: ask or deny. In git a failure refuses.
on_error = "{on_error}"
# Seconds that one event of a coding agent may take.
deadline = {deadline:g}
# What a command that fails prints cannot be masked by the client. stop: such a turn ends and its session is held back.
# filter: each command of the shell is rewritten so that its output passes the masks first; permission rules of the
# client then match the rewritten command, and `cd` and variables do not outlive it.
failed_output = "{failed_output}"

# What a credential is answered with where it is met, by how sure the finding is; `unread` is for what could not be
# scanned. allow, ask, deny; in outputs also redact. Git has nobody to ask: there, ask refuses too.
# read.secret-file is for files that [paths] calls secret: redact shows the names in them and masks the values.
[verdicts]
{verdicts}

[branches]
# An agent's push to one of these is the act `protected-push` below; this list replaces the built-in one.
protected = {protected}

[paths]
# Globs. Without `/` it is the name of a file in any folder; `~/` is the home folder; `**` crosses folders.
# Not to be read by an agent, besides the {secrets} that are built in (`policy explain paths.secret` lists them).
secret = []
# Excepted from that: they hold names, not values. An exception holds only where every file that says something about
# secret files or templates allows it.
templates = {templates}
# Not to be changed by an agent, besides the guard's own files, which always are.
guarded = []

# What an agent does by commands, tools and git, by category: allow, ask or deny.
{groups}
[commands]
{commands}

[production]
# Words that name production in a host, a database, a cluster or a profile.
names = {production}

[untrusted]
# Tools whose output strangers wrote. After one of them was read, acts of the categories above get at least `then`.
sources = {untrusted}
then = "{then}"

[known]
# Values that are looked for exactly, also encoded: those of these files and of variables with these names, besides the
# usual places. They are read when needed and never stored.
files = []
names = []

[fingerprint]
# Makes the fingerprints of this repository the same for everybody, so that an [[allow]] holds for the whole team.
# It is public to whoever reads this file. It keeps fingerprints from being compared with those of other
# repositories. It does not keep anybody who has this file from finding out a short or guessable value by trying;
# a random token cannot be found out that way. Without a salt each user has a key of their own.
salt = "{salt}"

[journal]
# Whether runs without findings are written down too. The report needs them for its coverage.
clean = {clean}
# How long lines are kept ("90d", "12w", "6m", "2y" or "forever"), and how large one file grows.
keep = "forever"
rotate = "{rotate:g}MB"
# Who is told where the journal ends, so that a cut-off end shows even if all its files are put back: "git" writes a ref
# of this repository, a command gets the head as JSON on standard input.
# anchor = "git"
# Where every line is sent as well: OpenTelemetry (pip install "agentguard-secrets[otlp]") and syslog.
# otlp = "https://collector.example:4318"
# syslog = "local"

# An accepted exception. It binds to the fingerprint of one value, or to a path and a rule; it ends after `expires`,
# and `since` lets the report tell its age.
# [[allow]]
# reason = "documented sample of the vendor, opens nothing"
# owner = "who decided it"
# since = 2030-01-31
# expires = 2030-12-31
# path = "docs/*.md"
# rule = "the rule's id"

# What this policy is meant to do. An event is a shell command, an event of the client as a table or as JSON, or a list
# of them in one session, of which the last counts. `policy test` asks the guard itself.
[[test]]
name = "ordinary work is not in the way"
event = "git status"
verdict = "allow"

[[test]]
name = "a forced push is stopped"
event = "git push --force origin main"
verdict = "{force_push}"

[[test]]
name = "a secret file is not just read"
event = {{ tool_name = "Read", tool_input = {{ file_path = ".env" }} }}
verdict = "{read}"

[[test]]
name = "a token is not written into a file"
# Its form; a value is made for each run, so that none stands here.
secret = "ghp_<alnum:30><crc62:6>"
event = {{ tool_name = "Write", tool_input = {{ file_path = "app.py", content = "token = '<secret>'" }} }}
verdict = "{write}"
"""


def draft_policy(defaults: Policy, *, salt: str, managed: str) -> str:
    """The text of an `agentguard.toml` that says what `defaults` say, with an owner to fill in."""
    verdicts = defaults.verdicts
    return _TEXT.format(
        managed=managed,
        level=defaults.level,
        on_error=defaults.on_error.name.lower(),
        deadline=defaults.deadline,
        failed_output=defaults.failed_output,
        verdicts="\n".join(_rows(defaults)),
        protected=_listed(defaults.protected),
        secrets=len(defaults.secret_paths),
        templates=_listed(defaults.template_paths),
        groups="\n".join(_groups()),
        commands="\n".join(_commands(defaults)),
        production=_listed(defaults.production),
        untrusted=_listed(defaults.untrusted),
        then=defaults.untrusted_then.name.lower(),
        salt=salt,
        clean=str(defaults.journal_clean).lower(),
        rotate=defaults.journal.rotate / 1_000_000,
        force_push=defaults.commands["force-push"].name.lower(),
        read=verdicts["read"]["secret-file"].name.lower(),
        write=verdicts["write"]["high"].name.lower(),
    )


def _rows(policy: Policy) -> Iterator[str]:
    for face, verdicts in policy.verdicts.items():
        cells = (f'{about} = "{verdict.name.lower()}"' for about, verdict in verdicts.items())
        yield f"{face} = {{ {', '.join(cells)} }}"


def _commands(policy: Policy) -> Iterator[str]:
    for name, verdict in policy.commands.items():
        yield f"# {CATEGORIES[name].meaning}"
        yield f'{name} = "{verdict.name.lower()}"'


def _groups() -> Iterator[str]:
    for group, names in GROUPS.items():
        yield from textwrap.wrap(f"{group} stands for {', '.join(names)}.", _WIDTH - 2, initial_indent="# ")


def _listed(words: Iterable[str]) -> str:
    """A TOML list, on several lines where one would be too long."""
    quoted = ", ".join(f'"{word}"' for word in words)
    if len(quoted) <= _WIDTH - 20:
        return f"[{quoted}]"
    lines = textwrap.wrap(quoted, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    return "[\n" + "".join(f"    {line}\n" for line in lines) + "]"
