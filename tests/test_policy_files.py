"""Turns policy files of every kind into one policy or one clear error."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard_secrets.errors import PolicyError
from agentguard_secrets.model import Allow, JournalTerms, Owner, Verdict
from agentguard_secrets.state.policyfile import DEFAULTS, load_named, load_policy
from agentguard_secrets.state.policyschema import KEYS
from tests.making import sample

FINGERPRINT = "ab" * 16
ALLOW = '[[allow]]\nreason = "r"\nowner = "o"\nexpires = 2030-01-31\n'
WHOLE = f"{ALLOW}fingerprint = '{FINGERPRINT}'\n"


def repository_with(root: Path, /, **files: str) -> Path:
    """A repository whose policy files have these texts, by folder (`root` is the repository's own)."""
    (root / ".git").mkdir(parents=True, exist_ok=True)
    for folder, text in files.items():
        place = root if folder == "root" else root / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / "agentguard.toml").write_text(text, encoding="utf-8", newline="\n")
    return root


def error_of(root: Path, text: str) -> str:
    repository_with(root, root=text)
    with pytest.raises(PolicyError) as caught:
        load_policy(root)
    path = str(root.resolve() / "agentguard.toml")
    assert str(caught.value).startswith(path)
    return str(caught.value).removeprefix(path)


def user_policy(home: Path, text: str) -> None:
    path = home / ".config" / "agentguard" / "policy.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_policy(tmp_path) == DEFAULTS._replace(root=str(tmp_path.resolve()))


