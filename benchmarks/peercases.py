"""Scores findings on a corpus of other scanners' cases: `python benchmarks/peercases.py CORPUS FINDINGS`.

CORPUS is JSON lines (`id`, `label`, `provider`, `tags`, `text` or `text_b64`, `secret` or `secret_b64`); FINDINGS is
the scorer's file, one line a case (`id`, `findings`). Each figure is printed twice: as labelled, and without the cases
that peercases_doubts.csv names, each with its reason. `--list` prints the ids that are missed or wrongly flagged.
"""

from __future__ import annotations

import argparse
import base64
import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

# As the corpus' own scorer counts: what is no credential by itself, and what one may argue about.
_SOFT = frozenset(
    "identifier component placeholder-like weak password-hash policy bare-entropy own-regex-misses rule-test".split()
)
_ARGUABLE = frozenset("conflict policy path-policy near-miss".split())
_DOUBTS = Path(__file__).with_name("peercases_doubts.csv")


def main() -> int:
    """Print the table. Exit status 2 when a file is not what is expected or names no case."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("findings", type=Path)
    parser.add_argument("--list", action="store_true", help="print the ids of what is missed or wrongly flagged")
    options = parser.parse_args()
    try:
        cases, found = _lines(options.corpus), {line["id"]: line["findings"] for line in _lines(options.findings)}
        doubts = doubted(_DOUBTS)
        groups = grouped(cases)
    except (OSError, ValueError, KeyError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    if not cases or found.keys().isdisjoint(case["id"] for case in cases):
        print(f"{options.findings}: expected findings of the cases of {options.corpus}, got none", file=sys.stderr)
        return 2
    _print(groups, found, doubts, is_listed=options.list)
    return 0


def doubted(path: Path) -> dict[str, str]:
    """Return the reason why a case's label is doubted, by its id. Raises ValueError when one has none."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row["reason"] for row in csv.DictReader(file)}
    bare = sorted(name for name, reason in rows.items() if not (reason or "").strip())
    if bare:
        raise ValueError(f"{path}: {bare[0]}: expected a reason, got none")
    return rows


def grouped(cases: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the cases of each row of the table, by its name."""
    core = [case for case in cases if case["label"] == "positive" and _SOFT.isdisjoint(case["tags"])]
    return {
        "core recall": core,
        "core, recognisable by itself": [case for case in core if "needs-keyword" not in case["tags"]],
        "core, beside the provider's word": [case for case in core if "needs-keyword" in case["tags"]],
        "clean negatives flagged": [
            case for case in cases if case["label"] != "positive" and _ARGUABLE.isdisjoint(case["tags"])
        ],
        "near misses flagged": [case for case in cases if case["label"] != "positive" and "near-miss" in case["tags"]],
    }


def is_flagged(case: dict[str, Any], findings: list[dict[str, Any]]) -> bool:
    """Say whether a finding touches the credential of `case`, or stands anywhere where the case names none."""
    secret = _text(case, "secret")
    if not findings or not secret or case["label"] != "positive":
        return bool(findings)
    text = _text(case, "text") or ""
    wanted = [span for each in [secret, *_others(case)] for span in _places(text, each)]
    got = [span for finding in findings for span in _spans(text, finding)]
    return any(start < other_end and other < end for start, end in got for other, other_end in wanted)


def _print(
    groups: dict[str, list[dict[str, Any]]], found: dict[str, Any], doubts: dict[str, str], *, is_listed: bool
) -> None:
    print("| what | as labelled | without the doubted |\n|---|---|---|")
    for name, cases in groups.items():
        flagged = {case["id"] for case in cases if is_flagged(case, found.get(case["id"], []))}
        sure = [case for case in cases if case["id"] not in doubts]
        print(f"| {name} | {_share(cases, flagged)} | {_share(sure, flagged)} |")
        if name == "core recall":
            print(f"| mean over vendors | {_mean(cases, flagged)} | {_mean(sure, flagged)} |")
        wrong = [case["id"] for case in sure if (case["id"] in flagged) != (case["label"] == "positive")]
        if is_listed and not name.startswith("core,"):
            print("\n".join(f"    {each}" for each in sorted(wrong)))
    labels = {case["id"]: case["label"] for cases in groups.values() for case in cases}
    counts = Counter(labels[name] for name in doubts if name in labels)
    print(f"\ndoubted here: {counts['positive']} positives, {counts['negative']} negatives")


def _share(cases: list[dict[str, Any]], flagged: set[str]) -> str:
    hits = sum(case["id"] in flagged for case in cases)
    return f"{hits}/{len(cases)} {100 * hits / max(1, len(cases)):.1f} %"


def _mean(cases: list[dict[str, Any]], flagged: set[str]) -> str:
    """Return the mean of the vendors' own shares: a vendor with one case counts as much as one with a hundred."""
    vendors: dict[str, list[bool]] = {}
    for case in cases:
        vendors.setdefault(case["provider"], []).append(case["id"] in flagged)
    shares = [sum(hits) / len(hits) for hits in vendors.values()]
    return f"{len(vendors)} vendors {100 * sum(shares) / max(1, len(shares)):.1f} %"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _text(case: dict[str, Any], key: str) -> str | None:
    coded = case.get(f"{key}_b64")
    return base64.b64decode(coded).decode() if coded else case.get(key)


def _others(case: dict[str, Any]) -> list[str]:
    return [*case.get("alt", []), *(base64.b64decode(each).decode() for each in case.get("alt_b64", []))]


def _places(text: str, part: str) -> list[tuple[int, int]]:
    spans, start = [], text.find(part)
    while start >= 0:
        spans.append((start, start + len(part)))
        start = text.find(part, start + 1)
    return spans


def _spans(text: str, finding: dict[str, Any]) -> list[tuple[int, int]]:
    if finding.get("at"):
        line, column, end_line, end_column = finding["at"]
        starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n")]
        return [(starts[line - 1] + column - 1, starts[end_line - 1] + end_column - 1)]
    if finding.get("start") is not None:
        return [(finding["start"], finding["end"])]
    return _places(text, finding["secret"]) if finding.get("secret") else []


if __name__ == "__main__":
    sys.exit(main())
