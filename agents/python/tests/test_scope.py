"""Which code is recorded."""

import os
import sys

import pytest
from spoor.scope import Scope


def scope(root, include=(), exclude=()):
    return Scope(str(root), tuple(include), tuple(exclude))


def test_the_projects_own_files_are_recorded_and_libraries_in_it_are_not(tmp_path):
    found = scope(tmp_path)
    assert found.records(str(tmp_path / "app.py"), "app")
    for inside in ("venv/lib/site-packages/x.py", "node_modules/x.py", "lib/dist-packages/x.py"):
        assert not found.records(str(tmp_path / inside), "x"), inside
    assert not found.records(os.__file__, "os")
    assert not found.records("/elsewhere/x.py", "x")
    assert not found.records("<frozen importlib._bootstrap>", "importlib._bootstrap")


def test_a_virtual_environment_inside_the_project_is_not_the_projects(tmp_path, monkeypatch):
    venv = tmp_path / "anyname"
    monkeypatch.setattr(sys, "prefix", str(venv))
    monkeypatch.setattr(sys, "exec_prefix", str(venv))
    found = scope(tmp_path)
    assert not found.records(str(venv / "bin" / "tool.py"), "tool")
    assert found.records(str(tmp_path / "app.py"), "app")


def test_a_link_is_what_it_leads_to(tmp_path):
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (elsewhere / "real.py").write_text("")
    (project / "own.py").write_text("")
    os.symlink(str(elsewhere / "real.py"), str(project / "link.py"))
    os.symlink(str(project), str(tmp_path / "other_name"))
    found = scope(project)
    assert not found.records(str(project / "link.py"), "link")
    assert found.records(str(tmp_path / "other_name" / "own.py"), "own")


@pytest.mark.parametrize(
    ("pattern", "file", "module", "matches"),
    [
        ("requests.*", "/opt/none/requests/api.py", "requests.api", True),
        ("requests.*", "/opt/none/requests/__init__.py", "requests", True),
        ("requests", "/opt/none/requests/api.py", "requests.api", True),
        ("requests.*", "/opt/none/requests_toolbelt/x.py", "requests_toolbelt.x", False),
        ("*.models", "/opt/none/a/models.py", "a.models", True),
        ("/opt/none/**", "/opt/none/deep/er/x.py", "x", True),
        ("/opt/none/*.py", "/opt/none/deep/x.py", "x", False),
        ("/opt/none/*.py", "/opt/none/x.py", "x", True),
    ],
)
def test_include_patterns(tmp_path, pattern, file, module, matches):
    assert scope(tmp_path, include=[pattern]).records(file, module) is matches


def test_exclude_wins_and_is_relative_to_the_project(tmp_path):
    found = scope(tmp_path, include=["lib.*"], exclude=["generated/**", "lib.noisy"])
    assert not found.records(str(tmp_path / "generated" / "deep" / "x.py"), "x")
    assert found.records("/x/lib/a.py", "lib.a")
    assert not found.records("/x/lib/noisy.py", "lib.noisy")


def test_a_script_outside_is_the_program_and_a_launcher_is_not(tmp_path):
    found = scope(tmp_path / "project")
    assert found.records("/somewhere/script.py", "__main__")
    assert not found.records(os.path.join(sys.prefix, "bin", "pytest"), "__main__")
    assert not found.records("/x/site-packages/tool/__main__.py", "__main__")


def test_which_pattern_would_record(tmp_path):
    found = scope(tmp_path)
    assert found.include_for("/opt/none/requests/api.py", "requests.api") == "requests.*"
    assert found.include_for("<string>", "__main__") is None
