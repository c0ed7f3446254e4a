"""One recorder as a check sees it: look at exchanges, wait for them, alter them while a block runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dapr_conformance.warden.client import Warden
from dapr_conformance.warden.protocol import Exchange, Hits, Injection, Match, Rule


@dataclass
class Applied:
    """A rule that is in force; `hits` are final once the block has ended."""

    hits: Hits


@dataclass(frozen=True)
class Recorder:
    """The recorder `name` of the running arena."""

    warden: Warden
    name: str

    def mark(self) -> int:
        """Give the id of the newest exchange, to look only at later ones."""
        return self.warden.last_exchange_id(self.name)

    def exchanges(self, match: Match | None = None, *, since: int = 0) -> list[Exchange]:
        """Give the exchanges after `since` that match, oldest first."""
        return self.warden.exchanges(self.name, match, since_id=since)

    def wait(self, match: Match, count: int = 1, *, since: int = 0, timeout_s: float = 5.0) -> list[Exchange]:
        """Wait until `count` exchanges match; at the deadline give what there is."""
        return self.warden.wait_exchanges(self.name, match, count, timeout_s, since_id=since)

    def send(self, injection: Injection) -> Exchange:
        """Send a request to the recorder's upstream as if its usual client had."""
        return self.warden.inject(self.name, injection)

    @contextmanager
    def absent(self) -> Iterator[None]:
        """Refuse connections while the block runs, as if the upstream's process had ended."""
        self.warden.absent(self.name, absent=True)
        try:
            yield
        finally:
            self.warden.absent(self.name, absent=False)

    @contextmanager
    def rule(self, rule: Rule) -> Iterator[Applied]:
        """Keep a rule in force while the block runs."""
        number = self.warden.add_rule(self.name, rule)
        applied = Applied(Hits())
        try:
            yield applied
        finally:
            applied.hits = self.warden.remove_rule(self.name, number)
