"""The public functions: start, stop, recording, trace, and the codes of their errors."""

import json
import os
import subprocess
import sys

import pytest
from recording import SOURCES, records_of

PROGRAM = """
import sys
sys.path.insert(0, %r)
import spoor
"""


def run(folder, source, **env):
    (folder / "pyproject.toml").write_text("")
    (folder / "app.py").write_text(PROGRAM % SOURCES + source)
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=str(folder),
        env=dict(os.environ, **env),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stderr == ""
    return ended.stdout


def calls(folder):
    runs = folder / ".spoor" / "runs"
    found = []
    for name in sorted(os.listdir(str(runs))):
        records = []
        for file in sorted(os.listdir(str(runs / name / "spool"))):
            if file.endswith(".spool"):
                records += records_of((runs / name / "spool" / file).read_bytes())
        names = {r["id"]: r["payload"]["name"] for r in records if r["kind"] == "F"}
        found.append([names[r["ref"]] for r in records if r["kind"] == "C"])
    return found


def test_only_what_runs_between_start_and_stop_is_recorded(tmp_path):
    source = (
        "def f(n): return n\n"
        "f(0)\nrun = spoor.start(values='none')\nf(1)\nf(2)\nspoor.stop()\nf(3)\n"
        "with spoor.recording() as second:\n    f(4)\n"
        "import os; print(os.path.isdir(run), run != second, 'SPOOR_RUN' in os.environ)\n"
    )
    assert run(tmp_path, source) == "True True False\n"
    assert sorted(calls(tmp_path), key=len) == [["f"], ["f", "f"]]
    manifest = next((tmp_path / ".spoor" / "runs").iterdir()) / "run.json"
    assert json.loads(manifest.read_text())["status"] == "running"


def test_trace_takes_a_function_into_scope_that_is_out_of_it(tmp_path):
    source = (
        "def make(name):\n"
        "    space = {}\n"
        "    exec(compile('def %s(): return 1' % name, '/elsewhere/x.py', 'exec'), {'__name__': 'x'}, space)\n"
        "    return space[name]\n"
        "plain, before, after = make('plain'), spoor.trace(make('before')), make('after')\n"
        "with spoor.recording():\n"
        "    plain(); before(); after(); spoor.trace(after); after(); after()\n"
    )
    run(tmp_path, source)
    assert calls(tmp_path) == [["before", "after", "after"]]


@pytest.mark.parametrize(
    ("source", "code", "kind"),
    [
        ("spoor.stop()", "recording.not_started", "usage"),
        ("spoor.start()\nspoor.start()", "recording.already_started", "usage"),
        ("spoor.start('/no/such/folder')", "project.not_found", "usage"),
        ("spoor.start(colour=1)", "settings.unknown", "usage"),
        ("spoor.trace(3)", "trace.not_a_function", "usage"),
        ("open('spoor.config.json', 'w').write('{')\nspoor.start()", "config.invalid", "usage"),
    ],
)
def test_errors_have_stable_codes(tmp_path, source, code, kind):
    indented = "".join("    %s\n" % line for line in source.split("\n"))
    text = "try:\n%sexcept spoor.SpoorError as error:\n    print(error.code, error.kind)\n" % indented
    assert run(tmp_path, text) == "%s %s\n" % (code, kind)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="tool ids came with sys.monitoring in 3.12")
def test_taken_tool_ids_are_an_error_of_the_environment(tmp_path):
    source = (
        "for i in (3, 4): sys.monitoring.use_tool_id(i, 'other')\n"
        "try:\n    spoor.start()\n"
        "except spoor.SpoorError as error:\n    print(error.code, error.kind)\n"
        "print(sys.monitoring.get_tool(3), sys.monitoring.get_tool(4))\n"
    )
    assert run(tmp_path, source) == "engine.no_tool_id environment\nother other\n"
