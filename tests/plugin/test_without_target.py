"""A run without --dapr-target: the plugin is there and does nothing."""

import subprocess
import sys

HEAVY = ("hypothesis", "httpx", "yaml", "jinja2", "jsonschema", "grpc", "locust", "docker", "dapr_conformance.session")


def test_importing_the_plugin_imports_nothing_slow():
    script = f"import sys, pytest; import dapr_conformance.plugin; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_users_own_tests_are_unaffected(repo):
    repo.write("properties/test_mine.py", "def test_one(): pass\ndef test_two(): assert 0\n")
    result = repo.run()
    assert result.status == 1
    assert "1 failed, 1 passed" in result.out
    assert "dapr:" not in result.out
    assert not (repo.folder / "dapr-report").exists()


def test_help_teaches_the_options(repo):
    out = repo.run("--help").out
    section = out[out.index("Dapr conformance") :]
    assert "pytest --dapr-target=APP_ID" in section
    assert "default ./dapr-report" in section
