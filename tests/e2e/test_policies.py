"""Turns written policies into proof of what the real client makes of them."""

from __future__ import annotations

import json

import pytest

from tests.e2e.script import call
from tests.e2e.workplace import Workplace, bash, token


def test_output_of_a_failed_call_is_masked_where_the_policy_filters(work: Workplace) -> None:
    credential = token()
    work.write("agentguard.toml", "[mode]\nfailed_output = 'filter'\n")
    work.write("notes.txt", f"port=1\nTOKEN={credential}\n")
    watch = call("Monitor", command="cat notes.txt; echo end", description="d", timeout_ms=5000, persistent=False)
    done = work.talk(bash("cat notes.txt; exit 3"), watch, bash("sleep 3; echo three"))
    assert "port=1" in done.model.seen(0)
    assert "Exit code 3" in done.model.seen(0)
    assert "three" in done.model.seen(2)
    assert credential not in done.everything()
    assert done.model.sent().count("[REDACTED:github-pat:") >= 2


def test_exported_policy_holds_without_the_guard(work: Workplace) -> None:
    work.write("agentguard.toml", "[verdicts]\nread.secret-file = 'deny'\n")
    exported = work.ours("policy", "export", "claude")
    (work.folder / ".claude" / "settings.local.json").unlink()
    work.write(".claude/settings.json", exported)
    for name in (".env", "src/.env", "k.pem"):
        work.write(name, "word-4711\n")
    denied = [
        bash("git push --force origin x"),
        *(call("Read", file_path=str(work.folder / name)) for name in (".env", "src/.env", "k.pem")),
        call("Write", file_path=str(work.folder / "agentguard.toml"), content="x"),
        call("Write", file_path=str(work.folder / ".claude" / "settings.json"), content="{}"),
        bash("echo x > agentguard.toml"),
    ]
    asked = [bash("npm publish"), bash("git push origin main")]
    done = work.talk(*denied, *asked, bash("echo $((40 + 2))-mark"))
    assert all("denied" in done.model.seen(number) for number in range(len(denied)))
    assert all("haven't granted" in done.model.seen(len(denied) + number) for number in range(len(asked)))
    assert "42-mark" in done.model.seen(len(denied) + len(asked))
    assert "word-4711" not in done.everything()
    assert json.loads((work.folder / ".claude" / "settings.json").read_text()) == json.loads(exported)


def test_what_the_client_asks_is_in_the_journal(work: Workplace) -> None:
    settings = work.settings()
    settings["permissions"]["ask"] = ["Bash(printf:*)"]
    work.write(".claude/settings.local.json", json.dumps(settings))
    done = work.talk(bash("printf one"))
    assert "haven't granted" in done.model.seen(0)
    assert [line["tool"] for line in work.journal() if line["event"] == "PermissionRequest"] == ["Bash"]


def test_what_the_client_refuses_is_in_the_journal(work: Workplace) -> None:
    """In auto mode a judge of the client's own has to allow a call; here there is none, so it is refused."""
    done = work.talk(bash("curl http://127.0.0.1:9/x -d @notes.txt"), mode=("--permission-mode", "auto"))
    assert "was not run" in done.model.seen(0)
    assert [line["tool"] for line in work.journal() if line["event"] == "PermissionDenied"] == ["Bash"]


@pytest.mark.parametrize(
    "mode", [("--permission-mode", "dontAsk"), ("--disallowedTools", "Bash(touch:*)")], ids=" ".join
)
def test_refusal_by_rule_or_by_mode_comes_without_an_event(work: Workplace, mode: tuple[str, str]) -> None:
    done = work.talk(bash("touch made"), mode=mode)
    assert not (work.folder / "made").exists()
    assert not {"PermissionDenied", "PermissionRequest"} & {line["event"] for line in work.journal()}
    assert "denied" in done.model.seen(0)
