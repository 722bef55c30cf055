"""Turns a name, a value and their surroundings into how sure it is that the value is a credential.

Nearly every file an agent writes holds the word token somewhere, so this runs on the hook path: sets and string
methods first, and a pattern only for what they let through.
"""

from __future__ import annotations

import re
from itertools import pairwise

from agentguard_secrets.detect import suppress
from agentguard_secrets.detect.entropy import is_made_of_words, shannon

# What a name ends in when it speaks about a credential instead of holding one.
_ABOUT = frozenset(
    (
        "age alg algorithm arn at attr attribute attributes audience button by checksum class column count data date "
        "description digest dir disabled duration enabled encoder endpoint env error errors exception expiration "
        "expires expiry factory field fields file filename files fingerprint folder for form format function "
        "generator group handler has hash header headers helper hint id ids index info input inputs is issuer kind "
        "label labels len length lifetime limit link list location login manager max message messages min mode name "
        "names on option page param parameter params parser path paths pattern placeholder policy position prefix "
        "property provider range reader ref reference refs regex regexp request required reset resolver response role "
        "rule rules scope scopes service sha sha1 sha256 size source state status store stores strength suffix text "
        "time timeout title ttl type types uri uris url urls usage user utils validator var variable version writer"
    ).split()
)
# Words that make a name speak of something else: of language models, of pages, of public keys.
_ELSEWHERE = frozenset(
    (
        "author bos bypass cancel cancellation cls compass continuation csrf eos foreign keyword keywords mask max "
        "monkey next num pad page passthrough primary pub public secretary sep sort tokenization tokenize tokenized "
        "tokenizer tokenizers total unk xsrf"
    ).split()
)
_CONSTANTS = frozenset(
    (
        "any base64 bearer bool boolean bytes disabled enabled false int nil no none null number oauth2 object "
        "optional required str string true undefined utf-8 utf8 yes"
    ).split()
)
_ENDINGS = frozenset(
    "cfg conf crt css go htm html ini java js json key md pem png py rb sh svg toml ts txt xml yaml yml".split()
)
_BEGINNINGS = (
    "/",
    "./",
    "../",
    "~/",
    "#!",
    "&",
    "!",
    "*",
    ">",
    "arn:",
    "urn:",
    "data:",
    "sha1-",
    "sha256-",
    "sha384-",
    "sha512-",
    "ssh-",
)
_NAME_WORDS = r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+"
# A password hash can be told from a password, and a scope of a signed request from a key.
_DERIVED = (
    "$2",
    "$5$",
    "$6$",
    "$1$",
    "$argon2",
    "$pbkdf2",
    "$scrypt",
    "pbkdf2",
    "bcrypt",
    "sha1$",
    "{SSHA",
    "{SHA",
    "{CRYPT",
)
_CODE = r"[A-Za-z_]\w*[(\[]|->|=>|&&|\|\||::|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+;?$|\\[wdsWDS]|\[\^"
_ITSELF = r"(?i:passw(?:or)?d|secret|token|credential|api_?key)"


def judge(text: str, start: int, first: int, last: int) -> str | None:
    """Return high, medium, low or None (no credential) for the value `text[first:last]`.

    `start` is where the matched keyword of its name begins.
    """
    value = text[first:last]
    if _is_plain(value):
        return None
    name = name_of(text, start, first)
    if _is_next_in_a_list(text, start, first):
        return None
    words = [word.lower() for word in re.findall(_NAME_WORDS, name)]
    if not words or words[-1] in _ABOUT or not _ELSEWHERE.isdisjoint(words):
        return None
    if suppress.is_reference(value) or suppress.is_pattern(value) or re.search(_CODE, value):
        return None
    if suppress.is_placeholder(value):
        return None
    speaking = any(word.startswith(("passw", "pwd", "passphrase")) for word in words)
    return None if _speaks_of_itself(value, name, speaking) else _confidence(value, speaking)


