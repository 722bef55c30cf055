"""Makes up a month of decisions, has the report drawn of it, and measures that; with --picture, for the documentation.

    python benchmarks/report_month.py [--decisions 50000] [--html FILE] [--picture docs/report.png] [--browser chromium]

Nothing in it is anybody's: folders, hosts and rules are made up, fingerprints are random. The picture is taken by a
headless Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import write_head
from agentguard_secrets.state.journalline import START, End, digest_of, key_name, sealed_line, signer

DAYS = 30
POLICY = """\
[owner]
name = "Platform Security"
contact = "security@example.com"
[mode]
level = "ask"
[fingerprint]
salt = "{salt}"
[journal]
clean = true
keep = "365d"
[[allow]]
reason = "documented sample of the vendor"
owner = "Docs team"
expires = {soon}
path = "docs/*.md"
rule = "github-pat"
[[allow]]
reason = "test fixtures, opens nothing"
owner = "Payments team"
expires = {later}
path = "tests/**"
rule = "stripe-secret-key"
[[allow]]
reason = "migration finished"
owner = "Data team"
expires = {past}
path = "legacy/*.sql"
rule = "postgres-url"
"""
FOLDERS = ("/src/shop", "/src/billing", "/src/website", "/src/infrastructure")
TOOLS = ("Bash", "Bash", "Bash", "Edit", "Edit", "Write", "Read", "Read", "Grep", "WebFetch", "mcp__tickets__search")
RULES = ("github-pat", "generic-assignment", "aws-access-key", "stripe-secret-key", "postgres-url", "slack-webhook")
ACTS = {
    "destructive-files": ("ask", "build"),
    "protected-push": ("ask", "main"),
    "force-push": ("deny", "main"),
    "no-verify": ("deny", "git commit"),
    "read-secret-file": ("ask", ".env"),
    "package-publish": ("ask", "registry"),
    "production": ("ask", "prod-cluster"),
    "egress-of-secret": ("deny", "paste.example"),
    "print-environment": ("ask", "env"),
    "self-protection": ("deny", "agentguard.toml"),
}
WEIGHTS = (30, 22, 4, 3, 16, 5, 6, 2, 8, 1)


def main() -> int:
    """Print lines, bytes and seconds; exit status 1 when the page took 2 s of the processor, or 1 MB."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=50_000)
    parser.add_argument("--html", metavar="FILE")
    parser.add_argument("--picture", metavar="FILE")
    parser.add_argument("--browser", default="chromium")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        os.environ.update(HOME=name, XDG_STATE_HOME=name)
        make_policy(home)
        size = make_month(arguments.decisions, random.Random(3))
        page = Path(arguments.html).absolute() if arguments.html else home / "report.html"
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "agentguard_secrets.cli.main", "report", "--html", str(page)], cwd=home, check=True
        )
        seconds, html = time.perf_counter() - start, page.stat().st_size
        used = os.times()
        busy = used.children_user + used.children_system
        told = f"page of {html:,} bytes in {seconds:.2f} s, {busy:.2f} s of them of the processor"
        print(f"{arguments.decisions} decisions, journal {size:,} bytes: {told}")
        # A reader of the documentation need not know where this machine puts its temporary files.
        page.write_text(page.read_text(encoding="utf-8").replace(name, "/src/shop"), encoding="utf-8")
        if arguments.picture:
            take_picture(page, Path(arguments.picture).absolute(), browser=arguments.browser)
    return 1 if busy >= 2 or html >= 1_000_000 else 0


def make_policy(folder: Path) -> None:
    """A policy with exceptions, and judgements of findings."""
    today = datetime.now(UTC).date()
    dates = {
        "soon": today + timedelta(days=9),
        "later": today + timedelta(days=120),
        "past": today - timedelta(days=12),
    }
    (folder / "agentguard.toml").write_text(POLICY.format(salt=os.urandom(32).hex(), **dates), encoding="utf-8")
    chance = random.Random(5)
    lines = [
        {"fingerprint": f"{number:032x}", "rule": rule, "word": word, "note": "", "by": "reviewer", "day": str(today)}
        for number, (rule, word) in enumerate(
            (chance.choice(RULES), chance.choices(("true", "false", "later"), (90, 6, 4))[0]) for _ in range(160)
        )
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / ".agentguard-audit.jsonl").write_text(text, encoding="utf-8")


