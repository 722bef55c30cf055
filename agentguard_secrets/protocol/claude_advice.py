"""Turns the place where a credential was going to stand into what to write instead, in the language of the file."""

from __future__ import annotations

_READING = {
    "os.environ['API_KEY']": ("py", "pyi", "ipynb"),
    "process.env.API_KEY": ("js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"),
    "import.meta.env.API_KEY, on the server's side only,": ("vue", "svelte", "astro"),
    'os.Getenv("API_KEY")': ("go",),
    'ENV.fetch("API_KEY")': ("rb", "rake", "erb"),
    'System.getenv("API_KEY")': ("java", "kt", "kts", "scala", "groovy", "gradle", "clj"),
    'std::env::var("API_KEY")': ("rs",),
    'Environment.GetEnvironmentVariable("API_KEY")': ("cs", "vb", "fs"),
    "getenv('API_KEY')": ("php",),
    'getenv("API_KEY")': ("c", "h", "cc", "cpp", "hpp", "cxx", "m", "mm"),
    '"${API_KEY:?}"': ("sh", "bash", "zsh", "ksh", "bats", "envrc"),
    "$env:API_KEY": ("ps1", "psm1", "psd1"),
    'ProcessInfo.processInfo.environment["API_KEY"]': ("swift",),
    "Platform.environment['API_KEY']": ("dart",),
    'System.fetch_env!("API_KEY")': ("ex", "exs"),
    "$ENV{API_KEY}": ("pl", "pm"),
    'Sys.getenv("API_KEY")': ("r", "rmd"),
    'ENV["API_KEY"]': ("jl", "cr"),
    'os.getenv("API_KEY")': ("lua",),
    'getEnv "API_KEY"': ("hs",),
    "a variable with `sensitive = true`, given as TF_VAR_api_key,": ("tf", "tfvars", "hcl"),
    "${API_KEY}, filled in when the file is used,": ("yml", "yaml", "xml", "properties", "conf", "cfg", "ini"),
}
_BY_SUFFIX = {suffix: words for words, suffixes in _READING.items() for suffix in suffixes}
_BY_NAME = {
    "dockerfile": "`RUN --mount=type=secret,id=api_key`, never ENV or ARG,",
    "makefile": "$(API_KEY), from the environment,",
    "jenkinsfile": "credentials('api-key')",
}
# Where a build server keeps what its steps need.
_WORKFLOWS = (
    (".github/workflows/", "${{ secrets.API_KEY }}"),
    (".gitlab-ci.yml", "$API_KEY, a masked variable of the project,"),
)
_FILLED_IN = frozenset({"env", "json", "json5", "jsonc", "toml", "npmrc", "netrc", "pypirc"})

_COMMAND = (
    'Instead, let the program that you start read the value from an environment variable (in the shell: "$API_KEY") or '
    "a secret manager, so that it stands in no command line, history or log."
)
_CALL = (
    "Instead, leave the value out of the call and name where it is kept: an environment variable or a secret manager; "
    "or write a placeholder such as <API_KEY>."
)


def advice(face: str, path: str) -> str:
    """Return what to do instead at `face`; `path` is the file that a write is about, "" when it is about none."""
    if face == "command":
        return _COMMAND
    return _in_file(path) if face == "write" else _CALL


def _in_file(path: str) -> str:
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    suffix = name.rpartition(".")[2]
    if suffix in _FILLED_IN or name.startswith(".env"):
        return (
            "Instead, write a placeholder such as <API_KEY> here, and let the person put the value into a file that "
            "git ignores or into a secret manager."
        )
    reading = next((words for part, words in _WORKFLOWS if part in path.replace("\\", "/")), None)
    reading = reading or _BY_NAME.get(name.partition(".")[0]) or _BY_SUFFIX.get(suffix)
    written = f"write {reading} here" if reading else "write code that reads the value when it runs"
    return (
        f"Instead, {written}, so that the value comes from an environment variable or a secret manager; in an example "
        "or a template write a placeholder such as <API_KEY>."
    )
