"""Turns a text into whether it can hold an act at all, at the price of one look at its words."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

# The words that make a text worth a closer look. A program that is harmless without one of them is not named.
_ACTING = frozenset(
    (
        "rm rmdir unlink shred srm wipe truncate dd mkfs wipefs fdisk sfdisk parted sgdisk blkdiscard "
        "cryptsetup lvremove vgremove zpool zfs btrfs delete exec execdir ok x rsync scp sftp ftp lftp tftp "
        "nc ncat netcat socat telnet curl wget http https xh aria2c rclone s3cmd mc gsutil azcopy aws az "
        "gcloud bq kubectl oc helm terraform tofu terragrunt pulumi cdk sam sls serverless prune rmi down "
        "volume system compose ansible vagrant packer nomad consul vault heroku fly flyctl vercel netlify "
        "wrangler railway render doctl linode hcloud eb cap kamal psql mysql mariadb sqlite3 mongo mongosh "
        "redis cqlsh clickhouse sqlcmd sqlplus dropdb dropuser mysqladmin pg_restore influx etcdctl cockroach "
        "duckdb prisma supabase neonctl turso pscale drop flush flushdb flushall migrate reset purge rollback "
        "downgrade publish unpublish upload deploy release twine deprecate yank push pushed nuget vsce ovsx "
        "goreleaser deprovision clean restore checkout switch stash reflog gc filter update-ref ref rebase "
        "commit merge am verify hookspath hooks husky skip config gist repo mirror force lease branch tag "
        "worktree replace bfg env printenv export set declare typeset environ process getenv compgen shutdown "
        "reboot halt poweroff init telinit systemctl service crontab chmod chown chattr setfacl umount "
        "swapoff iptables nft ufw useradd userdel usermod passwd kill killall pkill launchctl diskutil tmutil "
        "csrutil keyctl security secret pass op bw gpg ssh openssl mail sendmail mutt mailx dig nslookup "
        "drill ping host pastebinit wormhole croc transfer ngrok cloudflared base64 base32 b64decode fromhex "
        "unhexlify xxd eval remove rmtree removesync unlinksync rmsync rmdirsync rimraf rm_rf rm_r "
        "remove_dir_all rmdir_r remove_tree reset_db robocopy mir mv execute removedirs truncatesync "
        "writefile open requests urlopen fetch axios socket dump tcp udp dev agentguard claude settings "
        "lefthook uninstall disableallhooks agentguard_secrets bin bypass source sponge overwrite format "
        "diskpart vssadmin bcdedit del erase rd cipher ri downloadstring iex irm iwr invoke encodedcommand "
        "enc clear start stop kextunload sysctl modprobe fork bomb gdb tcpdump shell createuser "
        "playbook apply destroy db pack ps history terminate teardown nuke wipeout drain cordon "
        "scale rollout scrub erase-disk mysqldump pg_dump pg_dumpall mongodump truncate-table execsync "
        "spawnsync popen hub tee archive mount environment pth pyvenv sitecustomize readonly get_env "
        "fetch_env getenvironment getenvironmentvariables getenvironmentvariable showenv show_make_env "
        "_server phpinfo connection keys rbac appsettings gopass lpass rbw dcli keyring keepassxc chamber "
        "teller dotenv infisical glab pargs sops age kwallet drush saml2aws assume passwords showsecret "
        "dshowpasswords reveal publishing client oauth_token aider amp auggie copilot crush droid goose "
        "opencode qwen bare sources dangerously usercustomize defaults plutil plistbuddy profiles reg regedit"
    ).split()
)
_SECRET = frozenset(
    (
        "etc usr boot sys library bashrc zshrc profile bash_profile zprofile zshenv bash_login autostart "
        "launchagents cron "
        "env envrc pem key p12 pfx jks keystore kdbx ppk p8 id_rsa id_dsa id_ecdsa id_ed25519 netrc _netrc "
        "credentials credential pgpass cnf pypirc htpasswd token dockercfg client_secret serviceaccount "
        "account boto s3cfg terraformrc secrets tfstate kubeconfig ssh gnupg keyrings password password-store "
        "npmrc yarnrc gh hosts docker kube azure m2 gradle rclone shadow gshadow bash_history zsh_history "
        "history tfrc application_default_credentials id_ identity proc codex doctl op gitconfig id_ed25519_sk "
        "id_ecdsa_sk vault_pass ftpconfig smbcredentials msmtprc fetchmailrc kaggle wallet logins signons sqlite "
        "login composer containers sentryclirc databrickscfg huggingface gemini circleci cursor ovpn nmconnection "
        "mozilla thunderbird librewolf firefox chromium chrome edge bravesoftware snowflake oci bluemix bitwarden "
        "lastpass subversion wallets"
    ).split()
)
WORDS = _ACTING | _SECRET
# Parts of names that go on as they like, and of the folders in which interpreters keep what they are made of.
_STEMS = (
    *(
        "client_secret serviceaccount service_account credentials vault_pass vault_password authinfo env_ history "
        "private_key privkey agentguard a9fe 2852039166 krb5cc adminsdk slack signal discord purple remmina vnc "
        "cloudflared keytab keyring kwl secring passwords clasprc playwright viminfo atuin"
    ).split(),
    *("lib python", "cpython ", "pyenv ", "169 254", "100 100 100 200", "metadata google", "bundle config"),
    *("auth toml", "token pickle", "cypress env"),
)

# Where what guards a session, or a credential, may lie under any name.
_SYSTEM = ("/etc", "/proc", "/run", "/usr", "/var", "/Library")
_PLACES = ("/.", "agentguard", "/lib/python", "/snap/", "/Library/", "/AppData/")

# Verbs of git that are harmless unless a telling word stands beside them.
_CALM_VERBS = frozenset(
    (
        "status diff log show add fetch pull ls mv rm grep describe rev shortlog help version init clone "
        "cherry blame remote notes apply format check count name symbolic archive bisect cat hash merge range "
        "show var column"
    ).split()
)

# Stands for any word: a policy spells one of its own in a way that only parsing it would tell.
EVERYTHING = "**"

_QUOTING = str.maketrans("", "", "'\"\\")
_APART = str.maketrans(dict.fromkeys("./:=@%+,;&|<>(){}[]!#~^*?\t\r\n-", " "))
# What prints variables by an option of one letter.
_BY_OPTION = frozenset(("make", "php"))
# Where one of these stands, words may be made that do not stand in the text.
_MAKING = ("$", "`", "{", "?", "[")

SHELL_TOOLS = frozenset({"Bash", "Monitor"})
READING_TOOLS = frozenset({"Read", "NotebookRead", "Grep", "Glob", "LS"})
WRITING_TOOLS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
_WILD = "?[{*"
_HOMES = frozenset(("", "~", "/home", "/root", "/Users"))
_NAMING = ("file_path", "notebook_path", "path", "glob", "pattern")
_OF_INTERPRETERS = frozenset({"lib", "python", "python3"})
# Tools that do nothing outside of the conversation.
_TALKING = frozenset({"TodoWrite", "Skill", "ToolSearch", "AskUserQuestion", "ExitPlanMode", "EnterPlanMode", "Agent"})


def may_act(tool: str, tool_input: Mapping[str, Any], *, words: frozenset[str], folder: str = "") -> bool:
    """Whether this call may hold an act, at the price of a look at its words. Never wrongly false."""
    if tool in _TALKING:
        return False
    if tool in SHELL_TOOLS:
        return is_telling(str(tool_input.get("command")), words=words, folder=folder)
    if tool in WRITING_TOOLS:
        # Where an interpreter keeps what it is made of.
        words |= _OF_INTERPRETERS
    if tool in READING_TOOLS or tool in WRITING_TOOLS:
        named = [str(tool_input[key]) for key in _NAMING if key in tool_input]
        return any(names_something(text, words=words) or any(mark in text for mark in _WILD) for text in named)
    return names_something(tool.replace("_", " ")) or any(
        is_telling(text, words=words) for text in _strings(tool_input)
    )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def is_telling(text: str, *, words: frozenset[str] = frozenset(), folder: str = "") -> bool:
    """Whether a command may hold an act; `words` are those of the policy's own lists. Never wrongly false.

    In a `folder` that a list may be about, a name says nothing: `cd .git/hooks` in one call, `cp x y` in the next.
    """
    if any(mark in text for mark in _MAKING) or EVERYTHING in words or is_telling_place(folder):
        return True
    plain = text.translate(_QUOTING)
    if names_something(text, words=words) or _has_wild_name(plain) or _empties_or_runs(plain):
        return True
    return ("git" in plain and _may_be_alias(plain)) or _may_print_by_option(plain) or _names_a_home(plain)


def is_telling_place(folder: str) -> bool:
    """Whether the lists may be about files in this folder, whatever they are called."""
    return folder.startswith(_SYSTEM) or any(part in folder for part in _PLACES)


def names_something(text: str, *, words: frozenset[str] = frozenset()) -> bool:
    """Whether one of the telling words, or of `words`, stands in the text."""
    said = _spaced(text)
    parts = said.split()
    if EVERYTHING in words or not WORDS.isdisjoint(parts) or not words.isdisjoint(parts):
        return True
    return any(stem in said for stem in _STEMS)


def names_among(listed: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the parts of a policy's text that may be names or globs: no comments, no keys."""
    return tuple(part for part in listed if part[:2] != "# " and not part.rstrip(" [{").endswith("="))


