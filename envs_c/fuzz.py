"""Play environments as badly as can be, led by libFuzzer, under the sanitizers."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from envs_c.build import BUILD, CFLAGS, ENVS, EnvError, names, source
from envs_c.wasm import MissingError

PLAYER = ENVS / "fuzz.c"
SANITIZERS = "address,undefined,float-cast-overflow,float-divide-by-zero"
WARNINGS = [flag for flag in CFLAGS if flag.startswith("-W")]


def compile_fuzzer(c_file: Path, target: Path) -> Path:
    """Compile fuzz.c with one environment.

    Raises:
        MissingError: there is no clang.
        EnvError: it does not compile; the message holds the compiler's words.
    """
    if shutil.which("clang") is None:
        raise MissingError("clang is missing")
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [
        *("clang", "-std=c11", "-O1", "-g1", "-ffp-contract=off", f"-I{ENVS}"),
        *(*WARNINGS, "-Wno-enum-float-conversion", f'-DENV="{c_file}"'),
        *(f"-fsanitize=fuzzer,{SANITIZERS}", "-fno-sanitize-recover=all"),
        *(str(PLAYER), "-o", str(target), "-lm"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise EnvError(f"{c_file.name} does not compile:\n{result.stderr.strip()}")
    return target


def fuzz(name: str, seconds: int, *, c_file: Path | None = None, folder: Path | None = None) -> int:
    """Fuzz an environment; how many inputs were played.

    What was learnt of it (libFuzzer's corpus) is kept in the folder, build/fuzz/NAME if none is
    given, and taken up the next time; so is an input that led to a finding.

    Raises:
        MissingError: there is no clang.
        EnvError: a finding; the message holds the sanitizer's words and names the input.
    """
    where = folder or BUILD / "fuzz" / name
    program = compile_fuzzer(c_file or source(name), where / "fuzzer")
    corpus = where / "corpus"
    corpus.mkdir(exist_ok=True)
    command = [
        *(str(program), str(corpus), f"-max_total_time={seconds}", "-max_len=4096"),
        *("-timeout=30", "-print_final_stats=1", f"-artifact_prefix={where}/"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if result.returncode:
        # From the sanitizer's first line on; libFuzzer's progress before it says nothing.
        lines = result.stderr.splitlines()
        said = [i for i, line in enumerate(lines) if re.search(r"runtime error|ERROR|fuzz:", line)]
        finding = "\n".join(lines[said[0] if said else -30 :][:60])
        raise EnvError(f"{name}: a finding\n{finding}")
    played = re.search(r"stat::number_of_executed_units: (\d+)", result.stderr)
    return int(played[1]) if played else 0


def command(
    env: Annotated[list[str] | None, typer.Argument(help="environments; all if none")] = None,
    seconds: Annotated[int, typer.Option(min=1, help="for each")] = 600,
) -> None:
    """Look for what is undefined, or wrong, when an environment is handed anything at all."""
    console, found = Console(stderr=True, soft_wrap=True, emoji=False), False
    for name in env or names():
        try:
            typer.echo(f"{name}: nothing found in {fuzz(name, seconds):,} inputs")
        except MissingError:
            raise
        except EnvError as error:
            found = True
            console.print(str(error), markup=False, highlight=False)
    if found:
        raise typer.Exit(1)
