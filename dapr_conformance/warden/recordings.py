"""What a client of the warden may ask of its recorders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from dapr_conformance.warden.protocol import Exchange, Hits, Injection, Match, RecorderSpec, Rule, plain

ANSWER_S = 60.0  # far beyond what any operation takes; a warden that is silent for so long hangs


class Recordings(ABC):
    """The recorders of a warden, by name. Every method raises `HarnessError` when it is dead."""

    @abstractmethod
    def _ask(self, op: str, within_s: float = ANSWER_S, **args: Any) -> Any:
        """Give the answer of an operation."""

    def open_recorder(self, spec: RecorderSpec) -> None:
        """Open a recorder on a port that is held, or on any other that is free.

        Raises:
            BlockedError: the port is taken.
            HarnessError: the name is used, or the protocol unknown.

        """
        self._ask("open_recorder", spec=plain(spec))

    def close_recorder(self, name: str) -> None:
        """Reset a recorder's connections, forget its exchanges and hold its port again."""
        self._ask("close_recorder", name=name)

    def exchanges(self, recorder: str, match: Match | None = None, since_id: int = 0) -> list[Exchange]:
        """Give the matching exchanges with an id above `since_id`, oldest first, those under way included."""
        return self._pages(recorder, match, self._page(recorder, match, since_id))

    def wait_exchanges(
        self, recorder: str, match: Match | None, count: int, timeout_s: float, since_id: int = 0
    ) -> list[Exchange]:
        """Wait until `count` exchanges match; returns all that match then, or after `timeout_s` seconds."""
        args = {
            "recorder": recorder,
            "match": _row(match),
            "since_id": since_id,
            "count": count,
            "timeout_s": timeout_s,
        }
        first = self._ask("wait_exchanges", timeout_s + ANSWER_S, **args)
        return self._pages(recorder, match, first)

    def _page(self, recorder: str, match: Match | None, since_id: int) -> Any:
        return self._ask("exchanges", recorder=recorder, match=_row(match), since_id=since_id)

    def _pages(self, recorder: str, match: Match | None, page: Any) -> list[Exchange]:
        rows = list(page["exchanges"])
        while page["next"] is not None:
            page = self._page(recorder, match, page["next"])
            rows += page["exchanges"]
        return [Exchange.from_json(row) for row in rows]

    def last_exchange_id(self, recorder: str) -> int:
        """Give the id of the newest exchange, 0 before the first."""
        return int(self._ask("last_exchange_id", recorder=recorder))

    def add_rule(self, recorder: str, rule: Rule) -> int:
        """Put a rule in force behind those there are; returns its id.

        Raises:
            HarnessError: it cannot be applied, or the recorder does not speak HTTP/1.1.

        """
        return int(self._ask("add_rule", recorder=recorder, rule=plain(rule)))

    def remove_rule(self, recorder: str, number: int) -> Hits:
        """Take a rule out of force and give its final counts; requests it already holds go their way."""
        row = self._ask("remove_rule", recorder=recorder, number=number)
        return Hits(row["applied"], row["matched"], tuple(row["exchanges"]))

    def clear_rules(self, recorder: str) -> None:
        """Take all rules out of force."""
        self._ask("clear_rules", recorder=recorder)

    def inject(self, recorder: str, injection: Injection) -> Exchange:
        """Send a request to a recorder's upstream, past the rules; returns its exchange, complete or not."""
        args = {"recorder": recorder, "injection": plain(injection)}
        return Exchange.from_json(self._ask("inject", injection.timeout_s + ANSWER_S, **args))

    def absent(self, recorder: str, *, absent: bool) -> None:
        """Let a recorder be gone as a process that has ended is, or come back; what it knows is kept."""
        self._ask("absent", recorder=recorder, absent=absent)


def _row(match: Match | None) -> dict[str, Any] | None:
    return None if match is None else plain(match)