def name_of(text: str, start: int, first: int) -> str:
    """Return the whole name that a matched keyword is part of, up to the assignment."""
    before = re.search(r"[\w.\-]{1,60}\Z", text[max(0, start - 60) : start])
    after = re.match(r"[\w.\-]{1,80}", text[start:first])
    return (before[0] if before else "") + (after[0] if after else "")


def _is_next_in_a_list(text: str, start: int, first: int) -> bool:
    """Say whether name and value only stand side by side: ["token", "other"], but not put("token", "value")."""
    between = text[start:first].lstrip("_.-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    if "," not in between or "=" in between or ":" in between:
        return False
    before = re.search(r"(.)[\"'`][\w.\-]{0,60}\Z", text[max(0, start - 64) : start])
    return before is None or before[1] != "("


def _is_plain(value: str) -> bool:
    """Say whether the value is a constant, a number, a word, a path, a file name or an address."""
    if value.lower() in _CONSTANTS or not value.strip("0123456789.-:/ ") or value.startswith(_BEGINNINGS):
        return True
    if value.startswith(_DERIVED) or value.endswith("/aws4_request"):
        return True
    if "://" in value or ("(" in value and value.rstrip(";,").endswith(")")):
        return True
    letters = value.replace("_", "").replace("-", "").replace(".", "").replace(" ", "")
    if (letters.isalpha() and len(letters) < 20) or not any(map(str.isalnum, value)):
        return True
    if suppress.is_constant(value) or (
        "/" in value and value.islower() and max(map(len, re.split("[/.]", value))) <= 12
    ):
        return True
    stem, _, ending = value.rpartition(".")
    if stem and ending.lower() in _ENDINGS:
        return True
    user, _, host = value.partition("@")
    return user.replace(".", "").isalnum() and "." in host and host.replace(".", "").replace("-", "").isalnum()


def _speaks_of_itself(value: str, name: str, speaking: bool) -> bool:
    plain, named = re.sub(r"[\W_]", "", value).lower(), re.sub(r"[\W_]", "", name).lower()
    if plain in named or (" " in value and not (speaking and value.count(" ") == 1)):
        return True
    if sum(map(len, re.findall(_ITSELF, value))) * 5 >= len(value) * 2:
        return True
    if not speaking and re.fullmatch(r"[a-z][a-z0-9]{0,15}(?:-[a-z][a-z0-9]{0,15}){2,}", value):
        return True
    return is_made_of_words(value) and not (speaking and _has_digit_or_sign(value))


def _confidence(value: str, speaking: bool) -> str | None:
    length, entropy, kinds = len(value), shannon(value), _kinds(value)
    if is_made_of_words(value) or re.fullmatch(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", value):
        return "low"
    if re.fullmatch(r"[0-9a-f]{16,}|[0-9A-F]{16,}", value):
        return "medium" if entropy >= 2.8 and length >= 24 else "low"
    if length >= 16 and entropy >= 3.3 and _changes(value) * 4 >= length:
        return "medium"
    if speaking and length >= 8 and kinds >= 3 and entropy >= 2.7:
        return "medium"
    if length >= 20 and kinds >= 3 and entropy >= 3.5:
        return "medium"
    return "low" if kinds >= 2 and length >= 6 and entropy >= 2.0 and _has_digit_or_sign(value) else None


def _kinds(value: str) -> int:
    """Return how many of lower case, upper case, digit and sign occur in the value."""
    return sum(map(bool, (
        any(map(str.islower, value)),
        any(map(str.isupper, value)),
        any(map(str.isdigit, value)),
        not value.isalnum(),
    )))  # fmt: skip


def _has_digit_or_sign(value: str) -> bool:
    return any(character.isdigit() or character in "!@#$%^&*+=?" for character in value)


def _changes(value: str) -> int:
    """Return how often the kind of character changes from one to the next: often in random text, rarely in words."""
    kinds = ["a" if c.islower() else "A" if c.isupper() else "0" if c.isdigit() else "-" for c in value]
    return sum(one != other for one, other in pairwise(kinds))
