"""Turns a failure of ours into the answer that the policy wants to failures."""

from __future__ import annotations

from agentguard_secrets.errors import AgentguardError, DeadlineError, PolicyError
from agentguard_secrets.guard.pipeline import policy_of, settings_of
from agentguard_secrets.model import Verdict
from agentguard_secrets.protocol.claude_answer import failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.guard.pipeline import Run
    from agentguard_secrets.model import Policy
    from agentguard_secrets.protocol.claude_answer import Answer


def refused(run: Run, problem: BaseException) -> Answer:
    """Return the answer to an event that could not be judged, journaled where that is possible."""
    # Of any other exception only the kind and the place are told: its message may quote the input.
    why = str(problem) if isinstance(problem, AgentguardError) else f"{type(problem).__name__} {_origin(problem)}"
    answer = failure(run.event, why, on_error=_on_error(run))
    _taint(run)
    if not isinstance(problem, DeadlineError):
        from agentguard_secrets.guard.record import record_failure

        record_failure(run.event, answer, policy=lambda: _policy_to_tell_by(run))
    return answer


def _policy_to_tell_by(run: Run) -> Policy:
    """Return the policy, or its outer layers where the repository's cannot be read: their owners want to know."""
    try:
        return policy_of(run)
    except PolicyError:
        from agentguard_secrets.state.policyfile import load_outer

        return load_outer(run.folder)


def _taint(run: Run) -> None:
    try:
        from agentguard_secrets.guard.taint import taint_after_failure

        taint_after_failure(run.event)
    except Exception:
        # Where no note can be written, none can be read either: the next prompt is refused for that.
        return


def _on_error(run: Run) -> Verdict:
    try:
        found = settings_of(run).on_error if run.event else Verdict.DENY
        return Verdict[found] if isinstance(found, str) else found
    except Exception:
        return Verdict.DENY


def _origin(problem: BaseException) -> str:
    place = problem.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return f"at {place.tb_frame.f_globals.get('__name__')}:{place.tb_lineno}" if place else ""
