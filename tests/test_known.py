"""The values of a machine's credentials are collected from where they are kept, and found in every form."""

from __future__ import annotations

import base64
import json
import os
import random
import shlex
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.detect.known import RULE_ID, Known, Watchlist
from agentguard_secrets.detect.prefilter import candidates
from agentguard_secrets.detect.worth import is_worth
from agentguard_secrets.model import Chunk, Finding
from agentguard_secrets.state.held import MOST_VALUES, is_telling, suspected
from agentguard_secrets.state.known import machine_secrets
from tests.making import sample

KEY = b"k" * 32


def value(template: str = "<alnum:32>") -> str:
    return sample(template)


def homes(folder: Path, **named: list[str]) -> dict[str, str]:
    return {each.value: each.home for each in machine_secrets(str(folder), **named)}


def found(text: str, *values: str) -> list[Finding]:
    known = Watchlist(Known(f"number {number}", each) for number, each in enumerate(values))
    return scan_chunk(Chunk(text), default_detector(KEY)._replace(known=known))


def pair(password: str) -> str:
    return base64.b64encode(f"me:{password}".encode()).decode()


FILES = {
    ".aws/credentials": ("[default]\naws_secret_access_key = {}\n", "aws_secret_access_key in ~/{}"),
    ".netrc": ("machine example.invalid\n  login me\n  password {}\n", "password in ~/{}"),
    ".npmrc": ("//localhost:4873/:_authToken={}\nregistry=https://localhost\n", "_authToken in ~/{}"),
    ".pypirc": ("[pypi]\nusername = __token__\npassword = {}\n", "password in ~/{}"),
    ".kube/config": ("users:\n- name: me\n  user:\n    token: {}\n", "token in ~/{}"),
    ".config/gh/hosts.yml": ("github.com:\n    oauth_token: {}\n    user: me\n", "oauth_token in ~/{}"),
    ".git-credentials": ("https://me:{}@example.invalid\n", "a credential in ~/{}"),
    ".config/gcloud/application_default_credentials.json": ('{{"refresh_token": "{}"}}', "refresh_token in ~/{}"),
    ".config/gcloud/legacy_credentials/me/adc.json": ('{{"client_secret": "{}"}}', "client_secret in ~/{}"),
    ".azure/msal_token_cache.json": ('{{"RefreshToken": {{"a": {{"secret": "{}"}}}}}}', "secret in ~/{}"),
    ".vault-token": ("{}\n", "a credential in ~/{}"),
    ".pgpass": ("host:5432:base:me:{}\n", "a credential in ~/{}"),
    ".m2/settings.xml": ("<server><password>{}</password></server>", "password in ~/{}"),
    ".cargo/credentials.toml": ('[registry]\ntoken = "{}"\n', "token in ~/{}"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "form"), list(FILES.items()), ids=FILES)
def test_a_credential_file_is_read(home: Path, tmp_path: Path, path: str, form: tuple[str, str]) -> None:
    secret = value()
    (home / path).parent.mkdir(parents=True, exist_ok=True)
    (home / path).write_text(form[0].format(secret))
    assert homes(tmp_path) == {secret: form[1].format(path)}


def test_the_password_in_an_encoded_pair_is_known(home: Path, tmp_path: Path) -> None:
    secret = value()
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text(json.dumps({"auths": {"localhost": {"auth": pair(secret)}}}))
    assert secret in homes(tmp_path)


def test_variables_with_telling_names_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token, password = value(), value()
    monkeypatch.setenv("MY_API_TOKEN", token)
    monkeypatch.setenv("DATABASE_URL", f"postgres://me:{password}@localhost/base")
    monkeypatch.setenv("NOTHING_SPECIAL", value())
    assert homes(tmp_path) == {
        token: "the environment variable MY_API_TOKEN",
        password: "the environment variable DATABASE_URL",
    }


