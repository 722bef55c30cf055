"""Turns a name, a value and what stands around them into the traits that detect/weights.py weighs.

A trait is a few words that hold or do not: "made of a0", "surprise 5", "comma behind". Numbers become steps of a
scale ("length 8": eight or more, but less than the next step), so that the whole model is a table people can read.
"""

from __future__ import annotations

from agentguard_secrets._patterns import pattern
from agentguard_secrets.detect.entropy import shannon, surprise
from agentguard_secrets.detect.suppress import is_constant, is_placeholder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.detect.naming import Naming

_USER = pattern(r"(?i)user|login|email|account|host|client_?id|\buid\b")
_TESTS = pattern(r"(?i)expect|assert|should|\beq\b|equal|mock|stub|fixture|dummy|fake")
_HELP = pattern(
    r"(?i)e\.g|example|default|placeholder|must|enter|invalid|wrong|incorrect|usage|help|describe|label|message|title"
)
_ACT = pattern(
    r"(?:get|set|is|has|find|create|reset|check|validate|generate|update|show|hide|verify|forgot|change|with|use|no|"
    r"require|need)[A-Z_]"
)
_DERIVED = pattern(r"(?i)hash|crypt|digest|sha|md5|nonce|salt|public|uuid|guid|verifier|challenge")
_VARIANT = pattern(r"(?i)wrong|invalid|bad|incorrect|old|new|confirm")
_TESTED = pattern(r"(?i)test|example|mock|expected|dummy|fake|sample|demo")
_ITSELF = pattern(r"(?i)passw|secret|token|pwd|cred|login|admin|auth|key")
_STANDS_IN = pattern(
    r"(?i)test|example|foo|bar|dummy|fake|mock|sample|demo|default|invalid|wrong|change|your|my|none|null|true|false|some|"
    r"any|hidden|redact"
)
_COUNTS = pattern(r"(?i)1234|abcd|qwe|asdf|1111|0000|aaa|xxx|zzz|987|321")
_RUN = pattern(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SHAPES = {
    "camelCase": pattern(r"[a-z]+(?:[A-Z][a-z]+)+"),
    "CamelCase": pattern(r"(?:[A-Z][a-z]+){2,}"),
    "snake_case": pattern(r"[a-z]+(?:_[a-z]+)+"),
    "kebab-case": pattern(r"[a-z]+(?:-[a-z]+)+"),
    "a word": pattern(r"[A-Za-z][a-z]+"),
    "A WORD": pattern(r"[A-Z]+"),
    "word with number": pattern(r"[A-Za-z]+[0-9]{1,4}[!@#$%^&*.?]?"),
    "identifier": pattern(r"[A-Za-z_]\w*"),
    "member": pattern(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+"),
    "number": pattern(r"[0-9]+"),
    "uuid": pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "padded base64": pattern(r"[A-Za-z0-9+/]{15,}={1,2}"),
    "hex": pattern(r"[0-9a-f]{8,}|[0-9A-F]{8,}"),
}
_SIGNS = {
    " ": "blank", ".": "dot", "/": "slash", "_": "underscore", "-": "dash", ":": "colon", "@": "at", "%": "percent",
    "*": "star", "$": "dollar", ",": "comma", "=": "equals", "+": "plus", "!": "exclamation", "?": "question",
    "#": "hash", ";": "semicolon", "\\": "backslash", "&": "ampersand",
}  # fmt: skip
_OPERATORS = pattern(r"=>|:=|::=|\?=|===?|!=|\|\||\?\?|->|<<|=|:|,|\(|>")
_SAME = {"===": "==", "!=": "==", "::=": ":=", "?=": "=", "??": "||"}
_COMMENTS = ("#", "*", ";", "//", "--", "<!", "/*")
_STATEMENTS = frozenset(("-", "export", "var", "let", "const", "set", "static", "public", "private", "$", ""))
_TOUCHING = {"'": "quoted name", '"': "quoted name", "`": "quoted name", "-": "flag", "?": "query", "&": "query"}
_WORDY = 4.4

_LENGTHS = (4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 28, 32, 33, 40, 41, 48, 64, 65, 100)
_PERCENTS = (1, 10, 20, 35, 50, 80, 100)
_BITS = (10, 15, 20, 25, 30, 35, 40, 50, 60, 80, 120)
_CALLED = pattern(r"\w[(\[]\s*[a-z@]{0,2}[\"'`]?\Z")
_WORD_BEHIND = pattern(r"[ \t]+[a-z]+(?:[ ,.]|\Z)")
_JOINED_BEHIND = pattern(r"[\"'`]\s*(?:\+|%|\.format|\.join|\|\||\.\.|<>|&)")
_NO_WORD = pattern(r"[\W_]")


def traits(text: str, name: Naming, start: int, span: tuple[int, int]) -> set[str]:
    """Return the traits of the value `text[span]` under `name`, whose keyword begins at `start`."""
    found = set(_of_name(name))
    found.update(_of_place(text, name, start, span))
    found.update(_of_value(text[slice(*span)]))
    found.update(_of_both(text, name, start, span))
    return found


def _step(label: str, number: float, steps: tuple[float, ...]) -> str:
    """Return the label with the highest step that `number` reaches."""
    return f"{label} {max((step for step in steps if number >= step), default=0):g}"


def _of_name(name: Naming) -> Iterator[str]:
    whole = name.before + name.after
    yield f"name: {name.kind}"
    if not name.tail:
        yield "name ends in it"
    elif name.tail[-1].isdigit():
        yield "name ends in a number"
    else:
        yield "name goes on"
    yield _step("words of the name", len(name.words), (1, 2, 3, 4, 6))
    if whole.isupper():
        yield "NAME"
    if "." in whole:
        yield "dotted name"
    for label, words in (("test", _TESTED), ("variant", _VARIANT), ("derivative", _DERIVED)):
        if words.search(whole):
            yield f"name of a {label}"
    if _ACT.match(whole):
        yield "name of an act"


def _of_place(text: str, name: Naming, start: int, span: tuple[int, int]) -> Iterator[str]:
    first, last = span
    between = text[start + len(name.after) : first]
    operator = _OPERATORS.search(between)
    sign = operator[0] if operator else "blank"
    sign = _SAME.get(sign, sign)
    yield f"by {sign}"
    quote = text[first - 1 : first]
    quoted = bool(quote) and quote in "\"'`"
    yield f"quote {quote if quoted else 'none'}"
    if text[first - 2 : first - 1] == "\\":
        yield "escaped quote"
    if _CALLED.search(between):
        yield "through a call"
    if "\n" in between:
        yield "on the next line"
    yield from _of_what_follows(text[last : last + 40], quote if quoted else "")
    yield from _of_line(text, name, start, span)


def _of_what_follows(behind: str, quote: str) -> Iterator[str]:
    after = behind[1:2] if quote and behind[:1] == quote else behind[:1]
    if after in ("", "\r", "\n"):
        yield "end behind"
    else:
        yield f"{after if after in ' ,;)]}+.(<>[%:&?$/=' else 'other'} behind"
    if not quote and _WORD_BEHIND.match(behind):
        yield "a word behind"
    if quote and _JOINED_BEHIND.match(behind):
        yield "goes on with an operator"


def _of_line(text: str, name: Naming, start: int, span: tuple[int, int]) -> Iterator[str]:
    first, last = span
    begin = text.rfind("\n", max(0, first - 400), first) + 1 or max(0, first - 400)
    end = text.find("\n", last, last + 300)
    end = end if end >= 0 else min(len(text), last + 300)
    named = max(begin, start - len(name.before))
    before = text[begin:named]
    if _TESTS.search(before):
        yield "line of a test"
    if _HELP.search(text[begin:first]) or _HELP.search(text[last:end]):
        yield "line of help"
    if _USER.search(text[max(0, named - 160) : named] + text[last : end + 100]):
        yield "a user is near"
    if end - begin > 390:
        yield "long line"
    yield from _of_lead(before, name)


def _of_lead(before: str, name: Naming) -> Iterator[str]:
    """Return the traits of what stands on the line before the name."""
    lead = before.strip()
    if lead.startswith(_COMMENTS):
        yield "in a comment"
    if lead.rstrip("\"'{ ") in _STATEMENTS:
        yield "begins the line"
    elif before.count(" ") - (len(before) - len(before.lstrip())) > 8:
        yield "late in the line"
    touching = _TOUCHING.get(before[-1:])
    if touching:
        yield touching
    elif name.before[:1] == "-":
        yield "flag"
    if "(" in before:
        yield "inside a call"
    if "{" in before:
        yield "inside a table"


def _of_value(value: str) -> Iterator[str]:
    length = len(value)
    yield _step("length", length, _LENGTHS)
    lower, upper = sum(map(str.islower, value)), sum(map(str.isupper, value))
    digits = sum(map(str.isdigit, value))
    signs = length - lower - upper - digits
    yield "made of " + "a" * bool(lower) + "A" * bool(upper) + "0" * bool(digits) + "#" * bool(signs)
    yield _step("% digits", 100 * digits / length, _PERCENTS)
    yield _step("% signs", 100 * signs / length, (1, 6, 12, 20, 35))
    yield from _of_letters(value, digits=digits, signs=signs)
    entropy = shannon(value)
    yield _step("entropy", entropy, (1, 1.5, 2, 2.5, 2.75, 3, 3.25, 3.5, 3.75, 4, 4.5, 5))
    yield from _of_shape(value)
    for sign, label in _SIGNS.items():
        if sign in value:
            yield f"holds {label}"
    if value.count(" ") > 1:
        yield "several words"
    if not value[0].isalnum():
        yield "begins with a sign"
    if value[-1] in ".:!?)":
        yield "ends like a sentence"
    if not {*"()[]{}<>"}.isdisjoint(value):
        yield "holds brackets"


def _of_letters(value: str, *, digits: int, signs: int) -> Iterator[str]:
    runs = _RUN.findall(value)
    scores = [(len(run), surprise(run)) for run in runs if len(run) > 1]
    letters = sum(size for size, _ in scores)
    total = sum(size * bits for size, bits in scores)
    if letters:
        yield _step("surprise", total / letters, (2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5))
    else:
        yield "surprise none"
    wordy = sum(size for size, bits in scores if size > 2 and bits <= _WORDY)
    yield _step("% words", 100 * wordy / len(value), (1, 20, 40, 60, 80, 95))
    yield _step("longest run", max(map(len, runs), default=0), (2, 3, 4, 6, 9, 13))
    yield _step("bits", total + 3.3 * digits + 3 * signs, _BITS)


def _of_shape(value: str) -> Iterator[str]:
    for label, shape in _SHAPES.items():
        if shape.fullmatch(value):
            yield label
            if label == "hex":
                yield _step("length of hex", len(value), (16, 20, 24, 32, 33, 40, 41, 64, 65))
    if is_placeholder(value):
        yield "placeholder"
    if is_constant(value):
        yield "constant"
    for label, words in (("speaks of itself", _ITSELF), ("stands in", _STANDS_IN), ("counts", _COUNTS)):
        if words.search(value):
            yield label
    if "://" in value:
        yield "address"


def _of_both(text: str, name: Naming, start: int, span: tuple[int, int]) -> Iterator[str]:
    plain = _NO_WORD.sub("", text[slice(*span)]).lower()
    if plain and plain in _NO_WORD.sub("", name.before + name.after).lower():
        yield "repeats the name"
    begin = max(0, start - 200)
    line = text[begin:start].rpartition("\n")[2]
    if len(plain) > 3 and plain in _NO_WORD.sub("", line).lower():
        yield "repeats the line"
