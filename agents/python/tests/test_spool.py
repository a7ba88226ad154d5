"""The spool on disk: rotation, limits, counters in place, forks, a disk that is full."""

import os
import resource

import pytest
from recording import make_run, record, records_of
from spoor import allowance
from spoor import spool as spool_module
from spoor.counters import Gap
from spoor.settings import load
from spoor.spool import Spool

LINE = b"C\t1\t5\t0\t1\t1\t" + b'{"text":"' + b"x" * 1000 + b'"}\n'
ENGINE = {"engine": "monitoring", "core": "python", "core_reason": "asked for", "core_fallback": False}


def put(spool, line):
    try:
        spool.write(line)
    except ValueError:
        spool.overflow(line)


def make(folder, **settings):
    run = make_run(folder, **settings)
    return Spool(load(str(run)), ENGINE, lambda arguments: arguments), run / "spool"


def segments(folder):
    return [folder / name for name in sorted(os.listdir(str(folder))) if name.endswith(".spool")]


def test_segments_rotate_and_grow_and_end_with_z(tmp_path):
    spool, folder = make(tmp_path)
    for _ in range(2000):
        put(spool, LINE)
    spool.close(0)
    files = segments(folder)
    read = [records_of(file.read_bytes()) for file in files]
    assert len(files) >= 3
    assert [records[0]["ref"] for records in read] == list(range(1, len(files) + 1))
    assert all(records[0]["kind"] == "H" and records[1]["kind"] == "D" for records in read)
    assert [records[-1]["payload"]["why"] for records in read] == ["rotated"] * (len(files) - 1) + ["exit"]
    assert sum(record["kind"] == "C" for records in read for record in records) == 2000
    assert all(b"\0" not in file.read_bytes() for file in files)


def test_a_size_limit_is_told_once_and_counts_go_on(tmp_path):
    spool, folder = make(tmp_path, sizeBytes=400 << 10)
    reasons = []
    spool.on_limit = reasons.append
    for _ in range(2000):
        put(spool, LINE)
    assert reasons == ["size_limit"]
    gap = Gap(1, 1, "{}")
    spool.register(gap)
    spool.close(0)
    drops = [r for file in segments(folder) for r in records_of(file.read_bytes()) if r["kind"] == "D" and r["ref"]]
    assert drops[-1]["payload"]["why"] == "size_limit"


def counted(folder):
    return int((folder / "size").read_bytes())


def test_the_size_limit_counts_what_was_written_once_a_segment_is_closed(tmp_path):
    spool, folder = make(tmp_path)
    assert counted(folder) == 256 << 10
    for _ in range(400):
        put(spool, LINE)
    first, second = segments(folder)
    assert counted(folder) == first.stat().st_size + (256 << 10)
    assert first.stat().st_size < second.stat().st_size == 256 << 10
    spool.close(0)
    assert counted(folder) == sum(file.stat().st_size for file in segments(folder)) < 500_000


def test_many_short_processes_stay_below_the_size_limit(tmp_path):
    run = make_run(tmp_path, sizeBytes=1 << 20)
    for _ in range(50):
        spool = Spool(load(str(run)), ENGINE, lambda arguments: arguments)
        reasons = []
        spool.on_limit = reasons.append
        for _ in range(3):
            put(spool, LINE)
        spool.close(0)
        assert reasons == []
    assert counted(run / "spool") == sum(file.stat().st_size for file in segments(run / "spool"))


def test_what_is_counted_beyond_the_limit_is_given_back_as_well(tmp_path):
    spool, folder = make(tmp_path, sizeBytes=400 << 10)
    for _ in range(2000):
        put(spool, LINE)
    spool.close(0)
    assert counted(folder) == sum(file.stat().st_size for file in segments(folder))


def test_what_the_host_returned_for_the_dead_may_be_taken(tmp_path):
    spool, folder = make(tmp_path, sizeBytes=512 << 10)
    (folder / "size").write_bytes(b"%020d" % (10 << 20))
    (folder / "returned").write_bytes(b"%d" % (10 << 20))
    reasons = []
    spool.on_limit = reasons.append
    for _ in range(400):
        put(spool, LINE)
    assert reasons == []
    assert counted(folder) > 10 << 20
    for _ in range(400):
        put(spool, LINE)
    assert reasons == ["size_limit"]


