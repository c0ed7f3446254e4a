"""`dapr-conformance doctor`: what of all that runs can use is on this machine. It asks, and starts nothing."""
