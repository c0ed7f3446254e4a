"""Thin typed clients over the sidecar's HTTP API, one file per building block."""
