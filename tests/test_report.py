"""Turns journals of every kind into the report that a terminal and a browser show."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.model import AuditEvent
from agentguard_secrets.report.advice_on_mode import next_step
from agentguard_secrets.report.figures import Figures, Gate, Latency, figures_of
from agentguard_secrets.report.overview_page import days_chart, drift_chart
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.grants import grant
from agentguard_secrets.state.journal import append
from tests.hooking import answer_to
from tests.running import agentguard

PLAIN = AuditEvent("PreToolUse", "s", "Bash", "allow", (), (), "src/a.py", "p")


def entry(day: str = "2026-03-02", **said: Any) -> dict[str, Any]:
    return {
        "time": f"{day}T10:00:00.000Z",
        "event": "PreToolUse",
        "session": "s",
        "verdict": "allow",
        "tool": "Bash",
        **said,
    }


def test_gates_count_what_was_denied_asked_approved_and_refused() -> None:
    figures = figures_of(
        [
            entry(acts=["force-push"], verdict="deny"),
            entry(acts=["production"], verdict="ask", call="1"),
            entry(acts=["production"], verdict="ask", call="2"),
            entry(acts=["production"], verdict="ask", call="3"),
            entry(event="PostToolUse", call="1", answer="approved"),
            entry(event="answer", call="2", answer="refused"),
            entry(rules=["github-pat"], verdict="redact"),
        ]
    )
    assert figures.categories == (Gate("production", asked=3, approved=1, refused=1), Gate("force-push", denied=1))
    assert figures.rules == (Gate("github-pat", redacted=1),)
    assert (figures.decisions, figures.verdicts) == (5, {"deny": 1, "ask": 3, "redact": 1, "allow": 0})


def test_every_day_of_the_period_is_there() -> None:
    figures = figures_of([entry("2026-02-27"), entry("2026-03-02", verdict="deny")])
    assert list(figures.days) == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert figures.days["2026-02-28"] == {"deny": 0, "ask": 0, "redact": 0, "allow": 0}


def test_coverage_counts_unread_parts_errors_and_time() -> None:
    lines = [entry(unread=2, verdict="ask"), entry(verdict="deny"), *(entry(milliseconds=ms) for ms in (10, 20, 30))]
    figures = figures_of([*lines, entry(event="untold", note="owner.notify x: exit status 1")])
    assert (figures.unread, figures.errors, figures.clean, figures.decisions) == (2, 1, 4, 5)
    assert figures.latency == Latency(20, 30, 30)
    assert figures.untold == ("owner.notify x: exit status 1",)


def test_drift_is_what_is_new_after_the_first_week() -> None:
    figures = figures_of(
        [
            entry("2026-03-02", hosts=["a.example"], path="src/a.py"),
            entry("2026-03-10", hosts=["a.example", "b.example"], path="lib/b.py", tool="Read"),
            entry("2026-03-17", acts=["protected-push"], subjects=["release/2"]),
        ]
    )
    new = [(week.begins, {kind: words for kind, words in week.new.items() if words}) for week in figures.weeks[1:]]
    assert new == [
        ("2026-03-09", {"hosts": ("b.example",), "tools": ("Read",), "folders": ("lib",)}),
        ("2026-03-16", {"branches": ("release/2",)}),
    ]
    assert [column.label for column in drift_chart(figures).columns] == ["2026-03-09", "2026-03-16"]


def test_attempts_to_get_around_the_guard_are_listed() -> None:
    figures = figures_of([entry(acts=["no-verify"], verdict="deny"), entry(acts=["self-protection"]), entry()])
    assert [each["acts"] for each in figures.bypasses] == [["no-verify"], ["self-protection"]]


def test_settings_that_would_disarm_the_guard_are_an_attempt_as_well() -> None:
    figures = figures_of([entry(event="ConfigChange", verdict="deny"), entry(event="ConfigChange")])
    assert [each["verdict"] for each in figures.bypasses] == ["deny"]


def test_lines_of_an_older_program_and_odd_lines_count() -> None:
    figures = figures_of([{"sequence": 1, "verdict": "strange"}, {}, entry(rules=["x"], path="")])
    assert (figures.decisions, figures.verdicts["deny"]) == (3, 2)


def test_the_heights_of_a_column_fill_it_when_it_is_the_highest() -> None:
    chart = days_chart(figures_of([entry(verdict="deny"), entry(), entry(), entry("2026-03-03")]))
    assert chart.most == 3
    assert sum(height for _name, _top, height in chart.columns[0].parts) == pytest.approx(100, abs=0.1)
    assert chart.columns[1].parts == (("allow", 66.67, 33.33),)


def seen(days: int, decisions: int, gates: tuple[Gate, ...] = ()) -> Figures:
    first = date(2026, 1, 1)
    each = [entry((first + timedelta(days=number % days)).isoformat()) for number in range(decisions)]
    return figures_of(each)._replace(categories=gates)


@pytest.mark.parametrize(
    ("level", "figures", "judged", "to", "why"),
    [
        pytest.param("observe", seen(3, 300), (20, 0), "", "3 of 14 days", id="too few days"),
        pytest.param("observe", seen(20, 300), (2, 0), "", "2 of 10 judged", id="too little was judged"),
        pytest.param("observe", seen(20, 300), (30, 1), "ask", "3% false alarms", id="earned"),
        pytest.param("observe", seen(20, 300), (30, 3), "", "tune rules", id="false alarms first"),
        pytest.param("ask", seen(20, 300), (30, 0), "enforce", "0% false alarms", id="earned again"),
        pytest.param(
            "ask",
            seen(20, 300, (Gate("x", asked=9, approved=5, refused=4),)),
            (30, 0),
            "",
            "would be denied",
            id="approved",
        ),
        pytest.param("enforce", seen(20, 300), (30, 20), "ask", "40% of 50 judged", id="and back"),
        pytest.param(
            "enforce", seen(20, 300, (Gate("x", asked=20, approved=20),)), (0, 0), "", "ask for less", id="always yes"
        ),
        pytest.param("enforce", seen(20, 300), (30, 1), "", "nothing speaks against it", id="stay"),
    ],
)
def test_a_mode_earns_its_next_step(level: str, figures: Figures, judged: tuple[int, int], to: str, why: str) -> None:
    step = next_step(level, figures, judged_true=judged[0], judged_false=judged[1])
    assert (step.to, why in step.why) == (to, True), step


def test_terminal_shows_every_section(repository: Path) -> None:
    append(PLAIN._replace(verdict="deny", rules=("github-pat",), folder=str(repository)))
    append(PLAIN._replace(verdict="ask", acts=("protected-push",), subjects=("main",), call="1"))
    append(PLAIN._replace(event="answer", call="1", answer="approved"))
    done = agentguard("report", cwd=repository)
    page = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    for part in (
        "Decisions by day",
        "protected-push",
        "github-pat",
        "every line is there and as it was written",
        "Mode",
    ):
        assert part in page
    assert "\x1b" not in page


def test_what_the_guard_asked_and_the_person_approved_is_joined(repository: Path) -> None:
    call = {"session_id": "s", "cwd": str(repository), "tool_name": "Bash", "tool_use_id": "call-1"}
    call["tool_input"] = {"command": "terraform destroy"}
    assert answer_to({**call, "hook_event_name": "PreToolUse"}, cwd=repository).verdict == "ask"
    done = {"hook_event_name": "PostToolUse", "tool_response": {"stdout": "", "stderr": "", "interrupted": False}}
    answer_to({**call, **done}, cwd=repository)
    page = agentguard("report", cwd=repository).stdout.decode()
    assert re.search(r"infrastructure +- +1 +1 +- ", page), page


def test_a_standing_grant_is_shown_until_it_expires(repository: Path) -> None:
    grant("git push", folder=str(repository), seconds=60, session="", shown="git push")
    assert re.search(
        r"0 d +[0-9-]{10} +a person at this terminal +git push", agentguard("report", cwd=repository).stdout.decode()
    )


def test_without_a_journal_there_is_a_report_all_the_same(repository: Path) -> None:
    done = agentguard("report", cwd=repository)
    assert (done.returncode, b"nothing has been journaled yet" in done.stdout) == (0, True)
    assert agentguard("report", "--html", "r.html", cwd=repository).returncode == 0
    assert "Nothing has been journaled yet" in (repository / "r.html").read_text(encoding="utf-8")


def test_a_tampered_journal_is_told_in_both(repository: Path) -> None:
    for _ in range(3):
        append(PLAIN)
    path = Path(journal_file())
    path.write_bytes(path.read_bytes().replace(b"src/a.py", b"src/b.py", 1))
    assert b"edited: the line is not as it was written" in agentguard("report", cwd=repository).stdout
    agentguard("report", "--html", "r.html", cwd=repository)
    assert "edited: the line is not as it was written" in (repository / "r.html").read_text(encoding="utf-8")


def test_the_page_is_self_contained_and_runs_nothing(repository: Path) -> None:
    append(PLAIN._replace(verdict="deny", rules=("<script>alert(1)</script>",), path='"><img src=x onerror=alert(1)>'))
    append(PLAIN._replace(acts=("no-verify",), tool="<u>\x1b[31m", verdict="deny", hosts=("<i>.example",)))
    (repository / "agentguard.toml").write_text('[owner]\nname = "<script>1</script>"\n', encoding="utf-8")
    assert agentguard("report", "--html", "r.html", cwd=repository).returncode == 0
    page = (repository / "r.html").read_text(encoding="utf-8")
    assert not re.search(r"<script|<img|<u>|\bon[a-z]+=|https?://|url\(|@import|\x1b", page)
    assert "default-src 'none'" in page
    assert "&lt;script&gt;alert(1)" in page


def test_only_the_asked_period_is_counted(repository: Path) -> None:
    append(PLAIN)
    assert b"0 decisions" in agentguard("report", "--since", "2999-01-01", cwd=repository).stdout
    assert b"1 decisions" in agentguard("report", "--since", "1h", cwd=repository).stdout


def test_exceptions_and_judgements_are_shown(repository: Path) -> None:
    salt = "0f" * 32
    text = f'[fingerprint]\nsalt = "{salt}"\n[[allow]]\nreason = "why"\nowner = "who"\n'
    text += "since = 2000-12-01\nexpires = 2001-01-01\n"
    (repository / "agentguard.toml").write_text(text + 'path = "a.txt"\nrule = "x"\n', encoding="utf-8")
    line = {"fingerprint": "ab" * 16, "rule": "some-rule", "word": "false", "note": "", "by": "b", "day": "2026-01-01"}
    (repository / ".agentguard-audit.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    page = agentguard("report", cwd=repository).stdout.decode()
    assert re.search(r"expired +[0-9]{4,} d +2001-01-01 +who +x in a.txt +why", page)
    assert re.search(r"some-rule +- +1 +- +100%", page)
