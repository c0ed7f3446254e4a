"""Length-prefixed messages in the body of a gRPC call (gRPC over HTTP/2, "Length-Prefixed-Message")."""

from __future__ import annotations

import struct
import zlib

from dapr_conformance.grpc_message.protobuf import ProtobufError

PREFIX = struct.Struct(">BI")  # compressed or not, length
_ANY_HEADER = zlib.MAX_WBITS | 32  # zlib's or gzip's


def framed(message: bytes) -> bytes:
    """Give a message as it stands in a body, uncompressed."""
    return PREFIX.pack(0, len(message)) + message


def single(body: bytes, encoding: str = "") -> bytes:
    """Give the one message of a unary call's body; an empty body, as errors have, is an empty message.

    Args:
        body: everything that was sent.
        encoding: value of the header `grpc-encoding`.

    Raises:
        ProtobufError: it is not exactly one message, or one of an unknown encoding.

    """
    if not body:
        return b""
    if len(body) < PREFIX.size:
        raise ProtobufError(f"{len(body)} bytes are no gRPC message")
    compressed, length = PREFIX.unpack_from(body)
    message = body[PREFIX.size :]
    if len(message) != length:
        raise ProtobufError(f"{length} bytes announced, {len(message)} there")
    return _unpacked(message, encoding) if compressed else message


def _unpacked(message: bytes, encoding: str) -> bytes:
    if encoding not in ("gzip", "deflate"):
        raise ProtobufError(f"messages compressed with {encoding!r} are not read")
    try:
        return zlib.decompress(message, _ANY_HEADER)
    except zlib.error as error:
        raise ProtobufError(f"not {encoding}: {error}") from error
