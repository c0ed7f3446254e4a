"""The arrows of ARCHITECTURE.md, enforced: which part of the package may import which."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "dapr_conformance"
# part -> what it may import besides itself; parts are subpackages, or modules directly in the package
VALUES = {"errors", "verdict", "requirement", "target.model", "warden.protocol", "runtime.model", "control.spec"}
ARROWS = {
    "errors": set(),
    "verdict": set(),
    "requirement": {"errors", "warden.protocol"},
    "options": {"errors"},
    "bundle": {"errors"},
    "exit_status": {"verdict"},
    "baseline": {"errors", "exit_status", "verdict"},
    "preview": VALUES | {"content", "environment", "probes", "run", "runtime", "target"},
    "init": VALUES
    | {"checkers", "chosen", "environment", "interrupt", "options", "probes", "runtime", "target", "warden"},
    "doctor": {"errors", "exit_status", "options", "runtime"},
    "explain": {"content", "errors", "requirement"},
    "interrupt": set(),
    "ledger": {"verdict"},
    "run_folder": {"errors"},
    "lint": {"errors", "runtime", "target.model", "verdict"},
    "target": {"errors", "bundle"},
    "runtime": {"errors"},
    "http_message": set(),
    "grpc_message": set(),
    "warden": {"errors", "grpc_message", "http_message", "reporting"},
    "reporting": {"errors", "verdict", "bundle"},
    "building_blocks": {"grpc_message", "http_message"},
    "faults": {"errors"},
    "checkers": VALUES | {"runtime.expectations", "target.model"},
    "control": {"errors", "target.model"},
    "environment": VALUES | {"building_blocks", "control", "runtime", "target", "warden"},
    "probes": VALUES
    | {
        "building_blocks",
        "checkers",
        "control",
        "environment",
        "grpc_message",
        "interrupt",
        "runtime",
        "target",
        "warden",
    },
    "selftest": VALUES | {"bundle", "content", "environment", "probes", "runtime", "target", "warden", "control"},
}
MAY_IMPORT_PYTEST = {"plugin", "session", "workers", "collect", "fixtures"}
MAY_START_PROCESSES = {"warden", "runtime"}


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if "_bundle" not in path.parts)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def allowed(name: str, part: str) -> bool:
    inner = name.removeprefix("dapr_conformance.")
    return any(inner == arrow or inner.startswith(f"{arrow}.") for arrow in ARROWS[part] | {part})


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_layer_imports_only_what_its_arrows_allow(path):
    part = part_of(path)
    if part not in ARROWS:
        return
    own = [name for name in imports(path) if name.startswith("dapr_conformance.")]
    assert [name for name in own if not allowed(name, part)] == []


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_plugin_knows_pytest(path):
    found = any(name.split(".")[0] in ("pytest", "_pytest") for name in imports(path))
    assert not found or part_of(path) in MAY_IMPORT_PYTEST


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_warden_and_the_runtime_provider_start_processes(path):
    starts = any(name.split(".")[0] == "subprocess" or name.startswith("os.exec") for name in imports(path))
    assert not starts or part_of(path) in MAY_START_PROCESSES


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_functions_keep_the_house_sizes(path):
    text = path.read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    too_long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno + 1 > 40]
    assert text.count("\n") <= 300
    assert too_long == []


def test_every_part_has_its_arrows():
    run = {"run", "chosen", "run_facts", "report", "replay", "cli", "content", "target_commands"}
    outside = {"__init__", "plugin", "session", "workers", "collect", "fixtures"} | run
    assert {part_of(path) for path in modules()} - outside == set(ARROWS) & {part_of(path) for path in modules()}


def test_no_part_has_a_name_that_says_nothing():
    names = {path.stem for path in modules()}
    assert not names & {"utils", "helpers", "common", "base", "manager"}
