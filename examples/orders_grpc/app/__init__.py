"""An order service that speaks gRPC with its sidecar, both ways."""
