"""Turns source texts into detect/letters.py: `python -m agentguard_secrets.rulebook.letters FOLDER`.

The table in the repository was counted over the standard library of CPython 3.11 (`Lib/*.py`): names, comments and
documentation that people wrote. Only how often one letter follows another is kept.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log2
from pathlib import Path
from string import ascii_lowercase

from agentguard_secrets.errors import UsageError

TABLE = Path(__file__).resolve().parent.parent / "detect" / "letters.py"

_HEADER = '''"""Turns a letter and the one that follows it into how surprising that is. Generated: rulebook/letters.py.

Row: the letter; column: the one that follows, a to z. 0 is what one expects, 9 is a surprise of nine bits or more.
"""

from __future__ import annotations

'''
_MOST = 9


def counted(texts: Iterable[str]) -> Counter[str]:
    """Return how many different words of `texts` hold each pair of lower-case letters."""
    words = {word.lower() for text in texts for word in re.findall(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}", text)}
    return Counter(word[start : start + 2] for word in words for start in range(len(word) - 1))


def table_text(pairs: Counter[str]) -> str:
    """Return the text of detect/letters.py."""
    rows = []
    for first in ascii_lowercase:
        total = sum(pairs[first + second] for second in ascii_lowercase) + len(ascii_lowercase)
        bits = [-log2((pairs[first + second] + 1) / total) for second in ascii_lowercase]
        rows.append(f'    "{first}": "{"".join(str(min(_MOST, round(bit))) for bit in bits)}",')
    return _HEADER + "# fmt: off\nFOLLOWS = {\n" + "\n".join(rows) + "\n}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Count the Python files directly in the folder that is named, and write the table."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if len(words) != 1:
        raise UsageError("expected one folder of Python files")
    files = sorted(Path(words[0]).glob("*.py"))
    if not files:
        raise UsageError(f"{words[0]}: expected Python files, found none")
    TABLE.write_text(table_text(counted(file.read_text(encoding="utf-8") for file in files)), encoding="utf-8")
    print(f"{TABLE.name}: written from {len(files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
