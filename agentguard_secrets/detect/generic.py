"""Turns a name, a value and their surroundings into how sure it is that the value is a credential.

Nearly every file an agent writes holds the word token somewhere, so this runs on the hook path: sets and string
methods first, patterns for what they let through, and the model of detect/weights.py for what is left.
"""

from __future__ import annotations

from agentguard_secrets._patterns import pattern
from agentguard_secrets._record import Record
from agentguard_secrets.detect import suppress
from agentguard_secrets.detect.entropy import is_made_of_words, is_very_random
from agentguard_secrets.detect.extent import settled
from agentguard_secrets.detect.naming import Naming, naming

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_LEAST = 4
_LONG = 40
_NAME, _ABBREVIATION, _SENTENCE = 10, 7, 24
_CONSTANTS = frozenset(
    (
        "any base64 basic bearer binary bool boolean bytes char const default digest disabled enabled false float int "
        "integer iota jwt kerberos long negotiate nil none ntlm null nullopt nullptr number oauth oauth2 object "
        "optional required self str string text this true undefined utf-8 utf8 value varchar void yes "
        "arraybuffer int8array uint8array uint16array uint32array "
        # Under a key's name stands how it is used, too, or the file that holds it.
        "hs256 hs384 hs512 rs256 rs384 rs512 es256 es256k es384 es512 ps256 ps384 ps512 eddsa sigv4 "
        "ed25519 ed448 x25519 x448 curve25519 secp256k1 secp256r1 prime256v1 "
        "md5 sha1 sha-1 sha256 sha-256 sha384 sha-384 sha512 sha-512 hmac-sha1 hmac-sha256 hmac-sha512 "
        "scram-sha-1 scram-sha-256 scram-sha-512 aes128 aes192 aes256 aes-128-cbc aes-256-cbc aes-128-gcm aes-256-gcm "
        "id_rsa id_dsa id_ecdsa id_ed25519"
    ).split()
)
_SPELLED = pattern(r"[A-Za-z0-9]{2,16}[$!@#&][A-Za-z0-9$!@#&]{0,14}")
_FILES = frozenset(
    "cer cfg conf crt css der env go htm html ini java jks js json key md p12 pem pfx php png ppk properties py rb sh "
    "svg toml ts txt xml yaml yml".split()
)
_BEGINNINGS = (
    *("/", "./", "../", "~/", "#!", "arn:", "urn:", "data:", "sha1-", "sha256-", "sha384-", "sha512-", "ssh-"),
    # What Windows calls an account.
    "S-1-5-",
    # Has a rule of its own, which knows what stands behind it.
    "django-insecure-",
    # A password's hash can be told from a password.
    *"$2 $5$ $6$ $1$ $argon2 $pbkdf2 $scrypt pbkdf2 bcrypt sha1$ {SSHA {SHA {CRYPT".split(),
)
# A call that fetches the value, or makes something else of it, instead of being given it.
_CALL = pattern(r"([\w.]+)[(\[]\s*[a-z@]{0,2}\\?[\"'`]{0,3}\Z")
_FETCHES = pattern(
    r"(?i)env|uuid|get|config|read|open|load|find|select|request|param|prompt|input|trans|i18n|\b_$|\bt$|lookup|fetch|query|col"
    r"|field|resolve|hash|digest|label|text|message|err|log|print|exec|run|match|compile|contain|equal|expect|assert|\bis|"
    r"has|css|xpath|attr|element|join|path|file|format|sprintf|concat|replace|split"
)
_ITEM = pattern(r"\w\[\s*[\"'`]?\Z")
_TAKES_APART = ("hash", "encode", "parse", "encrypt")
_ITSELF = pattern(
    r"(?i:passw(?:or)?[dt]|secret|token|credential|api_?key|contrase(?:ñ|\\{1,2}u00f1|n)a|mot[ _-]?de[ _-]?passe|"
    r"kennwort|senha|wachtwoord|has[łl]o|l[öo]senord|salasana|adgangskode|jelsz[óo]|пароль|密码|パスワード|비밀번호)"
)
_SPEAKING = pattern(r"(?i)pass|pwd|secret|token|key|cred")
_CODE = pattern(r"[A-Za-z_]\w*[(\[]|->|=>|&&|\|\||::|\\[wdsWDS]|\[\^")
# group.of.tokens:artifact:1.0
_COORDINATE = pattern(r"[a-z][a-z0-9\-]*(?::[0-9.]+)?")
# The first of the parameters of an address: its signature would have a rule of its own.
_PARAMETER = pattern(r"[a-z]{1,8}=[^&=]{1,60}")
# The name of a secret that is kept elsewhere, in a manager of secrets.
_ARN = pattern(r"arn:[\w-]{1,20}:[\w:-]{0,60}\Z")
_SLUG = pattern(r"[a-z][a-z0-9]{0,15}(?:-[a-z][a-z0-9]{0,15}){2,}")
_STEP = pattern("[/.]")
_COLON = pattern(r":\s")
_OF_SHELL = pattern(r"\$\w+ = \Z")
_OF_TABLE = pattern(r"\w\[\w+\] = \Z")
_QUOTED_NAME = pattern(r"(.)\s*[\"'`]([\w.\-]{0,60})\Z")


