"""Server-sent events of a preview: how the last build went, read from a file the builder writes."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from server.site import Site

LOOK_EVERY = 0.2  # s
HEARTBEAT = 15.0  # s, so that proxies keep the connection


def status_path(build: Path, name: str) -> Path:
    """Where the builder of a preview writes its state."""
    return build / "preview" / f"{name}.json"


def status(site: Site) -> dict[str, Any]:
    """Return the builder's state and errors, and the version of the game that is served now."""
    name = site.settings.preview
    try:
        text = status_path(site.settings.build, name).read_text(encoding="utf-8")
        state: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):
        state = {"state": "waiting", "text": "", "errors": []}
    # Only now: what a build that is done has written must be in the version told with it.
    group = site.current(at_once=True).assets.groups.get(f"envs/{name}")
    return state | {"env": name, "version": group.hash if group else ""}


async def stream(site: Site) -> AsyncIterator[str]:
    """Yield one event now and one at each change; ends when the client goes."""
    sent, quiet = "", 0.0
    while True:
        text = json.dumps(await asyncio.to_thread(status, site))
        if text != sent:
            sent, quiet = text, 0.0
            yield f"event: build\ndata: {text}\n\n"
        elif quiet >= HEARTBEAT:
            quiet = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_EVERY)
        quiet += LOOK_EVERY


async def _events(request: Request) -> Response:
    site: Site = request.app.state.site
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(site), media_type="text/event-stream", headers=headers)


ROUTES = [Route("/preview/events", _events)]