def test_everything_that_can_be_said_is_read(tmp_path: Path) -> None:
    text = f"""\
[owner]
name = "Platform Security"
contact = "#security"
notify = ["tell", "them"]
[mode]
level = "ask"
on_error = "ask"
deadline = 2.5
[verdicts]
write.high = "ask"
output.low = "redact"
push = {{ unread = "allow" }}
[fingerprint]
salt = "{"0f" * 32}"
[journal]
clean = true
{ALLOW}fingerprint = "{FINGERPRINT}"
[[allow]]
reason = "r"
owner = "o"
expires = "2030-01-31"
path = "docs/*.md"
rule = "github-pat"
"""
    policy = load_policy(repository_with(tmp_path, root=text))
    assert policy.owner == Owner("Platform Security", "#security", ("tell", "them"))
    assert (policy.level, policy.on_error, policy.deadline) == ("ask", Verdict.ASK, 2.5)
    assert (policy.salt, policy.journal_clean) == ("0f" * 32, True)
    assert policy.allow == (
        Allow("r", "o", "2030-01-31", fingerprint=FINGERPRINT),
        Allow("r", "o", "2030-01-31", path="docs/*.md", rule="github-pat"),
    )
    changed = {("write", "high"): Verdict.ASK, ("output", "low"): Verdict.REDACT, ("push", "unread"): Verdict.ALLOW}
    for face, row in policy.verdicts.items():
        for about, verdict in row.items():
            assert verdict == changed.get((face, about), DEFAULTS.verdicts[face][about]), (face, about)
    assert policy.sources == (str(tmp_path.resolve() / "agentguard.toml"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[owner]\nname = = 1\n", ":2:8: expected TOML: Invalid value", id="syntax"),
        pytest.param('[owner]\nname = "open\n', ":2:13: expected TOML", id="a string without end"),
        pytest.param("[mode]\nlevel = 'ask'\nlevel = 'ask'\n", ":3:14: expected TOML", id="a key twice"),
        pytest.param("a = " + "[" * 5000, ":1", id="nested too deeply"),
        pytest.param("\n[zzz]\n", ":2: zzz: unknown key; expected one of owner,", id="unknown, nothing near"),
        pytest.param("[verdict]\n", ":1: verdict: unknown key; did you mean 'verdicts'?", id="unknown section"),
        pytest.param("[mode]\nlevl = 1\n", ":2: mode.levl: unknown key; did you mean 'level'?", id="unknown key"),
        pytest.param(
            "[verdicts]\n\nwrte.high = 'ask'\n", ":3: verdicts.wrte: unknown key; did you mean 'write'?", id="face"
        ),
        pytest.param(
            "[verdicts]\nwrite = { high = 'ask', hgh = 'ask' }\n",
            ":2: verdicts.write.hgh: unknown key; did you mean 'high'?",
            id="unknown kind in an inline table",
        ),
        pytest.param(
            "# a\n[verdicts]\n# b\npush.high = 'denny'\n",
            ":4: verdicts.push.high: expected allow, ask or deny, found 'denny'",
            id="unknown verdict",
        ),
        pytest.param(
            "[verdicts]\nwrite.high = 'redact'\n",
            ":2: verdicts.write.high: expected allow, ask or deny, found 'redact'",
            id="only an output can be redacted",
        ),
        pytest.param(
            "[verdicts]\noutput.high = true\n",
            ":2: verdicts.output.high: expected allow, redact, ask or deny, found true",
            id="a verdict of another kind",
        ),
        pytest.param(
            "[verdicts]\nwrite = 'deny'\n", ":2: verdicts.write: expected a table, found 'deny'", id="no table"
        ),
        pytest.param("mode = 'ask'\n", ":1: mode: expected a table, found 'ask'", id="a section that is none"),
        pytest.param(
            "[mode]\nlevel = 'off'\n", ":2: mode.level: expected observe, ask or enforce, found 'off'", id="level"
        ),
        pytest.param(
            "[mode]\nlevel = ['ask']\n", ":2: mode.level: expected observe, ask or enforce, found a list", id="list"
        ),
        pytest.param(
            "[mode]\non_error = 'allow'\n", ":2: mode.on_error: expected ask or deny, found 'allow'", id="on_error"
        ),
        pytest.param(
            "[mode]\ndeadline = 0\n", ":2: mode.deadline: expected seconds between 0.1 and 50.0, found 0", id="zero"
        ),
        pytest.param("[mode]\ndeadline = nan\n", ":2: mode.deadline: expected seconds", id="not a number"),
        pytest.param("[mode]\ndeadline = true\n", ":2: mode.deadline: expected seconds", id="a truth is no number"),
        pytest.param("[mode]\ndeadline = '5'\n", ":2: mode.deadline: expected seconds", id="text is no number"),
        pytest.param(
            "[journal]\nclean = 'yes'\n", ":2: journal.clean: expected true or false, found 'yes'", id="truth"
        ),
        pytest.param("[owner]\nname = 1\n", ":2: owner.name: expected text in quotes, found 1", id="name"),
        pytest.param("[owner]\nnotify = 'tell'\n", ":2: owner.notify: expected a list of a command", id="notify"),
        pytest.param("[owner]\nnotify = [\n'a',\n1]\n", ":2: owner.notify[2]: expected text", id="a list over lines"),
        pytest.param("[fingerprint]\nsalt = '0F'\n", ":2: fingerprint.salt: expected an even number of 32", id="salt"),
        pytest.param(
            "[fingerprint]\nsalt = '" + "g" * 32 + "'\n", ":2: fingerprint.salt: expected", id="salt is no hex"
        ),
        pytest.param(
            "[allow]\nreason = 'r'\n", ":1: allow: expected [[allow]] entries, found a table", id="one bracket"
        ),
        pytest.param("allow = [1]\n", ":1: allow[1]: expected a table, found 1", id="no entry"),
        pytest.param(ALLOW, ":1: allow[1]: expected either 'fingerprint', or 'path' and 'rule'", id="about nothing"),
        pytest.param(
            ALLOW + f"fingerprint = '{FINGERPRINT}'\npath = 'a'\nrule = 'b'\n",
            ":1: allow[1]: expected either 'fingerprint', or 'path' and 'rule'",
            id="about two things",
        ),
        pytest.param(ALLOW + "path = 'a'\n", ":1: allow[1]: expected 'path' and 'rule' together", id="no rule"),
        pytest.param(
            ALLOW + "path = 'a'\nrule = 'b'\n\n[[allow]]\nreason = 'r'\nexpires = 2030-01-01\npath = 'a'\nrule = 'b'\n",
            ":8: allow[2]: expected the key 'owner'",
            id="second entry without owner",
        ),
        pytest.param(
            WHOLE.replace("2030-01-31", "'2030-02-30'"),
            ":4: allow[1].expires: expected a day that exists, as YYYY-MM-DD, found '2030-02-30'",
            id="a day that does not exist",
        ),
        pytest.param(WHOLE.replace("2030-01-31", "'next year'"), ":4: allow[1].expires: expected a day", id="no day"),
        pytest.param(
            WHOLE.replace("2030-01-31", "2030-01-31T10:00:00"), ":4: allow[1].expires: expected a day", id="hour"
        ),
        pytest.param(
            WHOLE.replace('"r"', '" "'), ":2: allow[1].reason: expected text that says something", id="reason"
        ),
        pytest.param(
            ALLOW + "path = '/etc/*'\nrule = 'b'\n", ":5: allow[1].path: expected a path below", id="absolute"
        ),
        pytest.param(ALLOW + "path = '../a'\nrule = 'b'\n", ":5: allow[1].path: expected a path below", id="outside"),
        pytest.param(ALLOW + "fingerprint = 'ab'\n", ":5: allow[1].fingerprint: expected 32 digits", id="a short one"),
        pytest.param('a"""\n' + "[mode]\n", ":1", id="no TOML at all"),
        pytest.param(
            '[owner]\nname = """\n[mode]\nlevl = 1\n"""\n[mode]\nlevl = 1\n', ":7: mode.levl", id="key in a text"
        ),
    ],
)
def test_error_names_file_line_key_what_stood_there_and_what_was_expected(
    tmp_path: Path, text: str, message: str
) -> None:
    assert error_of(tmp_path, text).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[branches]\nprotectd = []\n", ":2: branches.protectd: unknown key; did you mean", id="branches"),
        pytest.param(
            "[branches]\nprotected = 'main'\n", ":2: branches.protected: expected a list of texts", id="no list"
        ),
        pytest.param("[paths]\nsecret = ['']\n", ":2: paths.secret[1]: expected text that says", id="empty glob"),
        pytest.param("[paths]\nsecret = ['a\\b']\n", ":2: paths.secret[1]: expected a glob with /", id="backslash"),
        pytest.param(
            "[commands]\nforcepush = 'ask'\n",
            ":2: commands.forcepush: unknown key; did you mean 'force-push'?",
            id="category",
        ),
        pytest.param(
            "[commands]\nforce-push = 'redact'\n",
            ":2: commands.force-push: expected allow, ask or deny",
            id="act verdict",
        ),
        pytest.param(
            "[verdicts]\nread.secret = 'ask'\n",
            ":2: verdicts.read.secret: unknown key; did you mean 'secret-file'?",
            id="reading",
        ),
        pytest.param("[untrusted]\nthen = 'stop'\n", ":2: untrusted.then: expected allow, ask or deny", id="then"),
        pytest.param("[journal]\nkeep = 90\n", ":2: journal.keep: expected a time like", id="keep without unit"),
        pytest.param("[journal]\nkeep = '0d'\n", ":2: journal.keep: expected a time like", id="keep nothing"),
        pytest.param("[journal]\nrotate = '8'\n", ":2: journal.rotate: expected a size like", id="rotate"),
        pytest.param("[journal]\nanchor = 'svn'\n", ':2: journal.anchor: expected "git", or a list', id="anchor"),
        pytest.param("[journal]\notlp = 'host'\n", ":2: journal.otlp: expected an address like", id="otlp"),
        pytest.param("[journal]\nsyslog = 'host'\n", ':2: journal.syslog: expected "local"', id="syslog"),
        pytest.param("[rule]\nid = 'a'\n", ":1: rule: expected [[rule]] entries, found a table", id="one rule"),
        pytest.param("[[test]]\nverdict = 'deny'\n", ":1: test[1]: expected the key 'event'", id="test of nothing"),
        pytest.param("[[test]]\nevent = 'ls'\n", ":1: test[1]: expected one of the keys 'verdict'", id="no verdict"),
        pytest.param(
            "[[test]]\nevent = 'ls'\nverdict = 'block'\n",
            ":3: test[1].verdict: expected allow, redact, ask or deny",
            id="no such verdict",
        ),
        pytest.param("locked = 'mode'\n", ":1: locked: expected a list of texts", id="locked is no list"),
        pytest.param(
            "locked = ['mode.levl']\n",
            ":1: locked[1]: unknown key 'mode.levl'; did you mean 'mode.level'?",
            id="locked",
        ),
    ],
)
def test_error_in_a_section_about_acts_names_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert error_of(tmp_path, text).startswith(message)


