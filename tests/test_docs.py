import importlib.util
from pathlib import Path

import pytest

from dapr_conformance.target import manifest

DOCS = Path(__file__).parent.parent / "docs"


def generator():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["options.md", "manifest.md", "checks.md"])
def test_reference_pages_are_what_the_code_says(name):
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == generator().pages()[name], "run docs/generate.py"


def test_the_table_of_the_manifests_page_is_a_manifest(tmp_path):
    page = (DOCS / "reference" / "manifest.md").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(page.partition("```toml\n")[2].partition("```")[0])
    assert manifest.find(None, tmp_path).entity.save.path == "/orders/{id}"


def test_architecture_stays_short():
    assert len((DOCS.parent / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) <= 60
