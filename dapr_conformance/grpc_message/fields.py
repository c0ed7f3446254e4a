"""Tables of the fields of a message that are needed, and both ways between such a message and plain values.

A table maps a name to a `Field`. Messages become dictionaries with every name of their table, absent fields with
protobuf's default. What a table does not name is left out, or kept where an altered message is written.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from dapr_conformance.grpc_message import protobuf
from dapr_conformance.grpc_message.protobuf import Fields, ProtobufError

_KEY, _VALUE = 1, 2  # a map's entry
_SIGN, _RANGE = 1 << 63, 1 << 64


class Field(NamedTuple):
    """One field: its number, its kind (`text`, `bytes`, `number`, `message`, `struct`), and how often it may be there.

    `many`: a repeated field, given as a list. `keyed`: a map with text keys. `table`: of a message's own fields.
    """

    number: int
    kind: str = "text"
    many: bool = False
    keyed: bool = False
    table: Mapping[str, Field] | None = None


Table = Mapping[str, Field]


def text(number: int) -> Field:
    """Give a string field."""
    return Field(number)


def data(number: int) -> Field:
    """Give a bytes field."""
    return Field(number, "bytes")


def number(at: int) -> Field:
    """Give a field of an integer, a boolean or an enumeration."""
    return Field(at, "number")


def texts(number: int) -> Field:
    """Give a map<string, string> field."""
    return Field(number, keyed=True)


def one(number: int, table: Table) -> Field:
    """Give a message field; None where it is absent."""
    return Field(number, "message", table=table)


def many(number: int, table: Table | None = None) -> Field:
    """Give a repeated field of messages, or of strings without a table."""
    return Field(number, "message" if table else "text", many=True, table=table)


def struct_of(number: int) -> Field:
    """Give a google.protobuf.Struct field: a JSON object."""
    return Field(number, "struct")


def read(table: Table, message: bytes) -> dict[str, Any]:
    """Give the fields of a message.

    Raises:
        ProtobufError: these bytes are no such message.

    """
    found = protobuf.decode(message)
    return {name: _read_all(field, found.get(field.number, [])) for name, field in table.items()}


def _read_all(field: Field, raw: list[int | bytes]) -> Any:
    if field.keyed:
        entries = [protobuf.decode(_bytes(entry)) for entry in raw]
        plain = field._replace(keyed=False)
        return _sorted({_text(e.get(_KEY, [b""])[-1]): _read_all(plain, e.get(_VALUE, [])) for e in entries})
    if field.many:
        return [_read_one(field, value) for value in raw]
    return _read_one(field, raw[-1]) if raw else _absent(field)


def _sorted(entries: dict[str, Any]) -> dict[str, Any]:
    """Give a map in one order: senders write the same one in a new order each time."""
    return dict(sorted(entries.items()))


def _absent(field: Field) -> Any:
    return {"text": "", "bytes": b"", "number": 0, "struct": {}}.get(field.kind)


def _read_one(field: Field, value: int | bytes) -> Any:
    if field.kind == "number":
        return _number(value)
    if field.kind == "bytes":
        return _bytes(value)
    if field.kind == "struct":
        return _read_struct(_bytes(value))
    return _text(value) if field.table is None else read(field.table, _bytes(value))


def _number(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise ProtobufError("bytes where a number must be")
    return value - _RANGE if value >= _SIGN else value


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ProtobufError("a number where bytes must be")
    return value


def _text(value: int | bytes) -> str:
    return _bytes(value).decode("utf-8", "replace")


def write(table: Table, values: Mapping[str, Any], original: bytes = b"") -> bytes:
    """Give the message with these values; fields of `original` that the table does not name are kept.

    Raises:
        ProtobufError: `original` is no message.

    """
    known = {field.number for field in table.values()}
    kept: dict[int, Any] = {at: [*raw] for at, raw in protobuf.decode(original).items() if at not in known}
    return protobuf.encode({**kept, **_fields(table, values)})


def _fields(table: Table, values: Mapping[str, Any]) -> Fields:
    given = [(field, values.get(name)) for name, field in table.items()]
    return {field.number: _written(field, value) for field, value in given if value not in (None, "", b"", 0)}


def _written(field: Field, value: Any) -> Any:
    if field.keyed:
        plain = field._replace(keyed=False)
        return [{_KEY: str(key), _VALUE: _written(plain, item)} for key, item in value.items()]
    if field.many:
        plain = field._replace(many=False)
        return [_written(plain, item) for item in value]
    if field.kind == "struct":
        return _write_struct(value)
    return value if field.table is None else _fields(field.table, value)


# google.protobuf.Struct: fields 1; Value: null 1, number 2, string 3, bool 4, struct 5, list 6; ListValue: values 1.


def _read_struct(message: bytes) -> dict[str, Any]:
    entries = [protobuf.decode(_bytes(entry)) for entry in protobuf.decode(message).get(1, [])]
    return _sorted({_text(e.get(_KEY, [b""])[-1]): _read_value(_bytes(e.get(_VALUE, [b""])[-1])) for e in entries})


def _read_value(message: bytes) -> Any:
    kind, raw = next(reversed(protobuf.decode(message).items()), (1, [0]))
    value = raw[-1]
    if kind == 2 and isinstance(value, int):
        found: float = struct.unpack("<d", value.to_bytes(8, "little"))[0]
        return int(found) if found.is_integer() else found
    if kind == 3:
        return _text(value)
    if kind == 4:
        return bool(value)
    if kind == 5:
        return _read_struct(_bytes(value))
    return [_read_value(_bytes(each)) for each in protobuf.decode(_bytes(value)).get(1, [])] if kind == 6 else None


def _write_struct(values: Mapping[str, Any]) -> Fields:
    return {1: [{_KEY: name, _VALUE: _write_value(value)} for name, value in values.items()]}


def _write_value(value: Any) -> Fields:
    if value is None:
        return {1: 0}
    if isinstance(value, bool):
        return {4: int(value)}
    if isinstance(value, (int, float)):
        return {2: float(value)}
    if isinstance(value, str):
        return {3: value}
    return {5: _write_struct(value)} if isinstance(value, dict) else {6: {1: [_write_value(each) for each in value]}}
