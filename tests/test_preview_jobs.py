"""What runs beside a preview: the doctor, the export of checkpoints, and where findings belong."""

import os
import sys
import time
from pathlib import Path

import pytest

from envs_c.build import ENVS
from envs_c.doctor import CHECKS
from envs_c.doctor_places import ANCHORS, place
from envs_c.preview_jobs import Done, Job, newest_checkpoint
from envs_c.preview_status import layout_of


def ended(job: Job) -> Done:
    """What comes of a job."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if done := job.ended():
            return done
        time.sleep(0.02)
    raise AssertionError("the job does not end")


def test_a_job_is_told_once_and_can_be_stopped(tmp_path: Path) -> None:
    job = Job(tmp_path / "deep" / "job")
    assert job.ended() is None
    job.start(["platform"])
    done = ended(job)
    assert (done.code, done.err) == (0, "")
    assert sys.platform in done.out.lower()
    assert job.ended() is None
    job.start(["no_such_module_here"])
    assert "No module named no_such_module_here" in ended(job).err
    job.start(["timeit", "-n", "1", "-r", "1", "__import__('time').sleep(60)"])
    assert job.running
    job.stop()
    assert job.ended() is None


def test_the_newest_checkpoint_of_any_run(tmp_path: Path) -> None:
    assert newest_checkpoint("lava", tmp_path) is None
    for i, name in enumerate(("b/policy-000000000009.pt", "a/policy-000000000002.pt")):
        path = tmp_path / "lava" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
        os.utime(path, ns=(i, i))
    newest = newest_checkpoint("lava", tmp_path)
    assert newest == (tmp_path / "lava" / "a" / "policy-000000000002.pt", 1)


def test_every_finding_has_a_file_and_a_line(tmp_path: Path) -> None:
    source = ENVS / "squared" / "squared.c"
    lines = source.read_text().splitlines()
    for ids in CHECKS.values():
        for check in ids:
            file, line = place(check, source)
            if check == "golden-stale":
                assert (file, line) == ("envs_c/squared/golden.txt", 1)
            else:
                assert file == "envs_c/squared/squared.c"
                assert 1 <= line <= len(lines)
                assert check.partition("-")[0] in ANCHORS
    assert lines[place("reward-never", source)[1] - 1].startswith("static bool step(")
    assert lines[place("obs-range", source)[1] - 1].startswith("static void observe(")
    elsewhere = tmp_path / "x.c"
    elsewhere.write_text("int x;\n")
    assert place("draw-state", elsewhere) == (str(elsewhere), 1)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("int32_t ticks;", "int32_t  ticks; // since the start", True),
        ("MAX_TICKS = 34", "MAX_TICKS = 35", True),
        ("int32_t ticks;", "uint32_t ticks;", False),
        ("int32_t ticks;", "int32_t clock;", False),
    ],
)
def test_a_layout_is_how_state_is_declared(old: str, new: str, same: bool) -> None:
    text = (ENVS / "squared" / "squared.c").read_text()
    assert old in text
    assert (layout_of(text) == layout_of(text.replace(old, new, 1))) == same
