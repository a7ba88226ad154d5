"""The launcher, for -I, -E and -S: the program finds what a plain start would give it."""

import os
import subprocess
import sys

import pytest
from recording import record

LOOK = """
import sys
def look():
    import __main__
    return (sys.argv, __name__, __package__, __spec__, __file__, sorted(globals()), __main__.__dict__ is globals(),
            type(__loader__).__name__, sys.path)
print(look())
"""


def plain(folder, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=str(folder),
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("flags", [["-I"], ["-E"], ["-S"], ["-I", "-S"]], ids=" ".join)
def test_a_script_sees_what_it_would_see(tmp_path, flags):
    recorded = record(tmp_path, LOOK, "app.py", "a", "--b", launcher=flags)
    assert recorded.out == plain(tmp_path, *flags, "app.py", "a", "--b").stdout
    assert recorded.calls() == ["<module>", "look"]


@pytest.mark.parametrize(
    ("arguments", "source"),
    [
        (["-c", "import sys\nprint(sys.argv, __name__, sorted(globals()))", "x"], ""),
        (["-m", "app", "x"], "import sys\nprint(sys.argv[1:], __name__, __package__, __spec__.name)"),
    ],
    ids=["-c", "-m"],
)
def test_other_forms(tmp_path, arguments, source):
    recorded = record(tmp_path, source, *arguments, launcher=["-E"])
    bare = plain(tmp_path, "-E", *arguments)
    assert (recorded.out, recorded.err) == (bare.stdout, bare.stderr)


@pytest.mark.parametrize(
    "end",
    ["raise ValueError(1)", "import sys; sys.exit('no')", "import sys; sys.exit(3)", "1 +", "raise KeyboardInterrupt"],
)
def test_ends_are_the_programs_own(tmp_path, end):
    recorded = record(tmp_path, "def f():\n    return 1\nf()\n" + end + "\n", "app.py", launcher=["-I"])
    bare = plain(tmp_path, "-I", "app.py")
    assert (recorded.code, recorded.out, recorded.err) == (bare.returncode, bare.stdout, bare.stderr)


def test_classes_of_main_can_be_pickled_and_spawn_finds_it(tmp_path):
    source = (
        "import multiprocessing, pickle\n"
        "class Point: pass\n"
        "def work(queue): queue.put(Point.__module__)\n"
        "if __name__ == '__main__':\n"
        "    print(type(pickle.loads(pickle.dumps(Point()))) is Point)\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    queue = context.SimpleQueue()\n"
        "    child = context.Process(target=work, args=(queue,)); child.start(); print(queue.get()); child.join()\n"
    )
    recorded = record(tmp_path, source, "app.py", launcher=["-E"])
    assert recorded.out == "True\n__mp_main__\n", recorded.err
