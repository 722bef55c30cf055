"""Turns text into findings of credentials, offline: the importable face of agentguard-secrets.

    from agentguard_secrets import redact, scan, scan_text, sources

Names are loaded when they are first used, so that a hook pays only for what it needs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets import sources as sources
    from agentguard_secrets.api import redact as redact
    from agentguard_secrets.api import scan as scan
    from agentguard_secrets.api import scan_text as scan_text
    from agentguard_secrets.errors import AgentguardError as AgentguardError
    from agentguard_secrets.model import Chunk as Chunk
    from agentguard_secrets.model import Finding as Finding
    from agentguard_secrets.model import ScanResult as ScanResult
    from agentguard_secrets.model import Span as Span
    from agentguard_secrets.model import Unread as Unread

__version__ = "0.1.0"

_HOMES = {
    "AgentguardError": "errors",
    "Chunk": "model",
    "Finding": "model",
    "ScanResult": "model",
    "Span": "model",
    "Unread": "model",
    "redact": "api",
    "scan": "api",
    "scan_text": "api",
}

__all__ = sorted([*_HOMES, "__version__", "sources"])


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "sources":
        return import_module("agentguard_secrets.sources")
    if name in _HOMES:
        return getattr(import_module(f"agentguard_secrets.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
