"""`dapr-conformance init`: from what an app shows of itself to a commented manifest."""
