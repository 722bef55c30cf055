"""Turns the tables of commands in tests/gate into cases, and a made-up place into the world they are judged in."""

from __future__ import annotations

from pathlib import Path

from agentguard_secrets.acts.command import acts_of_command
from agentguard_secrets.acts.world import Branch, World
from agentguard_secrets.policy import categories

HERE = Path(__file__).parent / "gate"
PROJECT = "/home/me/project"
WORLD = World(
    home="/home/me",
    root=PROJECT,
    folder=PROJECT,
    protected=categories.PROTECTED_BRANCHES,
    secret=categories.SECRET_PATHS,
    templates=categories.TEMPLATE_PATHS,
    guarded=categories.GUARDED_PATHS,
    production=categories.PRODUCTION_NAMES,
    branch=Branch("feature/x"),
)


def rows(name: str) -> list[str]:
    """The lines of a table, without comments, with the line ends that they spell."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line.strip() and not line.startswith(("# ", "##"))]


def harmful(name: str) -> list[tuple[str, str]]:
    """Pairs of a category and a command that has to fall under it."""
    return [(category, command) for category, _tab, command in (row.partition("\t") for row in rows(name))]


def categories_of(command: str, world: World = WORLD) -> set[str]:
    """The categories of the command's acts, without those that are only counted."""
    return {act.category for act in acts_of_command(command, world)}
