"""Where to listen, the names of the sidecar's components, and how long to wait for it."""

import os

APP_PORT = os.environ.get("APP_PORT", "50051")
DAPR_GRPC_PORT = os.environ.get("DAPR_GRPC_PORT", "50001")
DAPR_API_TOKEN = os.environ.get("DAPR_API_TOKEN")

STATE_STORE = "statestore"
PUBSUB = "pubsub"

TIMEOUT_SECONDS = 3.0
WORKERS = 16