class Candidate(Record):
    """A value that may be a credential, where it stands, and the name it stands under."""

    name: Naming
    start: int
    first: int
    last: int


def judge(text: str, start: int, first: int, last: int) -> tuple[str, int, int] | None:
    """Return (high, medium or low; where the value begins; where it ends), None for what is no credential.

    `start` is where the match begins, `text[first:last]` what its pattern took for the value.
    """
    candidate = candidate_of(text, start, first, last)
    if candidate is None:
        return None
    span = candidate.first, candidate.last
    value = text[slice(*span)]
    level = _level(text, candidate)
    if level is None:
        return None
    from agentguard_secrets.detect.cut import left_of_a_token
    from agentguard_secrets.detect.pretended import pretence

    against = pretence(value, kind=candidate.name.kind)
    left = left_of_a_token(value, kind=candidate.name.kind)
    if left == "part" or against not in ("", "standard"):
        return None
    return ("low" if left or against else level, *span)


def _level(text: str, candidate: Candidate) -> str | None:
    """Return how sure the table of traits is, None where it is not; of a key of something its name tells it nothing."""
    if not candidate.name.kind:
        return "low"
    from agentguard_secrets.detect.traits import traits
    from agentguard_secrets.detect.weights import LEVELS, WEIGHTS

    span = candidate.first, candidate.last
    score = weighed(traits(text, candidate.name, candidate.start, span), WEIGHTS)
    level = next((level for level, least in LEVELS.items() if score >= least), None)
    if level is None and _is_spelled_with_a_sign(candidate, text[slice(*span)], text[candidate.first - 1]):
        return "low"
    return level


def _is_spelled_with_a_sign(candidate: Candidate, value: str, before: str) -> bool:
    """Say whether a quoted value under nothing but the word password is a word with a sign in it: super$ecret."""
    name = candidate.name
    return name.kind == "password" and not name.tail and before in "'\"`" and _SPELLED.fullmatch(value) is not None


def weighed(found: Iterable[str], weights: dict[str, int]) -> int:
    """Return the sum of the weights of the traits that hold."""
    return sum(weights.get(trait, 0) for trait in found) + weights[""]


def candidate_of(text: str, start: int, first: int, last: int) -> Candidate | None:
    """Return what is worth weighing, None for what needs no model to be seen to be no credential."""
    if is_code_at_once(text, start, first, last):
        return None
    first, last = settled(text, first, last)
    value = text[first:last]
    quoted = text[first - 1 : first] in ("'", '"', "`")
    # What begins with a comma or a bracket stands between two strings: the quote before it closed one.
    if (
        len(value) < _LEAST
        or text[first - 3 : first] == "```"
        or (quoted and value[0] in ",)]};:")
        or _is_plain(value)
        or (not quoted and (_is_code(value, text[last : last + 1]) or _goes_on(value, text[last : last + 3])))
    ):
        return None
    name, start = naming(text, start, first)
    if not quoted and (_is_variable(value, text[first - 3 : first]) or _is_statement(value, text, first, last)):
        return None
    if text[first - 1] == ":" and _is_a_part(value, name, text[max(0, start - 90) : start]):
        return None
    if (
        not (name.is_of_a_credential() or (name.may_be_of_a_credential() and is_very_random(value)))
        or _is_next_in_a_list(text, start, first)
        or _repeats(value, name.before + text[start:first])
    ):
        return None
    if (
        not _could_be_chosen(value, name)
        if name.kind == "password"
        else not _could_be_a_key(value, text[last : last + 1], name)
    ):
        return None
    if suppress.is_reference(value) or suppress.is_pattern(value):
        return None
    # A long random value may hold what looks like a call.
    if _CODE.search(value) and (not quoted or " " in value or len(value) < _LONG or is_made_of_words(value)):
        return None
    return None if _is_fetched(name, text[start + len(name.after) : first]) else Candidate(name, start, first, last)


def _is_a_part(value: str, name: Naming, before: str) -> bool:
    """Say whether what stands behind a colon is a part of a longer name: of an ARN, or of a package's coordinate."""
    if _ARN.search(before):
        return True
    return "." in name.before + name.after and _COORDINATE.fullmatch(value) is not None


def _is_fetched(name: Naming, between: str) -> bool:
    """Say whether a call between name and value looks the value up, or the named call takes it apart."""
    if between.startswith("(") and name.words[0] in _TAKES_APART:
        return True
    if _ITEM.search(between):
        return True
    call = _CALL.search(between)
    return call is not None and _FETCHES.search(call[1]) is not None