def words_in(text: str) -> list[str]:
    """The words of a text, without its quotes, in small letters."""
    return _spaced(text).split()


def _spaced(text: str) -> str:
    return text.translate(_QUOTING).translate(_APART).lower()


def _may_be_alias(text: str) -> bool:
    """Whether git is given a verb that is not one of its own harmless ones: it may stand for any other."""
    parts = words_in(text)
    return any(part == "git" and verb not in _CALM_VERBS for part, verb in zip(parts, [*parts[1:], ""], strict=True))


def _has_wild_name(text: str) -> bool:
    """Whether a name is left open by a star, and not only that of any file of one kind: `*.py`."""
    if "*" not in text:
        return False
    words = (word for word in text.split() if "*" in word)
    return any(word[:2] != "*." or "*" in word[2:] or "/" in word for word in words)


def _names_a_home(text: str) -> bool:
    """Whether a word is a home folder, or one above it: in what lies there a list is about files that nobody names."""
    places = (word.rstrip("/") for word in text.split() if word[0] in "/~")
    return any(
        place in _HOMES or (place.startswith(("/home/", "/Users/")) and place.count("/") == 2) for place in places
    )


def _may_print_by_option(text: str) -> bool:
    if "make" not in text and "php" not in text:
        return False
    words = text.split()
    return any(word in _BY_OPTION and words[at + 1][:1] == "-" for at, word in enumerate(words[:-1]))


def _empties_or_runs(text: str) -> bool:
    """Whether it writes to a file, which may empty it, or gives a text to a shell."""
    if ">" in text.replace("2>&1", "").replace(">/dev/null", "").replace("> /dev/null", ""):
        return True
    return "sh" in text and ("|" in text or "<" in text)
