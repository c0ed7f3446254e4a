"""The rules of one recorder: which one applies to a request, and how often each has."""

from __future__ import annotations

import base64
import binascii
from collections import deque

from dapr_conformance.errors import HarnessError
from dapr_conformance.warden.protocol import Hits, Rule
from dapr_conformance.warden.recorder.record import Record
from dapr_conformance.warden.recorder.store import RING_EXCHANGES, Matcher

ACTIONS = (
    "delay",
    "delay_response",
    "fail",
    "refuse",
    "drop_response",
    "duplicate",
    "alter_request",
    "alter_response",
)


class ActiveRule:
    """A rule in force, with its counts."""

    def __init__(self, number: int, rule: Rule) -> None:
        """Take the rule.

        Raises:
            HarnessError: the action is unknown, `fail` has no status, the body is no base64, or the path no
                regular expression.

        """
        _check(rule)
        self.id = number
        self.rule = rule
        self.matcher = Matcher(rule.match)
        self._matched = 0
        self._applied = 0
        self._exchanges: deque[int] = deque(maxlen=RING_EXCHANGES)

    @property
    def exhausted(self) -> bool:
        """Whether it has been applied as often as it may be."""
        return self.rule.limit is not None and self._applied >= self.rule.limit

    def count(self, record: Record) -> bool:
        """Count a matching request; returns whether the rule applies to it."""
        self._matched += 1
        if self._matched <= self.rule.skip or self.exhausted:
            return False
        self._applied += 1
        self._exchanges.append(record.id)
        record.rules = (*record.rules, self.id)
        return True

    def hits(self) -> Hits:
        """Give the counts."""
        return Hits(self._applied, self._matched, tuple(self._exchanges))


def _check(rule: Rule) -> None:
    if rule.action not in ACTIONS:
        raise HarnessError(f"no rule can {rule.action!r}", allowed=ACTIONS)
    if rule.action == "fail" and rule.status is None:
        raise HarnessError("a rule that fails requests needs a status")
    try:
        base64.b64decode(rule.body_base64 or "", validate=True)
    except binascii.Error as error:
        raise HarnessError(f"body_base64 of a rule: {error}") from error


class RuleBook:
    """The rules in the order in which they were added; ids are 1, 2, ... and are not used again."""

    def __init__(self) -> None:
        """Start without rules."""
        self._rules: dict[int, ActiveRule] = {}
        self._count = 0

    def add(self, rule: Rule) -> int:
        """Put a rule in force and give its id.

        Raises:
            HarnessError: it is not a rule that can be applied.

        """
        active = ActiveRule(self._count + 1, rule)
        self._count = active.id
        self._rules[active.id] = active
        return active.id

    def remove(self, number: int) -> Hits:
        """Take a rule out of force and give its final counts.

        Raises:
            HarnessError: there is none with that id.

        """
        counted = self._get(number).hits()
        del self._rules[number]
        return counted

    def clear(self) -> None:
        """Take all rules out of force."""
        self._rules.clear()

    @property
    def any(self) -> bool:
        """Whether a rule is in force."""
        return bool(self._rules)

    def _get(self, number: int) -> ActiveRule:
        if number not in self._rules:
            raise HarnessError(f"there is no rule {number}", allowed=map(str, self._rules))
        return self._rules[number]

    def waits_for_body(self, record: Record) -> bool:
        """Say whether only the request's body can tell which rule applies."""
        return any(
            active.matcher.needs_body and not active.exhausted and active.matcher.head(record)
            for active in self._rules.values()
        )

    def choose(self, record: Record) -> Rule | None:
        """Give the first rule that matches and still applies, and count it.

        A rule that lets this request pass (`skip`), or that is used up (`limit`), counts it and leaves it to the rules
        after it.
        """
        for active in self._rules.values():
            if active.matcher.head(record) and active.matcher.body(record) and active.count(record):
                return active.rule
        return None
