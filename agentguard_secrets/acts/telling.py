"""Turns a text into whether it can hold an act at all, at the price of one look at its words."""

from __future__ import annotations

# Programs with acts of their own. Also what a name with wildcards is compared with.
COMMANDS = frozenset(
    (
        "rm rmdir unlink shred srm wipe truncate dd mkfs wipefs fdisk sfdisk parted sgdisk blkdiscard "
        "cryptsetup lvremove vgremove zpool zfs btrfs rsync scp sftp ftp lftp tftp nc ncat netcat socat "
        "telnet curl wget http https xh aria2c rclone s3cmd mc gsutil azcopy aws az gcloud bq kubectl oc helm "
        "terraform tofu terragrunt pulumi cdk sam sls serverless docker podman nerdctl docker-compose ansible "
        "ansible-playbook vagrant packer nomad consul vault heroku fly flyctl vercel netlify wrangler railway "
        "render doctl linode-cli hcloud eb cap kamal psql mysql mariadb sqlite3 mongo mongosh redis-cli cqlsh "
        "clickhouse-client sqlcmd sqlplus dropdb dropuser createdb mysqladmin pg_restore influx etcdctl "
        "cockroach duckdb prisma supabase neonctl turso planetscale pscale rails rake alembic flyway "
        "liquibase sequelize knex typeorm drizzle-kit hasura artisan manage.py diesel sqlx npm pnpm yarn "
        "twine flit poetry uv hatch pdm cargo gem mvn gradle gradlew dotnet nuget composer vsce ovsx "
        "goreleaser lerna changeset semantic-release release-it np nx git gh glab hub tea env printenv export "
        "set declare typeset compgen echo printf shutdown reboot halt poweroff init telinit systemctl service "
        "crontab chmod chown chattr setfacl mount umount swapoff iptables nft ufw useradd userdel usermod "
        "passwd visudo kill killall pkill launchctl diskutil tmutil defaults csrutil spctl scutil security "
        "secret-tool keyctl pass op bw gpg ssh-keygen ssh-add ssh openssl mail sendmail mutt mailx dig "
        "nslookup host drill ping pastebinit wormhole croc transfer ngrok cloudflared base64 base32 xxd cat "
        "tac nl head tail less more bat batcat most view vim vi nano emacs grep egrep fgrep rg ag ack awk "
        "gawk sed cut sort uniq od hexdump strings cp mv ln install tar zip 7z gzip bzip2 xz zstd tee diff "
        "cmp comm paste column fold fmt rev jq yq python python3 node perl ruby php sh bash zsh dash ksh fish "
        "find eval source agentguard-secrets pre-commit lefthook husky bfg git-filter-repo format diskpart "
        "vssadmin bcdedit del erase rd cipher remove-item powershell pwsh cmd tracert xargs sponge ex ed "
        "tcpdump strace gdb su sudo doas at sysctl modprobe"
    ).split()
)

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
        "remove_dir_all rmdir_r removedirs truncatesync writefile open requests urlopen fetch axios socket "
        "dump tcp udp dev agentguard claude settings lefthook uninstall disableallhooks bypass source sponge "
        "overwrite format diskpart vssadmin bcdedit del erase rd cipher ri downloadstring iex irm iwr invoke "
        "encodedcommand enc clear start stop kextunload sysctl modprobe fork bomb gdb tcpdump shell dropuser "
        "createuser ansible-playbook playbook apply destroy db pack ps history terminate teardown nuke "
        "wipeout drain cordon scale rollout scrub erase-disk mysqldump pg_dump pg_dumpall mongodump "
        "truncate-table execsync spawnsync popen hub tee archive"
    ).split()
)
_SECRET = frozenset(
    (
        "env envrc pem key p12 pfx jks keystore kdbx ppk p8 id_rsa id_dsa id_ecdsa id_ed25519 netrc _netrc "
        "credentials credential pgpass cnf pypirc htpasswd token dockercfg client_secret serviceaccount "
        "account boto s3cfg terraformrc secrets tfstate kubeconfig ssh gnupg keyrings password password-store "
        "npmrc yarnrc gh hosts docker kube azure m2 gradle rclone shadow gshadow bash_history zsh_history "
        "history tfrc application_default_credentials id_ identity proc codex doctl op"
    ).split()
)
WORDS = _ACTING | _SECRET

_QUOTING = str.maketrans("", "", "'\"\\")
_APART = str.maketrans(dict.fromkeys("./:=@%+,;&|<>(){}[]!#~^*?\t\r\n-", " "))
# Where one of these stands, words may be made that do not stand in the text.
_MAKING = ("$", "`", "{", "?", "[")


def is_telling(text: str, *, words: frozenset[str] = frozenset()) -> bool:
    """Whether a command may hold an act; `words` are those of the policy's own lists. Never wrongly false."""
    if any(mark in text for mark in _MAKING):
        return True
    return names_something(text, words=words) or _has_wild_name(text) or _empties_or_runs(text)


def names_something(text: str, *, words: frozenset[str] = frozenset()) -> bool:
    """Whether one of the telling words, or of `words`, stands in the text."""
    parts = text.translate(_QUOTING).translate(_APART).lower().split()
    return not WORDS.isdisjoint(parts) or not words.isdisjoint(parts)


def _has_wild_name(text: str) -> bool:
    return "*" in text and any("*" in word and ("/" in word or word[0] == ".") for word in text.split())


def _empties_or_runs(text: str) -> bool:
    """Whether it writes to a file, which may empty it, or gives a text to a shell."""
    if ">" in text.replace("2>&1", "").replace(">/dev/null", "").replace("> /dev/null", ""):
        return True
    return "sh" in text and ("|" in text or "<" in text)