def _is_plain(value: str) -> bool:
    """Say whether the value is a constant, a path, a file name, a hash, an address or a call."""
    lowered = value.lower()
    if lowered in _CONSTANTS or value.startswith(_BEGINNINGS) or not any(map(str.isalnum, value)):
        return True
    # What cannot be shown is a piece of a picture or a program, not a text.
    if not value.isascii() and ("\ufffd" in value or not value.isprintable()):
        return True
    if (
        "{}" in value
        or "://" in value
        or value.endswith("/aws4_request")
        or ("(" in value and value.rstrip(";,").endswith(")"))
    ):
        return True
    if "/" in value and "@" not in value and value.islower() and max(map(len, _STEP.split(value))) <= 12:
        return True
    stem, _, ending = lowered.rpartition(".")
    if stem and ending in _FILES:
        return True
    user, _, host = value.partition("@")
    return user.replace(".", "").isalnum() and "." in host and host.replace(".", "").replace("-", "").isalnum()


def _is_code(value: str, behind: str) -> bool:
    """Say whether a value without quotes is a call, an item or a member of something."""
    if value[0] in "&!*" or value.lstrip("-")[:2].lower() == "0x" or (behind and behind in "([{"):
        return True
    return "." in value and value.replace(".", "a").replace("_", "a").isidentifier() and is_made_of_words(value)


def _goes_on(value: str, behind: str) -> bool:
    """Say whether a value without quotes is left out in part (3b7cd72...), or itself a label (key: openpgp: none)."""
    return behind[:3] == "..." or behind[:1] == "…" or (value.isalpha() and _COLON.match(behind) is not None)


def is_code_at_once(text: str, start: int, first: int, last: int) -> bool:
    """Say whether a glance is enough: a call, an item, the name again. Code about passwords is full of them."""
    quote = text[first - 1]
    if quote in "'\"":
        return text[first - 2] == "[" and text[first - 3].isalnum()
    return text[last : last + 1] in ("(", "[", "{") or text[first:last] in text[start:first]


def _repeats(value: str, lead: str) -> bool:
    """Say whether the value only repeats the name, or the user of an address, or speaks mostly of what it is."""
    plain = "".join(filter(str.isalnum, value)).lower()
    named = "".join(filter(str.isalnum, lead)).lower()
    return plain in named or sum(map(len, _ITSELF.findall(value))) * 5 >= len(value) * 2


def _could_be_chosen(value: str, name: Naming) -> bool:
    """Say whether a value may be a password: what stands in for one is none, a long name or a sentence rarely is."""
    # The country PW has a name in every language.
    if name.before + name.after == "PW" and value.replace(" ", "").isalpha():
        return False
    if suppress.says_stand_in(value) or value.count(" ") > 3 or (value.isdigit() and len(value) > 12):
        return False
    # A long text in another script is one for people to read.
    return len(value) < _SENTENCE or (value.isascii() and not is_made_of_words(value))


def _is_variable(value: str, before: str) -> bool:
    """Say whether a value without quotes names a variable that holds it, as in a table of a program."""
    if not value.replace("_", "a").isalpha():
        return False
    return before[:1] in ("'", '"') or before[1:2] in ("'", '"') or _SPEAKING.search(value) is not None


def _is_statement(value: str, text: str, first: int, last: int) -> bool:
    """Say whether letters without quotes are a variable of a program: `*passwdp = pbuf;`, `tokens[itoken] = label`."""
    if not value.isalpha():
        return False
    before = text[max(0, first - 40) : first]
    if before.endswith(" = ") and text[last : last + 1] == ";":
        # PHP and shells call their variables with a sign: what has none is a value.
        return _OF_SHELL.search(before) is None
    return _OF_TABLE.search(before) is not None


def _could_be_a_key(value: str, behind: str, name: Naming) -> bool:
    """Say whether a value is more than a number, a word, a sentence or words with dashes: keys are none of them."""
    if value.count(" ") > 1 or (not value.strip("0123456789.-:/ ") and not (value.isdigit() and len(value) >= 9)):
        return False
    # Keys are made of ASCII, and a lone name or abbreviation is none: token: TTFT, api_key: Datadog.
    if not value.isascii() or (value.isalpha() and len(value) < (_NAME if value.istitle() else _ABBREVIATION)):
        return False
    if suppress.is_placeholder(value) or (value.isalpha() and len(value) < 20 and is_made_of_words(value)):
        return False
    if suppress.is_constant(value) or (behind == "&" and _PARAMETER.fullmatch(value)):
        return False
    # "Authorization: Scheme value": what follows the name is the scheme.
    if name.words[-1] == "authorization" and (behind == " " or " " in value):
        return False
    return _SLUG.fullmatch(value) is None


def _is_next_in_a_list(text: str, start: int, first: int) -> bool:
    """Say whether name and value only stand side by side: ["token", "other"], but not put("token", "value")."""
    between = text[start:first].lstrip("_.-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    if "," not in between or "=" in between or ":" in between:
        return False
    before = _QUOTED_NAME.search(text[max(0, start - 64) : start])
    # ["--password", "value"] is a command line.
    return before is None or (before[1] != "(" and not before[2].startswith("-") and text[start] != "-")
