"""The component types that daprd knows by itself, as it registers them (component_types.json names the source).

Pluggable components are not among them: a type that is not known may still be served by a socket of the user's.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

_INITIAL = frozenset({"", "v0", "v1"})  # what daprd takes for the first version of an unversioned type


def known(component_type: str, version: str) -> bool:
    """Tell whether daprd can create a component of that `spec.type` and `spec.version`; upper case does not matter.

    Args:
        component_type: kind and name, for example `state.redis`.
        version: for example `v1`; empty where the file gives none.

    """
    return version.lower() in versions(component_type)


def versions(component_type: str) -> frozenset[str]:
    """Give the versions in lower case that daprd takes for a type, the empty one included; none for an unknown type."""
    return _table().get(component_type.lower(), frozenset())


def nearest(component_type: str) -> tuple[str, ...]:
    """Give at most three known types that are spelt nearly like this one, the nearest first."""
    return tuple(difflib.get_close_matches(component_type.lower(), _table(), n=3))


@cache
def _table() -> Mapping[str, frozenset[str]]:
    source = resources.files("dapr_conformance.runtime").joinpath("component_types.json")
    data = json.loads(source.read_text(encoding="utf-8"))
    table = {f"{kind}.{name}": _INITIAL for kind, names in data["types"].items() for name in names}
    # A versioned type has a default, so that the empty version is taken too.
    return table | {name: frozenset(given) | {""} for name, given in data["versioned"].items()}
