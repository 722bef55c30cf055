"""Credentials without a vendor's shape, through the built-in rules."""

from __future__ import annotations

from random import Random

import pytest

from agentguard_secrets import scan_text
from agentguard_secrets.detect.entropy import is_made_of_words, surprise
from agentguard_secrets.rulebook.people import KINDS, chosen
from tests.making import sample

KEY = b"k" * 32


def confidences(text: str) -> list[str]:
    return [finding.confidence for finding in scan_text(text, key=KEY)]


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("password = '{}'", id="Python"),
        pytest.param('{{"db_password": "{}"}}', id="JSON"),
        pytest.param("DB_PASSWORD={}", id="environment file"),
        pytest.param("  password: {}", id="YAML"),
        pytest.param("connect(user='u', password='{}')", id="keyword argument"),
        pytest.param("mysql --password={} -u root", id="command line"),
        pytest.param("config['secret_key'] = '{}'", id="item assignment"),
        pytest.param("const apiKey: string = `{}`;", id="TypeScript"),
        pytest.param("'password' => '{}',", id="PHP"),
        pytest.param('properties.put("password", "{}");', id="arguments of a call"),
        pytest.param('var dbPassword string = "{}"', id="Go, with a type"),
        pytest.param('let token: &\'static str = "{}";', id="Rust, with a type"),
        pytest.param('Dim apiToken As String = "{}"', id="Visual Basic, with a type"),
        pytest.param('static const char password[] = "{}";', id="array of C"),
        pytest.param('const std::string token{{"{}"}};', id="initializer of C++"),
        pytest.param("| API_TOKEN    | `{}` | of the test |", id="cell of a table"),
        pytest.param('#define TOKEN "{}"\n', id="constant of C"),
        pytest.param("%define token {}\n", id="constant of an assembler or of RPM"),
        pytest.param("setx API_TOKEN {}\n", id="variable of Windows"),
        pytest.param("DB_PSSWD={}", id="password, two letters of it"),
        pytest.param("db_paswrd: {}", id="password, misspelt"),
        pytest.param("PSWRD := '{}'", id="password, its consonants"),
        pytest.param("no secret:\nthe access key: {}", id="a name of two words"),
        pytest.param("zugängliches_api_token: {}", id="a name with a letter beyond ASCII"),
    ],
)
def test_a_random_value_under_a_telling_name_is_found(template: str) -> None:
    text = template.replace("{}", sample("<alnum:18>", seed=7)).replace("{{", "{").replace("}}", "}")
    assert confidences(text) == ["medium"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("password = os.environ['DB_PASSWORD']", id="a reference"),
        pytest.param("token: <your token here>", id="a placeholder"),
        pytest.param("password = getPassword()", id="a call"),
        pytest.param("echo 'token' | snapcraft login --with -\n", id="a pipe"),
        pytest.param("if tokens[0] == 'identifier' {{", id="an item that is compared"),
        pytest.param("password: String", id="a type"),
        pytest.param("token = request.headers.authorization", id="a member"),
        pytest.param("secret_name = 'prod/db/master7'", id="the name of a secret"),
        pytest.param("max_tokens: 200000", id="a count"),
        pytest.param("tokenizer = 'cl100k_base'", id="a tokenizer"),
        pytest.param("password_file = '/run/secrets/db1'", id="the path of a secret"),
        pytest.param("label_password = 'Enter your password'", id="a text for people"),
        pytest.param("passwords must have 8 characters", id="prose"),
        pytest.param("api_key = API_KEY_FROM_ENV", id="a constant"),
        pytest.param("lineBreak token = iota", id="a counted constant of Go"),
        pytest.param('"id_token_signing_alg_values_supported": ["RS256"]', id="an algorithm"),
        pytest.param('self_signing_key = decode("ed25519", seed)', id="a curve"),
        pytest.param("const useSigning = auth === 'sigv4'", id="a way to sign"),
        pytest.param("  secretKey: Uint8Array;", id="a type of bytes"),
        pytest.param("hostKey: fixture('id_rsa.ppk') },\nprivateKeyPath: clientKey.fullPath,", id="the file of a key"),
        pytest.param("hostKey: fixture('id_ecdsa') },\nprivateKeyPath: clientKey.fullPath,", id="a key's usual file"),
        pytest.param('"Postman-Token": "1d2129a1-3d38-460a-9756-e5b91fddb951"', id="the number of a request"),
        pytest.param("SIOCSLIFTOKEN                 = -0x7f879679", id="a negative number"),
        pytest.param("secret = 'k8s-infra-x7-signer'", id="a slug"),
        pytest.param("password: 'templates/app7.yaml.tmpl'", id="a path of words"),
        pytest.param('["access_token", "crc62_50", "x9"]', id="the next item of a list"),
        pytest.param('pattern = "password[=:]([0-9a-z]{{8,16}})"', id="a regular expression"),
        pytest.param("password: DO_NOT_LOG_UNREACHABLE_ITEM_2", id="a constant of many words"),
        pytest.param("api_key: Datadog API key. Falls back to another", id="a lone name"),
        pytest.param('"timeToFirstToken": "TTFT"', id="an abbreviation"),
        pytest.param('"extra_pass_for_module_1_using": "' + "\u9879\u76ee" * 15 + '"', id="a text in another script"),
        pytest.param("UPDATE_MINISIGN_PUBKEY='RWTx5Zr1tiHQLwG9keckT0c45M3A'", id="a public key"),
        pytest.param("'PW' => 'Palau',", id="the name of a country"),
        pytest.param("std::vector<Token> *tokens = nullptr,", id="no object"),
        pytest.param(
            '("ePwTiSgFRvaKRBaUX3EcZQ"), Uuid.fromString("F3zwSDR1QWGKNNLMowVoYg")', id="a call that reads a UUID"
        ),
        pytest.param('"using_token6140": "\u9879\u76ee\u542f\u7528\u4e86\u952e\u5165\u5185\u5bb9"', id="not ASCII"),
        pytest.param(
            "'clientRequestToken': '1d2129a1-3d38-460a-9756-e5b91fddb951'", id="tells a call from its repetition"
        ),
        pytest.param("arn:aws:secretsmanager:us-1:111122223333:secret:snow-XHb67j", id="the name of a kept secret"),
        pytest.param("password_hash = '$2b$12$Zk3vN8qLw2XcT7mPb4Ys9u'", id="a password hash"),
        pytest.param("token_url = 'https://login.test/oauth2/token'", id="an address"),
    ],
)
def test_stays_silent_on(text: str) -> None:
    assert confidences(text) == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("duffel_live_<alnum:14>", [], id="a third of it"),
        pytest.param("Bearer duffel_live_<alnum:14>", [], id="a third of it, behind its scheme"),
        pytest.param("duffel_live_<alnum:36>", ["low"], id="most of it"),
        pytest.param("duffel_live_<alnum:50>", ["medium"], id="more than it"),
        pytest.param("00D<alnum:12>!<alnum:9>", [], id="the account's number, and the rest cut off"),
        pytest.param("00D<alnum:12>!<alnum:60>", ["low"], id="the account's number, and most of it"),
        pytest.param("apk_<alnum:24>", ["medium"], id="a short beginning, which shorter tokens of others have, too"),
        pytest.param("zzq_<alnum:12>", ["medium"], id="nobody's beginning"),
        pytest.param("test_<alnum:12>", ["medium"], id="anybody's beginning"),
    ],
)
def test_what_is_cut_off_behind_a_vendors_beginning(template: str, expected: list[str]) -> None:
    assert confidences(f"access_token = '{sample(template, seed=5)}'") == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("parcels_key = '<alnum:32>'", ["low"], id="of somebody"),
        pytest.param("PARCELS_KEY=<alnum:32>", ["low"], id="of somebody, in the environment"),
        pytest.param("deterministic_key: <alnum:32>", ["low"], id="of Rails"),
        pytest.param("active_record.encryption.primary_key = '<alnum:32>'", ["medium"], id="of Rails, said to encrypt"),
        pytest.param("parcels_key = '<alnum:20>'", [], id="too short"),
        pytest.param("parcels_key = '<hex:32>'", [], id="a digest"),
        pytest.param("parcels_key = '<word:9>_<word:9>_<word:9>'", [], id="a name"),
        pytest.param("parcels_key = 'theNameOfWhatIsKept2InThisTable'", [], id="a name of many words"),
        pytest.param("cache_key = '<alnum:32>'", [], id="of a cache"),
        pytest.param("public_key = '<alnum:32>'", [], id="a public one"),
        pytest.param("parcels_key_id = '<alnum:32>'", [], id="its id"),
        pytest.param("parcels_key = 'MIIB<alnum:40>'", [], id="a public key in DER"),
        pytest.param("primary_key = '<word:6>_id'", [], id="of a table"),
        pytest.param("parcels_key = '<alnum:32>/<alnum:32>'", [], id="part of something longer"),
    ],
)
def test_a_key_of_which_no_word_says_what_it_opens(template: str, expected: list[str]) -> None:
    assert confidences(sample(template, seed=11)) == expected


