"""Turns a call that publishes a package, an image or a release into acts."""

from __future__ import annotations

from agentguard_secrets.acts.call import act, is_dry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

# Program and the words that have to stand among its first operands; a program alone publishes whatever it is told.
_PUBLISHING: dict[str, tuple[str, ...]] = {
    "npm": ("publish", "pub", "unpublish", "deprecate", "dist-tag", "owner", "access"),
    "pnpm": ("publish",),
    "yarn": ("publish",),
    "bun": ("publish",),
    "lerna": ("publish",),
    "changeset": ("publish",),
    "changesets": ("publish",),
    "twine": ("upload",),
    "flit": ("publish",),
    "poetry": ("publish",),
    "uv": ("publish",),
    "hatch": ("publish",),
    "pdm": ("publish",),
    "maturin": ("publish", "upload"),
    "cargo": ("publish", "yank", "owner"),
    "gem": ("push", "yank", "owner"),
    "mvn": ("deploy", "release:perform", "release:prepare"),
    "mvnw": ("deploy", "release:perform"),
    "gradle": ("publish", "uploadArchives", "publishToMavenCentral", "publishPlugins", "bintrayUpload"),
    "gradlew": ("publish", "uploadArchives", "publishToMavenCentral", "publishPlugins"),
    "sbt": ("publish", "publishSigned", "sonatypeRelease"),
    "dotnet": ("push",),
    "nuget": ("push", "delete"),
    "composer": ("publish",),
    "vsce": ("publish", "unpublish"),
    "ovsx": ("publish",),
    "docker": ("push",),
    "podman": ("push",),
    "nerdctl": ("push",),
    "buildah": ("push",),
    "skopeo": ("copy", "delete"),
    "crane": ("push", "delete", "copy"),
    "oras": ("push",),
    "helm": ("push",),
    "goreleaser": ("release",),
    "semantic-release": (),
    "release-it": (),
    "standard-version": (),
    "np": (),
    "pod": ("trunk",),
    "mix": ("hex.publish",),
    "dart": ("publish",),
    "flutter": ("publish",),
    "conda": ("upload",),
    "anaconda": ("upload",),
    "luarocks": ("upload",),
    "cabal": ("upload",),
    "stack": ("upload",),
    "opam": ("publish",),
    "jsr": ("publish",),
    "deno": ("publish",),
    "snapcraft": ("upload", "push", "release"),
    "charmcraft": ("upload",),
    "fastlane": ("release", "deliver", "pilot", "supply", "upload_to_app_store", "beta"),
    "nx": ("release", "publish"),
    "rake": ("release",),
    "ghcr": ("push",),
    "huggingface-cli": ("upload",),
    "hf": ("upload",),
}


def acts_on_packages(call: Call, _world: World) -> Iterator[Act]:
    """The acts of this call on what others install."""
    if is_dry(call.words[1:], "--dry-run") or call.has("--help") or call.words[1:2] == ("--version",):
        return
    words = call.operands
    if words[:1] == ["help"]:
        return
    wanted = _PUBLISHING.get(call.program)
    if wanted is not None and (not wanted or any(word in wanted for word in words[:3])):
        if (
            call.program == "npm"
            and words[:1] in (["dist-tag"], ["owner"], ["access"])
            and words[1:2] in (["ls"], ["list"])
        ):
            return
        if call.program in ("npm", "pnpm", "yarn", "bun") and words[:1] in (["run"], ["install"], ["add"], ["test"]):
            return
        yield act("package-publish", " ".join([call.program, *words[:2]]), "publishes to everybody who installs it")
    elif call.program in ("gh", "glab", "hub", "tea") and words[:2] in (
        ["release", "create"],
        ["release", "upload"],
        ["release", "edit"],
    ):
        yield act("package-publish", " ".join(words[:3]), "publishes a release")
    elif call.program == "docker" and words[:1] == ["buildx"] and call.has("--push"):
        yield act("package-publish", "docker buildx --push", "publishes an image")
    elif (
        call.program in ("python", "python3")
        and call.value_of("-m") in ("twine", "flit", "build")
        and "upload" in words
    ):
        yield act("package-publish", "twine upload", "publishes to everybody who installs it")
    elif call.program in ("python", "python3") and "setup.py" in words and ("upload" in words or "register" in words):
        yield act("package-publish", "setup.py upload", "publishes to everybody who installs it")
