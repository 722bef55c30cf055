"""Turns the value of a setting that is called like a credential into whether it is worth looking for everywhere.

Whoever looks for words finds them everywhere. So a value is left out that is shorter than eight characters or longer
than sixteen thousand, holds fewer than five different ones, a blank or no letter, is letters alone (up to twenty), a
path, an address, a host, a file's name, a reference to a value that is kept elsewhere, a placeholder, or a password
that everybody knows; also words and numbers joined by signs, but for a password of sixteen characters and more.
"""

from __future__ import annotations

from agentguard_secrets.detect.known import SHORTEST

LONGEST = 16_384
_LONGEST_WORD = 20
_FEWEST_DIFFERENT = 5
# People make passwords of words; what is called a key or a secret and is words is more often the name of one.
_PASSPHRASE, _SPOKEN = 16, ("passw", "passphrase", "pwd")

_REFERENCES = ("$", "%", "<", "{{", "!", "@{", "op://", "vault:", "ssm:", "sm://", "arn:", "file:", "keyring:", "ref+")
_PATHS = ("/", "./", "../", "~", "\\\\")
_FILES = tuple(".pem .key .crt .json .txt .yml .yaml .toml .env .sock .p12 .pub".split())
_STAND_INS = (
    "change default dummy example fake foobar insert localhost placeholder redacted replace sample todo xxxx your- "
    "your_ yourpass yoursecret **** .... abcdefgh 123456789 not-a- notreal dont-use insecure process.env environ getenv"
).split()
_COMMON = frozenset(
    (
        "password passw0rd p@ssw0rd pa$$word pass admin administrator root user guest secret letmein welcome qwerty "
        "qwertz test testing postgres postgresql mysql token hunter iloveyou monkey dragon master login abc abcd "
        "mypassword mysecret secretkey apikey accesskey sunshine football baseball superman trustno development "
        "production staging database dbpassword rootpassword testpassword supersecret minioadmin rabbitmq"
    ).split()
)
_SIGNS = "0123456789!@#$%^&*+-_.?=~"
_JOINTS = str.maketrans("-_./:,+", "       ")


def is_worth(name: str, value: str) -> bool:
    """Say whether the value of such a setting is one that only its owner knows, as the module's first words say."""
    if not SHORTEST <= len(value) <= LONGEST or len(set(value)) < _FEWEST_DIFFERENT:
        return False
    if value.split() != [value] or not any(map(str.isalpha, value)):
        return False
    if value.isalpha() and (len(value) < _LONGEST_WORD or value.islower() or value.isupper()):
        return False
    if _is_made_up(value):
        return False
    if value.isalnum():
        # Without a sign it is no path, address or list of words.
        return True
    if _is_elsewhere(value) or _is_address(value):
        return False
    return not _is_made_of_words(value) or (len(value) >= _PASSPHRASE and any(map(name.lower().__contains__, _SPOKEN)))


def _is_elsewhere(value: str) -> bool:
    return value.startswith((*_REFERENCES, *_PATHS)) or value.endswith(_FILES) or "://" in value or value[1:3] == ":\\"


def _is_made_up(value: str) -> bool:
    lowered = value.lower()
    return any(map(lowered.__contains__, _STAND_INS)) or lowered.strip(_SIGNS) in _COMMON


def _is_made_of_words(value: str) -> bool:
    """Say whether all parts are lower-case or upper-case words, or numbers of up to three digits, and several."""
    parts = value.translate(_JOINTS).split()
    return len(parts) > 1 and all(
        (part.isalpha() and (part.islower() or part.isupper() or part.istitle())) or (part.isdigit() and len(part) < 4)
        for part in parts
    )


def _is_address(value: str) -> bool:
    user, _, domain = value.rpartition("@")
    host, _, port = domain.partition(":")
    labels = host.split(".")
    if port and not port.isdigit():
        return False
    is_host = all(label.replace("-", "").isalnum() for label in labels)
    if not user:
        return is_host and bool(port)
    ends_like_one = len(labels) > 1 and labels[-1].isalpha() and labels[-1].islower()
    return is_host and ends_like_one and user.replace(".", "").replace("+", "").isalnum()
