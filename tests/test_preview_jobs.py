"""What runs beside a preview: the doctor, the export of checkpoints, and where findings belong."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from envs_c.build import ENVS
from envs_c.doctor import CHECKS
from envs_c.doctor_places import ANCHORS, place
from envs_c.preview_jobs import Done, Job, Pupil, failure, newest_checkpoint
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


def test_a_job_that_crashes_says_nothing_and_is_told_all_the_same() -> None:
    assert failure("lava", Done(1, "", "error: no")) == "error: no"
    assert failure("lava", Done(3, "", "")) == "exit status 3"
    crash = "the game crashes (signal 11): `make debug ENV=lava` says where"
    assert failure("lava", Done(-11, "", "")) == crash
    assert failure("lava", Done(-11, "", "malloc(): no")) == f"malloc(): no\n{crash}"


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


def test_a_build_begins_exports_anew_that_fail_or_do_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = tmp_path / "policy-000000000009.pt", 1
    begun: list[str] = []

    def start(job: Job, arguments: list[str]) -> None:
        begun.append(arguments[1])
        job._process = subprocess.Popen([sys.executable, "-c", sleep])

    monkeypatch.setattr("envs_c.preview_jobs.folder", lambda _: tmp_path)
    monkeypatch.setattr("envs_c.preview_jobs.tell", lambda *_: None)
    monkeypatch.setattr("envs_c.preview_jobs.newest_checkpoint", lambda _: checkpoint)
    monkeypatch.setattr(Job, "start", start)
    for name in ("export.out", "export.err"):
        (tmp_path / name).write_text("")
    sleep = "__import__('time').sleep(60)"
    pupil = Pupil("lava")
    pupil.look()
    pupil.look()
    assert len(begun) == 1
    sleep = "raise SystemExit(3)"
    pupil.again()
    until = time.monotonic() + 60
    pupil.look()
    while pupil._job.running and time.monotonic() < until:
        pupil.look()
        time.sleep(0.02)
    assert len(begun) == 2
    pupil.look()
    assert len(begun) == 2  # not over and over
    pupil.again()
    pupil.look()
    assert len(begun) == 3
    pupil.stop()
