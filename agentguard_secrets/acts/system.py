"""Turns a call that stops, opens or reconfigures the machine into acts."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import act
from agentguard_secrets.acts.paths import absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

    Judge = Callable[[Call, World], str]

_TOP = r"/(?:etc|usr|bin|sbin|lib|lib64|boot|var|opt|root|home|sys|proc|dev|System|Library)?/?\*?$"
_CONFIGURED = (
    r"^/(?:etc|boot|usr|bin|sbin|lib|sys|proc/sys|Library|System)/|/\.ssh/(?:authorized_keys|config|rc)$"
    r"|/\.(?:bashrc|zshrc|profile|bash_profile|zprofile|zshenv|bash_login|config/autostart/.*|config/fish/.*"
    r"|config/systemd/user/.*)$|/LaunchAgents/|/cron\.d/"
)


def acts_on_system(call: Call, world: World) -> Iterator[Act]:
    """The acts of this call on the machine itself."""
    judge = _JUDGES.get(call.program)
    about = judge(call, world) if judge and not call.has("--help") else ""
    if about:
        yield act("system", " ".join([call.program, *call.operands[:2]]), about)
    for target in written_files(call):
        if re.search(_CONFIGURED, absolute(target, world, folder=call.folder)) and not target.startswith(
            "/usr/local/share"
        ):
            yield act("system", target, "changes how the machine or the person's shell is set up")


def is_configuration(path: str, world: World, *, folder: str = "") -> bool:
    """Whether this file sets up the machine, or what the person's shell does."""
    return re.search(_CONFIGURED, absolute(path, world, folder=folder)) is not None


def written_files(call: Call) -> list[str]:
    """The files that this call writes, as far as its words say it."""
    targets = [target for _operator, target in call.writes]
    operands = call.operands
    if call.program in ("tee", "sponge", "truncate", "touch"):
        targets += operands
    elif call.program in ("cp", "mv", "ln", "install", "rsync") and len(operands) > (
        0 if call.has("-t", "--target-directory") else 1
    ):
        folder = call.value_of("-t", "--target-directory")
        targets += [folder] if folder else operands[-1:]
        place = folder or operands[-1]
        if folder or place.endswith("/") or "." not in place.rpartition("/")[2].lstrip("."):
            sources = operands if folder else operands[:-1]
            targets += [f"{place.rstrip('/')}/{source.rpartition('/')[2]}" for source in sources]
    elif call.program in ("sed", "gsed", "perl", "ruby") and any(
        re.match(r"-[a-zA-Z]*i|--in-place", word) for word in call.words
    ):
        targets += operands[1:] if not call.has("-e", "--expression") else operands
    elif call.program in ("curl", "wget", "http"):
        targets += [
            each for each in (call.value_of("-o", "--output", "-O" if call.program == "wget" else "-o"),) if each
        ]
    elif call.program == "dd":
        targets += [word[3:] for word in call.words if word.startswith("of=")]
    elif call.program in ("patch", "ed", "nano", "code"):
        targets += operands[:1]
    elif call.program in ("ex", "vi", "vim", "nvim", "emacs") or (
        call.program in ("awk", "gawk") and "inplace" in call.words
    ):
        targets += operands
    elif call.program == "sort":
        targets += [each for each in (call.value_of("-o", "--output"),) if each]
    return targets


def _stops(call: Call, _world: World) -> str:
    return "" if call.has("-c") and call.program == "shutdown" else "stops or restarts the machine"


def _runlevel(call: Call, _world: World) -> str:
    return "stops or restarts the machine" if call.operands[:1] in (["0"], ["6"], ["1"]) else ""


def _services(call: Call, _world: World) -> str:
    words = call.operands
    if call.program == "service":
        words = words[1:]
    stopping = (
        "stop",
        "disable",
        "mask",
        "poweroff",
        "reboot",
        "halt",
        "isolate",
        "kill",
        "rescue",
        "emergency",
        "suspend",
    )
    return "stops a service or the machine" if words and words[0] in stopping else ""


def _modes(call: Call, world: World) -> str:
    operands = call.operands
    targets = [absolute(word, world, folder=call.folder) for word in operands[1:]]
    is_open = any(
        re.fullmatch(r"0?777|a\+rwx|ugo\+rwx|o\+w|a\+w|-R|000|u\+s|\+s|[24]7\d\d", word) for word in call.words[1:]
    )
    if any(re.fullmatch(_TOP, target) or target == world.home for target in targets) and (call.has("-R") or is_open):
        return "changes the rights of a whole system folder"
    sets_user = any(re.fullmatch(r"[ug]?\+s|[ug]\+\w*s\w*|[2467][0-7]{3}", word) for word in operands[:1])
    if sets_user:
        return "lets everybody run it with its owner's rights"
    if (
        call.program == "chmod"
        and call.has("-R")
        and any(word in ("777", "0777", "a+rwx", "000") for word in operands[:1])
    ):
        return "opens every file in it to everybody, or to nobody"
    return ""


def _crontab(call: Call, _world: World) -> str:
    if call.has("-r"):
        return "deletes every scheduled job"
    return "" if call.has("-l") or not call.words[1:] else "changes what runs by itself"


def _at(call: Call, _world: World) -> str:
    if call.has("-l", "-r", "-d", "-V"):
        return ""
    return "changes what runs by itself" if call.has("-f") or call.reads or call.stdin or call.feeds else ""


def _kills(call: Call, _world: World) -> str:
    if call.program == "kill":
        return "ends every process" if "-1" in call.words[2:] or call.words[1:] == ("-1",) else ""
    is_everything = any(word in ("-u", "--user") for word in call.words) or call.operands[:1] in (["."], [".*"])
    return "ends every process of a user" if is_everything else ""


def _firewall(call: Call, _world: World) -> str:
    words = call.words[1:]
    return (
        "opens the firewall"
        if any(word in ("-F", "--flush", "disable", "flush", "-X", "reset") for word in words)
        else ""
    )


def _always(about: str) -> Judge:
    return lambda call, _world: about if call.words[1:] else ""


def _listed(call: Call, _world: World) -> str:
    return (
        "loads or unloads a service of the system" if call.operands[:1] in (["unload"], ["bootout"], ["remove"]) else ""
    )


_JUDGES: dict[str, Judge] = {
    **dict.fromkeys(("shutdown", "reboot", "halt", "poweroff"), _stops),
    **dict.fromkeys(("init", "telinit"), _runlevel),
    **dict.fromkeys(("systemctl", "service", "rc-service"), _services),
    **dict.fromkeys(("chmod", "chown", "chgrp", "setfacl"), _modes),
    "crontab": _crontab,
    **dict.fromkeys(("at", "batch"), _at),
    **dict.fromkeys(("kill", "killall", "pkill"), _kills),
    **dict.fromkeys(("iptables", "ip6tables", "nft", "ufw"), _firewall),
    **dict.fromkeys(
        ("useradd", "userdel", "usermod", "adduser", "deluser", "groupdel", "visudo"),
        _always("changes who may use the machine"),
    ),
    "passwd": lambda _call, _world: "changes a password",
    "chpasswd": lambda _call, _world: "changes a password",
    "fork-bomb": lambda _call, _world: "starts processes without end",
    "launchctl": _listed,
    **dict.fromkeys(("csrutil", "spctl", "setenforce", "bcdedit"), _always("turns a protection of the system off")),
    "swapoff": _always("takes memory away"),
    "sysctl": lambda call, _world: "changes the kernel's settings" if call.has("-w") else "",
    **dict.fromkeys(("insmod", "rmmod"), _always("changes the kernel")),
}
