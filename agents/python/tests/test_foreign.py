"""Code that is not recorded: judged once for each file and module, and what is recorded all the same."""

import pytest
from recording import CORE, record

COUNT = """
import sys, other
engine = sys.modules["spoor.active"].recorder.engine
met = engine.met
asked = []
def count(*given):
    asked.append(given[0].co_name)
    return met(*given)
engine.met = count
"""


@pytest.fixture
def elsewhere(tmp_path):
    """A folder on the path, beside the project."""
    project, other = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    other.mkdir()
    return project, other


def run(places, source, **settings):
    project, other = places
    recorded = record(project, "import sys; sys.path.append(%r)\n%s" % (str(other), source), **settings)
    assert recorded.code == 0, recorded.err
    return recorded


@pytest.mark.skipif(CORE != "native", reason="only the native core asks, and is to ask once")
def test_the_engine_is_asked_once_for_a_file(elsewhere):
    (elsewhere[1] / "other.py").write_text("".join("def f%d(): pass\n" % i for i in range(20)))
    source = COUNT + "for i in range(20): getattr(other, 'f%d' % i)()\nprint([n for n in asked if n[0] == 'f'])\n"
    assert run(elsewhere, source).out == "[]\n"  # the module's body was the first of its file


def test_the_same_code_in_another_module_may_be_recorded(elsewhere):
    (elsewhere[1] / "other.py").write_text("def f(): pass\ndef g(): f()\n")
    source = (
        "text = open(%r).read()\n"
        "def load(name):\n"
        "    space = {'__name__': name}\n"
        "    exec(compile(text, %r, 'exec'), space)\n"
        "    space['g']()\n"
        "for name in ('quiet', 'loud.inner', 'quiet', 'loud.inner', '__main__'): load(name)\n"
    )
    path = str(elsewhere[1] / "other.py")
    recorded = run(elsewhere, source % (path, path), include=["loud.*"])
    assert [name for name in recorded.calls() if name in "fg"] == ["g", "f"] * 3


def test_what_is_special_is_seen_in_a_file_that_is_known(elsewhere):
    source = (
        "import threading\n"
        "threading.current_thread(); threading.active_count()\n"
        "def work(): pass\n"
        "def main():\n    t = threading.Thread(target=work); t.start(); t.join()\n"
        "main()\n"
    )
    recorded = run(elsewhere, source)
    main = [call for call in recorded.of("C") if recorded.functions()[call["ref"]] == "main"]
    assert [thread["parent"] for thread in recorded.of("T")][-1] == main[0]["id"]


def test_what_is_marked_is_recorded_in_a_file_that_is_known(elsewhere):
    (elsewhere[1] / "other.py").write_text("def f(): pass\ndef g(): pass\ndef h(): pass\n")
    source = "import other, spoor\nother.f()\nspoor.trace(other.g)\nother.g(); other.h()\n"
    assert run(elsewhere, source).calls() == ["<module>", "g"]
