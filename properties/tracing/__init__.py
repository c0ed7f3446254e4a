"""Checks of dapr-conformance: properties/tracing."""
