import json

import pytest

from dapr_conformance import bundle
from dapr_conformance.errors import HarnessError


def make(root, *folders, pyproject=None):
    for folder in folders:
        (root / folder).mkdir(parents=True)
    if pyproject is not None:
        (root / "pyproject.toml").write_text(pyproject)
    return root / "dapr_conformance"


def test_checkout_gives_every_folder_beside_the_package():
    folders = {name: bundle.folder(name) for name in bundle.FOLDERS}
    assert all(path.is_dir() and path.name == name for name, path in folders.items())
    assert json.loads((folders["reports"] / "manifest.schema.json").read_text())["title"] == "dapr-conformance.yaml"


def test_installed_package_uses_its_bundle(tmp_path):
    package = make(tmp_path, "dapr_conformance/_bundle/properties", "properties")
    assert bundle._folder("properties", package) == package / "_bundle" / "properties"


def test_a_pyproject_of_another_project_above_does_not_make_a_checkout(tmp_path):
    package = make(tmp_path, "dapr_conformance/_bundle/properties", "properties", pyproject='name = "mine"\n')
    assert bundle._folder("properties", package) == package / "_bundle" / "properties"


def test_a_stale_bundle_does_not_win_in_a_checkout(tmp_path):
    own = '[project]\nname = "dapr-conformance"\n'
    package = make(tmp_path, "dapr_conformance/_bundle/properties", "properties", pyproject=own)
    assert bundle._folder("properties", package) == tmp_path / "properties"


def test_an_unknown_or_missing_folder_is_a_fault_of_the_harness(tmp_path):
    with pytest.raises(HarnessError, match="allowed: properties, scenarios"):
        bundle.folder("props")
    with pytest.raises(HarnessError, match="reinstall"):
        bundle._folder("reports", make(tmp_path, "dapr_conformance"))
