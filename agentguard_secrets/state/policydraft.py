"""Turns a salt into the text of a new policy file that says the defaults and explains them."""

from __future__ import annotations

from agentguard_secrets.model import Policy

_TEXT = """\
# What agentguard-secrets does in this repository. Commit this file: it holds nothing secret.
# `agentguard-secrets policy check` validates it, `policy show` prints it as one page.
# Of several files (managed, user, repository root, nearer folders) the strictest word wins.

[owner]
# Who answers for this policy and decides about exceptions.
name = ""
contact = ""

[mode]
# observe: only write to the journal. ask: whatever would be denied is asked. enforce: the verdicts below.
level = "{level}"
# The answer to a coding agent when the guard itself fails or takes too long: ask or deny. In git a failure refuses.
on_error = "{on_error}"
# Seconds that one event of a coding agent may take.
deadline = {deadline:g}

# What a credential is answered with where it is met, by how sure the finding is; `unread` is for what could not be
# scanned. allow, ask, deny; in outputs also redact. Git has nobody to ask: there, ask refuses too.
[verdicts]
{verdicts}

[fingerprint]
# Makes the fingerprints of this repository the same for everybody, so that an [[allow]] holds for the whole team.
# It is public to whoever reads this file. It keeps fingerprints from being compared with those of other
# repositories. It does not keep anybody who has this file from finding out a short or guessable value by trying;
# a random token cannot be found out that way. Without a salt each user has a key of their own.
salt = "{salt}"

[journal]
# Whether runs without findings are written down too.
clean = {clean}

# An accepted exception. It binds to the fingerprint of one value, or to a path and a rule; it ends after `expires`.
# [[allow]]
# reason = "documented sample of the vendor, opens nothing"
# owner = "who decided it"
# expires = 2030-12-31
# path = "docs/*.md"
# rule = "the rule's id"
"""


def draft_policy(defaults: Policy, *, salt: str) -> str:
    """The text of an `agentguard.toml` that says what `defaults` say, with an owner to fill in."""
    return _TEXT.format(
        level=defaults.level,
        on_error=defaults.on_error.name.lower(),
        deadline=defaults.deadline,
        verdicts="\n".join(_rows(defaults)),
        salt=salt,
        clean=str(defaults.journal_clean).lower(),
    )


def _rows(policy: Policy) -> list[str]:
    rows = []
    for face, verdicts in policy.verdicts.items():
        cells = (f'{about} = "{verdict.name.lower()}"' for about, verdict in verdicts.items())
        rows.append(f"{face} = {{ {', '.join(cells)} }}")
    return rows
