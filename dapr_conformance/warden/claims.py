"""The ports that the run's apps insist on: claimed on this machine, or else in a network of the run's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from dapr_conformance.warden import listeners, namespace, proc
from dapr_conformance.warden.ports import Ports, lock_name
from dapr_conformance.warden.protocol import Holder, Isolation


def settle(wanted: Iterable[int], *, isolate: bool) -> tuple[Ports, Isolation]:
    """Claim all wanted ports or none, and where that fails enter a network of the run's own.

    Args:
        wanted: ports that an app insists on.
        isolate: whether this process may enter such a network; it must have one thread only.

    """
    ports, wanted = Ports(), sorted(wanted)
    # The first that is taken ends it, in one order: of two runs that begin together, one gets all.
    taken = next((held for port in wanted if (held := holder(ports, port, _nobody)) is not None), None)
    if taken is None:
        return ports, Isolation()
    ports.give_up_all()
    refusal = namespace.refusal() if isolate else ""
    if refusal or not isolate:
        return ports, Isolation(taken=taken, refusal=refusal)
    namespace.enter()
    for port in wanted:
        ports.claim(port)
    return ports, Isolation(isolated=True, taken=taken)


def _nobody() -> Collection[int]:
    return ()


def holder(ports: Ports, port: int, ours: Callable[[], Collection[int]]) -> Holder | None:
    """Claim a port; returns who has it instead, or None where it is this run's.

    Args:
        ports: the run's.
        port: the port.
        ours: gives the pids of the run's processes, which may listen there.

    """
    found = listeners.describe(port, ours)
    if found is not None and found["ours"]:
        return None
    claimed = ports.claim(port)
    if claimed and found is None:
        return None
    run = None if claimed else _run_that_claimed(port)
    return run or Holder(port, found["pid"] if found else None, found["command"] if found else "")


def _run_that_claimed(port: int) -> Holder | None:
    """Give the pytest whose warden has the lock of a port; None where it is not locked."""
    for line in Path("/proc/self/net/unix").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.endswith(f" @{lock_name(port)}"):
            warden = proc.table().get(listeners.owner(int(line.split()[6]), ()) or 0)
            pytest = warden.parent if warden else None
            return Holder(port, pytest, proc.command(pytest) if pytest else "", run=True)
    return None
