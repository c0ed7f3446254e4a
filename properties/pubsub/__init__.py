"""Checks of dapr-conformance: properties/pubsub."""
