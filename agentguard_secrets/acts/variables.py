"""Turns a call into whether it prints variables of the environment by an option or in a language of its own."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import is_secret_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.acts.call import Call

_JAVA = r"System[./](?:getenv|environment)\b(?:\(?\s*[\"'](\w+))?|\bsys\.env\b(?:\([\"'](\w+))?"
_TCL = r"\barray\s+get\s+(?:::)?env\b|\bparray\s+(?:::)?env\b|\benv\((\w+)\)"
_EDITOR = r"\benviron\(\)|(?:echo|put)[^|\n]{0,40}\$(\w+)|os\.getenv\([\"'](\w+)"
_MAKE = (
    r"(?:^|\s)(?:-[a-zA-Z]*p[a-zA-Z]*|--print-data-base)(?=\s|$)|\.VARIABLES\b|\$\((?:info|warning|error)\s+\$[({](\w+)"
)
_POWERSHELL = r"(?i)(?:^|[\s(])(?:dir|ls|gci|get-childitem|get-item|gi)\s+env:|\$env:(\w+)|GetEnvironmentVariables"
_AWK = r"\bin\s+ENVIRON\b|\bENVIRON\[\"(\w+)\"\]"
_JQ = r"(?:^|[\s|(,])env(?![\w.(])|\$ENV(?!\.\w|\[)|\$ENV\.(\w+)|(?<![\w.])env\.(\w+)|\b(?:str)?env\((\w+)\)"
# What tells of variables in a program's words or input; a group is the name of the one that it tells.
_LANGUAGES = {
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), _AWK),
    **dict.fromkeys(("jq", "gojq", "yq"), _JQ),
    **dict.fromkeys(("tclsh", "wish", "expect"), _TCL),
    **dict.fromkeys(("vi", "vim", "nvim", "ex", "view"), _EDITOR),
    **dict.fromkeys(("groovy", "scala", "jshell", "clojure", "kotlin", "java"), _JAVA),
    **dict.fromkeys(("pwsh", "powershell"), _POWERSHELL),
    **dict.fromkeys(("make", "gmake", "remake"), _MAKE),
    **dict.fromkeys(("iex", "elixir"), r"System\.(?:get_env|fetch_env!?)\(\s*(?:\)|[\"'](\w+))"),
    **dict.fromkeys(("gomplate", "esh", "consul-template"), r"\.Env\b(?:\.(\w+))?|\benv\s+[\"'](\w+)"),
    "emacs": r"(?:process|initial)-environment|\(getenv\s+\"(\w+)",
    "Rscript": r"Sys\.getenv\(\s*(?:\)|[\"'](\w+))",
    "R": r"Sys\.getenv\(\s*(?:\)|[\"'](\w+))",
    "julia": r"\bENV\b(?:\[[\"'](\w+))?",
    "erl": r"os:(?:getenv|env)\(\s*(?:\)|\"(\w+))",
    "guile": r"\(environ\)|\(getenv\s+\"(\w+)",
    "ghc": r"getEnvironment|getEnv\w*\s+\"(\w+)",
    "nix": r"\bgetEnv\s+\"(\w+)",
    "nu": r"\$env\b(?:\.(\w+))?",
    "gdb": r"\bshow\s+env\w*(?:\s+(\w+))?",
    "bun": r"\bBun\.env\b(?:\.(\w+))?",
    "php": r"(?:^|\s)(?:-i|--info)(?=\s|$)|\bphpinfo\(|\$_SERVER\b(?:\[[\"'](\w+))?",
    "ruby": r"\bENV\.(?:each|map|inspect|to_h|values)\b",
    "envsubst": r"\$\{?(\w+)",
    "systemctl": r"(?:^|\s)show-environment\b|\bshow\b.*\bEnvironment\b",
    "launchctl": r"^export\b|^getenv\s+(\w+)",
    "cmake": r"^-E\s+environment\b",
    "tmux": r"\bshow(?:-environment|env)\b",
    "direnv": r"^export\b|^dump\b",
    "mvn": r"\bhelp:system\b",
    "bazel": r"--show_make_env\b",
    "pargs": r"(?:^|\s)-\w*e",
    "kubectl": r"\bset\s+env\b.*--list\b",
    **dict.fromkeys(("docker", "podman", "nerdctl"), r"\binspect\b.*\.(?:Config)?\.?(?:Env\b|Config\}|Config\s*\|)"),
    **dict.fromkeys(("strace", "ltrace"), r"(?:^|\s)-[a-uw-z]*v(?=\s)"),
}
TELLING = frozenset((*_LANGUAGES, "docker-compose"))
_PICKING = frozenset("grep egrep awk gawk sed rg".split())
# Of `docker compose config`, what lists names or says nothing.
_NAMES_ONLY = (
    "--services",
    "--images",
    "--volumes",
    "--profiles",
    "--networks",
    "-q",
    "--quiet",
    "--hash",
    "--environment",
)


def tells_variables(call: Call, followers: list[Call]) -> bool:
    """Whether it prints variables, other than those that are named and harmless; `followers` take what it prints."""
    if _is_composition(call):
        return not call.has(*_NAMES_ONLY) and not call.has("--no-interpolate")
    pattern = _LANGUAGES.get(call.program)
    if pattern is None:
        return False
    if call.program == "make" and any(each.program in _PICKING and not each.has("-v") for each in followers):
        # So it is asked for the names of targets.
        return False
    text = " ".join(call.words[1:])
    found = [*re.finditer(pattern, text), *re.finditer(pattern, call.stdin or "")]
    return any(not any(match.groups()) or is_secret_name(next(filter(None, match.groups()))) for match in found)


def _is_composition(call: Call) -> bool:
    """Whether it prints a composition of containers as it will be, with the values of `.env` in it."""
    words = call.operands
    if call.program == "docker-compose":
        return bool({"config", "convert"} & set(words))
    return (
        call.program in ("docker", "podman", "nerdctl")
        and words[:1] == ["compose"]
        and bool({"config", "convert"} & set(words[1:]))
    )
