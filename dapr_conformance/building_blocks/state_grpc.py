"""State management over gRPC, where values are bytes (dapr/proto/runtime/v1/state.proto, common/v1/common.proto)."""

from __future__ import annotations

from dataclasses import dataclass

from dapr_conformance.building_blocks.grpc import GrpcClient, GrpcReply
from dapr_conformance.grpc_message.protobuf import Fields, decode, encode

_SERVICE = "/dapr.proto.runtime.v1.Dapr"
_STORE_NAME, _STATES, _KEY = 1, 2, 2  # SaveStateRequest, GetStateRequest
_ITEM_KEY, _ITEM_VALUE = 1, 2  # StateItem
_DATA, _ETAG = 1, 2  # GetStateResponse


@dataclass(frozen=True)
class GrpcStateStore:
    """One state component behind one sidecar, over gRPC."""

    grpc: GrpcClient
    name: str

    def save(self, key: str, value: bytes) -> GrpcReply:
        """Save bytes under a key."""
        item: Fields = {_ITEM_KEY: key, _ITEM_VALUE: value}
        return self.grpc.call(f"{_SERVICE}/SaveState", encode({_STORE_NAME: self.name, _STATES: item}))

    def get(self, key: str) -> tuple[GrpcReply, bytes, str]:
        """Give the reply, the bytes and the ETag; both are empty where nothing is stored.

        Raises:
            ProtobufError: the answer is no message.

        """
        reply = self.grpc.call(f"{_SERVICE}/GetState", encode({_STORE_NAME: self.name, _KEY: key}))
        found = decode(reply.message) if reply.ok else {}
        data, etag = (found.get(number, [b""])[-1] for number in (_DATA, _ETAG))
        return reply, _bytes(data), _bytes(etag).decode()


def _bytes(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""
