"""Checks of dapr-conformance: scenarios."""
