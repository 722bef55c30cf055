"""Turns one call after the other with a credential in it, of every tool that takes a text, into refusals."""

from __future__ import annotations

import base64
import json

import pytest

from tests.e2e.script import call
from tests.e2e.workplace import Workplace, bash, token

_LATER = "NotebookEdit,WebFetch,WebSearch,CronCreate,SendMessage,Monitor"


def test_no_tool_takes_a_credential(work: Workplace) -> None:
    credential = token()
    cell = {"cell_type": "code", "id": "a", "source": "x = 1", "outputs": [], "metadata": {}, "execution_count": None}
    kept = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    notebook = str(work.write("n.ipynb", kept))
    work.write(".claude/skills/leak/SKILL.md", f"---\nname: leak\ndescription: d\n---\nuse {credential}\n")
    calls = [
        call("WebFetch", url=f"http://127.0.0.1:9/?k={credential}", prompt="x"),
        call("WebSearch", query=f"what is {credential}"),
        call("CronCreate", cron="0 9 * * *", prompt=f"use {credential}", recurring=False),
        call("SendMessage", to="x", summary="s", message=f"k {credential}"),
        call("Monitor", command=f"echo {credential}", description="d", timeout_ms=3000, persistent=False),
        call("NotebookEdit", notebook_path=notebook, cell_id="a", new_source=f"k = '{credential}'"),
        call("Skill", skill="leak"),
    ]
    found = call("ToolSearch", query=f"select:{_LATER}", max_results=10)
    done = work.talk(found, call("Read", file_path=notebook), *calls)
    for number, each in enumerate(calls, 2):
        assert "rule github-pat" in done.model.seen(number), each["name"]
    assert (work.folder / "n.ipynb").read_text() == kept
    denied = [line["tool"] for line in work.journal() if line["verdict"] == "deny"]
    assert denied == [each["name"] for each in calls]
    assert credential not in json.dumps(work.journal())


def test_edit_everywhere_is_judged_by_the_file_as_it_will_be(work: Workplace) -> None:
    credential = token()
    path = work.write("a.py", f"a = '@'\nb = '@'\nkey = '{credential[:10]}@'\n")
    edit = call("Edit", file_path=str(path), old_string="@", new_string=credential[10:], replace_all=True)
    done = work.talk(call("Read", file_path=str(path)), edit)
    assert "a.py, line 3" in done.model.seen(1)
    assert "os.environ['API_KEY']" in done.model.seen(1)
    assert path.read_text().count("@") == 3


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("cat > made.env <<'E'\nT={0}\nE", id="here-document"),
        pytest.param("echo T={0} > made.env", id="echo"),
        pytest.param("echo T={0} | tee made.env", id="tee"),
        pytest.param("touch made.env; sed -i '$a {0}' made.env", id="sed"),
        pytest.param("touch made.env; git config --file made.env user.token {0}", id="git config"),
        pytest.param("printf {1} | base64 -d > made.env", id="decoded"),
    ],
)
def test_command_that_writes_a_credential_does_not_run(work: Workplace, command: str) -> None:
    credential = token()
    encoded = base64.b64encode(f"TOKEN={credential}\n".encode()).decode()
    done = work.talk(bash(command.format(credential, encoded)))
    assert "rule github-pat" in done.model.seen(0)
    assert "environment variable" in done.model.seen(0)
    assert not (work.folder / "made.env").exists()
    assert credential not in done.model.seen(0)
