"""Turns scan results into proof that each report format says what was found, what was not scanned, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agentguard_secrets.model import Finding, ScanResult, Span, Unread
from agentguard_secrets.report.formats import FORMATS, rendered
from tests.making import sample
from tests.running import agentguard

FINDING = Finding(
    rule_id="github-pat",
    title="GitHub personal access token",
    severity="critical",
    confidence="high",
    proof="checksum",
    path="sub folder/app.py",
    span=Span(9, 49),
    line=2,
    column=10,
    end_line=2,
    end_column=50,
    commit=None,
    origin="file",
    fingerprint="0123abcd" * 4,
    preview="ghp_… (40 characters)",
)
HOSTILE = "\x1b[2J<script>,:%\r\n]]>\udcff\ud800.py"


def result(*findings: Finding, unread: tuple[Unread, ...] = ()) -> ScanResult:
    return ScanResult(findings, unread, {"chunks": 3, "characters": 90})


def sarif(*findings: Finding, unread: tuple[Unread, ...] = ()) -> dict[str, object]:
    run: dict[str, object] = json.loads(rendered(result(*findings, unread=unread), "sarif"))["runs"][0]
    return run


def parsed(report: str) -> ElementTree.Element:
    return ElementTree.fromstring(report)  # noqa: S314 - made by us


def at_path(path: str) -> Finding:
    return FINDING._replace(path=path)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_the_finding_and_the_unread_part(name: str) -> None:
    text = rendered(result(FINDING, unread=(Unread("big.bin", "too large"),)), name)
    for word in ("GitHub personal access token", "github-pat", "app.py", "big.bin", "too large"):
        assert word in text


@pytest.mark.parametrize("name", FORMATS)
def test_no_path_can_steer_the_reader(name: str) -> None:
    text = rendered(result(at_path(HOSTILE), unread=(Unread(HOSTILE, HOSTILE),)), name)
    text.encode("utf-8")
    assert "\x1b" not in text
    assert name not in {"html", "junit"} or "<script>" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_command_line_gives_each_format_without_the_credential(tmp_path: Path, name: str) -> None:
    token = sample("ghp_<alnum:30><crc62:6>")
    (tmp_path / "app.py").write_text(f"token = '{token}'\n")
    done = agentguard("scan", ".", "--format", name, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"github-pat" in done.stdout
    assert token.encode() not in done.stdout


def test_jsonl_is_one_object_a_line_and_ends_with_the_figures() -> None:
    lines = [json.loads(line) for line in rendered(result(FINDING, unread=(Unread("a", "b"),)), "jsonl").splitlines()]
    assert [line["type"] for line in lines] == ["finding", "unread", "stats"]
    assert (lines[0]["rule"], lines[0]["end_column"], lines[2]["chunks"]) == ("github-pat", 50, 3)


def test_csv_is_read_back_by_the_standard_reader() -> None:
    rows = list(csv.DictReader(io.StringIO(rendered(result(FINDING, unread=(Unread("x,y", 'no "way"'),)), "csv"))))
    assert (rows[0]["rule"], rows[0]["line"], rows[0]["unread"]) == ("github-pat", "2", "")
    assert (rows[1]["path"], rows[1]["unread"]) == ("x,y", 'no "way"')


@pytest.mark.parametrize("path", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1"])
def test_csv_cell_is_no_formula(path: str) -> None:
    row = next(csv.DictReader(io.StringIO(rendered(result(at_path(path)), "csv"))))
    assert row["path"].startswith("'") or row["path"].startswith("\\")


def test_github_annotation_escapes_what_ends_a_value() -> None:
    line = rendered(result(at_path("a:b,c%\n.py")), "github").splitlines()[0]
    assert line.startswith("::error file=a%3Ab%2Cc%25%0A.py,line=2,endLine=2,col=10,endColumn=50,title=GitHub")


def test_github_annotation_of_an_older_commit_names_no_line_of_the_newest() -> None:
    line = rendered(result(FINDING._replace(commit="f" * 40)), "github").splitlines()[0]
    assert "line=2," not in line
    assert "in commit ffffffffffff, line 2" in line


@pytest.mark.parametrize(
    ("severity", "command"), [("critical", "error"), ("high", "error"), ("medium", "warning"), ("low", "notice")]
)
def test_github_annotation_has_the_weight_of_the_severity(severity: str, command: str) -> None:
    assert rendered(result(FINDING._replace(severity=severity)), "github").startswith(f"::{command} ")


def test_junit_counts_a_failure_for_each_rule_and_file_and_an_error_for_each_unread_part() -> None:
    twice = FINDING._replace(line=7, end_line=7)
    document = parsed(rendered(result(FINDING, twice, unread=(Unread("a", "b"),)), "junit"))
    suite = document[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text is not None
    assert ":2:10:" in failure.text
    assert ":7:10:" in failure.text


def test_junit_of_a_clean_run_has_a_case_that_passed() -> None:
    suite = parsed(rendered(result(), "junit"))[0]
    assert [len(case) for case in suite] == [0]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        pytest.param("a b/ä.py", {"uri": "a%20b/%C3%A4.py", "uriBaseId": "%SRCROOT%"}, id="relative"),
        pytest.param("a:b.py", {"uri": "a%3Ab.py", "uriBaseId": "%SRCROOT%"}, id="a colon is no scheme"),
        pytest.param("/srv/a.py", {"uri": "file:///srv/a.py"}, id="absolute"),
        pytest.param("C:\\a b\\c.py", {"uri": "file:///C:/a%20b/c.py"}, id="drive"),
        pytest.param("\udcff.py", {"uri": "%FF.py", "uriBaseId": "%SRCROOT%"}, id="a byte that is no text"),
    ],
)
def test_sarif_names_files_by_uri(path: str, location: dict[str, str]) -> None:
    results = sarif(at_path(path))["results"]
    assert isinstance(results, list)
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"] == location


def test_sarif_result_points_to_its_rule_and_region() -> None:
    run = json.loads(rendered(result(FINDING._replace(rule_id="jwt"), FINDING, FINDING), "sarif"))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[each["ruleIndex"]]["id"] for each in run["results"]] == ["jwt", "github-pat", "github-pat"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 10, "endLine": 2, "endColumn": 50}
    assert rules[1]["help"]["text"].count("revoke") == 1


def test_sarif_run_that_left_something_out_was_not_successful() -> None:
    invocation = sarif(FINDING, unread=(Unread("big.bin", "too large"),))["invocations"]
    assert isinstance(invocation, list)
    assert invocation[0]["executionSuccessful"] is False
    assert "too large" in invocation[0]["toolExecutionNotifications"][0]["message"]["text"]


class Seen(HTMLParser):
    """The elements of a page and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in {"src", "data", "srcset"}]


def test_html_page_loads_and_runs_nothing() -> None:
    page = rendered(result(FINDING, unread=(Unread("a", "b"),)), "html")
    seen = Seen()
    seen.feed(page)
    assert seen.tags.count("article") == 1
    assert seen.sources == []
    assert not {"script", "link", "img", "iframe"} & set(seen.tags)
    assert not re.search(r"@import|url\(", page)


def test_html_page_says_what_is_not_known_to_be_clean() -> None:
    assert "not everything was scanned" in rendered(result(unread=(Unread("a", "b"),)), "html")
