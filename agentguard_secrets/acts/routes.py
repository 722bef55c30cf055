"""Turns a call into the judges that may have something to say about it, so that no other has to be imported."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.flow import Flow
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

    Judge = Callable[[Call, World, Flow], Iterator[Act]]

# Programs that every judge knows; tests/test_acts_routes.py compares with the judges' own tables.
WRITING = frozenset(
    (
        "code cp curl dd ed emacs ex gsed http install ln mv nano patch perl rsync ruby sed sort sponge tee "
        "touch truncate vi vim wget"
    ).split()
)
FILES = frozenset(
    (
        "blkdiscard btrfs cp cryptsetup dcfldd dd del-cli diskutil docker docker-compose fdisk find install "
        "ln lvremove mkswap mv nerdctl parted podman pvremove rimraf rm robocopy rsync sfdisk sgdisk shred "
        "sponge srm tar tee tmutil truncate unlink vgremove vssadmin wipe wipefs zfs zip zpool"
    ).split()
)
SYSTEM = frozenset(
    (
        "adduser at batch bcdedit chgrp chmod chown chpasswd crontab csrutil deluser fork-bomb groupdel halt init "
        "insmod ip6tables iptables kill killall launchctl nft passwd pkill poweroff rc-service reboot rmmod "
        "service setenforce setfacl shutdown spctl swapoff sysctl systemctl telinit ufw useradd userdel "
        "usermod visudo"
    ).split()
)
TAMPERING = frozenset(
    (
        "agentguard agentguard-secrets agentguard_secrets apt apt-get brew chattr chgrp chmod chown claude "
        "claude-code screen tmux mount umount tar bsdtar gtar unzip cpio awk gawk ln "
        "conda del-cli rimraf find husky kill killall lefthook mv npm pdm pip pip3 pipx pkill poetry pre-commit python "
        "aider amp auggie codex copilot crush cursor-agent droid gemini gemini-cli goose opencode qwen qwen-code "
        "python3 rename rm rmdir setfacl shred srm touch trash truncate unlink uv wipe yarn"
    ).split()
)
READING = frozenset(
    (
        "exec wc 7z 7za ack ag ansible-vault ar awk aws az base32 base64 bat batcat bc busybox bw bzip2 cat ccat cmp "
        "code colordiff column comm cp cpio csplit csvlook curl cut dasel dd declare delta diff "
        "docker-credential-desktop doppler dos2unix echo ed egrep emacs enca env envsubst ex expand export "
        "fgrep find fmt fold gawk gc gcloud get-content gh git glab glow gpg grep gron gzip hd head heroku "
        "hexdump highlight http icdiff iconv infisical install join jq keyring kubectl less less.exe ln "
        "lolcat look mapfile mawk micro more most mv nano nawk nl npm nvim oc od op open openssl pass paste "
        "perl pico pr print printenv printf ps pv pygmentize railway rar read readarray readonly rev rg "
        "rg.exe rsync ruby scp sdiff secret-tool security sed select-string set shuf sops sort "
        "source-highlight split sponge strings tac tail tar tee tomlq tr type typeset uniq uuencode vault vi "
        "view vim vimdiff wget while xdg-open xq xxd xz yq zcat zgrep zip zstd "
        "ul tsort ptx lz4 brotli basenc m4 cpp pandoc mlr coreutils ffmpeg xargs parallel date file qrencode make "
        "ssh-keygen gcc cc clang g++ c++ tcc sqlite3 sqlite duckdb psql mysql mariadb python python3 bash sh zsh "
        "dash ksh systemctl launchctl cmake gojq"
    ).split()
)
# They show a file or a variable by an option or in a language of their own, and may as well write.
TELLING = frozenset(
    (
        "wish groovy scala jshell clojure kotlin java pwsh powershell gmake remake iex elixir gomplate esh "
        "consul-template Rscript R julia erl guile ghc nu gdb bun php node nodejs perl lua launchctl tmux direnv "
        "mvn bazel pargs docker docker-compose podman nerdctl strace ltrace tclsh expect nvim emacs expr basename "
        "dirname seq figlet cowsay yes banner toilet wall notify-send say espeak npx bunx serve http-server "
        "live-server miniserve darkhttpd simple-http-server browser-sync sirv twistd twist3 caddy httpd ngrok rclone "
        "terraform tofu aws-vault chamber teller age gopass lpass rbw dcli keepassxc-cli kwallet-query fly flyctl "
        "vercel firebase dotnet dotenv wdiff dc hexyl hexedit zstdcat bzcat xzcat zless zmore lesspipe pigz "
        "compress bsdtar shar enscript a2ps groff troff nroff xmllint tidy msgcat dialog whiptail w3m lynx links "
        "elinks pulumi rails bundle az helm gcloud aws emacs sbcl octave m4 cpp gcc convert magick aws-okta bw convex "
        "drush netlify nix nomad oc saml2aws wp"
    ).split()
)
# Words that say, in whatever program, that it prints a credential.
PRINTING = frozenset(
    (
        "--show-secrets --show-secret --showsecret --show-token --show-passwords -DshowPasswords=true --reveal "
        "print-access-token print-identity-token print-refresh-token get-login-password get-authorization-token "
        "get-session-token get-federation-token get-cluster-credentials generate-db-auth-token batch-get-secret-value "
        "assume-role assume-role-with-web-identity assume-role-with-saml describe-user-pool-client "
        "export-credentials config-helper create-for-rbac show-connection-string list-publishing-profiles "
        "list-publishing-credentials credentials:show credentials:edit secrets:show functions:secrets:access "
        "pg:credentials:url env:decrypt --export-secret-subkeys oauth_token"
    ).split()
)
SENDING = frozenset(
    (
        "7z aria2c aws az azcopy croc curl curlie dig docker doggo drill fetch ffsend ftp gcloud getent gh "
        "glab gsutil gzip host http https ix kdig kubectl lftp lynx magic-wormhole mail mailx mc msmtp mutt "
        "nc ncat netcat nslookup oc open openssl pastebinit pbin ping podman rclone rsync s3cmd s5cmd scp "
        "sendmail sftp socat split sprunge ssh swaks tar telnet termbin tftp transfer wget wormhole xdg-open "
        "xh zip smbclient mosquitto_pub kcat kafkacat websocat wscat grpcurl nats amqp-publish logger mongoimport "
        "mongofiles kafka-console-producer ldapmodify ldapadd gnutls-cli telegram-send slackcat ab hey vegeta "
        "siege influx redis-cli valkey-cli etcdctl hub"
    ).split()
)
DATABASES = frozenset(
    (
        "./manage.py alembic arangosh artisan athena aws beeline bq bundle clickhouse clickhouse-client "
        "cockroach console cqlsh cypher-shell db2 diesel django-admin doctrine dolt drizzle-kit dropdb "
        "dropuser duckdb etcdctl flask flyway hasura hive impala-shell influx isql keydb-cli knex liquibase "
        "litecli manage.py mariadb mix mongo mongosh mycli mysql mysqladmin neo4j neonctl npx osql pg_restore "
        "pgcli php pnpm presto prisma pscale psql python python3 rails rake redis-cli sequelize sequelize-cli "
        "snowsql spark-sql sqlcmd sqlite3 sqlplus sqlx supabase trino turso typeorm usql valkey-cli wrangler "
        "yarn"
    ).split()
)
CLOUD = frozenset(
    (
        "mvnw ansible ansible-playbook ansible-pull arangosh argocd artisan athena aws aws-nuke az azcopy bash "
        "beeline bq bun bundle cap cdk clickhouse clickhouse-client cloud-nuke cockroach colmena console "
        "consul copilot cqlsh cypher-shell db2 deno deploy-rs docker docker-compose docker-machine doctl "
        "dokku dolt dply duckdb eb eksctl etcdctl fab firebase flux fly flyctl gcloud gh glab gradle gradlew "
        "grunt gsutil gulp hcloud helm helmfile heroku hive ibmcloud impala-shell influx inv invoke isql "
        "jenkins just k kamal keydb-cli kops kubectl kustomize lerna linode-cli litecli make manage.py "
        "mariadb mc mix mongo mongodump mongorestore mongosh mosh multipass mvn mycli mysql mysqldump neo4j "
        "neonctl netlify nixops node nomad now npm npx nx oc oci okteto osql pg_dump pg_restore pgcli php "
        "pnpm podman poetry presto prisma pscale psql pulumi python python3 rails railway rake rclone "
        "redis-cli render rsync ruby s3cmd sam scp scw serverless sftp sh skaffold sls snowsql spark-sql "
        "spinnaker sqlcmd sqlite3 sqlplus ssh supabase surge task terraform terragrunt tilt tofu trino turbo "
        "turso usql uv vagrant valkey-cli vault vercel virsh waypoint wrangler yarn"
    ).split()
)
PUBLISHING = frozenset(
    (
        "mvnw anaconda buildah bun cabal cargo changeset changesets charmcraft composer conda crane dart deno "
        "docker dotnet fastlane flit flutter gem gh ghcr glab goreleaser gradle gradlew hatch helm hf hub "
        "huggingface-cli jsr lerna luarocks maturin mix mvn nerdctl np npm nuget nx opam oras ovsx pdm pnpm "
        "pod podman poetry python python3 rake release-it sbt semantic-release skopeo snapcraft stack "
        "standard-version tea twine uv vsce yarn"
    ).split()
)
RUNNING = frozenset(
    (
        "deno . ash bash bash.exe bun dash eval expect fish ksh lua node nodejs osascript perl php pypy pypy3 "
        "python python2 python3 rbash ruby sh source tclsh zsh"
    ).split()
)

GIT = frozenset("git g git-push bfg git-filter-repo git-filter-branch".split())
# Programs that run what stands in their words or in their input.
WRAPPING = frozenset(
    (
        "man less gdb sqlite3 sqlite duckdb psql mysql mariadb tar bsdtar gtar zip rsync ed m4 make gmake "
        "hyperfine perf valgrind "
        "sudo doas env nice ionice nohup setsid stdbuf timeout gtimeout time command builtin exec xargs "
        "chroot unshare nsenter flock strace ltrace watch script su runuser parallel find fd fdfind busybox "
        "toybox trap ssh docker podman nerdctl docker-compose kubectl oc nix-shell nix poetry pipenv uv hatch "
        "rye pdm npx bunx pnpm yarn npm bundle conda mamba direnv dotenv op doppler aws-vault chronic "
        "unbuffer tmux screen at batch systemd-run pkexec firejail proot bwrap git cmd powershell pwsh wsl sh bash "
        "zsh dash ksh ash fish rbash source . eval chpst setuidgid gosu su-exec caffeinate arch taskset "
        "numactl prlimit setpriv capsh envdir with-contenv sshpass python python2 python3 pypy pypy3 node "
        "nodejs deno bun ruby perl php lua expect entr rush make watchexec vagrant uvx pipx multipass lxc machinectl "
        "crontab bash.exe gcloud heroku fly flyctl tsh mosh autossh pssh parallel-ssh ansible salt awk gawk "
        "mawk nawk vim vi ex ed sed tclsh osascript hyperfine dotenvx infisical teller hub gt buildah incus "
        "rootlesskit flatpak-spawn env-cmd dotenv-cli foreman honcho nf mise railway netlify envconsul ncat nc netcat "
        "socat rails"
    ).split()
)
# Builtins that run what stands quoted in their words, or call something by another name.
EXPANDING = frozenset(
    "test [ let printf declare typeset read unset export complete bind mapfile readarray hash".split()
)
# Verbs of git, and beginnings of its options, by which it runs something of the caller's.
_RUNNING_VERBS = frozenset("rebase submodule bisect difftool filter-branch send-email config clone".split())
_RUNNING_OPTIONS = ("-c", "--upl", "--rec", "--exe", "-O", "--open", "ext:")
# What a name with wildcards may stand for.
PROGRAMS = (
    FILES | SYSTEM | TAMPERING | READING | SENDING | DATABASES | CLOUD | PUBLISHING | RUNNING | GIT | {"sudo", "xargs"}
)
_GUARDED = (
    *("claude", "CLAUDE", "Claude", "agentguard", ".git", "/hooks", "--bare", "--setting-sources"),
    *("--dangerously-", "--allow-dangerously", "sitecustomize"),
)
_RESTORING_VERBS = frozenset(("checkout", "restore", "rm", "mv"))
_SHOWING_VERBS = frozenset(
    (
        "show cat-file diff log blame annotate archive grep stash whatchanged format-patch difftool credential "
        "fast-export hash-object"
    ).split()
)


def runs_others(words: tuple[str, ...] | list[str]) -> bool:
    """Whether a call of git may run something besides itself."""
    return not _RUNNING_VERBS.isdisjoint(words[1:]) or any(word.startswith(_RUNNING_OPTIONS) for word in words[1:])


def judges_of(call: Call, flow: Flow) -> Iterator[Judge]:
    """Yield the judges for this call, those that need to know of the other calls last."""
    name, words = call.program, call.words
    is_writing = bool(call.writes) or name in WRITING
    if is_writing or name in FILES or name.startswith("mkfs"):
        yield _files
    if is_writing or name in SYSTEM:
        yield _system
    is_giving_back = name == "git" and not _RESTORING_VERBS.isdisjoint(words)
    if is_writing or is_giving_back or name in TAMPERING or _names_the_guard(call):
        yield _tampering
    is_showing = name in READING and (name != "git" or any(_is_showing_verb(word) for word in words))
    if call.reads or is_showing or name in TELLING or _is_unknown(name) or not PRINTING.isdisjoint(words):
        yield _reading
    is_addressed = bool(call.inner) and any("://" in word for word in words)
    if is_writing or call.reads or is_addressed or name in SENDING:
        yield _sending
    if not words:
        return
    if name in GIT or call.settings or name in ("export", "declare", "set", "setx", "g"):
        yield _git
    yield from _by_program(call, name)
    if name in RUNNING or flow.fetched:
        yield _code


def _is_showing_verb(word: str) -> bool:
    return word in _SHOWING_VERBS or word.startswith("credential-")


def _is_unknown(name: str) -> bool:
    return name not in PROGRAMS and name not in WRAPPING


def _names_the_guard(call: Call) -> bool:
    """Whether a word, or the text that it is given, may name a file that guards a session, whatever the program is."""
    is_inside = any(f"{part}/" in f"{call.folder}/" for part in (".claude", ".git"))
    return is_inside or any(part in text for text in (*call.words, call.stdin or "") for part in _GUARDED)


def _by_program(call: Call, name: str) -> Iterator[Judge]:
    if name in DATABASES or not {"dbshell", "dbconsole", "db:query"}.isdisjoint(call.words):
        yield _databases
    if name in CLOUD or call.words[0].startswith(("./", "bin/", "scripts/")) or name.endswith((".sh", ".py")):
        yield _cloud
    if name in PUBLISHING:
        yield _publishing


def _files(call: Call, world: World, _flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.files import acts_on_files

    return acts_on_files(call, world)


def _system(call: Call, world: World, _flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.system import acts_on_system

    return acts_on_system(call, world)


def _tampering(call: Call, world: World, _flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.tampering import acts_on_tampering

    return acts_on_tampering(call, world)


def _reading(call: Call, world: World, flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.reading import acts_on_reading

    return acts_on_reading(call, world, flow)


def _sending(call: Call, world: World, flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.sending import acts_on_sending

    return acts_on_sending(call, world, flow)


def _git(call: Call, world: World, _flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.git import acts_on_git

    return acts_on_git(call, world)


def _databases(call: Call, world: World, _flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.databases import acts_on_databases

    return acts_on_databases(call, world)


def _cloud(call: Call, world: World, _flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.cloud import acts_on_cloud

    return acts_on_cloud(call, world)


def _publishing(call: Call, world: World, _flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.publishing import acts_on_packages

    return acts_on_packages(call, world)


def _code(call: Call, world: World, flow: Flow) -> Iterator[Act]:
    from agentguard_secrets.acts.code import acts_on_code

    return acts_on_code(call, world, flow)
