"""Turns templates into credentials at run time: none is ever written down."""

from __future__ import annotations

from agentguard_secrets.rulebook.samples import make as sample

__all__ = ["sample"]
