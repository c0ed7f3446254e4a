"""What Dapr does differently from version to version and from component to component, as one table.

Checks ask `for_version` and never compare versions themselves. The rows of 1.14.0, 1.15.0, 1.16.0 and 1.18.0 were
executed (1.14.4, 1.15.0, 1.16.0, 1.18.2); the others are taken from Dapr's sources and release notes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dapr_conformance.runtime.versions import parse, supported

_OK, _CONFLICT = 200, 409
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-authorization", "te", "upgrade"})

# A first-write save without an ETag onto an existing key is refused by every store but these.
_FIRST_WRITE_WITHOUT_ETAG = {"state.redis": 204}
# These stores tell an ETag that is no number of theirs (400) from one that is only stale (409).
_ETAG_FORMAT_CHECKED = frozenset({"state.redis"})
# The scheduler's flags that changed their names, from the version on; `{id}` is its name, the rest are addresses.
_SCHEDULER_FLAGS = (
    ("1.14.0", {"initial-cluster": "{id}=http://{peer}", "etcd-client-ports": "{id}={client_port}"}),
    (
        "1.15.0",
        {
            "etcd-initial-cluster": "{id}=http://{peer}",
            "etcd-client-port": "{client_port}",
            "override-broadcast-host-port": "{api}",
            "identity-directory-write": "{folder}/identity",
        },
    ),
)
# These stores save a batch by a request of their own, in which one bad item may take all others with it.
_OWN_BATCHES = frozenset({"state.coherence", "state.rethinkdb"})
# Before this version the in-memory broker hands an event over ten times, 0.1 s apart, until a delivery succeeds.
_IN_MEMORY, _IN_MEMORY_ROUNDS, _IN_MEMORY_ONCE_SINCE = "pubsub.in-memory", 10, "1.17.0"


@dataclass(frozen=True)
class Expectations:
    """What one Dapr version does where versions differ; `note` is empty unless the row is not the version's own.

    Attributes:
        dead_letter_on_404: a delivery that the app answers with 404 ends on the dead letter topic (else it is lost).
        hop_by_hop_stripped: the headers, in lower case, that an invocation does not carry to the app.
        hash_and_question_in_method: status of an invocation whose decoded method holds `#` or `?`; 200 means that the
            app gets the method cut off at that character.
        percent_and_newline_in_method: status of a remote invocation whose decoded method holds a bare `%` or a
            line feed.
        baggage_is_read: a `baggage` header that is not valid is answered 400 (else it passes like any header).

    """

    version: str
    dead_letter_on_404: bool
    hop_by_hop_stripped: frozenset[str]
    hash_and_question_in_method: int
    percent_and_newline_in_method: int
    baggage_is_read: bool
    note: str = ""

    def first_write_without_etag(self, component_type: str) -> int:
        """Give the status of a first-write save without an ETag onto an existing key of such a state store."""
        return _FIRST_WRITE_WITHOUT_ETAG.get(component_type, _CONFLICT)

    def batch_spares_others(self, component_type: str) -> bool:
        """Tell whether such a state store saves the other items of a batch when one of them is refused."""
        return component_type not in _OWN_BATCHES

    def etag_format_checked(self, component_type: str) -> bool:
        """Tell whether such a state store answers 400, not 409, to an ETag that it can never have given."""
        return component_type in _ETAG_FORMAT_CHECKED

    @property
    def path_is_cleaned(self) -> bool:
        """Tell whether an invocation's path is decoded and cleaned: the same fix refuses `#` and `?` in it."""
        return self.hash_and_question_in_method != _OK

    def rounds(self, component_type: str) -> int:
        """Give how often such a pub/sub component hands an event over that daprd could not deliver."""
        many = component_type == _IN_MEMORY and parse(self.version) < parse(_IN_MEMORY_ONCE_SINCE)
        return _IN_MEMORY_ROUNDS if many else 1

    def scheduler_flags(self, **places: str) -> dict[str, str]:
        """Give the scheduler's flags that differ, by name without dashes.

        Args:
            places: `id` of the scheduler; `peer` and `api`, addresses with ports; `client_port` of etcd; `folder`,
                which it may write.

        """
        wanted = parse(self.version)
        flags = next(flags for since, flags in reversed(_SCHEDULER_FLAGS) if parse(since) <= wanted)
        return {name: value.format(**places) for name, value in flags.items()}


# Each row holds from its version up to the next row's: dead letter on 404, stripped headers, `#` and `?`, `%` and LF,
# baggage.
_ROWS = (
    Expectations("1.14.0", False, frozenset(), 200, 403, False),
    Expectations("1.15.0", False, frozenset(), 200, 403, False),
    Expectations("1.15.14", False, frozenset(), 500, 500, False),
    Expectations("1.16.0", False, frozenset(), 200, 403, True),
    Expectations("1.16.14", False, frozenset(), 500, 500, True),
    Expectations("1.17.0", True, frozenset(), 200, 403, True),
    Expectations("1.17.4", True, _HOP_BY_HOP, 200, 403, True),
    Expectations("1.17.5", True, _HOP_BY_HOP, 500, 500, True),
    Expectations("1.18.0", True, _HOP_BY_HOP, 500, 500, True),
)
_READ_ONLY = frozenset({"1.15.14", "1.16.14", "1.17.0", "1.17.4", "1.17.5"})


def for_version(version: str) -> Expectations:
    """Give what to expect of a Dapr version such as `1.18.2`.

    A version newer than the table gets the newest row, and `note` says so.

    Raises:
        UsageError: `version` is not a version, or one before the table's first.

    """
    wanted = parse(supported(version))
    row = next(row for row in reversed(_ROWS) if parse(row.version) <= wanted)
    return replace(row, version=version, note=_note(version, row))


def _note(version: str, row: Expectations) -> str:
    line = parse(version)[:2]
    if line > parse(_ROWS[-1].version)[:2]:
        return f"Dapr {version} is newer than the version table: judged by what {row.version} does."
    if row.version in _READ_ONLY:
        return f"What Dapr {version} does is taken from its sources, not from a run of it."
    return ""