def test_env_files_of_the_repository_are_known_wherever_one_stands_in_it(repository: Path) -> None:
    near, far, template = value(), value("<alnum:9>!$&<alnum:9>"), value()
    (repository / "deep" / "er").mkdir(parents=True)
    (repository / ".env").write_text(f"# a comment\nPORT=8080\nexport DB_PASSWORD='{far}'\nNODE_ENV=development\n")
    (repository / "deep" / ".env.local").write_text(f'API_KEY="{near}"  # mine\n')
    (repository / ".env.example").write_text(f"API_KEY={template}\n")
    assert homes(repository / "deep" / "er") == {near: "API_KEY in deep/.env.local", far: "DB_PASSWORD in .env"}


def test_a_policy_adds_files_and_names(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed, named, variable = value(), value(), value()
    (repository / "deploy").mkdir()
    (repository / "deploy" / "a.list").write_text(f"{listed}\nwhatever = {named}\n")
    monkeypatch.setenv("WHATEVER", variable)
    assert homes(repository, files=["deploy/*.list"], names=["WHATEVER"]) == {
        variable: "the environment variable WHATEVER",
        named: "a value in " + str(repository / "deploy" / "a.list"),
        listed: "a value in " + str(repository / "deploy" / "a.list"),
    }


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: os.mkfifo(path), id="a pipe that nobody writes to"),
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(lambda path: path.symlink_to(path), id="a link to itself"),
        pytest.param(lambda path: path.write_bytes(b"TOKEN=" + b"a1b2c3d4" * 200_000), id="too large"),
        pytest.param(lambda path: path.write_bytes(bytes(range(256)) * 9), id="bytes"),
    ],
)
def test_what_is_no_ordinary_file_is_left_out(repository: Path, make: Callable[[Path], None]) -> None:
    make(repository / ".env")
    assert homes(repository) == {}


def test_logs_and_programs_below_a_credential_folder_are_not_read(home: Path, tmp_path: Path) -> None:
    (home / ".config/gcloud/logs/2027").mkdir(parents=True)
    (home / ".config/gcloud/logs/2027/a.log").write_text(f"token = {value()}\n")
    assert homes(tmp_path) == {}


WORTH = {
    "a token": ("API_TOKEN", value()),
    "a password of all kinds": ("DB_PASSWORD", value("<alpha:4><digits:2>!<alpha:3>")),
    "a passphrase": ("DB_PASSWORD", "-".join(sample("<word:6>", seed=number) for number in range(4)).lower()),
    "hex": ("SECRET_KEY", value("<hex:32>")),
    "a uuid": ("API_KEY", value("<uuid>")),
    "an at sign in it": ("DB_PASSWORD", value("<alnum:6>@<upper:6>#1")),
}
NOT_WORTH = {
    "seven characters": ("DB_PASSWORD", value("<alnum:7>")),
    "a word": ("DB_PASSWORD", "developer"),
    "the same sign": ("DB_PASSWORD", "x" * 20),
    "three signs": ("DB_PASSWORD", "abcabcabcabc"),
    "digits": ("DB_PASSWORD", "20270131093355"),
    "with a blank": ("DB_PASSWORD", "see the vault for it"),
    "known to everybody": ("DB_PASSWORD", "Password123!"),
    "a placeholder": ("API_KEY", "change-me-please-1"),
    "another placeholder": ("API_KEY", "your_api_key_12345"),
    "a variable": ("API_KEY", "${OTHER_API_KEY_1}"),
    "a vault's address": ("API_KEY", "op://vault/item/field1"),
    "a path": ("API_KEY", "/run/secrets/api_key1"),
    "a file": ("API_KEY", "service-account1.json"),
    "an address": ("AUTH", "https://example.invalid/auth1"),
    "a host": ("AUTH", "auth1.example.invalid:8443"),
    "an address of mail": ("AUTH", "me1@mail.example.org"),
    "the name of a secret": ("DB_SECRET", "payments-service-db-credentials"),
    "a constant": ("AUTH", "CLIENT_CREDENTIALS_2"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "each"), WORTH.values(), ids=WORTH)
def test_is_worth_looking_for(name: str, each: str) -> None:
    assert is_worth(name, each)


@pytest.mark.parametrize(("name", "each"), NOT_WORTH.values(), ids=NOT_WORTH)
def test_is_not_worth_looking_for(name: str, each: str) -> None:
    assert not is_worth(name, each)


