"""What only a preview answers: its events, policies in training, crashes, and replays checked."""

import asyncio
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from server import events
from server.site import Site

REPLAY = "application/x-gymcade-replay"
LARGEST = 2**24  # bytes of a replay, as envs_c/replay_file.py has it
PATIENCE = 60.0  # s
FRESH = {"Cache-Control": "no-store"}


def policy(request: Request) -> Response:
    """Answer with a file of a policy that is being trained."""
    file = request.path_params["file"]
    path = events.folder(request.app.state.site) / "policies" / file
    if not re.fullmatch(r"[\w.-]+\.(onnx|json)", file) or not path.is_file():
        raise HTTPException(404, f"There is no policy {file}.")
    return FileResponse(path, headers=FRESH)


def crash(request: Request) -> Response:
    """Answer with the replay of the last game that `make debug` saw crash, 204 if there is none."""
    site: Site = request.app.state.site
    folder = site.settings.build / "debug" / site.settings.preview
    found = sorted(folder.glob("*.gymcade"), key=lambda path: path.stat().st_mtime)
    if not found:
        return Response(status_code=204, headers=FRESH)
    return FileResponse(found[-1], media_type=REPLAY, headers=FRESH)


async def replay(request: Request) -> Response:
    """Play a replay natively, in a process of its own, and say how far its hashes agree."""
    if request.headers.get("content-type") != REPLAY:  # which no other site can send unasked
        raise HTTPException(415, f"want {REPLAY}, got {request.headers.get('content-type')}")
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > LARGEST:
            raise HTTPException(413, f"want at most {LARGEST} bytes, got more")
    site: Site = request.app.state.site
    return JSONResponse(await verdict(bytes(data), site.settings.root), headers=FRESH)


async def verdict(data: bytes, root: Path) -> dict[str, object]:
    """What `python -m envs_c replay --json` says; `error` holds its words where it says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.gymcade"
        path.write_bytes(data)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "envs_c", "replay", str(path), "--json"),
            cwd=root,
            env=os.environ | {"PYTHONPATH": str(root)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()
            return {"error": f"playing it natively took more than {PATIENCE:.0f} s"}
    try:
        found: dict[str, object] = json.loads(out)
    except ValueError:
        said = err.decode(errors="replace").strip().removeprefix("error: ")
        return {"error": said or f"the replay command exits {process.returncode}"}
    return found


ROUTES = [
    Route("/preview/events", events.events),
    Route("/preview/policies/{file}", policy),
    Route("/preview/crash", crash),
    Route("/preview/replay", replay, methods=["POST"]),
]
