"""Turns every rule's words into proof that the guard does not take its own messages and tags for credentials."""

from __future__ import annotations

import secrets

import pytest

from agentguard_secrets.detect import table
from agentguard_secrets.detect.engine import default_detector, rule_of, scan_chunk
from agentguard_secrets.detect.redact import tag_of
from agentguard_secrets.model import Event, Field, Finding, Rule, Span
from agentguard_secrets.protocol.claude import chunk_of, placed
from agentguard_secrets.protocol.claude_advice import _BY_NAME, _BY_SUFFIX, _FILLED_IN, advice
from agentguard_secrets.protocol.claude_message import (
    Located,
    Told,
    blocked_prompt,
    masked,
    question,
    refusal,
    unmaskable,
    withheld,
)
from tests.making import sample

RULES = [rule_of(row) for row in table.RULES]
DETECTOR = default_detector(b"")
FORMS = ("{tag}", "password = '{tag}'", '{{"token": "{tag}"}}', "https://user:{tag}@host/", "{word}_key={tag}")


def found(text: str) -> list[str]:
    """The rules that hold for an output of this text, as the guard scans it."""
    event = Event("PostToolUse", "output", "Bash", "", "", "", (), {})
    chunk, offset = chunk_of(event, Field(("tool_response", "stdout"), text))
    return [finding.rule_id for finding in placed(scan_chunk(chunk, DETECTOR), offset)]


def located(rule: Rule) -> Located:
    finding = Finding(
        rule_id=rule.id,
        title=rule.title,
        severity=rule.severity,
        confidence=rule.confidence,
        proof="pattern",
        path="/src/app.py",
        span=Span(0, 20),
        line=1,
        column=1,
        end_line=1,
        end_column=21,
        commit=None,
        origin="write",
        fingerprint=secrets.token_hex(16),
        preview="",
    )
    return Located(field=Field(("tool_input", "api_key"), ""), finding=finding, tag=tag_of(finding))


def test_there_are_rules() -> None:
    assert len(RULES) > 50


def test_messages_about_a_finding_of_any_rule_are_clean() -> None:
    event = Event("PreToolUse", "write", "Write", "", "", "/src/app.py", (), {})
    texts = [
        say(Told(event, (located(rule),)))
        for rule in RULES
        for say in (refusal, question, withheld, blocked_prompt, masked, unmaskable)
    ]
    assert {text: rules for text in texts if (rules := found(text))} == {}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/src/app.py", "os.environ['API_KEY']"),
        ("/src/app.ts", "process.env.API_KEY"),
        ("C:\\src\\Main.java", 'System.getenv("API_KEY")'),
        ("/src/main.go", 'os.Getenv("API_KEY")'),
        ("/Dockerfile.test", "--mount=type=secret"),
        ("/src/app.mjs", "process.env.API_KEY"),
        ("/src/App.kt", 'System.getenv("API_KEY")'),
        ("/lib/app.rb", 'ENV.fetch("API_KEY")'),
        ("/src/main.rs", 'std::env::var("API_KEY")'),
        ("/public/index.php", "getenv('API_KEY')"),
        ("/src/Program.cs", 'Environment.GetEnvironmentVariable("API_KEY")'),
        ("/bin/deploy.sh", '"${API_KEY:?}"'),
        ("/bin/deploy.ps1", "$env:API_KEY"),
        ("/Dockerfile", "--mount=type=secret"),
        ("/docker-compose.yaml", "${API_KEY}, filled in"),
        ("/main.tf", "sensitive = true"),
        ("/prod.tfvars", "TF_VAR_api_key"),
        ("/package.json", "a file that git ignores"),
        ("/.github/workflows/ci.yml", "${{ secrets.API_KEY }}"),
        ("/deploy/values.yml", "${API_KEY}, filled in"),
        ("/.env.local", "a file that git ignores"),
        ("/settings.json", "a file that git ignores"),
        ("/README", "code that reads the value when it runs"),
        ("", "code that reads the value when it runs"),
    ],
)
def test_what_to_do_instead_is_said_in_the_language_of_the_file(path: str, words: str) -> None:
    event = Event("PreToolUse", "write", "Write", "", "", path, (), {})
    said = refusal(Told(event, (located(RULES[0]),)))
    assert words in said
    assert "secret manager" in said
    assert found(said) == []


@pytest.mark.parametrize("face", ["command", "tool", "write"])
def test_every_advice_is_clean(face: str) -> None:
    texts = {advice(face, f"/a.{suffix}") for suffix in (*_BY_SUFFIX, *_FILLED_IN)}
    texts |= {advice(face, f"/{name}") for name in _BY_NAME}
    assert {text: rules for text in texts if (rules := found(text))} == {}


@pytest.mark.parametrize("form", FORMS)
def test_tag_of_any_rule_in_place_of_a_credential_is_clean(form: str) -> None:
    texts = [form.format(tag=located(rule).tag, word=rule.keywords[0]) for rule in RULES]
    assert {text: rules for text in texts if (rules := found(text))} == {}


def test_credential_in_the_form_of_a_tag_is_found() -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    assert found(f"[REDACTED:github-pat:{credential}]") == ["github-pat"]
