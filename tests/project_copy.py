"""A copy of the project in another folder, for tests that write into the tree."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = (
    *("Makefile", "README.md", "build_wasm.sh", "docs", "envs_c", "exporter"),
    *("pyproject.toml", "server", "tools", "trainer", "web"),
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "envs", "policies", "vendor")


def copy_project(target: Path) -> Path:
    """Copy what building and serving need, without built files; builds share raylib's cache."""
    for name in KEPT:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, target / name, ignore=LEFT_OUT)
        elif path.exists():
            shutil.copy2(path, target / name)
    return target


def share_built(target: Path) -> Path:
    """Let a copy build for the page with what has been fetched and built here of others' code."""
    (target / "build").mkdir(exist_ok=True)
    for built in (ROOT / "build").glob("raylib*"):
        os.symlink(built, target / "build" / built.name)
    os.symlink(ROOT / "web" / "node_modules", target / "web" / "node_modules")
    vendor = Path("web") / "static" / "vendor"  # the server does not follow links to folders
    shutil.copytree(ROOT / vendor, target / vendor)
    return target


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python` with those arguments in the copy, as a person would."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def preview(root: Path, name: str) -> Iterator[str]:
    """Run a preview and yield its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "envs_c", "preview", name, "--port", "0"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.match(r"Gymcade is at (http\S+)", line):
                yield found[1]
                break
        else:
            raise AssertionError(f"the preview ended with {process.wait()}")
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
