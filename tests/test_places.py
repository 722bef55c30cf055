"""Weak passwords, and forms that look like a stand-in, in the places whose very purpose is to hold a credential."""

from __future__ import annotations

import pytest

from agentguard_secrets import scan_text
from tests.making import sample

KEY = b"k" * 32
WEAK = "pass" + "word"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        pytest.param("<User>root</User>\n<Pass>{}</Pass>\n", "Example" + "Pas123", id="FileZilla"),
        pytest.param("db.internal:5432:shop:root:{}\n", WEAK, id="pgpass"),
        pytest.param("https://build@shop.internal:{}@git.internal\n", WEAK + "!#@4", id="git credentials"),
        pytest.param('hostname mail.internal:587\nusername "build"\npassword "{}"\n', WEAK, id="esmtp"),
        pytest.param("Duplicates=1\nAdminPassword={}\nPassword=\n", "Admin" + WEAK, id="Ventrilo, administrator"),
        pytest.param("AdminPassword=\nPassword={}\nSendBuffer=0\n", "User" + WEAK, id="Ventrilo, user"),
        pytest.param('<connection url="jdbc:oracle:thin:@//db" user="u" password="{}"/>', WEAK, id="DBeaver"),
        pytest.param("c.login('build@shop.internal', '{}', done)", "shop" + WEAK, id="a call that logs in"),
        pytest.param("define( 'DB_PASSWORD', '{}' );", "admin", id="WordPress"),
        pytest.param("export SHOP_PASS='{}'\n", WEAK + "123", id="a shell's profile"),
        pytest.param('"mongodb://shop:{}@ds041.mongolab.com:48537/main"', "test" + "pass", id="a database elsewhere"),
        pytest.param("SECRET_KEY = '{}'", sample("zh!=!gq(w^_t[s<alnum:24>([xcWMhd@zrq"), id="brackets in a key"),
        pytest.param(
            "define('NONCE_KEY', '{}');", "}Fi>>0a{> ak<A%>KJ1c}([(:x;K[)ZQ3F3cttcpd ERd.%R|*|rd", id="signs in a key"
        ),
        pytest.param('"encryptedPassword": "{}"', "MDoEEPgAAA" + "A" * 20 + "EwFAYIKoZIhvcNAwcECDAM", id="Firefox"),
    ],
)
def test_what_stands_in_its_place_is_found_however_it_looks(text: str, secret: str) -> None:
    whole = text.replace("{}", secret)
    assert [whole[found.span.start : found.span.end] for found in scan_text(whole, key=KEY)] == [secret]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<Pass>${FTP_PASSWORD}</Pass>", id="FileZilla, a variable"),
        pytest.param("db.internal:5432:shop:root:${PGPASSWORD}", id="pgpass, a variable"),
        pytest.param("define( 'DB_PASSWORD', 'password_here' );", id="WordPress as it is delivered"),
        pytest.param("define('AUTH_KEY', 'put your unique phrase here');", id="a WordPress key as it is delivered"),
        pytest.param("c.login('build@shop.internal', password)", id="a call with a variable"),
        pytest.param(f"{WEAK} = '{WEAK}'", id="ordinary code"),
        pytest.param(f"export {WEAK.upper()}={WEAK}", id="a password that repeats its name"),
    ],
)
def test_a_reference_in_such_a_place_is_none(text: str) -> None:
    assert list(scan_text(text, key=KEY)) == []


def test_a_random_password_in_such_a_place_is_as_sure_as_anywhere() -> None:
    text = f"define( 'DB_PASSWORD', '{sample('<alnum:16>')}' );"
    assert [found.confidence for found in scan_text(text, key=KEY)] == ["medium"]


def test_the_comment_of_a_key_says_nothing_about_the_key() -> None:
    text = sample("<ppk>").replace("Comment: ", "Comment: dummy-", 1)
    assert [found.rule_id for found in scan_text(text, key=KEY)] == ["private-key-ppk"]


def test_words_with_hyphens_are_no_key() -> None:
    text = "convertkit_secret = 'convertto-securestring'"
    assert [found.rule_id for found in scan_text(text, key=KEY)] == []


def test_the_next_name_is_no_password_of_a_broker() -> None:
    text = "RABBITMQ_PASSWORD=\nCELERY_BROKER_TRANSPORT=amqp\n"
    assert list(scan_text(text, key=KEY)) == []