def test_every_section_about_acts_is_read(tmp_path: Path) -> None:
    text = """\
[owner]
notify = ["tell"]
[verdicts]
read.secret-file = "deny"
[branches]
protected = ["main", "release/*"]
[paths]
secret = ["vault.txt"]
templates = [".env.example"]
guarded = ["deploy/**"]
[commands]
destructive = "deny"
infrastructure = "ask"
[production]
names = ["live"]
[untrusted]
sources = ["WebFetch"]
then = "deny"
[known]
files = ["secrets.env"]
names = ["DEPLOY_*"]
[journal]
keep = "90d"
rotate = "1MB"
anchor = ["anchor", "it"]
otlp = "http://localhost:4318"
syslog = "local"
[[rule]]
id = "own"
[[test]]
event = "ls"
verdict = "allow"
"""
    policy = load_policy(repository_with(tmp_path, root=text))
    assert policy.verdicts["read"]["secret-file"] == Verdict.DENY
    assert policy.protected == ("main", "release/*")
    assert policy.secret_paths == (*DEFAULTS.secret_paths, "vault.txt")
    assert policy.template_paths == (".env.example",)
    assert policy.guarded_paths == (*DEFAULTS.guarded_paths, "deploy/**")
    assert (policy.commands["destructive-files"], policy.commands["infrastructure"]) == (Verdict.DENY, Verdict.ASK)
    assert (policy.production, policy.untrusted, policy.untrusted_then) == (("live",), ("WebFetch",), Verdict.DENY)
    assert (policy.known_files, policy.known_names) == (("secrets.env",), ("DEPLOY_*",))
    assert policy.journal == JournalTerms(
        90, 1_000_000, (("anchor", "it"),), otlp=("http://localhost:4318",), syslog=("local",)
    )
    assert [entry.values for entry in (*policy.rules, *policy.tests)] == [
        {"id": "own"},
        {"event": "ls", "verdict": "allow"},
    ]
    assert policy.notify == (("tell",),)


