"""What a start leaves behind: modules, command lines, the doctor's answer."""

import json
import os
import subprocess
import sys
import types

import pytest
from recording import SOURCES, record
from spoor import boot, core, interpreter, native
from spoor.agent_frames import hide_agent, is_foreign, shows_agent
from spoor.arguments import redact_arguments
from spoor.errors import SpoorError
from spoor.live import lifecycle
from spoor.modules import forget_new
from spoor.redaction import Redactor


def test_modules_of_the_agents_are_forgotten(monkeypatch):
    monkeypatch.setitem(sys.modules, "agent_only", types.ModuleType("agent_only"))
    monkeypatch.setitem(sys.modules, "spoor.kept", types.ModuleType("spoor.kept"))
    monkeypatch.setitem(sys.path_importer_cache, "/agent/folder", None)
    forget_new(set(sys.modules) - {"agent_only", "spoor.kept"}, set(sys.path_importer_cache) - {"/agent/folder"})
    assert "agent_only" not in sys.modules
    assert "spoor.kept" in sys.modules
    assert "/agent/folder" not in sys.path_importer_cache


def test_a_sitecustomize_that_ours_hides_runs(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('custom')\n")
    run = "import os, subprocess, sys; sys.stdout.flush()\n"
    run += "os.environ['PYTHONPATH'] += os.pathsep + os.getcwd()\n"
    run += "subprocess.run([sys.executable, '-c', 'print(1)'])\n"
    assert record(tmp_path, run).out == "custom\n1\n"


def test_secrets_in_a_command_line():
    redact = Redactor((), (), ())
    given = ["app.py", "--password", "hunter2", "--token=abc", "API_KEY=xyz", "--verbose", "plain", "--password", "-x"]
    shown = redact_arguments(given, redact)
    assert not {"hunter2", "--token=abc", "API_KEY=xyz"} & set(shown)
    assert shown[0] == "app.py" and shown[5:7] == ["--verbose", "plain"] and shown[-1] == "-x"
    assert not any(secret in text for text in shown for secret in ("hunter2", "abc", "xyz"))


def test_the_doctor_names_the_engine():
    doctor = os.path.join(SOURCES, "spoor", "doctor.py")
    found = json.loads(subprocess.run([sys.executable, doctor], stdout=subprocess.PIPE, check=True).stdout.decode())
    assert found["engine"] == ("monitoring" if sys.version_info >= (3, 12) else "tracing")
    assert found["problem"] is None and found["reason"]


def test_an_interpreter_that_nobody_has_looked_at_is_left_alone(monkeypatch):
    monkeypatch.setattr(interpreter, "NEWEST", (3, 7))
    settings = types.SimpleNamespace(core="auto", cache=None)
    for start in (
        lambda: core.choose(settings),
        lambda: lifecycle._start(None),
        lambda: boot._start_link(set(sys.modules), set(sys.path_importer_cache), None),
    ):
        with pytest.raises(SpoorError, match=r"CPython 3\.\d+ is newer than .* or install a newer Spoor") as caught:
            start()
        assert (caught.value.code, caught.value.kind) == ("engine.unsupported", "environment")
    assert "newer than this version" in native.load()[1]


def test_frames_of_the_agent_are_taken_out_of_a_traceback():
    agent = compile("def through(f): return f()", os.path.join(SOURCES, "spoor", "made.py"), "exec")
    space = {}
    exec(agent, space)

    def handler():
        raise ValueError

    try:
        space["through"](handler)
    except ValueError as error:
        trace = error.__traceback__
        assert shows_agent(trace)
        hide_agent(error, trace)
        names = []
        while trace is not None:
            names.append(trace.tb_frame.f_code.co_name)
            assert is_foreign(trace.tb_frame)
            trace = trace.tb_next
    assert names == ["test_frames_of_the_agent_are_taken_out_of_a_traceback", "handler"]
