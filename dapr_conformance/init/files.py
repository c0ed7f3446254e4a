"""What a project's files alone let one propose (`--offline`); nothing of it was tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dapr_conformance.init import described, shown
from dapr_conformance.init.proposal import Proposal
from dapr_conformance.init.samples import Sample
from dapr_conformance.init.schemas import inlined
from dapr_conformance.target import openapi
from dapr_conformance.target.model import Target

_NOT_TRIED = "not tried: take out the # if it is right"


def topics(target: Target) -> list[str]:
    """Give the topics that the target's Subscription files name for it."""
    return list(dict.fromkeys(each.topic for each in target.subscriptions if each.visible_to(target.app_id)))


def proposals(target: Target, samples: Sequence[Sample]) -> list[Proposal]:
    """Give the lines that an OpenAPI file and `.http` files suggest, all as comments."""
    return [*_of_document(target), *_of_samples(target, samples)]


def _of_document(target: Target) -> Iterator[Proposal]:
    name, document = shown.filed(target.app.directory)
    found = next(described.records(openapi.operations(document), document), None)
    if found is None:
        return
    rows = {
        "save": {"method": found.save.method, "path": found.path},
        "get": {"method": "GET", "path": found.path},
        "key": found.key,
        "schema": inlined(found.save.schema, document),
        "delete": {"method": "DELETE", "path": found.path} if found.delete else None,
        "conditional": found.conditional,
    }
    for key, value in rows.items():
        if value:
            yield Proposal(("state", "entity", key), value, f"from {name}; {_NOT_TRIED}", sure=False)


def _of_samples(target: Target, samples: Sequence[Sample]) -> Iterator[Proposal]:
    for sample in samples:
        if sample.published and sample.body is not None and sample.published[1] in topics(target):
            origin = f"from {sample.origin}, which publishes it; {_NOT_TRIED}"
            yield Proposal(("topics", sample.published[1], "valid"), sample.body, origin, sure=False)
