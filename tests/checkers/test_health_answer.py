import pytest

from dapr_conformance.checkers.health_answer import disagreement


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"ok"),
        (200, b""),
        (204, b""),
        (200, b"Healthy"),
        (200, b"Degraded"),
        (200, b'"ready"'),
        (200, b'{"status": "UP"}'),
        (200, b'{"status":"pass","checks":{"store":{"status":"down"}}}'),
        (200, b'{"healthy": true}'),
        (200, b"{}"),
        (200, b"<html>it works, and an error has been mended</html>" * 3),
        (503, b"not ready: the sidecar"),
        (503, b'{"status": "OUT_OF_SERVICE"}'),
        (503, b'{"status": "Unhealthy"}'),
        (503, b'{"detail": "the sidecar or what is behind it failed"}'),
        (500, b"\xff\xfe"),
        (None, b""),
        (404, b'{"detail":"Not Found"}'),
    ],
)
def test_they_agree(status, body):
    assert disagreement(status, body) == ""


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"not ready", "not ready"),
        (200, b"Unhealthy", "Unhealthy"),
        (200, b'{"status": "DOWN"}', "DOWN"),
        (200, b'{"Status": "error"}', "error"),
        (200, b'{"healthy": false}', "false"),
        (200, b'{"status": "not_ready"}', "not_ready"),
        (503, b"OK", "OK"),
        (503, b'{"status": "ready"}', "ready"),
        (500, b'{"ok": true}', "true"),
    ],
)
def test_known_bad(status, body, said):
    assert disagreement(status, body) == said