def make_month(decisions: int, chance: random.Random) -> int:
    """Write a journal of so many decisions over the last month, sealed and chained; return its size in bytes."""
    sign = signer()
    now = datetime.now(UTC)
    moments = sorted(now - timedelta(seconds=seconds) for seconds in working_seconds(decisions, chance))
    end = START
    path = Path(journal_file())
    key = key_name(sign)
    with path.open("wb") as stream:
        for number, moment in enumerate(moments):
            stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            week = (DAYS * 86400 - (now - moment).total_seconds()) / (7 * 86400)
            for said in decision(chance, number, week):
                values = {"sequence": end.sequence + 1, "time": stamp, **said, "key": key, "previous": end.digest}
                line = sealed_line(values, sign)
                stream.write(line + b"\n")
                end = End(end.sequence + 1, digest_of(line))
    path.chmod(0o600)
    write_head(str(path), end, sign)
    return path.stat().st_size


def working_seconds(count: int, chance: random.Random) -> list[float]:
    """Moments of the last month, fewer of them at the weekend."""
    found: list[float] = []
    now = datetime.now(UTC)
    while len(found) < count:
        ago = chance.uniform(0, DAYS * 86400)
        is_weekend = (now - timedelta(seconds=ago)).weekday() >= 5
        if not is_weekend or chance.random() < 0.2:
            found.append(ago)
    return found


def decision(chance: random.Random, number: int, week: float) -> list[dict[str, Any]]:
    """One decision, and behind some of those that asked the answer."""
    tool = chance.choice(TOOLS)
    said: dict[str, Any] = {
        "event": "PreToolUse",
        "session": f"session-{number // 180}",
        "tool": tool,
        "verdict": "allow",
        "rules": [],
        "fingerprints": [],
        "path": f"src/{chance.choice('abcdefgh')}{int(week)}/{chance.choice(('app', 'views', 'models'))}.py",
        "policy": "ab" * 32,
        "milliseconds": max(18, round(chance.gauss(36, 6))) if chance.random() < 0.98 else chance.randint(60, 400),
        "level": "ask",
        "folder": chance.choice(FOLDERS),
        "call": f"call-{number}",
    }
    if tool == "WebFetch":
        said["hosts"] = [f"docs{chance.randint(1, 8 + int(week * 3))}.example.org"]
    roll = chance.random()
    if roll < 0.012:
        said |= {"rules": [chance.choice(RULES)], "fingerprints": [f"{chance.getrandbits(128):032x}"]}
        said["verdict"] = chance.choice(("deny", "deny", "ask", "redact", "redact"))
    elif roll < 0.040:
        act = chance.choices(list(ACTS), WEIGHTS)[0]
        said |= {"tool": "Bash", "acts": [act], "verdict": ACTS[act][0], "subjects": [ACTS[act][1]]}
        if act == "protected-push":
            said["subjects"] = [f"release/{int(week) + 1}.{chance.randint(0, 2)}"]
    elif roll < 0.042:
        said["unread"] = 1
    elif roll < 0.0422:
        said["verdict"] = "deny"
    if said["verdict"] != "ask" or chance.random() < 0.1:
        return [said]
    answer = chance.choices(("approved", "refused"), (1, 4))[0]
    return [said, {**said, "event": "answer", "answer": answer, "verdict": "allow"}]


def take_picture(page: Path, picture: Path, *, browser: str) -> None:
    """The top of the page as a browser shows it."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    words = ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu", "--force-device-scale-factor=1"]
    with contextlib.suppress(FileNotFoundError):
        picture.unlink()
    subprocess.run(
        [browser, *words, "--window-size=1200,1260", f"--screenshot={picture}", page.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    )
    print(f"{picture}: {picture.stat().st_size:,} bytes")


if __name__ == "__main__":
    sys.exit(main())
