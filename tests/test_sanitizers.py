"""Every environment under wild play: no finding of the sanitizers, alike when optimised."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from envs_c.__main__ import app
from envs_c.build import EnvError
from envs_c.fuzz import PLAYER, SANITIZERS, WARNINGS, fuzz
from tests.subjects import Subject
from tests.wasm import require


def play(subject: Subject, folder: Path, *flags: str) -> str:
    """Compile with fuzz.c alone, without libFuzzer, and run; its hash."""
    program = folder / "fuzz"
    command = [
        *("gcc", "-std=c11", "-ffp-contract=off", *flags, *WARNINGS, "-DALONE"),
        *(f'-DENV="{subject.source}"', str(PLAYER), "-o", str(program), "-lm"),
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    ran = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def test_no_findings_and_the_optimiser_changes_nothing(subject: Subject, tmp_path: Path) -> None:
    require("gcc")
    said = play(
        subject, tmp_path, "-O1", "-g1", f"-fsanitize={SANITIZERS}", "-fno-sanitize-recover=all"
    )
    assert len(said.split()) == 2
    assert play(subject, tmp_path, "-O3") == said


def test_libfuzzer_finds_nothing_in_a_few_seconds(subject: Subject, tmp_path: Path) -> None:
    require("clang")
    assert fuzz(subject.name, 3, c_file=subject.c_file, folder=tmp_path) > 20


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "s->dial[a][h] = (uint8_t)actions[a][h];",
            "s->dial[a][h + (s->ticks > 9 ? actions[a][2] : 0)] = 1;",
            r"runtime error: index \d out of bounds",
        ),
        ("bool late = ", "out[0].reward /= (float)s->ticks;\n    bool late = ", "division by zero"),
        ("int met = 0;", "int met = 0;\n        out[a].reward = 1e38f * 1e38f;", "not finite"),
    ],
)
def test_a_finding_is_said(old: str, new: str, said: str, tmp_path: Path) -> None:
    require("clang")
    dials = Path(__file__).parent / "envs" / "dials" / "dials.c"
    text = dials.read_text()
    assert old in text
    c_file = tmp_path / "dials.c"
    c_file.write_text(text.replace(old, new).replace("../../../envs_c/", ""))
    with pytest.raises(EnvError, match=f"dials: a finding(.|\n)*{said}"):
        fuzz("dials", 20, c_file=c_file, folder=tmp_path)


def test_the_command_says_how_much_was_tried() -> None:
    require("clang")
    result = CliRunner().invoke(app, ["fuzz", "squared", "--seconds", "1"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("squared: nothing found in ")
