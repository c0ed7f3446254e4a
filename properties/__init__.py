"""Checks of dapr-conformance: properties."""
