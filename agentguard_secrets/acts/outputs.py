"""Turns a call whose output is written in the command itself into that output."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import EITHER, SECRET, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agentguard_secrets.acts.call import Call

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
_ESCAPE = r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|0?([0-7]{1,3})|c(.)|(.))"
_LONGEST = 65536


def output_of(call: Call, *, files: Mapping[str, str]) -> str | None:
    """What the call prints, as far as the command says it; None when only running it would tell.

    `files` are the texts of the files that the command itself has written before.
    """
    tell = _TELLERS.get(call.program)
    if tell is None:
        return None
    text = _cat(call, files) if call.program in ("cat", "tee") else tell(call)
    return None if text is None or len(text) > _LONGEST or not is_known(text) else text


def is_known(text: str) -> bool:
    """Whether nothing in the text has to be found out by running it."""
    return UNKNOWN not in text and EITHER not in text and SECRET not in text


def unescaped(text: str) -> str:
    r"""The text with backslash escapes resolved, as in $'...' and echo -e."""
    return re.sub(_ESCAPE, _character, text, flags=re.DOTALL) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    hexadecimal = match[1] or match[2] or match[3]
    if hexadecimal:
        code = int(hexadecimal, 16)
        return chr(code) if 0x10 < code < 0x110000 or code in (9, 10, 13) else ""
    if match[4]:
        # A zero parts names as a line's end does.
        return chr(int(match[4], 8) & 255 or 10)
    if match[5]:
        return chr(ord(match[5]) & 31)
    return _ESCAPES.get(match[6], match[6])


def _echo(call: Call) -> str:
    words = list(call.words[1:])
    escapes, ending = False, "\n"
    while words and re.fullmatch(r"-[neE]+", words[0]):
        flags = words.pop(0)
        escapes = "e" in flags or (escapes and "E" not in flags)
        ending = "" if "n" in flags else ending
    text = " ".join(words)
    return (unescaped(text) if escapes else text) + ending


def _printf(call: Call) -> str | None:
    words = list(call.words[1:])
    if words[:1] == ["--"]:
        words.pop(0)
    if not words or words[0] == "-v":
        return None
    form, values = unescaped(words[0]), words[1:]
    places = re.findall(r"%[-0-9.]*[a-zA-Z]|%%", form)
    count = sum(place != "%%" for place in places)
    rounds = max(1, -(-len(values) // count) if count else 1)
    return "".join(re.sub(r"%[-0-9.]*([a-zA-Z])|%%", lambda match: _filled(match, values), form) for _ in range(rounds))


def _filled(match: re.Match[str], values: list[str]) -> str:
    if match[0] == "%%":
        return "%"
    value = values.pop(0) if values else ""
    if match[1] == "b":
        return unescaped(value)
    return chr(int(value)) if match[1] == "c" and value.isdigit() else value


def _cat(call: Call, files: Mapping[str, str]) -> str | None:
    if call.program == "tee" or not call.operands:
        return call.stdin
    texts = [call.stdin if name == "-" else files.get(name) for name in call.operands]
    return None if None in texts else "".join(text or "" for text in texts)


def _base64(call: Call) -> str | None:
    if call.stdin is None or not call.has("-d", "--decode", "-D"):
        return None
    return _from_bytes("b64", call.stdin)


def _base32(call: Call) -> str | None:
    return _from_bytes("b32", call.stdin) if call.stdin is not None and call.has("-d", "--decode") else None


def _openssl(call: Call) -> str | None:
    is_plain = call.has("-d") and {"base64", "-base64", "-a"} & set(call.words)
    return _from_bytes("b64", call.stdin) if call.stdin is not None and is_plain else None


def _xxd(call: Call) -> str | None:
    return _from_bytes("hex", call.stdin) if call.stdin is not None and call.has("-r") else None


def _from_bytes(kind: str, text: str) -> str | None:
    import binascii

    bare = "".join(text.split())
    try:
        if kind == "hex":
            raw = binascii.unhexlify(bare)
        elif kind == "b64":
            raw = binascii.a2b_base64(bare + "=" * (-len(bare) % 4))
        else:
            import base64

            raw = base64.b32decode(bare + "=" * (-len(bare) % 8))
    except ValueError:
        return None
    return raw.decode("utf-8", "replace").replace("\0", "")


def _rev(call: Call) -> str | None:
    return None if call.stdin is None else "\n".join(line[::-1] for line in call.stdin.split("\n"))


def _tr(call: Call) -> str | None:
    if call.stdin is None or len(call.words) < 3:
        return None
    if call.words[1] == "-d":
        return call.stdin.translate({ord(letter): None for letter in _letters(call.words[2])})
    wanted, given = _letters(call.words[1]), _letters(call.words[2])
    if call.words[1].startswith("-") or not given:
        return None
    return call.stdin.translate(str.maketrans(wanted, (given + given[-1] * len(wanted))[: len(wanted)]))


def _letters(spelled: str) -> str:
    spelled = spelled.replace("[:upper:]", "A-Z").replace("[:lower:]", "a-z")
    return re.sub(
        r"(.)-(.)",
        lambda match: "".join(map(chr, range(ord(match[1]), ord(match[2]) + 1))),
        unescaped(spelled),
        flags=re.DOTALL,
    )


def _found(names: list[str]) -> str | None:
    return f"/usr/bin/{names[0]}\n" if names else None


def _seen(call: Call) -> str | None:
    return call.stdin


_TELLERS: dict[str, Callable[[Call], str | None]] = {
    "echo": _echo,
    "printf": _printf,
    "print": _echo,
    "cat": _seen,
    "tee": _seen,
    "base64": _base64,
    "base32": _base32,
    "openssl": _openssl,
    "xxd": _xxd,
    "rev": _rev,
    "tr": _tr,
    "which": lambda call: _found(call.operands),
    "command": lambda call: _found(call.operands if call.has("-v") else []),
    "type": lambda call: _found(call.operands if call.has("-P", "-p") else []),
    **dict.fromkeys(("realpath", "readlink"), lambda call: "\n".join(call.operands) or None),
    ":": lambda _call: "",
    "true": lambda _call: "",
}
