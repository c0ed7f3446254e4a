"""The target's own state component, as the sidecar's side of the state properties drives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dapr_conformance.building_blocks.http import Reply
from dapr_conformance.probes.outcome import Unsupported, Violation

if TYPE_CHECKING:  # check.py is above this module
    from dapr_conformance.probes.check import Check


def state_component(check: Check) -> str:
    """Give the name of the target's first state component.

    Raises:
        Unsupported: there is none.

    """
    components = check.target.components_of("state")
    if not components:
        raise Unsupported("the app has no state component", "a Component of type state.* in the resources path")
    return components[0].name


def answered(reply: Reply, status: int) -> Reply:
    """Give the reply back; raise Violation if its status is another one."""
    if reply.status != status:
        raise Violation(f"status {status}", str(reply))
    return reply
