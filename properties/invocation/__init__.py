"""Checks of dapr-conformance: properties/invocation."""
