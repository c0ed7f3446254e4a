"""Protobuf's wire format (protobuf.dev/programming-guides/encoding), for messages of which few fields are needed.

The generated classes of a library would bind users to one Dapr version's definitions; field numbers never change.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

Value = int | float | bytes | str
Fields = Mapping[int, "Value | Fields | list[Value | Fields]"]
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTH = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10
_UINT64 = (1 << 64) - 1  # negative numbers are written as their two's complement


class ProtobufError(Exception):
    """The bytes are no protobuf message."""


def encode(fields: Fields) -> bytes:
    """Give the message with these fields.

    Integers are written as varints, floats as doubles, text and bytes as they are, mappings as messages. A list is a
    repeated field. Values are written even if they are the default, which readers do not mind.
    """
    rows = ((number, value if isinstance(value, list) else [value]) for number, value in fields.items())
    return b"".join(_field(number, each) for number, values in rows for each in values)


def _field(number: int, value: Value | Fields) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value & _UINT64)
    if isinstance(value, float):
        return _varint(number << 3 | _FIXED64) + struct.pack("<d", value)
    content = value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else encode(value)
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode(message: bytes) -> dict[int, list[int | bytes]]:
    """Give all values of each field in their order: varints and fixed ones as numbers, the rest as bytes.

    Raises:
        ProtobufError: these bytes are no message.

    """
    found: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        value, at = _read_value(message, at, tag & 7)
        found.setdefault(tag >> 3, []).append(value)
    return found


def _read_value(message: bytes, at: int, kind: int) -> tuple[int | bytes, int]:
    if kind == _VARINT:
        return _read_varint(message, at)
    if kind == _BYTES:
        length, at = _read_varint(message, at)
        return _slice(message, at, length), at + length
    if kind in _WIDTH:
        return int.from_bytes(_slice(message, at, _WIDTH[kind]), "little"), at + _WIDTH[kind]
    raise ProtobufError(f"no wire type {kind} at byte {at}")


def _slice(message: bytes, at: int, length: int) -> bytes:
    if at + length > len(message):
        raise ProtobufError(f"{length} bytes announced at byte {at}, {len(message) - at} there")
    return message[at : at + length]


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count in range(_LONGEST_VARINT):
        if at + count >= len(message):
            break
        byte = message[at + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, at + count + 1
    raise ProtobufError(f"a number without end at byte {at}")
