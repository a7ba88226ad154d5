"""Which library of the native core is loaded, which is not, and what is said about it; and how one comes into the
user's cache. On a copy of the agent with C sources of a few lines, so that compiling them takes no time."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest
from recording import SOURCES, record
from spoor import native

COPIED = os.path.join(SOURCES, "spoor")
VERSION = "%d.%d" % sys.version_info[:2]
COMPILED = "native: compiled for CPython %s on this machine" % VERSION
NONE = "no native library for this interpreter"
C = """#include <Python.h>
static int run(PyObject *module) { return PyModule_AddStringConstant(module, "SOURCES", SPOOR_SOURCES); }
static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, run},
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "_core", .m_slots = slots};
__attribute__((visibility("default"))) PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&definition); }
"""

DEADLY = C.replace("{ return PyModule_Add", "{ __builtin_trap(); return PyModule_Add")

pytestmark = [
    pytest.mark.skipif(shutil.which("cc") is None and shutil.which("gcc") is None, reason="needs a C compiler"),
    pytest.mark.skipif(native.unsupported() is not None, reason=str(native.unsupported())),
]


class Agent:
    def __init__(self, folder):
        self.folder = folder / "agent" / "spoor"
        self.cache = folder / "cache"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("SPOOR", "CC"))}
        ignored = shutil.ignore_patterns("__pycache__", "lib", "prebuilt", "*.c", "*.h")
        shutil.copytree(COPIED, str(self.folder), ignore=ignored)
        (self.folder / "_native" / "module.c").write_text(C)

    def change(self, name, old, new):
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def python(self, *words, **env):
        command = [sys.executable, *words]
        ended = subprocess.run(command, env=dict(self.env, **env), capture_output=True)
        assert ended.returncode == 0, (ended.returncode, ended.stderr.decode())
        return ended.stdout.decode().strip()

    def load(self, setting="auto", before="", **env):
        """What `native.load` answers in a process of its own: (whether there is a module, reason)."""
        code = "import sys; sys.path.insert(0, %r); from spoor import native; %s\n" % (str(self.folder.parent), before)
        code += "module, reason = native.load(%r, %r); print(module is not None); print(reason)" % (
            setting,
            str(self.cache),
        )
        loaded, reason = self.python("-c", code, **env).split("\n")
        return loaded == "True", reason

    def ensure(self, *more, **env):
        script = str(self.folder / "native_cache.py")
        return json.loads(self.python("-I", "-S", script, str(self.cache), *more, **env))

    def build(self, *place):
        """Beside the sources, as `pip install` and the npm package have it."""
        folder = self.folder.joinpath("_native", *place)
        built = self.python(str(self.folder / "_native" / "build.py"), str(folder))
        return folder / os.path.basename(built)


@pytest.fixture
def agent(tmp_path):
    return Agent(tmp_path)


def test_the_first_use_compiles_and_the_second_is_silent(agent):
    assert agent.load() == (False, NONE)
    first = agent.ensure()
    assert (first["core"], first["reason"], first["built"], first["tried"]) == ("native", COMPILED, True, True)
    second = agent.ensure()
    assert (second["core"], second["reason"], second["built"], second["tried"]) == ("native", COMPILED, False, False)
    assert second["library"] == first["library"] and first["library"].startswith(str(agent.cache))
    assert agent.load() == (True, COMPILED)
    assert sorted(name for _, _, names in os.walk(str(agent.cache)) for name in names if "fresh" in name) == []


def test_two_at_once_compile_once(agent):
    script = [sys.executable, "-I", "-S", str(agent.folder / "native_cache.py"), str(agent.cache)]
    both = [subprocess.Popen(script, env=agent.env, stdout=subprocess.PIPE) for _ in range(2)]
    answers = [json.loads(each.communicate()[0].decode()) for each in both]
    assert [answer["core"] for answer in answers] == ["native", "native"]
    assert sorted(answer["built"] for answer in answers) == [False, True]


def test_who_is_killed_while_compiling_leaves_nothing_for_long(agent, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 5\n")
    slow.chmod(0o755)
    script = [sys.executable, "-I", "-S", str(agent.folder / "native_cache.py"), str(agent.cache)]
    killed = subprocess.Popen(script, env=dict(agent.env, CC=str(slow)), stdout=subprocess.PIPE)

    def unfinished():
        return [name for _, names, _ in os.walk(str(agent.cache)) for name in names if name.startswith("fresh-")]

    until = time.monotonic() + 20
    while not unfinished() and time.monotonic() < until:
        time.sleep(0.01)
    assert unfinished()
    killed.kill()
    killed.communicate()
    assert agent.ensure()["built"] is True
    assert unfinished() == []


def test_the_python_core_can_be_asked_for(agent):
    agent.ensure()
    assert agent.load("python") == (False, "python core asked for")


def test_an_interpreter_that_can_have_none_says_so(agent):
    agent.change("interpreter.py", "NEWEST_NATIVE = (3, 14)", "NEWEST_NATIVE = (3, 7)")
    assert agent.load() == (False, "the native core is for CPython up to 3.7")
    told = agent.ensure()
    assert (told["supported"], told["core"], told["tried"]) == (False, "python", False)
    assert not (agent.cache / "native").exists()


def test_without_a_compiler_it_is_said_and_not_tried_again_until_there_is_one(agent, tmp_path):
    (tmp_path / "empty").mkdir()
    told = agent.ensure(PATH=str(tmp_path / "empty"))
    assert (told["core"], told["reason"], told["tried"]) == ("python", "no C compiler", True)
    assert "cc" in told["until"]
    assert agent.load() == (False, NONE + ": no C compiler")
    assert agent.ensure(PATH=str(tmp_path / "empty"))["tried"] is False
    assert agent.ensure()["built"] is True
    assert agent.load() == (True, COMPILED)
    assert not [name for _, _, names in os.walk(str(agent.cache)) for name in names if name.endswith(".failed")]


def test_a_compiler_that_fails_is_not_tried_again_unless_asked_to(agent):
    told = agent.ensure(CC="/bin/false")
    assert (told["core"], told["reason"]) == ("python", "the C compiler failed: exit code 1")
    assert agent.ensure()["tried"] is False
    assert agent.load() == (False, NONE + ": the C compiler failed: exit code 1")
    assert agent.ensure("again")["built"] is True
    assert agent.load() == (True, COMPILED)


def test_an_error_in_the_sources_is_told_in_the_compilers_words(agent):
    (agent.folder / "_native" / "wrong.c").write_text("int wrong(void) { return missing; }\n")
    told = agent.ensure()
    assert told["reason"].startswith("the C compiler failed: wrong.c:1:") and "missing" in told["reason"]


def test_headers_that_are_missing_are_named(agent):
    agent.change("_native/build.py", 'sysconfig.get_path("include")', '"/nowhere"')
    told = agent.ensure()
    assert (told["reason"], told["until"]) == ("no headers of Python %s" % VERSION, ["/nowhere/Python.h"])


def test_a_compiler_that_hangs_is_ended_with_all_that_it_started(agent, tmp_path):
    pid = tmp_path / "pid"
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsh -c 'echo $$ > %s; exec sleep 60'\n" % pid)
    slow.chmod(0o755)
    agent.change("_native/build.py", "LONGEST_S = 120", "LONGEST_S = 2")
    started = time.monotonic()
    assert agent.ensure(CC=str(slow))["reason"] == "the C compiler took longer than 2 s"
    assert time.monotonic() - started < 20
    time.sleep(0.2)
    state = "/proc/%s/stat" % pid.read_text().strip()
    assert not os.path.exists(state) or open(state).read().split()[2] == "Z"


def test_a_library_that_was_cut_off_is_not_mapped_and_is_made_anew(agent):
    library = agent.ensure()["library"]
    with open(library, "r+b") as file:
        file.truncate(os.path.getsize(library) // 2)
    assert agent.load() == (False, "the native library is damaged or of another version of Python")
    assert agent.ensure()["built"] is True
    assert agent.load() == (True, COMPILED)


def test_a_library_that_is_none_falls_through_with_the_linkers_words(agent):
    library = agent.ensure()["library"]
    size = os.path.getsize(library)
    with open(library, "wb") as file:
        file.write(b"x" * size)
    loaded, reason = agent.load()
    assert not loaded and reason.startswith("the native library cannot be loaded: ") and "\n" not in reason


def test_a_library_that_ends_the_process_never_gets_its_name(agent):
    (agent.folder / "_native" / "module.c").write_text(DEADLY)
    script = [sys.executable, "-I", "-S", str(agent.folder / "native_cache.py"), str(agent.cache)]
    assert subprocess.run(script, env=agent.env, stderr=subprocess.DEVNULL).returncode < 0
    assert agent.load() == (False, NONE)


def test_a_library_of_other_sources_is_not_loaded(agent):
    (agent.folder / "_native" / "module.c").write_text(DEADLY)
    agent.build("lib")
    (agent.folder / "_native" / "module.c").write_text(C)
    assert agent.load() == (False, "the native library is of other sources")
    # As it says itself, where what stands beside it is wrong.
    library = agent.build("lib")
    (agent.folder / "_native" / "module.c").write_text(C + "\n")
    word = str(library) + ".built"
    key = agent.python("-c", "import sys; sys.path[:0] = [%r]; from spoor import native; print(native.sources_key())"
                       % str(agent.folder.parent))  # fmt: skip
    with open(word) as file:
        told = file.read().split()
    with open(word, "w") as file:
        file.write(" ".join([key, *told[1:]]))
    assert agent.load() == (False, "the native library is of other sources")
    assert agent.ensure()["built"] is True
    assert agent.load() == (True, COMPILED)


def test_one_of_another_version_of_python_is_not_loaded(agent):
    library = agent.build("lib")
    with open(str(library) + ".built") as file:
        key, version, size = file.read().split()
    for other, loaded in (("%x" % (int(version, 16) ^ 0x10000), False), ("%x" % (int(version, 16) ^ 0x100), True)):
        with open(str(library) + ".built", "w") as file:
            file.write(" ".join((key, other, size)))
        assert agent.load()[0] is loaded, other


def test_what_came_with_the_package_is_preferred(agent):
    agent.ensure()
    platform = agent.python("-c", "import sys; sys.path[:0] = [%r]; from spoor import native; print(native.platform())"
                            % str(agent.folder.parent))  # fmt: skip
    agent.build("prebuilt", platform)
    assert agent.load() == (True, "native: prebuilt for CPython %s" % VERSION)
    agent.build("lib")
    assert agent.load() == (True, "native: compiled for CPython %s with the package" % VERSION)


def test_a_cache_that_cannot_be_written_is_named(agent, tmp_path):
    (tmp_path / "file").write_text("")
    agent.cache = tmp_path / "file" / "spoor"
    assert agent.load() == (False, "%s: %s cannot be written" % (NONE, tmp_path / "file"))
    told = agent.ensure()
    assert told["core"] == "python" and "cannot be written" in told["reason"] and not told["tried"]


@pytest.mark.parametrize("what", ["file", "folder", "above"])
def test_a_library_that_others_could_have_written_is_not_loaded(agent, what):
    library = agent.ensure()["library"]
    folder = os.path.dirname(library)
    path = {"file": library, "folder": folder, "above": str(agent.cache.parent)}[what]
    os.chmod(path, 0o777)
    assert agent.load() == (False, "the native library could have been written by another user: " + path)
    if what == "above":
        os.chmod(path, 0o1777)  # as /tmp: others can write there, and not rename what is ours
        assert agent.load() == (True, COMPILED)


def test_a_cache_where_others_can_write_gets_no_library(agent, tmp_path):
    os.chmod(str(tmp_path), 0o777)
    told = agent.ensure()
    reason = "the native library could have been written by another user: %s" % tmp_path
    assert (told["core"], told["reason"], told["tried"]) == ("python", reason, True)
    assert agent.load() == (False, "%s: %s" % (NONE, reason))
    assert agent.ensure()["tried"] is False
    os.chmod(str(tmp_path), 0o755)
    assert agent.ensure("again")["built"] is True


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("what", ["file", "folder", "above"])
def test_a_library_of_another_user_is_not_loaded(agent, what):
    library = agent.ensure()["library"]
    path = {"file": library, "folder": os.path.dirname(library), "above": str(agent.cache)}[what]
    os.chown(path, 4711, 4711)
    assert agent.load() == (False, "the native library could have been written by another user: " + path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_what_came_with_the_package_may_belong_to_whom_the_package_does(agent):
    library = agent.build("lib")
    os.chown(str(library), 4711, 4711)
    assert agent.load()[0] is False
    os.chown(str(agent.folder), 4711, 4711)
    assert agent.load()[0] is True


def test_loading_imports_nothing(agent):
    agent.ensure()
    before = "agent_only = set(sys.modules); load = native.load\n"
    before += "def checked(*given):\n    told = load(*given); assert set(sys.modules) == agent_only; return told\n"
    assert agent.load(before=before + "native.load = checked") == (True, COMPILED)


def test_old_libraries_are_deleted(agent):
    agent.change("native_cache.py", "KEPT = 24", "KEPT = 2")
    for text in "abcd":
        (agent.folder / "_native" / "module.c").write_text(C + "/* %s */\n" % text)
        agent.ensure()
        time.sleep(0.02)
    assert len(os.listdir(str(agent.cache / "native"))) == 2
    assert agent.load() == (True, COMPILED)


def test_the_header_says_which_core_and_why(tmp_path):
    header = record(tmp_path, "def f(): pass\nf()\n", core="python").of("H")[0]["payload"]
    assert (header["core"], header["core_reason"]) == ("python", "python core asked for")
    assert header["core_fallback"] is False


def test_the_header_says_that_the_twin_stood_in(tmp_path):
    header = record(tmp_path, "def f(): pass\nf()\n", core="auto", cache=str(tmp_path / "none")).of("H")[0]["payload"]
    assert (header["core"], header["core_reason"], header["core_fallback"]) == ("python", NONE, True)


def test_a_native_core_that_was_demanded_and_is_not_there_leaves_the_program_alone(tmp_path):
    recorded = record(tmp_path, "print('ran')", core="native", cache=str(tmp_path / "none"))
    assert (recorded.code, recorded.out, recorded.records) == (0, "ran\n", [])
    assert "this process is not recorded: the native core was asked for: " in recorded.err
