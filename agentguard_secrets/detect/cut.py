"""Turns a value into how much of a vendor's token is left of it, where it begins like one and is shorter than any."""

from __future__ import annotations

# Stands in a beginning for any letter or digit: an account's number, which is no secret.
ANY = "\0"


def left_of_a_token(value: str, *, kind: str) -> str:
    """Return "part" where less than half of the secret stands there, "most" where more does, "" for no such token.

    With half of it missing nobody gets in, and nobody guesses the rest. Under a name that speaks of a password, as
    `kind` says, it may be what somebody chose.
    """
    if kind == "password":
        return ""
    from agentguard_secrets.detect.marks import MARKS

    # What stands before a blank is a scheme: Bearer, FlyV1.
    token = value.rpartition(" ")[2]
    heads = [head for head in MARKS if token.startswith(head.partition(ANY)[0]) and _begins(token, head)]
    if not heads:
        return ""
    head = max(heads, key=len)
    least, left = MARKS[head] - len(head), len(token) - len(head)
    if left >= least:
        return ""
    return "part" if left * 2 < least else "most"


def _begins(token: str, head: str) -> bool:
    return len(token) >= len(head) and all(
        sign == each or (each == ANY and sign.isalnum()) for sign, each in zip(token, head, strict=False)
    )
