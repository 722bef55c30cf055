"""Turns the question whose text an output is into the tools whose output strangers wrote."""

from __future__ import annotations

# Where the policy names no others. Every output asks for them, so they stand by themselves.
UNTRUSTED_SOURCES = ("WebFetch", "WebSearch", "mcp__*")