def test_lists_that_tighten_are_joined_and_exceptions_must_be_everybodys(tmp_path: Path, home: Path) -> None:
    user_policy(
        home, "[paths]\nsecret = ['a']\ntemplates = ['x', 'y']\n[journal]\nkeep = '2y'\n[owner]\nnotify = ['a']\n"
    )
    inner = (
        "[paths]\nsecret = ['b']\ntemplates = ['y', 'a']\n[journal]\nkeep = '1d'\n[owner]\nname = 'n'\nnotify = ['b']\n"
    )
    policy = load_policy(repository_with(tmp_path, root=inner))
    assert policy.secret_paths == (*DEFAULTS.secret_paths, "a", "b")
    assert policy.template_paths == ("y",)
    assert policy.journal.keep == 730
    assert policy.notify == (("a",), ("b",))


def test_a_nearer_layer_cannot_except_what_an_outer_one_calls_secret(tmp_path: Path, home: Path) -> None:
    user_policy(home, "[paths]\nsecret = ['vault.txt']\n")
    policy = load_policy(repository_with(tmp_path, root="[paths]\ntemplates = ['vault.txt', '*.example']\n"))
    assert policy.template_paths == ("*.example",)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        pytest.param("locked = ['mode.level']\n[mode]\nlevel = 'ask'\n", "[mode]\nlevel = 'enforce'\n", id="a key"),
        pytest.param("locked = ['mode.level']\n", "[mode]\nlevel = 'enforce'\n", id="a key that is not said outside"),
        pytest.param("locked = ['mode']\n[mode]\nlevel = 'ask'\n", "[mode]\nlevel = 'observe'\n", id="a section"),
        pytest.param("locked = ['verdicts.push']\n", "[verdicts]\npush.high = 'ask'\n", id="a part of a section"),
        pytest.param("locked = ['commands']\n", "[commands]\ndestructive = 'deny'\n", id="a group of commands"),
        pytest.param(
            "locked = ['commands.system']\n", "[commands]\ndestructive = 'deny'\n", id="a command in the group's name"
        ),
        pytest.param("locked = ['allow']\n", WHOLE, id="exceptions"),
    ],
)
def test_a_locked_key_cannot_be_changed_inside(tmp_path: Path, home: Path, outer: str, inner: str) -> None:
    user_policy(home, outer)
    assert f"locked by {home}/.config/agentguard/policy.toml: expected" in error_of(tmp_path, inner)