def test_a_password_may_begin_as_its_owner_likes() -> None:
    assert confidences(f"password = '{sample('ghp_<alnum:12>', seed=5)}'") == ["medium"]


@pytest.mark.parametrize("word", ["password", "quickstart", "namespace", "Openshift"])
def test_the_letters_of_a_word_surprise_less_than_random_ones(word: str) -> None:
    assert surprise(word) < 4.6 < surprise(sample("<alpha:400>", seed=3))


def test_random_values_are_not_taken_for_words() -> None:
    missed = [seed for seed in range(300) if not confidences(f"api_key = '{sample('<alnum:20>', seed=seed)}'")]
    assert len(missed) <= 3


@pytest.mark.parametrize("value", ["NamespaceResourceVault_v1", "logs:PutLogEvents", "deploy-production-settings"])
def test_names_are_made_of_words(value: str) -> None:
    assert is_made_of_words(value)


def test_random_values_are_not_made_of_words() -> None:
    assert sum(is_made_of_words(sample("<alnum:20>", seed=seed)) for seed in range(300)) <= 3


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("<dbPassword>{}</dbPassword>", id="XML element"),
        pytest.param('<add key="DbPassword" value="{}"/>', id="XML attribute"),
        pytest.param("<key>ApiToken</key>\n<string>{}</string>", id="property list"),
        pytest.param("- name: DB_PASSWORD\n  value: {}\n", id="Kubernetes"),
        pytest.param("ENV DB_PASSWORD {}\n", id="Dockerfile"),
        pytest.param("deploy --db-password {} --verbose", id="flag of a command"),
        pytest.param("CREATE USER shop IDENTIFIED BY '{}';", id="SQL"),
        pytest.param('$p = ConvertTo-SecureString "{}" -AsPlainText -Force', id="PowerShell"),
        pytest.param('NSString *apiToken = @"{}";', id="Objective-C"),
        pytest.param("postgres://shop:{}@db.internal:5432/shop", id="address"),
        pytest.param('password = os.environ.get("PASSWORD") or "{}"', id="fallback"),
        pytest.param('["serve", "--key-store-password", "{}"]', id="list of arguments"),
        pytest.param("db_password: |\n  {}\n", id="YAML block"),
        pytest.param("http://api.internal/login?user=a&password={}&page=2", id="query of an address"),
        pytest.param('"Apitoken": "{\\"id\\":\\"a\\",\\"token\\":\\"{}\\"}"', id="table in a string"),
        pytest.param("# password: {}", id="comment"),
        pytest.param("define( 'DB_PASSWORD' , '{}' );", id="constant of PHP"),
    ],
)
def test_places_that_hold_credentials(template: str) -> None:
    value = sample("<alnum:20>", seed=11)
    text = template.replace("{}", value)
    place = text.index(value)
    spans = [tuple(finding.span._astuple()) for finding in scan_text(text, key=KEY)]
    assert spans == [(place, place + len(value))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("passwords = {'conn_pass': sshpass, 'become_pass': becomepass}", id="a variable in a table"),
        pytest.param("token = response['hetzner']['token']", id="an item"),
        pytest.param('user, token = store.get_login("my-url1")', id="what a call looks up"),
        pytest.param('SECRET = getenv("GEHE1MN15X", "")', id="a name of the environment"),
        pytest.param("compile 'io.jsonwebtoken:jjwt-gson:0.11.2'", id="a package"),
        pytest.param("Use a strong password.\n```elixir42\ncode\n```", id="a fence"),
        pytest.param('labels(passwordLabel:"Password:",rememberMeLabel:"Remember me:")', id="between two strings"),
        pytest.param("FS_ADD_ENCRYPTION_KEY = 0xc0506617", id="a number"),
        pytest.param("ADMIN_PASSWORD_SHA2=8c6976e5b5410415bde908bd4dee15df", id="a digest"),
        pytest.param("Authorization: Scheme4 rest of it", id="a scheme"),
        pytest.param("  *passwdp = pbuf;\n", id="a variable of C"),
        pytest.param("c.tokens[itoken] = ilabel\n", id="a variable as an index"),
    ],
)
def test_stays_silent_on_what_only_looks_assigned(text: str) -> None:
    assert confidences(text) == []


