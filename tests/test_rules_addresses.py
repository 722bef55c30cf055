"""Passwords in addresses, connection strings and headers."""

from __future__ import annotations

import pytest

from agentguard_secrets import scan_text
from tests.making import sample

KEY = b"k" * 32


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("postgres://shop:{}@db.internal:5432/shop", id="database"),
        pytest.param("postgresql+psycopg2://shop:{}@db.internal/shop", id="scheme with a driver"),
        pytest.param("redis://:{}@cache.internal:6379/0", id="no user"),
        pytest.param("amqps://shop:{}@queue.internal", id="queue"),
        pytest.param("git clone https://build:{}@git.internal/app.git", id="repository"),
        pytest.param('"url": "https:\\/\\/build:{}@git.internal\\/app"', id="escaped slashes"),
        pytest.param("ftp://shop:{}@files.internal/in", id="file server"),
        pytest.param("jdbc:postgresql://db.internal/shop?user=shop&password={}", id="JDBC, query"),
        pytest.param("jdbc:sqlserver://db.internal;databaseName=shop;user=shop;password={};", id="JDBC, semicolons"),
        pytest.param("jdbc:oracle:thin:shop/{}@db.internal:1521:shop", id="JDBC, Oracle"),
        pytest.param("Server=db.internal;Database=shop;User Id=shop;Password={};", id="ADO"),
        pytest.param("Driver={{ODBC}};Server=db.internal;UID=shop;PWD={}", id="ODBC"),
        pytest.param("machine git.internal login build password {}", id="netrc"),
        pytest.param("db.internal:5432:shop:shop:{}", id="pgpass"),
        pytest.param("curl -u build:{} https://api.internal/", id="curl"),
        pytest.param("sshpass -p '{}' ssh build@host.internal", id="sshpass"),
        pytest.param("Authorization: Bearer {}", id="bearer"),
    ],
)
def test_exactly_the_password_is_found(line: str) -> None:
    secret = sample("<alnum:8>7<alnum:11>")
    text = line.replace("{{", "{").replace("}}", "}").replace("{}", secret)
    assert [text[finding.span.start : finding.span.end] for finding in scan_text(text, key=KEY)] == [secret]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("postgres://shop:${DB_PASSWORD}@db.internal/shop", id="a shell variable"),
        pytest.param("postgres://shop:$DB_PASSWORD@db.internal/shop", id="a bare variable"),
        pytest.param("postgres://shop:{{ password }}@db.internal/shop", id="a template"),
        pytest.param("postgres://shop:%s@db.internal/shop", id="a format"),
        pytest.param("postgres://<user>:<password>@db.internal/shop", id="a placeholder"),
        pytest.param("postgres://postgres:postgres@localhost/shop", id="a container's default"),
        pytest.param("https://cdn.internal:8443/images/logo@2x.png", id="a port and a retina image"),
        pytest.param("https://social.internal/@someone", id="a handle"),
        pytest.param(
            "git@github.com:team/app.git and ssh://git@github.com:22/team/app.git", id="a user without a password"
        ),
        pytest.param("Server=db.internal;Integrated Security=true;", id="no password at all"),
        pytest.param("Server=db.internal;User Id=shop;Password=$(DbPassword);", id="a build variable"),
        pytest.param("Authorization: Bearer $TOKEN", id="a header with a variable"),
        pytest.param("Basic authentication is described in RFC 7617", id="prose"),
    ],
)
def test_stays_silent_on(text: str) -> None:
    assert scan_text(text, key=KEY) == []


def test_a_simple_password_is_reported_and_stops_nobody() -> None:
    findings = scan_text(sample("postgres://shop:local<digits:2>@localhost/shop"), key=KEY)
    assert [(finding.rule_id, finding.confidence) for finding in findings] == [("generic-address-weak", "low")]


def test_a_basic_header_is_certain_only_when_it_holds_a_pair() -> None:
    pair, other = (scan_text(sample(f"Authorization: Basic {each}"), key=KEY) for each in ("<basic>", "<alnum:40>"))
    assert [finding.confidence for finding in (*pair, *other)] == ["high", "low"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("mysql://root:{}@db.shop.eu/shop", ["low"], id="a host that has a name"),
        pytest.param("mongodb://root:{}@192.168.4.7:27017/", ["low"], id="a number in the network"),
        pytest.param("mongodb://root:{}@mongo:27017/", [], id="a container"),
        pytest.param("mongodb://root:{}@127.0.0.1/", [], id="this machine"),
        pytest.param("mysql://root:{}@localhost/shop", [], id="this machine by its name"),
        pytest.param("mysql://root:{}@db.default.svc.cluster.local/", [], id="a name within a cluster"),
        pytest.param("mysql://root:{}@db.example.com/", [], id="a host of an example"),
        pytest.param("mysql://root:{}@db.internal/", [], id="a name of the own network"),
    ],
)
def test_a_password_that_is_the_user_counts_where_others_reach_the_server(text: str, expected: list[str]) -> None:
    assert [finding.confidence for finding in scan_text(text.format("root"), key=KEY)] == expected


@pytest.mark.parametrize("word", ["password", "Passwort", "pwd"])
def test_the_word_for_it_in_a_connection_string_is_told_in_a_low_voice(word: str) -> None:
    found = scan_text(f"Server=db.shop.eu;Database=shop;UID=username;PWD={word};", key=KEY)
    assert [finding.confidence for finding in found] == ["low"]
    found = scan_text(f"Server=db.shop.eu;Database=shop;UID=username;PWD={sample('<alnum:14>')};", key=KEY)
    assert [finding.confidence for finding in found] == ["medium"]