def test_a_locked_key_may_be_repeated_inside(tmp_path: Path, home: Path) -> None:
    text = "locked = ['mode.level']\n[mode]\nlevel = 'ask'\n"
    user_policy(home, text)
    assert load_policy(repository_with(tmp_path, root=text)).level == "ask"


def test_a_credential_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    token = sample("ghp_<alnum:30><crc62:6>")
    for text in (
        f"[mode]\nlevel = '{token}'\n",
        f"[{token}]\n",
        f"[mode]\n{token} = 1\n",
        f"[fingerprint]\nsalt = '{token}'\n",
        f"{ALLOW}fingerprint = '{token}'\n",
        WHOLE.replace("2030-01-31", f"'{token}'"),
    ):
        assert token[8:] not in error_of(tmp_path, text)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"[mode]\n# caf\xe9\n", ":2: expected UTF-8 text", id="Latin-1"),
        pytest.param("[mode]\n".encode("utf-16"), ":1: expected UTF-8 text", id="UTF-16"),
        pytest.param(b"#" * 300_000, ": expected at most 262144 bytes, found 300000", id="too large"),
    ],
)
def test_bytes_that_are_no_policy_are_an_error(tmp_path: Path, raw: bytes, message: str) -> None:
    (tmp_path / "agentguard.toml").write_bytes(raw)
    with pytest.raises(PolicyError) as caught:
        load_policy(tmp_path)
    assert f"agentguard.toml{message}" in str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_bytes(b"\xef\xbb\xbf[mode]\r\nlevel = 'ask'\r\n")
    assert load_policy(tmp_path).level == "ask"


def test_a_folder_in_place_of_the_policy_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").mkdir()
    with pytest.raises(PolicyError, match=r"agentguard\.toml: .*(regular file|cannot be read)"):
        load_policy(tmp_path)


def test_a_link_to_nowhere_is_an_error_and_not_no_policy(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").symlink_to(tmp_path / "gone")
    with pytest.raises(PolicyError, match="found a link that leads nowhere"):
        load_policy(tmp_path)


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"other\.toml: expected a policy file, found none"):
        load_named(tmp_path / "other.toml")


def test_a_named_file_stands_for_the_users_and_the_repositorys(tmp_path: Path, home: Path) -> None:
    user_policy(home, "[mode]\nlevel = 'enforce'\n")
    repository_with(tmp_path, root="[mode]\nlevel = 'enforce'\n")
    (tmp_path / "other.toml").write_text("[mode]\nlevel = 'observe'\n", encoding="utf-8")
    assert load_named(tmp_path / "other.toml", managed=str(tmp_path / "none")).level == "observe"


