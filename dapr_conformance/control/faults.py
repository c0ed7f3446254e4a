"""Every fault that can be planted into the control app, and every unusual but right variant, by name.

All of them take the arguments of `selection` (`every`, `only`) beside their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from dapr_conformance.control import (
    planted_bulk as bulk,
)
from dapr_conformance.control import (
    planted_cloud_events as cloud_events,
)
from dapr_conformance.control import (
    planted_health as health,
)
from dapr_conformance.control import (
    planted_invocation as invocation,
)
from dapr_conformance.control import (
    planted_pubsub as pubsub,
)
from dapr_conformance.control import (
    planted_state as state,
)
from dapr_conformance.control import (
    planted_tracing as tracing,
)
from dapr_conformance.control import (
    planted_variants as variants,
)
from dapr_conformance.control.fault import Fault, Make
from dapr_conformance.control.seams import Replacement, Seams
from dapr_conformance.control.selection import sometimes
from dapr_conformance.control.spec import PlantedFault
from dapr_conformance.errors import UsageError

_STATE = {
    "ack_without_saving": Fault(
        "A save is answered as done and nothing is saved.", {"write_record": state.ack_without_saving}
    ),
    "write_behind": Fault("A save is answered as done before it is.", {"write_record": state.write_behind}),
    "swallow_conflict": Fault("A conflict is answered as success.", {"save_outcome": state.swallow_conflict}),
    "swallow_failure": Fault("A failed save is answered as success.", {"save_outcome": state.swallow_failure}),
    "shared_key_lowercase": Fault(
        "Identifiers that differ only in case share a record.", {"state_key": state.lowercase_key}
    ),
    "truncate_key": Fault("Identifiers with one beginning share a record.", {"state_key": state.truncate_key}),
    "unescaped_key": Fault(
        "A key stands in the URL path without percent-encoding.", {"key_in_path": state.unescaped_key}
    ),
    "stale_cache": Fault("A record is shown as it was first read.", {"load": state.stale_cache}),
    "lossy_numbers": Fault("Numbers lose digits.", {"entity_body": state.lossy_numbers}),
    "strip_unicode": Fault("Characters beyond ASCII are replaced.", {"entity_body": state.strip_unicode}),
    "drop_field": Fault("One field of a record is forgotten.", {"entity_body": state.drop_field}),
    "lost_update": Fault(
        "Records are written without ETag, so one of two changes is lost.",
        {"etag": state.no_etag, "lock": state.no_lock},
    ),
}

_DELETION = {
    "ack_without_deleting": Fault(
        "A deletion is answered as done and nothing is deleted.", {"delete_record": state.ack_without_deleting}
    ),
    "delete_behind": Fault("A deletion is answered as done before it is.", {"delete_record": state.delete_behind}),
    "tombstone": Fault("A deleted record is overwritten, not deleted.", {"delete_record": state.tombstone}),
    "delete_alike": Fault("With a record another one is deleted.", {"delete_record": state.delete_alike}),
    "delete_any_version": Fault(
        "A deletion ignores the version that its caller has seen.", {"delete_record": state.delete_any_version}
    ),
    "delete_once": Fault("A second deletion breaks.", {"delete_record": state.delete_once}),
    "still_listed": Fault("A deleted record is still listed.", {"unlisted": state.still_listed}),
}

_PUBSUB = {
    "unknown_status_word": Fault(
        "Events are answered by words that Dapr does not know.", {"answer_of_event": pubsub.unknown_status_word}
    ),
    "ack_before_save": Fault(
        "An event is acknowledged before its effects are there.", {"once": pubsub.ack_before_save}
    ),
    "swallow_failed_save": Fault(
        "An event is acknowledged although its effects failed.", {"effect_outcome": pubsub.swallow_failed_save}
    ),
    "not_idempotent": Fault("An event that comes twice is carried out twice.", {"once": pubsub.not_idempotent}),
    "racy_idempotency": Fault(
        "An event that comes twice at once is carried out twice.", {"once": pubsub.racy_idempotency}
    ),
    "crash_on_poison": Fault("A poison event ends the process.", {"on_poison": pubsub.crash}),
    "hang_on_poison": Fault("A poison event is never answered.", {"on_poison": pubsub.hang}),
    "retry_on_invalid": Fault(
        "A poison event is asked for again for ever.", {"on_poison": pubsub.say}, {"word": "RETRY"}
    ),
    "error_on_invalid": Fault("A poison event is answered 500.", {"on_poison": pubsub.say}, {"word": "500"}),
    "ack_invalid_lost": Fault(
        "A poison event is acknowledged and nothing keeps it.", {"on_poison": pubsub.say}, {"word": "SUCCESS"}
    ),
    "ack_on_failure": Fault("An event that fails is acknowledged.", {"on_failure": pubsub.say}, {"word": "SUCCESS"}),
    "drop_on_failure": Fault("An event that fails for now is dropped.", {"on_failure": pubsub.say}, {"word": "DROP"}),
    "not_found_on_failure": Fault(
        "An event that fails for now is answered 404, which drops it.", {"on_failure": pubsub.say}, {"word": "404"}
    ),
    "redirect": Fault("Events are answered by a redirect.", {"answer_of_event": pubsub.redirect}),
    "error_after_effect": Fault(
        "An event is answered 500 although its effects are there.", {"answer_of_event": pubsub.error_after_effect}
    ),
}


_DEAD_LETTER = {
    "dead_letter_rejects_envelope": Fault(
        "The dead letter handler refuses an envelope with the original topic.",
        {"dead_letter_answer": pubsub.reject_foreign_topic},
    ),
    "dead_letter_status_word": Fault(
        "The dead letter handler answers a word that Dapr does not know.",
        {"dead_letter_answer": pubsub.say},
        {"word": "ok"},
    ),
    "dead_letter_topic_equals_topic": Fault(
        "A topic is its own dead letter topic.", {"subscriptions_answer": pubsub.dead_letter_is_topic}
    ),
    "dead_letter_not_subscribed": Fault(
        "Nobody subscribes to the dead letter topic.", {"subscriptions_answer": pubsub.dead_letter_not_subscribed}
    ),
    "dead_letter_misspelt": Fault(
        "The dead letter topic is misspelt in the subscription.", {"subscriptions_answer": pubsub.dead_letter_misspelt}
    ),
}


def _invocation(sentence: str, make: Make) -> Fault:
    return Fault(sentence, {"invocation_answer": make})


_INVOCATION = {
    "post_only": _invocation("Verbs other than POST are refused.", invocation.post_only),
    "head_refused": _invocation("HEAD is refused where GET works.", invocation.head_refused),
    "ignores_body_on_delete": _invocation("The body of DELETE is lost.", invocation.ignores_body),
    "drops_query": _invocation("The query is lost.", invocation.drops_query),
    "lowercases_header_values": _invocation("Header values lose upper case.", invocation.lowercases_header_values),
    "loses_repeated_header": _invocation("One of two headers with one name is lost.", invocation.loses_repeated_header),
    "text_bodies_only": _invocation("Bytes of a body that are not UTF-8 are lost.", invocation.text_bodies_only),
    "redirect_trailing_slash": _invocation(
        "Paths are redirected to ones with a slash at the end.", invocation.redirect_trailing_slash
    ),
    "masks_errors": _invocation("Errors are answered with status 200.", invocation.masks_errors),
    "differs_via_sidecar": _invocation("What comes through a sidecar is refused.", invocation.differs_via_sidecar),
    "checks_host": _invocation("Requests for another host name than the app's are refused.", invocation.checks_host),
}


def _tracing(sentence: str, make: Make) -> Fault:
    return Fault(sentence, {"outgoing_headers": make})


_TRACING = {
    "drops_trace": _tracing("Calls carry no trace.", tracing.drops_trace),
    "starts_new_trace": _tracing("Every call begins a trace of its own.", tracing.starts_new_trace),
    "loses_tracestate": _tracing("The trace goes on without its tracestate.", tracing.loses_tracestate),
    "shouts_trace": _tracing("The trace id is in upper case, which makes it invalid.", tracing.shouts_trace),
    "zero_trace": _tracing("The trace id is zero.", tracing.zero_trace),
    "one_trace_for_all": Fault(
        "Requests at once share one current trace.",
        {"answer": tracing.remembers_last, "outgoing_headers": tracing.trace_of_last},
    ),
    "trace_lost_in_pool": Fault("Work in a pool of threads loses the trace.", {"once": tracing.in_a_pool}),
    "trace_lost_in_background": Fault(
        "Work behind the answer loses the trace.", {"afterwards": tracing.looks_on_without_trace}
    ),
}

_HEALTH = {
    "always_ready": Fault("Readiness is always good.", {"ready_answer": health.always_ready}),
    "ready_for_ever": Fault("What was ready once stays ready.", {"problem": health.ready_for_ever}),
    "never_ready_again": Fault("What was not ready once stays so.", {"problem": health.never_ready_again}),
    "only_refusal_counts": Fault("Errors count as good health.", {"is_fine": health.only_refusal_counts}),
    "only_errors_count": Fault("No answer counts as good health.", {"is_fine": health.only_errors_count}),
    "component_not_asked": Fault("Readiness ignores a critical component.", {"component_status": health.not_asked}),
    "says_ready": Fault("An error's body says that all is well.", {"ready_answer": health.says_ready}),
    "live_waits_on_healthz": Fault("Liveness waits on what waits for it.", {"live_answer": health.waits_on_healthz}),
    "live_slow": Fault("Liveness is slow.", {"live_answer": health.slow}),
    "live_says_unhealthy": Fault("A good answer says that something is wrong.", {"live_answer": health.says_unhealthy}),
    "one_at_a_time": Fault("Requests are answered one after another.", {"answer": health.one_at_a_time}),
}

FAULTS: Mapping[str, Fault] = {
    **_STATE,
    **_DELETION,
    **bulk.FAULTS,
    **_PUBSUB,
    **cloud_events.FAULTS,
    **_DEAD_LETTER,
    **_INVOCATION,
    **_TRACING,
    **_HEALTH,
}

VARIANTS: Mapping[str, Fault] = {
    "answers_204": Fault(
        "Success is 204 without a body.",
        {"saved_answer": variants.no_content, "answer_of_event": variants.success_without_body},
    ),
    "answers_201": Fault("A saved record is answered 201.", {"saved_answer": variants.created}),
    "empty_success": Fault(
        "A handled event is answered 200 without a body.",
        {"answer_of_event": variants.success_without_body},
        {"status": 200},
    ),
    "spaced_json": Fault("JSON has blanks and line ends.", {"answer": variants.spaced_json}),
    "lower_case_headers": Fault("Header names are in lower case.", {"answer": variants.lower_case_headers}),
    "chunked_answers": Fault("Bodies come in chunks.", {"answer": variants.chunked}),
    "slow_50_ms": Fault("Every answer takes 50 ms longer.", {"answer": variants.slow}),
    "saves_again": Fault("A failed save is repeated once.", {"save": variants.saves_again}),
    "publishes_envelopes": Fault(
        "What is published is a CloudEvent by itself.", {"published": cloud_events.publishes_envelopes}
    ),
    "parks_poison": Fault("A poison event is saved whole, then acknowledged.", {"on_poison": variants.parks}),
    "works_in_pool": Fault("Events are handled in a pool of threads.", {"once": tracing.in_a_pool_with_trace}),
    "looks_now_and_then": Fault("Readiness is what was seen lately.", {"problem": health.looks_now_and_then}),
    "ready_in_words": Fault("Readiness is told in plain text.", {"ready_answer": health.in_words}),
    "looks_on": Fault("Something is read behind each answer.", {"afterwards": tracing.looks_on}),
}


def plant(planted: Sequence[PlantedFault]) -> Seams:
    """Give seams with faults and variants in them.

    Raises:
        UsageError: there is no fault or variant of a name.

    """
    return Seams([part for each in planted for part in _parts(each)])


def _parts(planted: PlantedFault) -> list[tuple[str, Replacement]]:
    known = {**FAULTS, **VARIANTS}
    fault = known.get(planted.name)
    if fault is None:
        raise UsageError(f"There is no fault {planted.name!r} to plant.", allowed=sorted(known))
    arguments = {**fault.arguments, **planted.arguments}
    return [(seam, partial(_wrap, make=make, arguments=arguments)) for seam, make in fault.parts.items()]


def _wrap(step: Callable[..., Any], *, make: Make, arguments: Mapping[str, Any]) -> Callable[..., Any]:
    return sometimes(step, make(step, arguments), arguments)
