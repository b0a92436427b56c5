"""What a preview does beside building: the doctor after a build, and the export of checkpoints."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from envs_c.build import ROOT
from envs_c.preview_status import folder, tell

EPISODES = 32  # that a policy in training is measured by, so that it is soon on the page
KEPT = 8  # policies of one preview that can be seated
RUNS = ROOT / "runs"

console = Console(highlight=False, emoji=False)


@dataclass(frozen=True)
class Done:
    """A job that has ended."""

    code: int
    out: str
    err: str


def failure(name: str, done: Done) -> str:
    """What a job that failed said, or what its end says: one that crashes says nothing."""
    if done.code < 0:
        crash = f"the game crashes (signal {-done.code}): `make debug ENV={name}` says where"
        return f"{done.err}\n{crash}".strip()
    return done.err or f"exit status {done.code}"


class Job:
    """One command at a time, in the background; it never holds up a build."""

    def __init__(self, place: Path) -> None:
        """`place`: a path whose siblings .out and .err take what the command prints."""
        self._files = place.with_suffix(".out"), place.with_suffix(".err")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether a command has been started whose end has not been taken note of."""
        return self._process is not None

    def start(self, arguments: Sequence[str]) -> None:
        """Run `python -m` with those arguments; one that still runs is ended."""
        self.stop()
        self._files[0].parent.mkdir(parents=True, exist_ok=True)
        with self._files[0].open("wb") as out, self._files[1].open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments], cwd=ROOT, stdout=out, stderr=err
            )

    def stop(self) -> None:
        """End what runs."""
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def ended(self) -> Done | None:
        """What came of the command, once; None while it runs and where there is none."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self._process = None
        out, err = (path.read_text(encoding="utf-8", errors="replace") for path in self._files)
        return Done(code, out, err.strip())


class Doctor:
    """Examines the game after each build that went well."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._job = Job(folder(name) / "doctor")
        self._told = ""  # what was printed last

    def start(self) -> None:
        """Begin, or begin again."""
        tell(self.name, "doctor", {"state": "running", "findings": [], "checks": 0, "notes": []})
        self._job.start(["envs_c", "check", self.name, "--json"])

    def look(self) -> None:
        """Tell what was found, if it is done."""
        done = self._job.ended()
        if done is None:
            return
        try:
            report = json.loads(done.out)
        except ValueError:
            said = failure(self.name, done)
            told = {"state": "failed", "findings": [], "checks": 0, "notes": [said]}
            tell(self.name, "doctor", told)
            console.print(f"{self.name}: the doctor failed\n{said}", markup=False)
            return
        checks = len(report["checks"])
        told = {"state": "done", "findings": report["findings"], "checks": checks}
        tell(self.name, "doctor", {**told, "notes": report["notes"]})
        lines = [
            f"{f['file']}:{f['line']}: {f['level']}: {f['check']}: {f['message']}; {f['advice']}"
            for f in report["findings"]
        ]
        said = "\n".join(lines) or f"the doctor found nothing ({checks} checks)"
        if said != self._told:
            console.print(f"{self.name}: {said}" if not lines else said, markup=False)
        self._told = said

    def stop(self) -> None:
        """End it."""
        self._job.stop()


class Pupil:
    """Exports the newest checkpoint of the game's training, for the page to seat."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = folder(name) / "policies"
        self._job = Job(folder(name) / "export")
        self._seen: tuple[Path, int] | None = None
        self._policy = ""  # the name of what is being exported
        self._ready: list[str] = []  # names, oldest first
        self._failed = False  # whether the last export did
        shutil.rmtree(self.folder, ignore_errors=True)
        self._tell("none")

    def look(self) -> None:
        """Take note of an export that has ended, then begin one if there is a newer checkpoint."""
        if done := self._job.ended():
            self._finish(done)
        if self._job.running:
            return
        newest = newest_checkpoint(self.name)
        if newest and newest != self._seen:
            self._seen = newest
            path = newest[0]
            # A run's name too: two runs may come by the same number of steps.
            self._policy = f"{path.parent.name}-{int(path.stem.rpartition('-')[2])}"
            target = self.folder / f"{self._policy}.onnx"
            self._job.start(["exporter", str(path), "-o", str(target), "--episodes", str(EPISODES)])

    def again(self) -> None:
        """After a build: export anew what failed or still runs, perhaps for ever, by old rules."""
        if self._failed or self._job.running:
            self._job.stop()
            self._seen = None
            self._failed = False

    def _finish(self, done: Done) -> None:
        if done.code:
            said = failure(self.name, done)
            self._failed = True
            self._tell("failed", said)
            lines = said.splitlines()
            first = next((line for line in lines if "error:" in line), lines[-1])
            console.print(f"{self.name}: {self._policy} is not shown: {first}", markup=False)
            return
        self._failed = False
        if self._policy in self._ready:
            self._ready.remove(self._policy)
        self._ready.append(self._policy)
        for old in self._ready[:-KEPT]:
            for path in self.folder.glob(f"{old}.*"):
                path.unlink()
        del self._ready[:-KEPT]
        self._tell("ready")
        console.print(f"{self.name}: the page plays {self._policy}", markup=False)

    def _tell(self, state: str, text: str = "") -> None:
        tell(self.name, "policy", {"state": state, "policies": self._ready, "text": text})

    def stop(self) -> None:
        """End it."""
        self._job.stop()


def newest_checkpoint(name: str, runs: Path = RUNS) -> tuple[Path, int] | None:
    """The last policy that a training of the environment has saved, and when; None for none."""
    found = []
    for path in (runs / name).glob("*/policy-*.pt"):
        try:
            found.append((path.stat().st_mtime_ns, path))
        except FileNotFoundError:  # a run is being cleared away
            continue
    if not found:
        return None
    when, path = max(found)
    return path, when
