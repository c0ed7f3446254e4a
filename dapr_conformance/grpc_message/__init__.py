"""gRPC messages as bytes: length-prefixed frames (gRPC over HTTP/2) around protobuf's wire format."""