def test_passwords_of_people_are_found_where_random_ones_are() -> None:
    places = [
        'password = "{}"',
        "DB_PASSWORD={}",
        "  password: {}",
        "connect(user='u', password='{}')",
        "mysql --password={} x",
    ]
    dice = Random(5)
    texts = [place.replace("{}", chosen(kind, dice)) for place in places for kind in KINDS for _ in range(10)]
    assert sum(bool(confidences(text)) for text in texts) >= len(texts) * 0.7


def test_the_closing_quote_ends_a_value() -> None:
    value = sample("<alnum:8>", seed=3) + "'" + sample("<alnum:8>", seed=4)
    (finding,) = scan_text(f'password = "{value}"', key=KEY)
    assert finding.span._astuple() == (12, 12 + len(value))


def test_a_refused_value_may_be_the_name_of_the_next() -> None:
    assert confidences(f'{{"confirm": "password", "password": "{sample("<alnum:16>", seed=9)}"}}') == ["medium"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('password = "{}"', ["low"], id="Python"),
        pytest.param("my_password := '{}'", ["low"], id="Go"),
        pytest.param('password_hint = "{}"', [], id="a name that goes on"),
        pytest.param("password = {}", [], id="no quotes"),
        pytest.param('api_key = "{}"', [], id="a key"),
    ],
)
def test_a_word_spelled_with_a_sign_is_listed_as_a_password(text: str, expected: list[str]) -> None:
    word = "cack$le"
    assert [finding.confidence for finding in scan_text(text.format(word), key=KEY)] == expected
