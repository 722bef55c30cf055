"""Counts what is found where no credential is: `python benchmarks/false_alarms.py FOLDER…`.

Give it trees that hold none, one kind each: sources of well-known packages, lock files, certificates and public keys,
minified scripts, tokenizers, geographic data, images in base64. `--make FOLDER` writes what can be made here: public
certificates and keys (with the `openssl` command), a lock file, and images in base64. The exit status is 1 when
anything is found with high confidence.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

_PLACES = 3
_PAIRS = 100
_SUBJECT = "/C=XX/O=Example/CN=host{number}.invalid"


def main() -> int:
    """Scan each folder, print a table and examples, and say whether anything was sure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--make", type=Path, metavar="FOLDER", help="write certificates, keys, images and a lock file")
    parser.add_argument("--jobs", default="2")
    options = parser.parse_args()
    if options.make:
        _make(options.make)
    if not options.folders and not options.make:
        parser.error("expected at least one folder to scan")
    sure = 0
    print("| what | files | MB | high | medium | low | rules |\n|---|---|---|---|---|---|---|")
    for folder in [*options.folders, *([options.make] if options.make else [])]:
        sure += _told(folder, options.jobs)
    return 1 if sure else 0


def _told(folder: Path, jobs: str) -> int:
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    report = _scanned(folder, jobs)
    counts = Counter(finding["confidence"] for finding in report["findings"])
    rules: dict[tuple[str, str], list[str]] = defaultdict(list)
    for finding in report["findings"]:
        rules[finding["confidence"], finding["rule"]].append(f"{finding['path']}:{finding['line']}")
    names = ", ".join(f"{rule} {len(places)}" for (_, rule), places in sorted(rules.items(), key=_most))
    numbers = " | ".join(str(counts[word]) for word in ("high", "medium", "low"))
    print(f"| {folder.name} | {len(files)} | {size:.0f} | {numbers} | {names} |", flush=True)
    for (confidence, rule), places in sorted(rules.items()):
        if confidence != "low":
            print(f"    {confidence:6} {rule}: {', '.join(places[:_PLACES])}", file=sys.stderr)
    return counts["high"]


def _most(item: tuple[tuple[str, str], list[str]]) -> int:
    return -len(item[1])


def _scanned(folder: Path, jobs: str) -> dict[str, list[dict[str, str]]]:
    words = ["scan", ".", "--format", "json", "--no-baseline", "--no-inline-allow", "--allow-unread", "--jobs", jobs]
    command = [sys.executable, "-m", "agentguard_secrets.cli.main", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(done.stderr)
    report: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
    return report


def _make(folder: Path) -> None:
    dice = random.Random(1)
    (folder / "certificates").mkdir(parents=True, exist_ok=True)
    for number in range(_PAIRS):
        _certificate(folder / "certificates" / f"{number}", number)
    images = [f'<img src="data:image/png;base64,{_noise(dice, 3000)}">' for _ in range(200)]
    (folder / "images.html").write_text("\n".join(images))
    packages = [
        f'    "node_modules/p{n}": {{"version": "1.0.{n}", "integrity": "sha512-{_noise(dice, 64)}"}}'
        for n in range(500)
    ]
    (folder / "package-lock.json").write_text('{"packages": {\n' + ",\n".join(packages) + "\n}}\n")


def _certificate(name: Path, number: int) -> None:
    """Write a certificate and a public key; the private key is made in memory and goes nowhere."""
    kind = ["-newkey", "rsa:2048"] if number % 2 else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command = ["openssl", "req", "-x509", "-nodes", *kind, "-days", "30", "-keyout", "/dev/null"]
    made = subprocess.run([*command, "-subj", _SUBJECT.format(number=number)], capture_output=True, check=True).stdout
    name.with_suffix(".crt").write_bytes(made)
    public = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], input=made, capture_output=True, check=True)
    name.with_suffix(".pub").write_bytes(public.stdout)


def _noise(dice: random.Random, size: int) -> str:
    return base64.b64encode(dice.randbytes(size)).decode()


if __name__ == "__main__":
    sys.exit(main())
