"""Records a program in a process of its own, without the host, and reads its spool back as records."""

import json
import os
import subprocess
import sys

SOURCES = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/src"
BOOT = os.path.join(SOURCES, "spoor", "_boot")
# Which core records: the suite runs once with each. `native` needs a library in the cache (scripts/python-tests.ts).
CORE = os.environ.get("SPOOR_TEST_CORE", "python")
COLUMNS = ("kind", "id", "t", "parent", "ref", "thread", "payload")


class Recorded:
    """What a process said and what it wrote: `records` are dictionaries in the order of the files and lines."""

    def __init__(self, ended, folder):
        files = {}
        for name in sorted(os.listdir(folder)):
            if name.endswith(".spool"):
                with open(os.path.join(folder, name), "rb") as file:
                    files[name] = file.read()
        self.code, self.out, self.err = ended.returncode, ended.stdout, ended.stderr
        self._read(files)

    @classmethod
    def of_files(cls, files):
        """Of files that somebody else has read; nothing is known of the program."""
        recorded = cls.__new__(cls)
        recorded._read(files)
        return recorded

    def _read(self, files):
        self.files = files
        self.records = [record for line in in_order(self.files.values()) for record in records_of(line)]

    def of(self, kind):
        return [record for record in self.records if record["kind"] == kind]

    def functions(self):
        return {record["id"]: record["payload"]["name"] for record in self.of("F")}

    def calls(self):
        names = self.functions()
        return [names[record["ref"]] for record in self.of("C")]


def in_order(texts):
    """The lines of spool files in the order of writing: where threads have files of their own, by the latest time that
    a file has up to there (spec/spool.md, Files of several threads)."""
    generations = []
    for text in texts:
        lines = text.split(b"\0", 1)[0].splitlines(keepends=True)
        if lines and b'"beside":' in lines[0]:
            generations[-1].append(lines)
        else:
            generations.append([lines])
    found = []
    for files in generations:
        timed = []
        for lines in files:
            latest = 0
            for line in lines:
                latest = max(latest, int(line.split(b"\t")[2] or 0))
                timed.append((latest, line))
        if len(files) > 1:
            timed.sort(key=lambda each: each[0])
        found += [line for _, line in timed]
    return found


def records_of(text):
    """The records of one spool file; every line must have seven columns."""
    found = []
    for line in text.split(b"\0", 1)[0].decode("utf-8").splitlines():
        values = line.split("\t")
        assert len(values) == len(COLUMNS), line
        record = dict(zip(COLUMNS, values))
        for name in ("id", "t", "parent", "ref", "thread"):
            record[name] = int(record[name]) if record[name] else None
        record["payload"] = json.loads(record["payload"]) if record["payload"] else None
        found.append(record)
    return found


def make_run(folder, **settings):
    """A run's directory as the host makes it."""
    run = folder / "run"
    (run / "spool").mkdir(parents=True)
    told = {"format": 1, "run": "r", "root": str(folder), "clock_ns": "0", "core": CORE}
    if os.environ.get("SPOOR_TEST_CACHE"):
        told["cache"] = os.environ["SPOOR_TEST_CACHE"]
    told.update(settings)
    (run / "config.json").write_text(json.dumps(told))
    return run


def record(folder, source, *options, launcher=None, prepare=None, **settings):
    """Runs `source` as app.py in `folder`; `launcher` is a list of interpreter options that need launch.py."""
    run = make_run(folder, **settings)
    (folder / "app.py").write_text(source)
    env = {k: v for k, v in os.environ.items() if not k.startswith("SPOOR")}
    env["SPOOR_RUN"] = str(run)
    env["PYTHONPATH"] = BOOT
    command = [sys.executable]
    if launcher is not None:
        command += [*launcher, os.path.join(SOURCES, "spoor", "_launch", "launch.py")]
    ended = subprocess.run(
        [*command, *(options or ("app.py",))],
        cwd=str(folder),
        env=env,
        capture_output=True,
        text=True,
        preexec_fn=prepare,
        timeout=60,
    )
    return Recorded(ended, str(run / "spool"))
