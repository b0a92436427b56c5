"""Every environment under wild play: no finding of the sanitizers, alike when optimised."""

import subprocess
from pathlib import Path

from envs_c.build import CFLAGS
from tests.subjects import Subject
from tests.wasm import require

FUZZ = Path(__file__).with_name("fuzz.c")
WARNINGS = [flag for flag in CFLAGS if flag.startswith("-W")]
SANITIZERS = "-fsanitize=address,undefined,float-cast-overflow,float-divide-by-zero"


def play(subject: Subject, folder: Path, *flags: str) -> str:
    """Compile with tests/fuzz.c and run; its hash."""
    program = folder / "fuzz"
    command = [
        *("gcc", "-std=c11", "-ffp-contract=off", *flags, *WARNINGS, f'-DENV="{subject.source}"'),
        *(str(FUZZ), "-o", str(program), "-lm"),
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    ran = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def test_no_findings_and_the_optimiser_changes_nothing(subject: Subject, tmp_path: Path) -> None:
    require("gcc")
    said = play(subject, tmp_path, "-O1", "-g1", SANITIZERS, "-fno-sanitize-recover=all")
    assert len(said.split()) == 2
    assert play(subject, tmp_path, "-O3") == said