def test_a_named_file_does_not_get_around_the_managed_one(tmp_path: Path) -> None:
    (tmp_path / "managed.toml").write_text("[mode]\nlevel = 'enforce'\n", encoding="utf-8")
    (tmp_path / "other.toml").write_text("[mode]\nlevel = 'observe'\n", encoding="utf-8")
    assert load_named(tmp_path / "other.toml", managed=str(tmp_path / "managed.toml")).level == "enforce"


@pytest.mark.parametrize(
    ("outer", "inner", "level"),
    [
        pytest.param("enforce", "observe", "enforce", id="an inner layer cannot loosen"),
        pytest.param("observe", "enforce", "enforce", id="an inner layer can tighten"),
        pytest.param("ask", None, "ask", id="what only the outer says holds, the default does not count"),
        pytest.param(None, "observe", "observe", id="what only the inner says holds"),
    ],
)
def test_the_strictest_level_wins(tmp_path: Path, outer: str | None, inner: str | None, level: str) -> None:
    said = ["" if word is None else f"[mode]\nlevel = '{word}'\n" for word in (outer, inner)]
    repository_with(tmp_path, root=said[0], inner=said[1])
    assert load_policy(tmp_path / "inner").level == level


def test_every_key_is_merged_by_its_strictest_word(tmp_path: Path, home: Path) -> None:
    managed = tmp_path / "managed.toml"
    managed.write_text("[mode]\ndeadline = 4\non_error = 'ask'\n[verdicts]\nwrite.low = 'ask'\n", encoding="utf-8")
    user_policy(home, "[mode]\ndeadline = 8\non_error = 'deny'\n[journal]\nclean = true\n")
    root = "[verdicts]\nwrite.low = 'allow'\nwrite.medium = 'allow'\n[journal]\nclean = false\n"
    repository_with(tmp_path / "r", root=root, inner="[verdicts]\nwrite.medium = 'deny'\n")
    policy = load_policy(tmp_path / "r" / "inner", managed=str(managed))
    assert (policy.deadline, policy.on_error, policy.journal_clean) == (4.0, Verdict.DENY, True)
    assert (policy.verdicts["write"]["low"], policy.verdicts["write"]["medium"]) == (Verdict.ASK, Verdict.DENY)
    assert [Path(source).name for source in policy.sources] == ["managed.toml", "policy.toml", *["agentguard.toml"] * 2]


def test_a_layer_of_a_sibling_folder_does_not_hold(tmp_path: Path) -> None:
    repository_with(tmp_path, root="", a="[mode]\nlevel = 'ask'\n", b="")
    assert load_policy(tmp_path / "b").level == "enforce"


def test_a_layer_above_the_repository_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[mode]\nlevel = 'observe'\n", encoding="utf-8")
    assert load_policy(repository_with(tmp_path / "r", root="")).level == "enforce"


def test_a_repository_in_another_does_not_get_out_of_the_outer_policy(tmp_path: Path) -> None:
    outer = f"[mode]\nlevel = 'enforce'\n[commands]\negress = 'deny'\n[fingerprint]\nsalt = '{FINGERPRINT}'\n{WHOLE}"
    repository_with(tmp_path, root=outer)
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / ".git").write_text("gitdir: nowhere\n", encoding="utf-8")
    for inner in (repository_with(tmp_path / "folder", root="[mode]\nlevel = 'observe'\n"), tmp_path / "file"):
        policy = load_policy(inner)
        assert (policy.level, policy.commands["egress"]) == ("enforce", Verdict.DENY)
        # What the outer one excepts is excepted there, and its fingerprints are others.
        assert (policy.allow, policy.salt) == ((), DEFAULTS.salt)


