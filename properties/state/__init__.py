"""Checks of dapr-conformance: properties/state."""
