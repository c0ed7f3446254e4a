"""Checks of dapr-conformance: loadtests."""
