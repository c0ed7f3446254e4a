from pathlib import Path

import pytest

from dapr_conformance.runtime.go_errors import build_error


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (
            "github.com/dapr/dapr@v1.18.99: reading https://proxy/v1.18.99.info: 403 Forbidden",
            "the module or one of its dependencies is not served",
        ),
        ("github.com/dapr/dapr@v1.18.99: invalid version: unknown revision v1.18.99", "is not served"),
        ("m@v1.0.0: reading https://proxy/m.zip: 404 Not Found", "is not served"),
        ('Get "https://127.0.0.1:1/x.info": dial tcp 127.0.0.1:1: connect: connection refused', "cannot be reached"),
        ('Get "https://nowhere/x.info": dial tcp: lookup nowhere: no such host', "cannot be reached"),
        ("github.com/dapr/dapr@v1.18.98: module lookup disabled by GOPROXY=off", "GOPROXY=off forbids"),
        ("write /tmp/x: no space left on device", "the disk is full"),
        ("a.go:1:1: syntax error", "go failed"),
    ],
)
def test_the_cause_is_named_with_the_line_and_a_next_step(line, cause):
    error = build_error("1.18.99", [line], Path("/cache/1.18.99.log"))
    assert str(error).startswith("Dapr 1.18.99 cannot be built: ")
    assert cause in error.problem.splitlines()[0]
    assert f"  {line}\nlog: /cache/1.18.99.log" in error.problem
    assert error.advice
