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
    *(
        "~/.config/hub",
        "~/.cargo/credentials*",
        "~/.gem/credentials",
        "~/.m2/settings.xml",
        "~/.gradle/gradle.properties",
    ),
    *("~/.config/rclone/rclone.conf", "~/.ssh/id_*", "~/.ssh/identity", "~/.gnupg/**", "~/.password-store/**"),
    *("~/.claude/.credentials.json", "~/.codex/auth.json", "~/.local/share/keyrings/**", "~/.config/op/**"),
    *("~/.bash_history", "~/.zsh_history", "~/.terraform.d/credentials.tfrc.json", "~/.config/doctl/config.yaml"),
    *("/etc/shadow", "/etc/gshadow", "/proc/*/environ", "/run/secrets/**", "/var/run/secrets/**"),
)

# Excepted from the list above: they hold names, not values.
TEMPLATE_PATHS = (
    *(".env.example", ".env.*.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults", ".env.schema"),
    *("example.env", "sample.env", "*.example", "*.sample", "*.template", "*.tmpl", "*.dist", "*.pub", "cacert.pem"),
    *("*.example.*", "*.sample.*", "*.template.*"),
)

# What an agent may not change; the folders of the package, the journal and the key are added where they are known.
GUARDED_PATHS = (
    *("agentguard.toml", ".agentguard/**", ".agentguard-*", "/etc/agentguard/**", "~/.config/agentguard/**"),
    *(".claude/settings.json", ".claude/settings.local.json", "~/.claude/settings.json", "/etc/claude-code/**"),
    *("~/.claude.json", ".claude/plugins/**", ".claude/mods/**", "~/.claude/mods/**"),
    *("~/.claude/settings.local.json", "~/.claude/plugins/**", ".claude/hooks/**", "~/.claude/hooks/**"),
    *(".git/hooks/**", ".git/config", "~/.gitconfig", "~/.config/git/config", "~/.local/state/agentguard*/**"),
)

# Words that name production: in a host, a database, a cluster, a workspace, a profile.
PRODUCTION_NAMES = ("prod", "production", "prd")
