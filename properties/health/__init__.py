"""Checks of dapr-conformance: properties/health."""