def test_without_a_repository_only_the_folder_itself_counts(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[mode]\nlevel = 'observe'\n", encoding="utf-8")
    (tmp_path / "a").mkdir()
    assert load_policy(tmp_path).level == "observe"
    assert load_policy(tmp_path / "a").level == "enforce"


def test_exceptions_of_all_layers_hold_together_each_from_its_folder(tmp_path: Path, home: Path) -> None:
    entry = ALLOW + "path = 'a.txt'\nrule = 'x'\n"
    user_policy(home, entry)
    repository_with(tmp_path, root=entry, **{"b/c": entry})
    assert [allow.base for allow in load_policy(tmp_path / "b" / "c").allow] == ["", "", "b/c"]


def test_the_owner_is_the_nearest_that_is_named(tmp_path: Path, home: Path) -> None:
    user_policy(home, "[owner]\nname = 'outer'\ncontact = 'o'\n")
    repository_with(tmp_path, root="[owner]\nname = 'inner'\n", a="[owner]\nname = ''\n")
    assert load_policy(tmp_path / "a").owner == Owner("inner")


def test_a_salt_anywhere_but_in_the_root_is_an_error(tmp_path: Path, home: Path) -> None:
    salt = f"[fingerprint]\nsalt = '{'0f' * 32}'\n"
    repository_with(tmp_path, root="", a=salt)
    with pytest.raises(
        PolicyError, match=r"a/agentguard\.toml:2: fingerprint\.salt: expected in the agentguard\.toml of"
    ):
        load_policy(tmp_path / "a")
    user_policy(home, salt)
    with pytest.raises(PolicyError, match=r"policy\.toml:2: fingerprint\.salt: expected in the agentguard\.toml of"):
        load_policy(tmp_path)


@pytest.mark.parametrize("name", ["AGENTGUARD_POLICY", "AGENTGUARD_MODE", "AGENTGUARD_DISABLE", "AGENTGUARD_CONFIG"])
def test_no_variable_of_ours_names_another_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "weak.toml").write_text("[mode]\nlevel = 'observe'\n", encoding="utf-8")
    monkeypatch.setenv(name, str(tmp_path / "weak.toml"))
    assert load_policy(repository_with(tmp_path / "r")).level == "enforce"


def test_the_users_policy_cannot_be_hidden_by_xdg_config_home(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_policy(home, "[mode]\nlevel = 'enforce'\n")
    weak = tmp_path / "config" / "agentguard" / "policy.toml"
    weak.parent.mkdir(parents=True)
    weak.write_text("[mode]\nlevel = 'observe'\n", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert load_policy(tmp_path).level == "enforce"


def test_digest_is_the_same_in_every_copy_and_changes_with_the_text(tmp_path: Path) -> None:
    first = load_policy(repository_with(tmp_path / "a", root="[mode]\nlevel = 'ask'\n"))
    copy = load_policy(repository_with(tmp_path / "b", root="[mode]\nlevel = 'ask'\n"))
    other = load_policy(repository_with(tmp_path / "c", root="[mode]\nlevel = 'ask'\n\n"))
    assert first.digest == copy.digest
    assert first.digest != other.digest


ODD = (
    "1",
    "-1",
    "nan",
    "true",
    "''",
    "'x'",
    "[]",
    "[1]",
    "[['a']]",
    "['a', 1]",
    "{}",
    "{ a = 1 }",
    "2030-01-01",
    "'\\u0000'",
)


@pytest.mark.parametrize("name", [*KEYS, "commands.destructive", "locked", "allow", "rule", "test"])
def test_no_odd_value_is_anything_but_a_policy_or_a_clear_error(tmp_path: Path, name: str) -> None:
    section, _, key = name.partition(".")
    said = []
    for value in ODD:
        text = f"[{section}]\n{key} = {value}\n" if key else f"{section} = {value}\n"
        repository_with(tmp_path, root=text)
        try:
            load_policy(tmp_path)
        except PolicyError as error:
            said.append(str(error))
    path = str(tmp_path.resolve() / "agentguard.toml")
    assert [message for message in said if not message.startswith(path)] == []
    assert len(said) > len(ODD) / 2
