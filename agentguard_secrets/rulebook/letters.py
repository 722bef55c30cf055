"""Turns source texts into detect/letters.py: `python -m agentguard_secrets.rulebook.letters FOLDER`.

The table in the repository was counted over the standard library of CPython 3.11 (`Lib/**/*.py`): names, comments and
documentation that people wrote. Only how often three letters follow each other is kept.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log2
from pathlib import Path
from string import ascii_lowercase

from agentguard_secrets.errors import UsageError

TABLE = Path(__file__).resolve().parent.parent / "detect" / "letters.py"

_HEADER = '''"""Turns two letters and the one that follows them into how surprising that is.

Generated: rulebook/letters.py. Row: the two letters, ^ for a word's beginning; column: the one that follows, a to z.
0 is what one expects, 9 is a surprise of nine bits or more. One text, because a hook loads it: rows in the order of
^a, ^b … zz, each of 26 digits.
"""

from __future__ import annotations

'''
_MOST = 9
# Words that stand only once are slips and random values as often as words.
_LEAST = 2
# How much a pair of letters counts where three were never seen together.
_TRUST_IN_PAIRS = 4


def counted(texts: Iterable[str]) -> Counter[str]:
    """Return how often three letters follow each other in the words of `texts`; a common word counts little more."""
    words = Counter(word.lower() for text in texts for word in set(re.findall(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}", text)))
    triples: Counter[str] = Counter()
    for word, count in words.items():
        for place in range(len(word) - 1 if count >= _LEAST else 0):
            triples[f"^{word}"[place : place + 3]] += 1 + round(log2(count))
    return triples


def table_text(triples: Counter[str]) -> str:
    """Return the text of detect/letters.py."""
    pairs: Counter[str] = Counter()
    for triple, count in triples.items():
        pairs[triple[1:]] += count
    rows = [
        f'    "{_row(first + second, triples, pairs)}"  # {first}{second}'
        for first in "^" + ascii_lowercase
        for second in ascii_lowercase
    ]
    return _HEADER + "# fmt: off\nFOLLOWS = (\n" + "\n".join(rows) + "\n)\n"


def _row(two: str, triples: Mapping[str, int], pairs: Mapping[str, int]) -> str:
    seen = sum(triples[two + third] for third in ascii_lowercase) + _TRUST_IN_PAIRS
    beside = sum(pairs[two[1] + third] for third in ascii_lowercase) + len(ascii_lowercase) / 2
    row = ""
    for third in ascii_lowercase:
        by_pair = (pairs[two[1] + third] + 0.5) / beside
        row += str(min(_MOST, round(-log2((triples[two + third] + _TRUST_IN_PAIRS * by_pair) / seen))))
    return row


def main(arguments: Sequence[str] | None = None) -> int:
    """Count the Python files below the folder that is named, and write the table."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if len(words) != 1:
        raise UsageError("expected one folder of Python files")
    files = sorted(path for path in Path(words[0]).rglob("*.py") if "site-packages" not in path.parts)
    if not files:
        raise UsageError(f"{words[0]}: expected Python files, found none")
    TABLE.write_text(table_text(counted(file.read_text("utf-8", "replace") for file in files)), encoding="utf-8")
    print(f"{TABLE.name}: written from {len(files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
