"""What a run says of ports that others have and of its own network, and what it does not blame the app for there.

The run leaves this machine's network only where it could not start otherwise: an app may need the internet or a server
of this machine, and must not fail here for what works without isolation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dapr_conformance.environment.obituary import Obituary
from dapr_conformance.errors import BlockedError
from dapr_conformance.verdict import Attribution
from dapr_conformance.warden.protocol import Holder, Isolation

_REFUSED = re.compile(r"connection refused|ECONNREFUSED|actively refused", re.IGNORECASE)


def notes(isolation: Isolation) -> list[str]:
    """Give the sentences for the head of the run and for results.json; none where nothing was in the way."""
    alone = "a network of its own, without the internet and without this machine's servers"
    if isolation.isolated:
        return [f"isolated: {_taken(isolation)}, so this run has {alone}"]
    if isolation.refusal:
        return [f"not isolated: {_taken(isolation)}, but a network of its own was refused: {isolation.refusal}"]
    return []


def blocked(held: Holder, words: str, isolation: Isolation) -> BlockedError:
    """Make the error of an arena whose port somebody else has.

    Args:
        held: who has it.
        words: what the port is to the app, as in `App.literal_ports`.
        isolation: why the run has no network of its own.

    """
    end = f"end process {held.pid}" if held.pid else f"find its process (sudo ss -ltnp 'sport = :{held.port}')"
    instead = ""
    if isolation.refusal:
        instead = f"; a network of the run's own, without that process in it, was refused: {isolation.refusal}"
    elif isolation.taken:
        instead = "; without --dapr-isolate=none the run gets a network of its own, where the port is free"
    return BlockedError(
        f"port {held.port}{words} is in use by {held}", advice=f"{end}, or give the app another port{instead}"
    )


def excused(death: Obituary, isolation: Isolation, strayed: int) -> Obituary:
    """Give the obituary of an app that died in the run's own network.

    It is the environment's where something there shows that the app may have missed what lies outside.

    Args:
        death: as it would be without isolation.
        isolation: why the run has its own network.
        strayed: how much wanted to leave it.

    """
    sign = missed(strayed) if strayed else _refused(death.last_words)
    if not sign:
        return death
    reason = f"{death.reason}; it may need what is outside the run's own network: {sign}; {_taken(isolation)}: free it"
    return replace(death, attribution=Attribution.ENVIRONMENT, reason=reason, location=None)


def missed(strayed: int) -> str:
    """Say that something wanted to leave the run's own network so many times."""
    return f"something in it called a server that is not there {strayed} times"


def _refused(words: Sequence[str]) -> str:
    line = next((line for line in words if _REFUSED.search(line)), None)
    return f"it said {line.strip()!r}" if line else ""


def _taken(isolation: Isolation) -> str:
    return f"port {isolation.taken.port} is in use by {isolation.taken}" if isolation.taken else ""
