"""Turns a call of a tool that changes infrastructure, or that acts on production, into acts."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import act, is_dry, operands_of
from agentguard_secrets.acts.databases import CLIENTS
from agentguard_secrets.acts.globs import glob_matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

    Judge = Callable[[Call], str]

_REMOVING = (
    r"^(delete|destroy|terminate|remove|purge|deregister|revoke|disable|detach|release|reset|stop|deprovision|rm|rb|drop"
    r"|del|uninstall|teardown|nuke|force|empty|cancel|erase|wipe|rollback|undeploy|scale-down|kill|drain|cordon|evict"
    r"|delete-[\w-]+|terminate-[\w-]+|remove-[\w-]+|destroy-[\w-]+|batch-delete-[\w-]+|deregister-[\w-]+|purge-[\w-]+"
    r"|revoke-[\w-]+|detach-[\w-]+|stop-[\w-]+|release-[\w-]+|cancel-[\w-]+|schedule-key-deletion|down|apps:destroy|pg:reset"
    r"|addons:destroy|disable-[\w-]+|[\w-]+:(?:destroy|reset|remove|delete|purge|unset)|[\w-]*-delete)$"
)
_KUBECTL_ASKED = frozenset("delete drain cordon taint replace scale patch edit".split())
# Verbs that only look. On production they pass.
_LOOKING = (
    r"^(get|describe|list|ls|show|logs?|status|top|diff|plan|validate|fmt|version|explain|history|info|inspect|view|help|"
    r"config|output|providers|whoami|lint|template|search|describe-[\w-]+|list-[\w-]+|get-[\w-]+|head-[\w-]+|ps|releases"
    r"|api-resources|cluster-info|wait|auth|port-forward|tail|preview|synth|sts)$"
)
_VALUED = frozenset(
    (
        "--context --namespace -n --kubeconfig --profile --region --output -o --project --cluster -s --server "
        "--as --user --token --zone --account --subscription --resource-group -g --app -a --org --team "
        "--stage --env --environment --stack -c --config -f --file -i --inventory -l --limit --endpoint-url "
        "--kube-context --host -H --values --set"
    ).split()
)
_DEPLOYERS = frozenset(
    (
        "vercel netlify wrangler railway render fly flyctl heroku eb cap kamal serverless sls sam cdk pulumi "
        "terraform tofu terragrunt helm helmfile kubectl oc kustomize argocd flux nomad consul vault aws "
        "gcloud az gsutil doctl hcloud ansible ansible-playbook ansible-pull fab dokku docker podman "
        "docker-compose ssh scp sftp rsync mosh rclone firebase supabase prisma pscale turso neonctl "
        "mongodump mongorestore pg_dump pg_restore mysqldump copilot now surge dply gh glab jenkins spinnaker "
        "waypoint nixops colmena deploy-rs skaffold tilt okteto scw ibmcloud"
    ).split()
)
_TASKS = frozenset(
    (
        "make npm pnpm yarn bun just task rake rails mix invoke inv gradle gradlew mvn nx turbo bundle php "
        "python python3 poetry uv fab npx lerna ruby node sh bash grunt gulp deno artisan manage.py console"
    ).split()
)
_DEPLOYING = (
    r"deploy|release|migrat|rollout|promote|publish|seed|reset|drop|apply|destroy|rollback|restore|teardown|purge|db:|switchover"
    r"|failover|sync|push|truncate|wipe|delete"
)


def _operands(call: Call) -> list[str]:
    """The words that are no options, nor values of the options that these tools have in common."""
    kept = [word for at, word in enumerate(call.words) if at and (call.words[at - 1] not in _VALUED or at == 1)]
    return operands_of(tuple(kept))


def acts_on_cloud(call: Call, world: World) -> Iterator[Act]:
    """The acts of this call on infrastructure and on production."""
    if call.words[1:] in (("--help",), ("--version",), ("-v",), ("version",)):
        return
    if is_dry(call.words[1:], "--dry-run", "--dryrun"):
        return
    judge = _JUDGES.get(call.program)
    about = judge(call) if judge else ""
    if about:
        yield act("infrastructure", " ".join([call.program, *_operands(call)[:3]]), about)
    yield from _production(call, world)
    if call.program in ("gh", "glab"):
        yield from _merges(call, world)


def _terraform(call: Call) -> str:
    words = _operands(call)
    verb = words[0] if words else ""
    if verb in ("destroy", "apply", "run-all", "taint", "untaint", "force-unlock", "import"):
        is_plan = verb == "apply" and call.has("-help")
        return "" if is_plan else "changes or removes what runs"
    if words[:2] in (["state", "rm"], ["state", "push"], ["state", "mv"], ["workspace", "delete"]):
        return "changes what the state knows"
    return ""


def _playbook(call: Call) -> str:
    # A dry run in the tool's own words. A task that says otherwise of itself (`check_mode: false`) is as little seen as
    # what any other script on disk does, and a question about each dry run would teach to say yes.
    if is_dry(call.words[1:], "-C", "--check", "--syntax-check", "--list-hosts", "--list-tasks", "--list-tags"):
        return ""
    return "changes every machine of the inventory"


def _verbs(*verbs: str) -> Judge:
    """For tools whose verbs of change can be listed."""
    return lambda call: "changes or removes what runs" if any(word in verbs for word in _operands(call)[:3]) else ""


def _removing(call: Call) -> str:
    verb = next((word for word in _operands(call)[:4] if re.match(_REMOVING, word)), "")
    return f"{verb}: removes or stops what runs" if verb else ""


def _aws(call: Call) -> str:
    words = _operands(call)
    if words[:2] == ["s3", "sync"] and "--delete" in call.words:
        return "deletes from the bucket what is not in the source"
    if words[:1] == ["s3"]:
        is_wide = words[1:2] == ["rb"] or (words[1:2] in (["rm"], ["mv"]) and "--recursive" in call.words)
        return "removes objects or a bucket" if is_wide or words[1:2] == ["rm"] else ""
    if words[1:2] == ["put-bucket-policy"] or words[1:2] == ["modify-db-instance"]:
        return "changes who may reach it, or how it runs"
    return _removing(call)


def _kubectl(call: Call) -> str:
    words = _operands(call)
    verb = words[0] if words else ""
    if verb in _KUBECTL_ASKED or words[:2] in (["rollout", "undo"], ["rollout", "restart"]):
        return f"{verb}: changes or removes what runs in the cluster"
    return "changes or removes what runs in the cluster" if verb == "apply" and "--prune" in call.words else ""


def _storage(call: Call) -> str:
    words = _operands(call)
    if any(word in ("rm", "rb", "delete", "purge", "del", "rmdir", "deletefile", "cleanup") for word in words[:1]):
        return "removes what is stored there"
    if words[:1] in (["rsync"], ["sync"]) and (call.has("-d", "--delete-destination") or call.program == "rclone"):
        return "deletes what is not in the source"
    return ""


def _github(call: Call) -> str:
    words = _operands(call)
    if words[:2] in (
        ["repo", "delete"],
        ["repo", "archive"],
        ["release", "delete"],
        ["secret", "delete"],
        ["repo", "rename"],
    ):
        return "removes or closes it for everybody"
    if words[:2] == ["repo", "edit"] and call.value_of("--visibility"):
        return "changes who may see the repository"
    if words[:1] == ["api"] and (call.value_of("-X", "--method") or "").upper() in ("DELETE", "PUT", "PATCH"):
        return "changes the forge by its interface"
    return ""


def _merges(call: Call, world: World) -> Iterator[Act]:
    """What gets into a protected branch by the forge instead of by a push."""
    words = call.operands
    if words[:2] in (["pr", "merge"], ["mr", "merge"]) and not call.has("--disable-auto"):
        yield act("protected-push", " ".join(words[:3]), "merges into the branch that a pull request aims at")
    method = (call.value_of("-X", "--method") or "").upper()
    if words[:1] == ["api"] and (method or call.has("-f", "-F", "--field", "--input")):
        targets = [word.rpartition("=")[2].rpartition("/heads/")[2] for word in call.words]
        branch = next((each for each in targets if any(glob_matches(glob, each) for glob in world.protected)), None)
        if branch is not None:
            yield act("protected-push", branch, "changes a protected branch by the forge's interface")


def _production(call: Call, world: World) -> Iterator[Act]:
    program = call.program
    if program not in _DEPLOYERS and program not in CLIENTS and program not in _TASKS and not _is_script(call):
        return
    named = next((word for word in _named(call) if _names_production(word, world)), None)
    is_local = program in ("docker", "podman", "docker-compose") and not call.has("--context", "-H", "--host")
    if named is None or is_local:
        return
    words = _operands(call)
    if program in _TASKS or _is_script(call):
        if any(re.search(_DEPLOYING, word) for word in (call.words[0], *call.words[1:])):
            yield act("production", named, "deploys to, or changes, production")
    elif program in CLIENTS or not any(re.match(_LOOKING, word) for word in words[:2]):
        yield act("production", named, "acts on production")


def _named(call: Call) -> list[str]:
    """The words that may name a place: not those of the script that a shell or a database is given."""
    words = [word for word in call.words[1:] if " " not in word.strip() or call.program not in CLIENTS]
    return [
        *words,
        *(f"{name}={value}" for name, value in call.settings.items() if name not in ("NODE_ENV", "MIX_ENV")),
    ] + [
        value for name, value in call.settings.items() if name in ("NODE_ENV", "MIX_ENV") and "build" not in call.words
    ]


def _names_production(word: str, world: World) -> bool:
    parts = re.split(r"[^a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1-\2", word).lower())
    return any(name in parts for name in world.production) and not word.startswith(
        ("--production", "--only=prod", "--omit")
    )


def _is_script(call: Call) -> bool:
    return call.words[0].startswith(("./", "bin/", "scripts/")) or call.words[0].endswith((".sh", ".py"))


_JUDGES: dict[str, Judge] = {
    **dict.fromkeys(("terraform", "tofu", "terragrunt"), _terraform),
    "pulumi": _verbs("destroy", "up", "update", "cancel", "rm", "remove"),
    "cdk": _verbs("destroy", "deploy"),
    **dict.fromkeys(("serverless", "sls", "sam", "copilot"), _verbs("remove", "delete", "deploy", "rollback")),
    **dict.fromkeys(("kubectl", "oc", "k"), _kubectl),
    "helm": _verbs("uninstall", "delete", "del", "rollback", "upgrade", "install"),
    "helmfile": _verbs("destroy", "apply", "sync", "delete"),
    "argocd": _verbs("delete", "sync", "rollback"),
    "aws": _aws,
    **dict.fromkeys(
        (
            "gcloud",
            "az",
            "doctl",
            "hcloud",
            "linode-cli",
            "ibmcloud",
            "oci",
            "scw",
            "heroku",
            "fly",
            "flyctl",
            "railway",
        ),
        _removing,
    ),
    **dict.fromkeys(
        ("vercel", "netlify", "firebase", "eb", "nomad", "consul", "vault", "render", "dokku", "wrangler"), _removing
    ),
    "vagrant": _verbs("destroy"),
    "multipass": _verbs("delete", "purge"),
    **dict.fromkeys(("gsutil", "rclone", "s3cmd", "mc", "azcopy"), _storage),
    "gh": _github,
    "glab": _github,
    **dict.fromkeys(("ansible-playbook", "ansible-pull"), _playbook),
    "kamal": _verbs("remove", "rollback", "deploy"),
    "cap": _verbs("deploy", "deploy:rollback"),
    "eksctl": _verbs("delete", "drain"),
    "kops": _verbs("delete"),
    "virsh": _verbs("destroy", "undefine", "vol-delete"),
    "docker-machine": _verbs("rm", "kill"),
    "aws-nuke": lambda _call: "removes every resource of an account",
    "cloud-nuke": lambda _call: "removes every resource of an account",
}
