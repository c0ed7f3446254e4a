"""HTTP/1.1 messages as they are framed (RFC 9112): read by the recorders and by the harness's own client."""
