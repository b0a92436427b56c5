"""Run an ES module on an environment's sim.wasm in Node or in Chromium, and get its answer.

The module exports `run(job)`, of JSON in and out.
"""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from envs_c.build import ENVS, ROOT, EnvError, source

Json = dict[str, Any]

CHROMIUM_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
)

_IN_NODE = """
let text = "";
for await (const part of process.stdin.setEncoding("utf8")) text += part;
const { run } = await import(process.argv[1]);
console.log(JSON.stringify(await run(JSON.parse(text))));
"""

_IN_PAGE = "async ([module, job]) => (await import(module)).run(job)"
_SITE = "http://gymcade.test"
"""Answered from the project's folder; nothing leaves the machine."""


class MissingError(EnvError):
    """A tool that is not on this machine."""


def up_to_date(target: Path, c_file: Path) -> bool:
    """Whether `target` was made after the last change of the C file and the headers."""
    inputs = [c_file, *ENVS.glob("*.h")]
    made = target.stat().st_mtime if target.exists() else 0
    return made >= max(path.stat().st_mtime for path in inputs)


def sim(name: str) -> Path:
    """The environment's sim.wasm as the gallery serves it.

    Raises:
        EnvError: no such environment, or it has not been built since it was changed.
    """
    target = ROOT / "web" / "static" / "envs" / name / "sim.wasm"
    if not up_to_date(target, source(name)):
        what = "is older than its sources" if target.exists() else "has not been built"
        raise EnvError(f"{name}: sim.wasm {what}: run ./build_wasm.sh {name}")
    return target


def text_of(data: bytes) -> str:
    """Bytes as they are put into a job."""
    return base64.b64encode(data).decode()


def in_node(module: Path, job: Json) -> Any:
    """The module's answer to a job, run in Node.

    Raises:
        MissingError: there is no Node.
        EnvError: it failed; the message holds its words.
    """
    if shutil.which("node") is None:
        raise MissingError("node is missing")
    command = ["node", "--input-type=module", "--eval", _IN_NODE, str(module.resolve())]
    result = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise EnvError(f"node failed on {module.name}:\n{result.stderr.strip()}")
    return json.loads(result.stdout)


class Page:
    """A page in a Chromium of its own, in which modules of this project run.

    Playwright is bound to one thread, and one thread has room for one Playwright: `pool` has that
    thread alone.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        """Start Chromium.

        Raises:
            MissingError: Playwright or Chromium is not installed.
        """
        self._pool, self._stack = pool, ExitStack()
        self._page: Any = pool.submit(self._open).result()

    def _open(self) -> Any:
        try:
            from playwright.sync_api import sync_playwright
        except ImportError as error:
            raise MissingError("playwright is missing") from error
        with ExitStack() as stack:
            playwright = stack.enter_context(sync_playwright())
            path = chromium_path()
            if path is None and not Path(playwright.chromium.executable_path).exists():
                raise MissingError("chromium is missing")
            launch = playwright.chromium.launch
            browser = stack.enter_context(launch(executable_path=path, args=list(CHROMIUM_FLAGS)))
            page = browser.new_page()
            page.route(f"{_SITE}/**", _answer)
            page.goto(f"{_SITE}/")
            self._stack = stack.pop_all()
        return page

    def run(self, module: Path, job: Json) -> Any:
        """The answer of a module of this project to a job.

        Raises:
            EnvError: it failed; the message holds its words.
        """
        from playwright.sync_api import Error

        what = [f"/{module.relative_to(ROOT).as_posix()}", job]
        try:
            return self._pool.submit(self._page.evaluate, _IN_PAGE, what).result()
        except Error as error:
            raise EnvError(f"Chromium failed on {module.name}:\n{error.message}") from error

    def close(self) -> None:
        """End Chromium."""
        self._pool.submit(self._stack.close).result()


_TYPES = {
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".onnx": "application/octet-stream",
    ".wasm": "application/wasm",
}


def _answer(route: Any) -> None:
    path = ROOT / urlsplit(route.request.url).path.lstrip("/")
    if path.suffix in _TYPES:
        route.fulfill(content_type=_TYPES[path.suffix], body=path.read_bytes())
    else:
        route.fulfill(content_type="text/html", body="<!doctype html><title>Gymcade</title>")


def chromium_path() -> str | None:
    """The machine's Chromium; None to leave it to Playwright."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def in_chromium() -> Iterator[Page]:
    """A page in which modules of this project run.

    Raises:
        MissingError: Playwright or Chromium is not installed.
    """
    with ThreadPoolExecutor(1) as pool, closing(Page(pool)) as page:
        yield page
