"""Starts from the bundle: the same as importing the package, only sooner; and when it is not taken."""

import _sre
import json
import marshal
import os
import re
import shutil
import subprocess
import sys
import types

import pytest
from recording import SOURCES, Recorded, make_run
from spoor import arguments, boot, builtin_types, bundle, children, patterns, redaction

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="the bundle is not for this platform")

# Which modules the start made, and what of.
LOOK = """
import json, sys
def look():
    found = {name: [module.__file__, module.__package__, type(module.__loader__).__name__, module.__spec__.name,
                    module.__spec__.origin, module.__spec__.has_location, module.__spec__.parent]
             for name, module in sys.modules.items() if name.partition(".")[0] == "spoor" and name != "spoor.boot"}
    return json.dumps([bool(sys.modules["spoor.boot"].facts), found, sys.modules["spoor"].__path__,
                       sorted(sys.modules)])
print(look())
"""


class Agent:
    def __init__(self, folder):
        self.home = folder
        self.folder = folder / "agent" / "spoor"
        self.cache = folder / "cache"
        shutil.copytree(os.path.join(SOURCES, "spoor"), str(self.folder), ignore=shutil.ignore_patterns("__pycache__"))

    def bundle(self):
        code = "import sys; sys.path.insert(0, %r); from spoor import bundle; print(bundle.ensure(%r))"
        told = (str(self.folder.parent), str(self.cache))
        return subprocess.run([sys.executable, "-c", code % told], stdout=subprocess.PIPE, check=True).stdout.decode()[
            :-1
        ]

    def run(self, source, *options, **settings):
        shutil.rmtree(str(self.home / "run"), ignore_errors=True)
        run = make_run(self.home, **dict({"core": "python", "cache": str(self.cache)}, **settings))
        (self.home / "app.py").write_text(source)
        env = {k: v for k, v in os.environ.items() if not k.startswith("SPOOR")}
        env.update(SPOOR_RUN=str(run), PYTHONPATH=str(self.folder / "_boot"))
        command = [sys.executable, *options, "app.py"]
        ended = subprocess.run(command, cwd=str(self.home), env=env, capture_output=True, text=True, timeout=60)
        assert ended.returncode == 0, ended.stderr
        return Recorded(ended, str(run / "spool"))

    def look(self):
        recorded = self.run(LOOK)
        assert recorded.calls()[:2] == ["<module>", "look"], recorded.err
        return json.loads(recorded.out)


@pytest.fixture
def agent(tmp_path):
    return Agent(tmp_path)


def test_modules_are_as_if_imported(agent):
    imported = agent.look()
    assert imported[0] is False and "spoor.recorder" in imported[1]
    assert agent.bundle() == agent.bundle() != "None"
    bundled = agent.look()
    assert bundled[0] is True
    assert bundled[1].keys() >= imported[1].keys()
    assert {name: bundled[1][name] for name in imported[1]} == imported[1]
    assert bundled[2] == imported[2]
    # Modules built into the interpreter stay, also those that only the making of code needs.
    without = set(sys.builtin_module_names) | {name for name in bundled[3] + imported[3] if name.startswith("spoor.")}
    assert set(bundled[3]) - without == set(imported[3]) - without


def test_a_start_from_the_bundle_imports_next_to_nothing(agent):
    agent.bundle()
    bare = subprocess.run([sys.executable, "-X", "importtime", "-c", ""], stderr=subprocess.PIPE).stderr.decode()
    told = agent.run("", "-X", "importtime").err
    more = set(re.findall(r"[\w.]+$", told, re.M)) - set(re.findall(r"[\w.]+$", bare, re.M))
    assert more - set(sys.builtin_module_names) <= {"_json", "fcntl", "mmap", "sitecustomize"}


def test_what_the_agent_did_not_need_can_be_imported_later(agent):
    agent.bundle()
    assert agent.run("import spoor, spoor.embedded, os; print(spoor.embedded.find_project(None))").out


def test_patterns_are_what_re_makes_of_them():
    redaction._patterns()
    made = bundle._compiled_patterns()
    assert len(made) > 20
    for (pattern, flags), given in made.items():
        assert _sre.compile(*marshal.loads(given)) == re.compile(pattern, flags)
    for used in (arguments._OPTION, children._IN_SHELL, redaction._TRIGGER):
        assert (used.pattern, used.flags & ~re.UNICODE) in made
    assert patterns.ASCII == re.ASCII and patterns.DOTALL == re.DOTALL


def test_secrets_are_found_and_the_users_patterns_hold(agent):
    agent.bundle()
    source = "def f(text, other): pass\nf('password=hunter2 ' + 'x' * 9, 'ticket T-4711')\n"
    told = {"redaction": {"names": [], "patterns": ["T-[0-9]+"], "allow": []}}
    for settings, shown in ((told, "ticket [redacted:pattern]"), ({}, "ticket T-4711")):
        call = agent.run(source, **settings).of("C")[1]["payload"]
        assert call == {"text": "password=[redacted:name:password] " + "x" * 9, "other": shown}


def test_json_is_read_as_the_library_reads_it():
    for text in ('{"a":[1,2.5,-3e2,true,null],"b":{"c":"\\u00e9\\n"}}', " \n{}\n", '"x"', "[NaN]"):
        assert repr(boot.parse(text)) == repr(json.loads(text))
    for text in ("", "{", "{} {}", "nul", '{"a":1,}', "'a'"):
        with pytest.raises(ValueError):
            boot.parse(text)


def test_types_are_those_of_the_library():
    ours = {name: value for name, value in vars(builtin_types).items() if name.endswith("Type")}
    assert len(ours) > 10
    assert {name: getattr(types, name) for name in ours} == ours


@pytest.mark.parametrize("name", ["recorder.py", "version.py", "_native/core.h"])
def test_one_of_files_that_were_changed_is_not_taken(agent, name):
    agent.bundle()
    assert agent.look()[0] is True
    path = agent.folder / name
    text, times = path.read_text(), os.stat(str(path))
    path.write_text(text[:-1] + " ")
    os.utime(str(path), ns=(times.st_atime_ns, times.st_mtime_ns))
    assert agent.look()[0] is False
    agent.bundle()
    assert agent.look()[0] is True


@pytest.mark.parametrize("damage", [lambda content: content[:-10], lambda content: content[:5], lambda content: b""])
def test_one_that_was_cut_off_is_not_taken(agent, damage):
    path = agent.bundle()
    with open(path, "rb") as file:
        content = file.read()
    with open(path, "wb") as file:
        file.write(damage(content))
    assert agent.look()[0] is False
    agent.bundle()
    assert agent.look()[0] is True


@pytest.mark.parametrize("what", ["file", "folder", "above"])
def test_one_that_others_could_have_written_is_not_taken(agent, what):
    path = agent.bundle()
    os.chmod({"file": path, "folder": os.path.dirname(path), "above": str(agent.cache)}[what], 0o777)
    assert agent.look()[0] is False


def test_a_cache_that_cannot_be_written_gets_none(agent):
    agent.cache.write_text("")
    assert agent.bundle() == "None"
    assert agent.look()[0] is False


def test_bytecode_is_not_written_into_the_package(agent):
    agent.bundle()
    agent.run("", "-B")
    assert not [names for _, names, _ in os.walk(str(agent.folder)) if "__pycache__" in names]
