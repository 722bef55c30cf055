"""Turns `policy init`, `check` and `show` into their exit status, files and words."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from agentguard_secrets.model import Owner
from agentguard_secrets.state.policyfile import DEFAULTS, load_policy
from agentguard_secrets.state.policyschema import KEYS
from tests.running import agentguard, scanned

ALLOW = '[[allow]]\nreason = "why"\nowner = "who"\nexpires = {expires}\npath = "a.txt"\nrule = "{rule}"\n'


def test_init_writes_the_defaults_with_comments_and_a_salt(repository: Path) -> None:
    assert agentguard("policy", "init", cwd=repository).returncode == 0
    policy = load_policy(repository)
    same = {"sources": (), "digest": DEFAULTS.digest, "salt": "", "root": "", "tests": ()}
    assert policy._replace(**same) == DEFAULTS
    assert re.fullmatch("[0-9a-f]{64}", policy.salt)


def test_init_makes_a_new_salt_each_time(tmp_path: Path) -> None:
    salts = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        agentguard("policy", "init", name, cwd=tmp_path)
        salts.add(load_policy(tmp_path / name).salt)
    assert len(salts) == 2


def test_init_writes_into_the_root_of_the_repository(repository: Path) -> None:
    (repository / "a").mkdir()
    assert agentguard("policy", "init", cwd=repository / "a").returncode == 0
    assert (repository / "agentguard.toml").is_file()


def test_init_never_overwrites(repository: Path) -> None:
    (repository / "agentguard.toml").write_text("# mine\n", encoding="utf-8")
    done = agentguard("policy", "init", cwd=repository)
    assert done.returncode == 2
    assert b"expected no policy file, found one; it stays as it is" in done.stderr
    assert (repository / "agentguard.toml").read_text(encoding="utf-8") == "# mine\n"


def test_init_into_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    done = agentguard("policy", "init", "missing", cwd=tmp_path)
    assert (done.returncode, b"cannot be written" in done.stderr) == (2, True)


def test_our_own_scanner_is_silent_about_a_new_policy(repository: Path) -> None:
    agentguard("policy", "init", cwd=repository)
    status, document = scanned("agentguard.toml", cwd=repository)
    assert (status, document["findings"]) == (0, [])


def test_the_commented_exception_is_valid_when_it_is_used(repository: Path) -> None:
    agentguard("policy", "init", cwd=repository)
    path = repository / "agentguard.toml"
    text = path.read_text(encoding="utf-8")
    begin, end = text.index("# [[allow]]"), text.index("# What this policy is meant to do")
    path.write_text(text[:begin] + text[begin:end].replace("# ", "") + text[end:], encoding="utf-8")
    assert len(load_policy(repository).allow) == 1


def test_check_asks_for_an_owner(repository: Path) -> None:
    agentguard("policy", "init", cwd=repository)
    done = agentguard("policy", "check", cwd=repository)
    assert (done.returncode, done.stdout.decode()) == (0, f"{repository.resolve() / 'agentguard.toml'}: valid\n")
    assert b"warning: owner.name: nobody is named" in done.stderr


def test_check_is_silent_about_a_policy_with_an_owner(repository: Path) -> None:
    (repository / "agentguard.toml").write_text('[owner]\nname = "Security"\n', encoding="utf-8")
    done = agentguard("policy", "check", cwd=repository)
    assert (done.returncode, done.stderr) == (0, b"")


def test_check_of_a_broken_policy_is_2_and_names_the_place(repository: Path) -> None:
    (repository / "agentguard.toml").write_text("[mode]\nlevle = 'ask'\n", encoding="utf-8")
    done = agentguard("policy", "check", cwd=repository)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"agentguard.toml:2: mode.levle: unknown key; did you mean 'level'?" in done.stderr


def test_check_of_a_named_file_that_is_missing_is_2(repository: Path) -> None:
    done = agentguard("policy", "check", "other.toml", cwd=repository)
    assert (done.returncode, b"other.toml: expected a policy file, found none" in done.stderr) == (2, True)


def test_check_without_a_policy_says_that_the_defaults_hold(repository: Path) -> None:
    done = agentguard("policy", "check", cwd=repository)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"the defaults do" in done.stdout


def test_check_warns_of_what_is_valid_and_weak(repository: Path) -> None:
    text = "[owner]\nname = 'n'\nnotify = ['no-such-program']\n[mode]\nlevel = 'observe'\n"
    text += ALLOW.format(expires="2001-01-01", rule="github-pat") + ALLOW.format(
        expires="2999-01-01", rule="no-such-rule"
    )
    (repository / "agentguard.toml").write_text(text, encoding="utf-8")
    warned = agentguard("policy", "check", cwd=repository).stderr.decode().splitlines()
    assert [line.split(": ")[1] for line in warned if "there is no rule" not in line] == [
        "no-such-program",
        "mode.level",
        "allow",
    ]
    assert [line for line in warned if "no-such-rule in a.txt: there is no rule with this id" in line]
    assert [line for line in warned if "expired on 2001-01-01" in line]


def test_show_is_one_page(repository: Path) -> None:
    text = '[owner]\nname = "Security"\ncontact = "#sec"\n' + ALLOW.format(expires="2001-01-01", rule="x")
    (repository / "agentguard.toml").write_text(text, encoding="utf-8")
    done = agentguard("policy", "show", cwd=repository)
    page = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(page.splitlines()) < 64
    for part in (
        "Security <#sec>",
        "enforce",
        "write        deny      ask",
        "EXPIRED 2001-01-01  x in a.txt  who: why",
    ):
        assert part in page


def test_show_without_a_policy_prints_the_defaults(repository: Path) -> None:
    page = agentguard("policy", "show", cwd=repository).stdout.decode()
    assert "no file: these are the defaults" in page
    assert load_policy(repository).owner == Owner()


def test_nothing_in_a_policy_steers_the_terminal(repository: Path) -> None:
    (repository / "agentguard.toml").write_text('[owner]\nname = "a\\u001b]0;b\\u202e\\nc"\n', encoding="utf-8")
    page = agentguard("policy", "show", cwd=repository).stdout.decode()
    assert "Owner        a?]0;b??c\n" in page
    (repository / "agentguard.toml").write_text('["\\u001b]0;b"]\n', encoding="utf-8")
    assert b"\x1b" not in agentguard("policy", "check", cwd=repository).stderr


def test_init_says_every_key_or_shows_it_in_a_comment(repository: Path) -> None:
    agentguard("policy", "init", cwd=repository)
    text = (repository / "agentguard.toml").read_text(encoding="utf-8")
    said = tomllib.loads(re.sub(r'^# (\w+ = [\["].*)$', r"\1", text, flags=re.MULTILINE))
    missing = [name for name in KEYS if not reached(said, name.split("."))]
    assert missing == []


def reached(said: dict[str, Any], names: list[str]) -> bool:
    value: Any = said
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def test_test_asks_the_guard_itself(repository: Path) -> None:
    token = '[[test]]\nname = "token"\nsecret = "ghp_<alnum:30><crc62:6>"\nverdict = "{verdict}"\n'
    token += "event = {{ tool_name = 'Write', tool_input = {{ file_path = 'a.py', content = 't = \"<secret>\"' }} }}\n"
    harmless = "[[test]]\nevent = 'ls -l'\nexpect = 'allow'\n"
    path = repository / "agentguard.toml"
    path.write_text(token.format(verdict="deny") + harmless, encoding="utf-8")
    done = agentguard("policy", "test", cwd=repository)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "ok      deny    token",
        "ok      allow   ls -l",
        "2 of 2 as expected",
    ]
    path.write_text(token.format(verdict="allow") + harmless, encoding="utf-8")
    done = agentguard("policy", "test", cwd=repository)
    assert done.returncode == 1
    assert f"FAILED  {path.resolve()}: test[1]: token: expected allow, got deny".encode() in done.stdout
    assert b"1 of 2 as expected" in done.stdout


def test_a_new_policy_does_what_its_own_tests_say(repository: Path) -> None:
    agentguard("policy", "init", cwd=repository)
    done = agentguard("policy", "test", cwd=repository)
    assert (done.returncode, b"4 of 4 as expected" in done.stdout) == (0, True), done.stdout


def test_test_without_entries_tests_nothing_and_is_2(repository: Path) -> None:
    (repository / "agentguard.toml").write_text("[mode]\nlevel = 'ask'\n", encoding="utf-8")
    done = agentguard("policy", "test", cwd=repository)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"nothing tested" in done.stderr


def test_test_of_a_named_file_uses_its_verdicts(repository: Path) -> None:
    text = "[verdicts]\nwrite.high = 'ask'\n[[test]]\nsecret = 'ghp_<alnum:30><crc62:6>'\nverdict = 'ask'\n"
    text += "event = { tool_name = 'Write', tool_input = { file_path = 'a.py', content = \"t = '<secret>'\" } }\n"
    (repository / "other.toml").write_text(text, encoding="utf-8")
    assert agentguard("policy", "test", "other.toml", cwd=repository).returncode == 0


def test_test_leaves_no_trace_in_the_journal_and_tells_nobody(repository: Path, home: Path) -> None:
    text = "[owner]\nnotify = ['sh', '-c', 'cat > told']\n[[test]]\nsecret = 'ghp_<alnum:30><crc62:6>'\n"
    text += "event = { tool_name = 'Bash', tool_input = { command = 'echo <secret>' } }\nverdict = 'deny'\n"
    (repository / "agentguard.toml").write_text(text, encoding="utf-8")
    assert agentguard("policy", "test", cwd=repository).returncode == 0
    assert list(home.rglob("journal*")) == []
    assert not (repository / "told").exists()


def test_test_of_a_wrong_secret_or_event_names_the_entry(repository: Path) -> None:
    path = repository / "agentguard.toml"
    for text, message in (
        ("[[test]]\nevent = 'ls'\nsecret = '<alnm:3>'\nverdict = 'deny'\n", "test[1].secret: "),
        ("[[test]]\nevent = '{ls'\nverdict = 'deny'\n", "test[1].event: expected JSON"),
    ):
        path.write_text(text, encoding="utf-8")
        done = agentguard("policy", "test", cwd=repository)
        assert (done.returncode, message.encode() in done.stderr) == (2, True)


def test_explain_tells_which_file_decided(repository: Path, home: Path) -> None:
    user = home / ".config" / "agentguard" / "policy.toml"
    user.parent.mkdir(parents=True)
    user.write_text("locked = ['journal']\n[mode]\nlevel = 'ask'\n", encoding="utf-8")
    path = repository / "agentguard.toml"
    path.write_text("[mode]\nlevel = 'enforce'\n", encoding="utf-8")
    done = agentguard("policy", "explain", "mode", cwd=repository)
    assert done.stdout.decode().splitlines() == [
        f"mode.level = enforce    ({path.resolve()})",
        f"    {user}: ask",
        "mode.on_error = deny    (built in)",
        "mode.deadline = 10.0    (built in)",
        "mode.failed_output = stop    (built in)",
    ]
    locked = agentguard("policy", "explain", "journal.keep", cwd=repository).stdout.decode()
    assert f"    locked by {user}\n" in locked
    wrong = agentguard("policy", "explain", "mode.levl", cwd=repository)
    assert (wrong.returncode, b"did you mean 'mode.level'?" in wrong.stderr) == (2, True)


def test_explain_lists_what_is_built_in_when_it_is_asked_for_alone(repository: Path) -> None:
    words = agentguard("policy", "explain", "paths.secret", cwd=repository).stdout.decode()
    assert "id_ed25519" in words
    assert "id_ed25519" not in agentguard("policy", "explain", cwd=repository).stdout.decode()
