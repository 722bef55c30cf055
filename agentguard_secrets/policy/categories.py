"""Turns the kinds of acts that a policy speaks about into their names, meanings and verdicts by default."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.model import Verdict


class Category(Record):
    """One key of [commands]: what falls under it, and what is answered where no policy says otherwise."""

    meaning: str
    verdict: Verdict
    # Whether it asks for a person, at the least, after the session has read what strangers wrote.
    is_risky: bool = True


CATEGORIES = {
    "destructive-files": Category("deletes or overwrites files beyond what a build makes again", Verdict.ASK),
    "destructive-database": Category("drops, empties or resets a database", Verdict.ASK),
    "infrastructure": Category("removes or changes infrastructure: terraform, kubectl, cloud services", Verdict.ASK),
    "system": Category("stops, reformats or reconfigures the machine", Verdict.ASK),
    "production": Category("acts on what is named production", Verdict.ASK),
    "package-publish": Category("publishes a package, an image or a release", Verdict.ASK),
    "history-rewrite": Category("rewrites or throws away commits", Verdict.ASK),
    "force-push": Category("replaces commits on a remote", Verdict.DENY),
    "protected-push": Category("pushes to a protected branch", Verdict.ASK),
    "no-verify": Category("goes around git's hooks", Verdict.DENY),
    "print-environment": Category("prints environment variables, which hold credentials", Verdict.ASK),
    "egress": Category("sends a file or text to another machine", Verdict.ALLOW),
    "egress-of-secret": Category("sends a credential or a file of credentials out", Verdict.DENY),
    "unseen-code": Category("runs code that nobody has seen: downloaded, decoded or assembled", Verdict.ASK),
    "unreadable-command": Category("cannot be read although it names something in this list", Verdict.ASK),
    "self-protection": Category("changes the guard, its settings, its policy or its journal", Verdict.DENY),
}

# Its verdict is said under [verdicts] as read.secret-file, because there it may also be `redact`.
READ = "read-secret-file"
READ_VERDICT = Verdict.ASK

# A key of [commands] that stands for several; a key of its own wins over its group in the same file.
GROUPS = {
    "destructive": ("destructive-files", "destructive-database", "infrastructure", "system"),
}

DEFAULT_COMMANDS = {name: category.verdict for name, category in CATEGORIES.items()}

PROTECTED_BRANCHES = ("main", "master", "trunk", "production", "release/*")

# A glob without `/` is about the file's name in any folder, one that begins with `~/` about the home folder.
SECRET_PATHS = (
    *(".env", ".env.*", "*.env", ".envrc", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx"),
    *("*.ppk", "*.p8", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ed25519_sk", "id_ecdsa_sk"),
    *(".netrc", "_netrc", ".git-credentials", ".pgpass", ".my.cnf", ".pypirc", ".htpasswd", ".vault-token"),
    *(".dockercfg", "credentials.json", "client_secret*.json", "service-account*.json", "serviceaccount*.json"),
    *("application_default_credentials.json", ".boto", ".s3cfg", ".terraformrc", "terraform.rc", "secrets.toml"),
    *("secrets.yml", "secrets.yaml", "secrets.json", "*.tfstate", "*.tfstate.backup", "*.secret", "kubeconfig"),
    *("~/.aws/credentials", "~/.aws/sso/**", "~/.aws/cli/cache/**", "~/.azure/**", "~/.config/gcloud/**"),
    *("~/.docker/config.json", "~/.kube/config", "~/.npmrc", "~/.yarnrc.yml", "~/.config/gh/hosts.yml"),
    *("~/.config/hub", "~/.cargo/credentials*", "~/.gem/credentials", "~/.m2/settings.xml"),
    "~/.gradle/gradle.properties",
    *("~/.config/rclone/rclone.conf", "~/.ssh/id_*", "~/.ssh/*", "~/.gnupg/**", "~/.password-store/**"),
    *("~/.claude/.credentials.json", "~/.codex/auth.json", "~/.local/share/keyrings/**", "~/.config/op/**"),
    *("~/.bash_history", "~/.zsh_history", "~/.terraform.d/credentials.tfrc.json", "~/.config/doctl/config.yaml"),
    *("/etc/shadow", "/etc/gshadow", "/proc/*/environ", "/proc/*/task/*/environ", "/proc/*/mem", "/run/secrets/**"),
    *("/var/run/secrets/**", "/etc/ssh/ssh_host_*_key", "/etc/wireguard/**", "/etc/kubernetes/*.conf"),
    *("/etc/rancher/k3s/k3s.yaml", "/etc/ipsec.secrets", "/etc/ppp/*-secrets"),
    "/etc/NetworkManager/system-connections/**",
    # What a project's own tools keep beside its files.
    *(".env~", ".env-*", ".env_*", ".dev.vars", ".secrets", ".credentials", ".vault_pass*", ".vault-pass*"),
    *("vault_pass.txt", "vault-password", "vault_password", "local.settings.json", "sftp-config.json", ".ftpconfig"),
    *("*.ovpn", "*.kubeconfig", ".aws/credentials", ".docker/config.json", ".kube/config", ".netrc.gpg", ".authinfo*"),
    *(".smbcredentials", ".passwd-s3fs", ".msmtprc", ".fetchmailrc", "kaggle.json", "wallet.dat", "*.nmconnection"),
    # What browsers and mail programs keep: passwords, sessions, and the keys to both.
    *("logins.json", "key3.db", "key4.db", "signons.sqlite", "cookies.sqlite", "Login Data", "Login Data For Account"),
    *("~/.mozilla/**", "~/.thunderbird/**", "~/.librewolf/**", "~/.config/google-chrome*/**", "~/.config/chromium/**"),
    *("~/.config/BraveSoftware/**", "~/.config/microsoft-edge*/**", "~/.config/vivaldi*/**", "~/.config/opera*/**"),
    *("~/snap/firefox/**", "~/snap/chromium/**", "~/.var/app/org.mozilla.*/**", "~/.var/app/com.google.Chrome/**"),
    *(f"~/Library/{name}/**" for name in ("Keychains", "Cookies", "Safari", "Application Support/Firefox")),
    *(f"~/Library/Application Support/{name}/**" for name in ("Google/Chrome*", "Chromium", "BraveSoftware")),
    *("~/Library/Application Support/Microsoft Edge/**", "~/Library/Application Support/Arc/**"),
    *(f"~/AppData/Local/{name}/**" for name in ("Google/Chrome", "Microsoft/Edge", "BraveSoftware")),
    *("~/AppData/Roaming/Mozilla/**", "~/AppData/Roaming/gcloud/**", "~/AppData/Roaming/Microsoft/Credentials/**"),
    # What command lines of services keep.
    *("~/.composer/auth.json", "~/.config/composer/auth.json", "containers/auth.json", "~/.config/helm/**"),
    *("~/.config/git/credentials", "~/.config/glab-cli/config.yml", "~/.config/github-copilot/**", "~/.sentryclirc"),
    *("~/.netlify/config.json", "~/.config/netlify/config.json", "~/.local/share/com.vercel.cli/auth.json"),
    *("~/.fly/config.yml", "~/.wrangler/config/**", "~/.config/.wrangler/config/**", "~/.supabase/access-token"),
    *("~/.railway/config.json", "~/.config/stripe/config.toml", "~/.config/configstore/firebase-tools.json"),
    *("~/.snowflake/**", "~/.snowsql/config", "~/.databrickscfg", "~/.huggingface/**", "~/.cache/huggingface/*token*"),
    *("~/.config/ngrok/ngrok.yml", "~/.ngrok2/ngrok.yml", "~/.oci/**", "~/.aliyun/config.json", "~/.bluemix/**"),
    *("~/.config/linode-cli", "~/.config/hcloud/cli.toml", "~/.config/scw/config.yaml", "~/.config/openstack/**"),
    *("~/.config/sops/**", "~/.config/age/**", "~/.gemini/oauth_creds.json", "~/.config/filezilla/**"),
    *("~/.mc/config.json", "~/.rclone.conf", "~/.config/Bitwarden*/**", "~/.bitwarden/**", "~/.lastpass/**"),
    *("~/.kube/*config*", "~/.argocd/config", "~/.config/argocd/config", "~/.circleci/cli.yml", "~/.travis/config.yml"),
    *("~/.twilio-cli/config.json", "~/.subversion/auth/**", "~/.hex/hex.config", "~/.config/solana/id.json"),
    *("~/.ethereum/keystore/**", "~/.electrum/wallets/**", "~/.cursor/mcp.json", "~/.config/heroku/**"),
    *("~/.config/Signal/**", "~/.config/Slack/**", "~/.config/discord/**", "~/.purple/**", "*.remmina"),
    "~/.vnc/passwd",
    *("~/.cloudflared/**", "~/.yarnrc", "~/.bundle/config", "~/.config/pypoetry/auth.toml", "*.keytab", "krb5cc_*"),
    *("*.keyring", "*.kwl", "secring.gpg", "*private_key", "privkey", "service_account*.json", "*-adminsdk-*.json"),
    *("passwords.txt", "token.pickle", ".clasprc.json", "cypress.env.json", "playwright/.auth/**", ".vault_password*"),
    # What was typed, with the passwords that were typed along.
    *("~/.*history*", "~/.viminfo", "~/.local/share/fish/fish_history", "~/.local/share/atuin/**", "history.sqlite"),
)

# Excepted from the list above: they hold names, not values.
TEMPLATE_PATHS = (
    *(".env.example", ".env.*.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults", ".env.schema"),
    *("example.env", "sample.env", "*.example", "*.sample", "*.template", "*.tmpl", "*.dist", "*.pub", "cacert.pem"),
    *("*.example.*", "*.sample.*", "*.template.*"),
    *("~/.ssh/config", "~/.ssh/known_hosts*", "~/.ssh/authorized_keys*"),
    *(f".env{sign}{word}" for sign in "-_" for word in ("example", "sample", "template", "dist", "defaults", "schema")),
)

# What an agent may not change; the folders of the package, the journal and the key are added where they are known.
GUARDED_PATHS = (
    *("agentguard.toml", ".agentguard/**", ".agentguard-*", "/etc/agentguard/**", "~/.config/agentguard/**"),
    *(".claude/settings.json", ".claude/settings.local.json", "~/.claude/settings.json", "/etc/claude-code/**"),
    *("~/.claude.json", ".claude/plugins/**", ".claude/mods/**", "~/.claude/mods/**"),
    *("~/.claude/settings.local.json", "~/.claude/plugins/**", ".claude/hooks/**", "~/.claude/hooks/**"),
    *("/Library/Application Support/ClaudeCode/**", "/Library/Managed Preferences/**"),
    *(".git/hooks/**", ".git/config", "~/.gitconfig", "~/.config/git/config", "~/.local/state/agentguard*/**"),
)

# Words that name production: in a host, a database, a cluster, a workspace, a profile.
PRODUCTION_NAMES = ("prod", "production", "prd")