@pytest.mark.skipif(allowance.fcntl is None, reason="this system has no file locks")
def test_a_lock_that_is_never_given_back_stops_nothing(tmp_path, monkeypatch):
    # A process that was stopped holds it, or this very thread below a signal handler.
    spool, folder = make(tmp_path)
    monkeypatch.setattr(allowance, "PAUSE_SECONDS", 0)
    with open(str(folder / "size"), "rb+") as held:
        allowance.fcntl.flock(held, allowance.fcntl.LOCK_EX)
        for _ in range(400):
            put(spool, LINE)
    spool.close(0)
    assert len(segments(folder)) == 2


def test_where_a_record_found_no_room_none_that_belongs_to_it_does(tmp_path, monkeypatch):
    spool, folder = make(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool_module, "Segment", full)
    for _ in range(400):
        put(spool, LINE)
    put(spool, b"R\t1\t6\t\t\t\t\n")
    spool.close(0)
    (file,) = segments(folder)
    kinds = [record["kind"] for record in records_of(file.read_bytes())]
    assert kinds == ["H", "D"] + ["C"] * (len(kinds) - 3) + ["Z"]
    # The last record had its room.
    assert file.stat().st_size <= 256 << 10


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system has no posix_fallocate")
def test_a_file_that_cannot_be_made_is_told_in_the_last_one(tmp_path):
    # RLIMIT_FSIZE stands for a full disk: allocating beyond it fails as allocating on a full disk does.
    source = "def f(text):\n    return text\nfor i in range(3000):\n    f('x' * 250)\nprint('end')\n"

    def limit():
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300 << 10, 300 << 10))

    recorded = record(tmp_path, source, prepare=limit)
    assert (recorded.out, recorded.err, recorded.code) == ("end\n", "", 0)
    drops = [r for r in recorded.of("D") if r["ref"]]
    assert [r["payload"]["why"] for r in drops] == ["disk_full"]
    assert len(recorded.of("C")) > 100
    # What was never made is not counted.
    assert counted(tmp_path / "run" / "spool") == sum(len(text) for text in recorded.files.values())


def test_counters_are_overwritten_in_place_and_start_again_in_a_new_segment(tmp_path):
    spool, folder = make(tmp_path)
    gap = Gap(7, 3, '{"name":"len"}')
    spool.register(gap)
    for _ in range(100):
        gap.count += 1
        spool.update(gap)
    first = segments(folder)[0]
    counted = [r for r in records_of(first.read_bytes()) if r["kind"] == "G"]
    assert [(r["id"], r["ref"]) for r in counted] == [(7, 100)]
    for _ in range(400):
        put(spool, LINE)
    gap.count += 5
    spool.update(gap)
    spool.close(0)
    all_counted = [r["ref"] for file in segments(folder) for r in records_of(file.read_bytes()) if r["kind"] == "G"]
    assert sum(all_counted) == 105
    assert all_counted[0] == 100


def test_a_record_longer_than_a_segment_is_dropped_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(spool_module, "LARGEST_SIZE", 256 << 10)
    spool, folder = make(tmp_path)
    put(spool, b"C\t1\t5\t0\t1\t1\t" + b'"' + b"x" * (1 << 20) + b'"\n')
    spool.close(0)
    drops = [r for file in segments(folder) for r in records_of(file.read_bytes()) if r["kind"] == "D" and r["ref"]]
    assert drops and drops[-1]["ref"] >= 1


def test_a_forked_child_opens_a_file_of_its_own_at_its_first_record(tmp_path):
    source = (
        "import os\n"
        "def f(n):\n    return n\n"
        "def split():\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        f('child')\n        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "f('before')\nsplit()\nf('parent')\n"
    )
    recorded = record(tmp_path, source)
    headers = recorded.of("H")
    assert [h["payload"]["born"] for h in headers].count("fork") == 1
    child = next(h for h in headers if h["payload"]["born"] == "fork")
    parent = next(h for h in headers if h["payload"]["born"] == "spawn")
    assert child["payload"]["parent"] == parent["payload"]["process"]
    split = next(r for r in recorded.of("C") if recorded.functions()[r["ref"]] == "split")
    assert child["payload"]["parent_call"] == split["id"]
    assert sorted(r["payload"]["n"] for r in recorded.of("C") if r["payload"]) == ["before", "child", "parent"]
    for text in recorded.files.values():
        records = records_of(text)
        for kind, column in (("T", "thread"), ("F", "ref")):
            defined = {r["id"] for r in records if r["kind"] == kind}
            assert {r[column] for r in records if r["kind"] == "C"} <= defined
