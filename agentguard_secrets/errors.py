"""Turns "could not" into exceptions that carry the exit status a face ends with."""

from __future__ import annotations


class AgentguardError(Exception):
    """Base of every error raised here. The message names the place, what stood there and what was expected."""

    exit_code = 3


class UsageError(AgentguardError):
    """The caller asked for something that cannot be asked for."""

    exit_code = 2


class PolicyError(AgentguardError):
    """A policy file does not say what a policy says."""

    exit_code = 2


class RuleError(AgentguardError):
    """A rule file, a rule, or one of its samples is wrong."""

    exit_code = 2


class ProtocolError(AgentguardError):
    """An event, a diff or a line of git's does not have the form it is promised to have."""


class SourceError(AgentguardError):
    """A file, a repository or a commit could not be read."""


class StateError(AgentguardError):
    """The state folder, the key, the journal or a settings file could not be read or written."""


class DeadlineError(AgentguardError):
    """A match or a run took longer than it was given."""


class LimitError(AgentguardError):
    """A text is wrapped more often, or grows larger, than is looked into."""
