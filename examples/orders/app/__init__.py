"""An order service on Dapr: state, events, invocation and a secret, all through the sidecar."""
