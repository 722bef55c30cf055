"""Turns a call of a program that sends into what leaves the machine with it."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import SECRET, UNKNOWN, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentguard_secrets.acts.call import Call

    # What is sent: words whose text goes out, files that go out, whether the input goes out.
    Sent = tuple[list[str], list[str], bool]

_REMOTE = r"^(?:[\w.-]+@)?[\w.\x00-]{2,}:(?!\\)|^[a-z0-9]+://"
_BODY = (
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-urlencode",
    "--data-ascii",
    "--json",
    "-F",
    "--form",
    "--form-string",
)
_AUTH = r"(?i)^(?:authorization|private-token|x-[\w-]*(?:key|token|auth)[\w-]*|api-?key|cookie|[\w-]*token)\s*:"
_CREDENTIAL_OPTIONS = (
    "-H",
    "--header",
    "-u",
    "--user",
    "--oauth2-bearer",
    "-b",
    "--cookie",
    "--proxy-user",
    "--cert",
    "--key",
    "--cacert",
    "-E",
)


# They put something into a store, which is on this machine unless they say where it is.
_KEEPING = ("redis-cli", "valkey-cli", "etcdctl")


def sent_by(call: Call) -> Sent | None:
    """What the call sends out; None when it sends nothing, or only asks."""
    if any(target.startswith(("/dev/tcp/", "/dev/udp/")) for _operator, target in call.writes) or any(
        path.startswith(("/dev/tcp/", "/dev/udp/")) for path in call.reads
    ):
        return list(call.words), _plain_files(call), True
    sender = _SENDERS.get(call.program)
    return sender(call) if sender else None


def _plain_files(call: Call) -> list[str]:
    return [*call.operands, *(path for path in call.reads if not path.startswith("/dev/"))]


def method_of(call: Call) -> str:
    """The method of a request, in capitals; empty when none is named."""
    given = call.value_of("-X", "--request", "--method")
    first = call.operands[0] if call.operands else ""
    return (given or (first if call.program in ("http", "https", "xh") and first.isupper() else "")).upper()


def _curl(call: Call) -> Sent | None:
    bodies = list(values_of(call.words, _BODY))
    uploads = list(values_of(call.words, ("-T", "--upload-file")))
    hidden = set(values_of(call.words, _CREDENTIAL_OPTIONS))
    named = [text[1:] for text in values_of(call.words, ("-H", "--header")) if text[:1] == "@"]
    named += [text for text in values_of(call.words, ("-b", "--cookie")) if "=" not in text]
    named += [text.partition("@")[2] for text in values_of(call.words, ("--variable",)) if "@" in text]
    if "-" in values_of(call.words, ("-K", "--config")):
        named += re.findall(r"[@<]([^\s\"';,]+)", call.stdin or "")
    headers = [value for value in values_of(call.words, ("-H", "--header")) if not re.match(_AUTH, value)]
    urls = [word for word in call.operands if word not in hidden and word not in bodies]
    texts = [*(text for text in bodies if "@" not in text[:1]), *headers, *urls]
    queries = [text.partition("@")[2] for text in values_of(call.words, ("--url-query",)) if "@" in text]
    files = [
        *uploads,
        *queries,
        *named,
        *(path for text in bodies for path in re.findall(r"(?:^|=|^\w+)[@<]([^;,]+)", text)),
    ]
    takes_input = any(path in ("-", ".") for path in files)
    is_sent = bool(bodies or uploads or queries or named) or method_of(call) in ("POST", "PUT", "PATCH", "DELETE")
    tells = any(SECRET in text or UNKNOWN in text for text in [*urls, *headers]) and bool(
        call.inner or SECRET in "".join(urls)
    )
    return (texts, [path for path in files if path != "-"], takes_input) if is_sent or tells else None


def _wget(call: Call) -> Sent | None:
    texts = list(values_of(call.words, ("--post-data", "--body-data")))
    files = list(values_of(call.words, ("--post-file", "--body-file")))
    tells = any(SECRET in word or UNKNOWN in word for word in call.words[1:]) and bool(call.inner)
    return ([*texts, *call.words[1:]], files, False) if texts or files or tells or method_of(call) else None


def _httpie(call: Call) -> Sent | None:
    items = call.operands[1:]
    files = [item.partition("@")[2] for item in items if "@" in item]
    if not items and not call.reads and not call.feeds:
        return None
    return items, files, True


def _raw(call: Call) -> Sent | None:
    if call.has("-l", "-z") or any("LISTEN" in word.upper() for word in call.words):
        return None
    files = [
        path for word in call.words[1:] for path in re.findall(r"(?:FILE|OPEN|GOPEN):([^,]+)", word, re.IGNORECASE)
    ]
    runs = call.has("-e", "-c", "--exec", "--sh-exec") or any(
        "EXEC:" in word.upper() or "SYSTEM:" in word.upper() for word in call.words
    )
    return (["shell"] if runs else list(call.words[1:]), files, True)


def _copies(call: Call) -> Sent | None:
    operands = call.operands
    if len(operands) < 2 or not re.match(_REMOTE, operands[-1]):
        return None
    return [], [path for path in operands[:-1] if not re.match(_REMOTE, path)], False


def _session(call: Call) -> Sent | None:
    said = f"{' '.join(call.words[1:])}\n{call.stdin or ''}"
    put = re.findall(r"(?:^|[;\s])m?put\s+([^\s;]+)", said)
    put += values_of(call.words, ("-u", "--upload")) if call.program == "ftp" else ()
    is_given = call.feeds or call.reads or call.stdin or put
    return (list(call.words[1:]), [*_plain_files(call), *put], True) if is_given else None


def _posts(call: Call) -> Sent | None:
    """For programs that send their input, or the files that they are given, to a queue, a socket or a log."""
    if call.program in _KEEPING and not call.has("-h", "-u", "--endpoints", "--host"):
        return None
    if call.program == "logger" and not call.has("-n", "--server"):
        return None
    files = [
        *values_of(call.words, ("-f", "--file", "-m", "--payload-file", "-p", "-D", "-body")),
        *call.operands,
        *call.reads,
    ]
    return list(call.words[1:]), [path.lstrip("@") for path in files], True


def _remote_shell(call: Call) -> Sent | None:
    return ([], [], True) if call.feeds or call.reads else None


def _mail(call: Call) -> Sent | None:
    return list(call.words[1:]), [*values_of(call.words, ("-a", "-A", "--attach"))], True


def _name_server(call: Call) -> Sent | None:
    asked = [word for word in call.words[1:] if UNKNOWN in word or SECRET in word]
    return (asked, [], False) if asked and (call.inner or any(SECRET in word for word in asked)) else None


def _forge(call: Call) -> Sent | None:
    words = call.operands
    if words[:2] == ["release", "upload"]:
        return [], words[3:], False
    if words[:2] in (["gist", "create"], ["snippet", "create"], ["gist", "edit"]):
        return words[2:], words[2:], True
    if words[:2] in (
        ["issue", "create"],
        ["pr", "create"],
        ["issue", "comment"],
        ["pr", "comment"],
        ["release", "create"],
    ):
        texts = list(values_of(call.words, ("-b", "--body", "-t", "--title", "-n", "--notes")))
        return texts, [*values_of(call.words, ("-F", "--body-file", "--notes-file")), *words[2:]], call.has("-F")
    if words[:1] == ["api"]:
        fields = list(values_of(call.words, ("-f", "-F", "--field", "--raw-field", "--input")))
        return (fields, [field.partition("@")[2] or field for field in fields], "-" in fields) if fields else None
    return None


def _storage(call: Call) -> Sent | None:
    words = call.operands
    named = [path for word in call.words[1:] for path in re.findall(r"(?:^|=)(?:fileb?://|@)(.+)", word)]
    if call.program in ("aws", "az", "gcloud") and named:
        return [], named, False
    verbs = {
        "cp",
        "mv",
        "sync",
        "put",
        "put-object",
        "copy",
        "copyto",
        "moveto",
        "upload",
        "rcat",
        "upload-batch",
        "mirror",
        "cp-r",
        "pipe",
    }
    at = next((place for place, word in enumerate(words) if word in verbs), None)
    if at is None:
        return None
    files = [*words[at + 1 :], *values_of(call.words, ("--file", "-f", "--source", "--body"))]
    is_remote = re.compile(r"^(?:s3|gs|az|https?|b2|oci|r2)://|^[\w-]{2,}:")
    leaves = not files[:1] or not is_remote.match(files[0])
    return ([], [path for path in files if not is_remote.match(path)], True) if leaves else None


def _pods(call: Call) -> Sent | None:
    words = call.operands
    is_out = words[:1] == ["cp"] and len(words) > 2 and ":" in words[2] and ":" not in words[1]
    return ([], words[1:2], False) if is_out else None


def _secure_socket(call: Call) -> Sent | None:
    return ([], [], True) if "s_client" in call.words and (call.feeds or call.reads) else None


def _shares(call: Call) -> Sent | None:
    words = [word for word in call.operands if word not in ("send", "--")]
    return words, words, True


_SENDERS: dict[str, Callable[[Call], Sent | None]] = {
    "curl": _curl,
    "curlie": _curl,
    "wget": _wget,
    **dict.fromkeys(("http", "https", "xh"), _httpie),
    **dict.fromkeys(("nc", "ncat", "netcat", "socat", "telnet"), _raw),
    **dict.fromkeys(("scp", "rsync"), _copies),
    **dict.fromkeys(("sftp", "ftp", "lftp", "tftp", "smbclient"), _session),
    **dict.fromkeys(
        (
            "mosquitto_pub",
            "kcat",
            "kafkacat",
            "websocat",
            "wscat",
            "grpcurl",
            "nats",
            "amqp-publish",
            "logger",
            "mongoimport",
            *("mongofiles", "kafka-console-producer", "ldapmodify", "ldapadd", "gnutls-cli", "telegram-send"),
            *("slackcat", "ab", "hey", "vegeta", "siege", "influx", *_KEEPING),
        ),
        _posts,
    ),
    "ssh": _remote_shell,
    **dict.fromkeys(("mail", "mailx", "mutt", "sendmail", "swaks", "msmtp"), _mail),
    **dict.fromkeys(
        ("dig", "nslookup", "host", "drill", "ping", "getent", "kdig", "doggo", "open", "xdg-open"), _name_server
    ),
    **dict.fromkeys(("gh", "glab", "hub"), _forge),
    **dict.fromkeys(("aws", "gsutil", "gcloud", "az", "rclone", "mc", "s3cmd", "azcopy", "s5cmd"), _storage),
    **dict.fromkeys(("kubectl", "oc", "docker", "podman"), _pods),
    "openssl": _secure_socket,
    **dict.fromkeys(
        ("wormhole", "croc", "transfer", "pastebinit", "pbin", "ix", "sprunge", "termbin", "ffsend", "magic-wormhole"),
        _shares,
    ),
}
