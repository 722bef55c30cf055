"""Turns the words before a value into what they say it is."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern

# What a name ends in when it speaks about a credential instead of holding one.
_ABOUT = frozenset(
    (
        "age alg algo algorithm append arn at attempt attempts attr attribute attributes audience button by bytes "
        "callback char chars checksum class client column compare concat config contains cost count data date days "
        "desc description dialog digest dir disabled domain duration email enabled encoder encoding endpoint "
        "endswith engine env equals error errors event exception expiration expired expires expiry factory field "
        "fields file filename files fingerprint flag folder for form format formatter function generator group "
        "handler has hash hashed hasher header headers helper hint host id ids includes index info input inputs is "
        "issuer kind label labels len length level lifetime limit link list location login manager mask match "
        "matches max message messages method min mode model msg name names of on option options owner page panel "
        "param parameter parameters params parser path paths pattern placeholder plugin policy port position prefix "
        "prompt property protected provider query range reader realm ref reference refs regex regexp replace "
        "repository request required reset resolver resource response result role rotation rule rules scheme scope "
        "scopes screen selector service set settings sha size source split startswith state status stdin step store "
        "stores strategy strength strip style substring suffix tag template test text time timeout title to topic "
        "trim ttl type types uri uris url urls usage user username users utils valid validation validator validity "
        "var variable verified version view widget width with writer"
    ).split()
)
# Words that make a name speak of something else: of language models, of pages, of public keys.
_ELSEWHERE = frozenset(
    (
        "anti authenticity author authorized bos bypass cache cancel cancellation cls compass continuation csrf "
        "delimiter eos finger fingerprint foreign idempotency idempotent keyword keywords lifecycle mask max monkey "
        "next num pad page passage passed passenger passing passive passport passthrough primary pub pubkey "
        "public publickey rspauth secretary sep sort "
        "tokenization tokenize tokenized tokenizer tokenizers total trespass unk xsrf"
    ).split()
)
# Rails calls a key of its encryption the primary one, as databases call another thing.
_OF_RAILS = {"primary"}
_OTHERWISE_KEYS = (_ELSEWHERE - _OF_RAILS) | set("idempotence object partition range row shard".split())
# clientRequestToken: tells one call from its repetition.
_ONCE = frozenset(("client", "request", "token"))
# A header in which a program numbers its requests, to be met wherever one was recorded.
_NUMBERED = "Postman-Token"
_KINDS = {
    "password": (
        "pw pass passw passwd passwords password passphrase passcode passwrd pwd psw pswd passwort "
        "paswd pasword paswrd pswrd psswd psswrd"
    ),
    "secret": "secret secrets",
    "token": "token tokens",
    "key": "key keys apikey secretkey accesskey authkey privatekey licensekey",
    "auth": "auth oauth authcode sid authtoken sessionid authorization bearer",
    "cred": "cred creds credential credentials",
    "otp": "otp totp hotp",
    "salt": "salt pepper",
}
_KIND_OF_WORD = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_STEMS = (("passw", "password"), ("secret", "secret"), ("token", "token"), ("apikey", "token"), ("authkey", "token"))
_ENDINGS = (("pass", "password"), ("pwd", "password"), ("key", "key"), ("auth", "auth"))
# A key is a credential when one of these words says so; `key` alone is a key of a table.
_OF_KEYS = tuple(
    (
        "access account admin api app auth client consumer cookie crypto db encrypt encryption hmac host jwt "
        "licence license master private root secret security server service session shared sign signing storage "
        "subscription user"
    ).split()
)
_NAMELESS = pattern(r"(?i)identified|convertto|[a-z][a-z0-9+.\-]{1,30}:\\?/")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OF_NAMES = f"{_LETTERS}0123456789_.-"
_LEAST_WORD, _MOST_WORD = 2, 20
_LAST_OF_ASCII = "\x7f"
_WORDS = pattern(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_RUN = pattern(r"[\w.\-]{2,80}")


class Naming:
    """A name: its text before and from the keyword on, its words, and what kind of credential they speak of."""

    __slots__ = ("after", "before", "is_any_key", "kind", "tail", "words")

    def __init__(self, before: str, after: str) -> None:
        self.before = before
        self.after = after
        self.words = [word.lower() for word in _WORDS.findall(before + after)]
        kinds = [_kind_of(word) for word in self.words]
        place = max((number for number, kind in enumerate(kinds) if kind), default=-1)
        self.kind = kinds[place] if place >= 0 else ""
        self.tail = self.words[place + 1 :]
        is_any_key = self.kind == "key" and not any(word.removesuffix("key").endswith(_OF_KEYS) for word in self.words)
        self.is_any_key = is_any_key and place > 0 and _OTHERWISE_KEYS.isdisjoint(self.words)
        if is_any_key:
            self.kind = ""

    def is_of_a_credential(self) -> bool:
        """Say whether the name holds a credential, and does not only speak about one."""
        elsewhere = _ELSEWHERE - _OF_RAILS if "encryption" in self.words else _ELSEWHERE
        if not self.kind or not elsewhere.isdisjoint(self.words) or _ONCE.issubset(self.words):
            return False
        return self._holds()

    def may_be_of_a_credential(self) -> bool:
        """Say whether the name is that of a key of something, and no word says of what: vercel_key."""
        return self.is_any_key and self._holds()

    def _holds(self) -> bool:
        if self.before + self.after == _NUMBERED:
            return False
        last = next((word for word in reversed(self.tail) if not word.isdigit()), "")
        return last not in _ABOUT and last.removesuffix("s") not in _ABOUT


def naming(text: str, start: int, first: int) -> tuple[Naming, int]:
    """Return the first name after `start` and before the value at `first` that speaks of a credential, and its place.

    A keyword that a pattern found may stand inside of a longer name: that begins before `start`.
    """
    # An address, IDENTIFIED BY and ConvertTo-SecureString name nothing: what stands there is a password.
    if _NAMELESS.match(text[start : start + 40]):
        return Naming("", "password"), start
    head = _head(text[max(0, start - 60) : start])
    if text[start : start + 3].lower() == "key":
        # "access key: …" is a name, too.
        head = _word_before(text[max(0, start - 60) : start - len(head)]) + head
    for run in _RUN.finditer(text[start:first]):
        name = Naming(head if run.start() == 0 else "", run[0])
        if name.kind or name.is_any_key:
            return name, start + run.start()
    return Naming(head, ""), start


def _head(lead: str) -> str:
    """Return the end of `lead` that may be the beginning of a name."""
    kept = lead.rstrip(_OF_NAMES)
    while kept[-1:] > _LAST_OF_ASCII and kept[-1:].isalnum():
        kept = kept[:-1].rstrip(_OF_NAMES)
    return lead[len(kept) :]


def _word_before(lead: str) -> str:
    """Return the word and the blank with which `lead` ends, if it does."""
    word = lead[:-1][len(lead[:-1].rstrip(_LETTERS)) :][-_MOST_WORD:]
    return f"{word} " if lead[-1:] == " " and len(word) >= _LEAST_WORD else ""


def _kind_of(word: str) -> str:
    kind = _KIND_OF_WORD.get(word)
    if kind:
        return kind
    for stem, of in _STEMS:
        if stem in word:
            return of
    return next((of for ending, of in _ENDINGS if word.endswith(ending) and len(word) > len(ending)), "")
