"""Where the sidecar is, the names of its components, and how long to wait for it."""

import os

DAPR_HTTP_PORT = os.environ.get("DAPR_HTTP_PORT", "3500")
DAPR_API_TOKEN = os.environ.get("DAPR_API_TOKEN")

STATE_STORE = "statestore"
PUBSUB = "pubsub"
SECRET_STORE = "secretstore"  # noqa: S105 the name of a component, not a secret

TIMEOUT_SECONDS = 3.0

# The Dapr SDK reads its limits from the environment; its own defaults are 60 seconds and none.
os.environ.setdefault("DAPR_HEALTH_TIMEOUT", "3")
os.environ.setdefault("DAPR_API_TIMEOUT_SECONDS", str(TIMEOUT_SECONDS))