TELLING = (
    "DB_PASSWORD API_KEY apiKey accessToken SECRET_KEY_BASE GITHUB_TOKEN client-secret PGPASSWORD AUTH password".split()
)
NOT_TELLING = (
    "PATH HOME TOKEN_TYPE KEY_ID AWS_ACCESS_KEY_ID SSH_AUTH_SOCK GPG_KEY PUBLIC_KEY PASSWORD_FILE SECRET_NAME "
    "TOKEN_URL TOKENIZERS_PARALLELISM MAX_TOKENS PASSWORD_MIN_LENGTH CSRF_TOKEN LANG EDITOR"
).split()


@pytest.mark.parametrize("name", TELLING)
def test_is_a_telling_name(name: str) -> None:
    assert is_telling(name)


@pytest.mark.parametrize("name", NOT_TELLING)
def test_is_no_telling_name(name: str) -> None:
    assert not is_telling(name)


def test_a_value_is_judged_by_each_name_that_it_has(repository: Path) -> None:
    phrase, name = value("<word:6>-<word:6>-<word:6>-<word:6>").lower(), value("<word:6>-<word:6>").lower()
    (repository / ".env").write_text(f"SERVICE_SECRET={phrase}\nDB_PASSWORD={phrase}\nOTHER_SECRET={name}\n")
    watchlist = suspected(str(repository), ())
    detector = default_detector(KEY)._replace(known=watchlist)
    findings = scan_chunk(Chunk(f"see {phrase} and {name}\n"), detector)
    assert [each.title for each in findings] == ["Value of DB_PASSWORD in .env"]


def test_of_very_many_values_the_first_ones_are_known(repository: Path) -> None:
    values = [value("<alnum:20>") for _ in range(MOST_VALUES + 1)]
    (repository / ".env").write_text("".join(f"TOKEN_{number}={each}\n" for number, each in enumerate(values)))
    detector = default_detector(KEY)._replace(known=suspected(str(repository), ()))
    texts = [Chunk(f"see {each}\n") for each in (values[0], values[-2], values[-1])]
    # Of so many values one may look like a vendor's by chance.
    found_ones = [[each for each in scan_chunk(text, detector) if each.rule_id == "known-secret"] for text in texts]
    assert list(map(len, found_ones)) == [1, 1, 0]


def coded(before: bytes, behind: bytes = b"\xfe\x01\x02") -> Callable[[str], str]:
    return lambda text: base64.b64encode(before + text.encode() + behind).decode()


def lines(text: str, between: str) -> str:
    return between.join([text[:7], text[7:15], text[15:]])


FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "base64": coded(b"", b""),
    "base64 behind one byte": coded(b"\xff"),
    "base64 behind two bytes": coded(b"\xff\xfe"),
    "base64 of URLs": lambda text: base64.urlsafe_b64encode(b"\xff\xfb\xff" + text.encode()).decode().rstrip("="),
    "base64 in lines": lambda text: base64.encodebytes(f"{'some words ' * 9}{text}{' and more' * 9}".encode()).decode(),
    "base64 in base64": lambda text: coded(b"", b"")(coded(b"", b"")(text)),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "percent": lambda text: urllib.parse.quote(text, safe=""),
    "every character as percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent of percent": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
    "backwards": lambda text: text[::-1],
    "JSON": lambda text: json.dumps(f'"{text}"\n'),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"a": text})),
    "JSON escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "a word of the shell": lambda text: shlex.quote(f"{text} "),
    "backslashes of the shell": lambda text: "".join(c if c.isalnum() else f"\\{c}" for c in text),
    "two lines": lambda text: lines(text, "\n"),
    "lines of the shell": lambda text: lines(text, "\\\n    "),
    "strings that a program joins": lambda text: f'"{lines(text, chr(34) + " +" + chr(10) + "  " + chr(34))}"',
    "lines broken at both ends": lambda text: "\n".join([text[:3], text[3:-3], text[-3:]]),
    "lines broken early and in the middle": lambda text: "\n".join(
        [text[:3], text[3 : len(text) // 2 + 2], text[len(text) // 2 + 2 :]]
    ),
    "lines of a comment": lambda text: lines(text, "\n# "),
}
TEMPLATES = {
    "letters and digits": "<alnum:32>",
    "base64 itself": "<base64:40>",
    "signs": "<alnum:8>'$&\"\\!<alnum:8>%",
    "a password": "<alpha:5><digits:2>-!<alpha:4>",
    "beyond ASCII": "<alnum:8>äß€<alnum:8>",
}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_is_found_in_every_form(form: Callable[[str], str], template: str) -> None:
    secret = value(template)
    text = f"before {form(secret)} behind"
    findings = [each for each in found(text, value(), secret) if each.rule_id == RULE_ID]
    assert [(each.proof, each.confidence, each.title) for each in findings] == [("known", "high", "Value of number 1")]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_fingerprint_is_that_of_the_value(form: Callable[[str], str]) -> None:
    secret = value()
    (plain,), (other,) = found(secret, secret), found(f"before {form(secret)} behind", secret)
    assert plain.fingerprint == other.fingerprint
    assert "(32 characters" in other.preview


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_piece_of_its_base64_begins_the_search(encode: Callable[[bytes], bytes], before: int) -> None:
    # Of each three of these the last digit is a sign, which the alphabets do not share.
    secret = f"??>>~~{value()}"
    assert places_in(encode(b"x" * before + secret.encode() + b"yy").decode(), secret) == 1


def test_a_piece_of_its_hex_begins_the_search() -> None:
    secret = value()
    assert places_in(secret.encode().hex().upper(), secret) == 1
    assert places_in(value("<hex:64>"), secret) == 0


def test_a_value_of_several_words_is_found_where_its_lines_break_near_both_ends() -> None:
    # Every other word is too short, and the last one is broken in its own middle.
    for seed in range(50):
        secret = (
            f"{sample('<alnum:8>', seed=seed)}+{sample('<alnum:6>', seed=seed + 50)}/{sample('<alnum:15>', seed=seed)}"
        )
        assert places_in(FORMS["lines broken at both ends"](secret), secret) == 1, seed


def places_in(text: str, secret: str) -> int:
    """Count the places without undoing what is encoded, by the grams alone."""
    grams: set[int] = set()
    candidates(f"{text}\n".lower(), {}, {}, seen=grams)
    return len(list(Watchlist([Known("it", secret)]).matches(text, text.lower(), grams=grams)))


def test_one_thousand_texts_with_a_value_and_one_thousand_without() -> None:
    dice = random.Random(1)
    templates, forms = list(TEMPLATES.values()), list(FORMS.items())
    secrets, others = ([value(dice.choice(templates)) for _ in range(40)] for _ in range(2))
    detector = default_detector(KEY)._replace(known=Watchlist(Known("it", each) for each in secrets))

    def known_in(each: str, form: Callable[[str], str]) -> bool:
        text = f"{value('<word:200>')}\n{form(each)}\n{value('<base64:300>')}\n{value('<hex:64>')}\n"
        return any(finding.rule_id == RULE_ID for finding in scan_chunk(Chunk(text), detector))

    with_one = [(dice.choice(secrets), *forms[number % len(forms)]) for number in range(1000)]
    assert [(name, each) for each, name, form in with_one if not known_in(each, form)] == []
    without = [(dice.choice(others), *forms[number % len(forms)]) for number in range(1000)]
    assert [(name, each) for each, name, form in without if known_in(each, form)] == []


def test_better_proof_wins_and_nothing_is_told_twice() -> None:
    token, password = value("ghp_<alnum:30><crc62:6>"), value()
    findings = found(f"a = '{token}'\npassword = '{password}'\n", token, password)
    assert [(each.rule_id, each.proof) for each in findings] == [("github-pat", "checksum"), (RULE_ID, "known")]


def test_a_tag_of_a_known_value_is_no_finding() -> None:
    assert found("secret: [REDACTED:known-secret:0123abcd]", value()) == []


def test_a_value_has_no_representation() -> None:
    secret = value()
    known = Known("it", secret)
    detector = default_detector(KEY)._replace(known=Watchlist([known]))
    assert secret not in f"{known!r}{Watchlist([known])!r}{detector!r}"
