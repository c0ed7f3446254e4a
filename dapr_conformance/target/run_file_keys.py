"""The keys of a multi-app run template and the types that the Dapr CLI accepts for them.

Source: Dapr docs, "Multi-App Run template" and the CLI's RunConfig; the CLI refuses a wrong type and silently
ignores an unknown key, so the former is an error here and the latter a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from dapr_conformance.target.fields import Field, nearest

PROTOCOLS = ("http", "grpc", "https", "grpcs", "h2c")
_LOG_DESTINATIONS = ("file", "console", "fileAndConsole")
_PULL_POLICIES = ("Always", "Never", "IfNotPresent")
_QUANTITY = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?")
_HIGHEST_PORT = 65535


def _one_of(*allowed: str) -> Callable[[Field], str]:
    def read(field: Field) -> str:
        if field.text() and field.text() not in allowed:
            raise field.error(f"is {field.text()!r}", allowed=allowed, advice=meant(field.text(), allowed))
        return field.text()

    return read


def _protocol(field: Field) -> str:
    if field.text() and field.text().lower() not in PROTOCOLS:
        problem = f"is {field.text()!r}, which daprd does not know"
        raise field.error(problem, allowed=PROTOCOLS, advice=meant(field.text(), PROTOCOLS))
    return field.text()


def _quantity(field: Field) -> str:
    if field.text() and not _QUANTITY.fullmatch(field.text()):
        advice = "write a number with a unit of Kubernetes, such as 16Mi or 64Ki"
        raise field.error(f"is {field.text()!r}, which is no size", advice=advice)
    return field.text()


def _port(field: Field) -> int:
    if field.integer() > _HIGHEST_PORT:
        problem = f"is {field.integer()}; the highest TCP port is {_HIGHEST_PORT}"
        raise field.error(problem, advice="write a port from 1 to 65535, or nothing for an app without a port")
    return field.integer()


Readers = Mapping[str, Callable[[Field], object]]

TOP: Readers = {"version": Field.integer, "name": Field.text, "common": Field.mapping, "apps": Field.items}
SHARED: Readers = {
    "configFilePath": Field.text,
    "appProtocol": _protocol,
    "apiListenAddresses": Field.text,
    "enableProfiling": Field.boolean,
    "logLevel": Field.text,
    "appMaxConcurrency": Field.integer,
    "placementHostAddress": Field.text,
    "schedulerHostAddress": Field.text,
    "resourcesPath": Field.text,
    "resourcesPaths": Field.texts,
    "appSSL": Field.boolean,
    "maxBodySize": _quantity,
    "readBufferSize": _quantity,
    "enableAppHealthCheck": Field.boolean,
    "appHealthCheckPath": Field.text,
    "appHealthProbeInterval": Field.integer,
    "appHealthProbeTimeout": Field.integer,
    "appHealthThreshold": Field.integer,
    "enableApiLogging": Field.boolean,
    "runtimePath": Field.text,
    "env": Field.text_map,
    "daprdLogDestination": _one_of(*_LOG_DESTINATIONS),
    "appLogDestination": _one_of(*_LOG_DESTINATIONS),
}
APP: Readers = {
    **SHARED,
    "appID": Field.text,
    "appDirPath": Field.text,
    "appChannelAddress": Field.text,
    "appPort": _port,
    "daprHTTPPort": _port,
    "daprGRPCPort": _port,
    "daprInternalGRPCPort": _port,
    "metricsPort": _port,
    "profilePort": _port,
    "command": Field.texts,
    "unixDomainSocket": Field.text,
    "containerImage": Field.text,
    "containerImagePullPolicy": _one_of(*_PULL_POLICIES),
    "createService": Field.boolean,
}


def meant(given: str, allowed: Iterable[str]) -> str:
    """Give the advice for a value outside of a closed list: the nearest of them, or one at all."""
    choices = tuple(allowed)
    near = nearest(given, choices)
    return f"did you mean {near}?" if near else f"write one of these, such as {choices[0]}"


def check_keys(section: Field, readers: Readers) -> Iterator[str]:
    """Read every known key of one section and note every unknown one.

    Args:
        section: the document, `common` or one app.
        readers: the section's own table: `TOP`, `SHARED` or `APP`.

    Yields:
        One note, with file and line, for each key that the CLI ignores.

    Raises:
        TargetError: a value has a type or a value that the CLI refuses.

    """
    for key in section.mapping():
        if key in readers:
            readers[key](section.child(key))
        else:
            yield f"{section.child(key).location}: the Dapr CLI ignores the unknown key `{key}`{_advice(key, readers)}"


def _advice(key: str, readers: Readers) -> str:
    if readers is TOP and key in APP:
        return ": it belongs to an app" + (" or under `common`" if key in SHARED else "")
    if readers is SHARED and key in APP:
        return ": it belongs to an app"
    near = nearest(key, readers)
    return f" (did you mean `{near}`?)" if near else "; take it out"
