"""What a check needs and a run does not offer, told without starting anything."""

from __future__ import annotations

from dapr_conformance.environment.attached import Attachment
from dapr_conformance.probes.outcome import Unsupported
from dapr_conformance.requirement import Requirement
from dapr_conformance.target.model import Target

_TLS = ("https", "grpcs")


def missing(requirement: Requirement, target: Target, attachment: Attachment | None = None) -> Unsupported | None:
    """Give what a check lacks in the target's files, or beside a sidecar that runs already; None: it can be judged.

    A component that is scoped to other apps counts on the app's side: whether the app needs it is to be seen.
    """
    if requirement.vantage == "app" and target.app.protocol in _TLS:
        why = "the app speaks TLS with its sidecar, which the recorder between them passes on without reading it"
        return Unsupported(why, "appProtocol: http, grpc or h2c in dapr.yaml")
    for block in requirement.needs:
        declared = [component for component in target.components if component.block == block]
        usable = declared if requirement.vantage == "app" else target.components_of(block)
        if not usable:
            wanted = f"a Component of type {block}.* in the resources path"
            return Unsupported(f"the app has no {block} component", wanted)
    return _closed_by(attachment, requirement) if attachment is not None else None


def _closed_by(attachment: Attachment, requirement: Requirement) -> Unsupported | None:
    if not requirement.api_only:
        why = "it needs an app or recorders of its own, and nothing is started beside a sidecar that runs already"
        return Unsupported(why, "a run without --dapr-attach")
    if not attachment.allow_writes:
        return Unsupported("it writes, and this run did not start the sidecar's stores", "--dapr-allow-writes")
    return None
