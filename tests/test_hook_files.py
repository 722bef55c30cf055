"""Turns events that are about files into verdicts on what those files hold, or will hold."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.hooking import Answer, answer_to
from tests.making import sample


def prompt(cwd: Path, text: str, **fields: Any) -> dict[str, Any]:
    return {"session_id": "s", "cwd": str(cwd), "hook_event_name": "UserPromptSubmit", "prompt": text, **fields}


def call(cwd: Path, tool: str, **tool_input: Any) -> dict[str, Any]:
    named = {"tool_name": tool, "tool_input": tool_input}
    return {"session_id": "s", "cwd": str(cwd), "hook_event_name": "PreToolUse", **named}


def token() -> str:
    return sample("ghp_<alnum:30><crc62:6>")


@pytest.mark.parametrize(
    "mention",
    [
        pytest.param("@keys.env", id="relative"),
        pytest.param("look at @./keys.env, please", id="punctuation behind it"),
        pytest.param("(@keys.env)", id="in brackets"),
        pytest.param("@{folder}/keys.env", id="absolute"),
        pytest.param("@~/home.env", id="in the home folder"),
        pytest.param('see @"two words.env"', id="quoted"),
        pytest.param("@keys.env#L2", id="the line it stands on"),
        pytest.param("@keys.env#L1-3", id="a range around it"),
        pytest.param("@keys.env#L1 and @keys.env", id="a range and the whole file"),
        pytest.param("@link.env", id="a link to it"),
        pytest.param("@pipe", id="a pipe cannot be looked into"),
    ],
)
def test_prompt_that_mentions_a_file_with_a_credential_is_blocked(tmp_path: Path, home: Path, mention: str) -> None:
    credential = token()
    text = f"first\nTOKEN={credential}\nlast\n"
    for path in (tmp_path / "keys.env", tmp_path / "two words.env", home / "home.env"):
        path.write_text(text)
    (tmp_path / "link.env").symlink_to("keys.env")
    os.mkfifo(tmp_path / "pipe")
    answer = answer_to(prompt(tmp_path, mention.format(folder=tmp_path)))
    assert (answer.status, answer.verdict) == (2, "block")
    assert credential.encode() not in answer.output + answer.words
    assert b"line 2" in answer.words or b"pipe: is no file" in answer.words


@pytest.mark.parametrize(
    "mention",
    [
        "@keys.env#L1",
        "@keys.env#L3-9",
        "keys.env",
        "@folder",
        "@none.env",
        "someone@keys",
        "@",
        '@""',
        "@\0",
        "@agent-x",
    ],
)
def test_prompt_by_which_no_credential_is_sent_is_let_through(tmp_path: Path, mention: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "keys.env").write_text(f"first\nTOKEN={token()}\nlast\n")
    assert answer_to(prompt(tmp_path, mention)) == Answer(0, b"", b"")


def test_mentioned_archive_is_looked_into(tmp_path: Path) -> None:
    credential = token()
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes/keys.env", f"first\nTOKEN={credential}\n" * 50)
    answer = answer_to(prompt(tmp_path, "@all.zip"))
    assert (answer.status, answer.verdict) == (2, "block")
    assert b"all.zip!notes/keys.env" in answer.words
    assert credential.encode() not in answer.output + answer.words


def test_mentioned_archive_without_a_credential_is_let_through(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", "nothing\n" * 50)
    assert answer_to(prompt(tmp_path, "@all.zip")) == Answer(0, b"", b"")


def test_mentioned_archive_that_grows_is_named(tmp_path: Path) -> None:
    (tmp_path / "all.gz").write_bytes(gzip.compress(b"\0" * 64_000_000))
    answer = answer_to(prompt(tmp_path, "@all.gz"))
    assert answer.verdict == "block"
    assert b"all.gz: gzip: not scanned" in answer.words


def test_mentioned_file_that_is_too_large_is_named(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(33 * 1024 * 1024)
    answer = answer_to(prompt(tmp_path, "@large"))
    assert answer.verdict == "block"
    assert b"large: is larger than" in answer.words


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_mentioned_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "closed").write_text("x")
    (tmp_path / "closed").chmod(0)
    assert b"closed: cannot be read" in answer_to(prompt(tmp_path, "@closed")).words


@pytest.mark.parametrize("place", ["CLAUDE.md", "CLAUDE.local.md", ".claude/CLAUDE.md", "../CLAUDE.md", "imported.md"])
def test_instructions_that_hold_a_credential_are_not_sent(repository: Path, place: str) -> None:
    folder = repository / "below"
    (folder / ".claude").mkdir(parents=True)
    (folder / place).write_text(f"use {token()}\n")
    if place == "imported.md":
        (folder / "CLAUDE.md").write_text("See @imported.md for more.\n")
    assert answer_to(prompt(folder, "hello")).verdict == "block"


@pytest.mark.parametrize("place", [".claude/commands/greet.md", ".claude/skills/greet/SKILL.md"])
def test_command_or_skill_that_holds_a_credential_is_not_sent(tmp_path: Path, place: str) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(f"curl -H 'Authorization: token {token()}'\n")
    named = {"hook_event_name": "UserPromptExpansion", "command_name": "greet", "command_args": "", "prompt": "/greet"}
    assert answer_to({**prompt(tmp_path, ""), **named}).verdict == "block"
    if "skills" in place:
        assert answer_to(call(tmp_path, "Skill", skill="greet")).verdict == "deny"


def halves() -> tuple[str, str]:
    credential = token()
    return credential[:20], credential[20:]


@pytest.mark.parametrize(
    ("before", "edit"),
    [
        pytest.param("key = '{0}@'\n", {"old_string": "@", "new_string": "{1}"}, id="the rest is put in"),
        pytest.param("key = '{0}@@{1}'\n", {"old_string": "@@", "new_string": ""}, id="what parts it is taken out"),
        pytest.param(
            "a @ b\nkey = '{0}@'\n", {"old_string": "@", "new_string": "{1}", "replace_all": True}, id="everywhere"
        ),
        pytest.param("key = '{0}@'\r\n\r\n", {"old_string": "@'\n", "new_string": "{1}'\n"}, id="other line ends"),
        pytest.param("k = \u2018{0}@\u2019\n", {"old_string": "'{0}@'", "new_string": "'{0}{1}'"}, id="other quotes"),
        pytest.param(
            "key = '@%'\n",
            {"edits": [{"old_string": "@", "new_string": "{0}"}, {"old_string": "%", "new_string": "{1}"}]},
            id="in two edits of one call",
        ),
        pytest.param("key = '{0}@'\n", {"edits": [{"oldText": "@", "newText": "{1}"}]}, id="by the tool of a server"),
        pytest.param("", {"old_string": "", "new_string": "{0}{1}"}, id="into an empty file"),
    ],
)
def test_key_that_an_edit_completes_is_denied(tmp_path: Path, before: str, edit: dict[str, Any]) -> None:
    first, second = halves()
    path = tmp_path / "a.py"
    path.write_bytes(before.format(first, second).encode())
    filled = json.loads(json.dumps(edit).replace("{0}", first).replace("{1}", second))
    answer = answer_to(call(tmp_path, "Edit", file_path=str(path), **filled))
    assert answer.verdict == "deny"
    assert (first + second).encode() not in answer.output + answer.words


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({"old_string": "port = 1", "new_string": "port = 2"}, id="another line"),
        pytest.param({"old_string": "= 1\n", "new_string": "= 1  # first\n"}, id="a comment"),
        pytest.param(
            {"old_string": "port = 1\n{key}\n", "new_string": "port = 2\n{key}\n"}, id="lines around it are repeated"
        ),
        pytest.param({"old_string": "{key}", "new_string": "os.environ['KEY']"}, id="it is taken out"),
        pytest.param({"old_string": "none such", "new_string": "x"}, id="an edit that does not fit"),
        pytest.param({"old_string": 7, "new_string": ["x"]}, id="values of the wrong type"),
    ],
)
def test_key_that_was_in_the_file_before_is_not_the_edits(tmp_path: Path, edit: dict[str, Any]) -> None:
    credential = token()
    path = tmp_path / "a.py"
    path.write_text(f"port = 1\nkey = '{credential}'\n")
    filled = json.loads(json.dumps(edit).replace("{key}", f"key = '{credential}'"))
    assert answer_to(call(tmp_path, "Edit", file_path=str(path), **filled)) == Answer(0, b"", b"")


def test_line_of_a_long_file_is_told_as_it_is_there(tmp_path: Path) -> None:
    first, second = halves()
    path = tmp_path / "long.py"
    path.write_text("x = 1\n" * 100_000 + f"key = '{first}@'\n" + "y = 2\n" * 100_000)
    answer = answer_to(call(tmp_path, "Edit", file_path=str(path), old_string="@", new_string=second))
    assert f"{path}, line 100001".encode() in answer.words


def notebook(path: Path, *sources: str) -> str:
    cells = [{"id": f"c{number}", "cell_type": "code", "source": text} for number, text in enumerate(sources)]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    return str(path)


@pytest.mark.parametrize("more", [{"cell_id": "c1"}, {"cell_id": "cell-1"}, {"cell_id": "c0", "edit_mode": "insert"}])
def test_cell_is_judged_among_the_others(tmp_path: Path, more: dict[str, str]) -> None:
    path = notebook(tmp_path / "a.ipynb", f"key = '{token()}'\n", "print(1)")
    clean = call(tmp_path, "NotebookEdit", notebook_path=path, new_source="print(2)", **more)
    assert answer_to(clean) == Answer(0, b"", b"")
    denied = call(tmp_path, "NotebookEdit", notebook_path=path, new_source=f"key = '{token()}'", **more)
    assert answer_to(denied).verdict == "deny"


def test_file_that_cannot_be_looked_into_is_asked_about(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    edit = call(tmp_path, "Edit", file_path=str(tmp_path / "pipe"), old_string="a", new_string="b")
    assert answer_to(edit).verdict == "ask"
