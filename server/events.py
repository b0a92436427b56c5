"""Server-sent events of a preview: build, doctor and training, read from files that it writes."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from server.site import Site

LOOK_EVERY = 0.1  # s
HEARTBEAT = 15.0  # s, so that proxies keep the connection


NOTHING: dict[str, dict[str, Any]] = {
    "build": {"state": "waiting", "text": "", "errors": [], "layout": ""},
    "doctor": {"state": "waiting", "findings": [], "checks": 0, "notes": []},
    "policy": {"state": "none", "policies": [], "text": ""},
}
"""The events, and what each says before its file has been written."""


def folder(site: Site) -> Path:
    """Where the preview writes, and what it exports."""
    return site.settings.build / "preview" / site.settings.preview


def told(site: Site, event: str) -> dict[str, Any]:
    """What there is to say of an event now."""
    try:
        text = (folder(site) / f"{event}.json").read_text(encoding="utf-8")
        state: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):
        state = NOTHING[event]
    if event != "build":
        return state
    name = site.settings.preview
    # Only now: what a build that is done has written must be in the version told with it.
    group = site.current(at_once=True).assets.groups.get(f"envs/{name}")
    return state | {"env": name, "version": group.hash if group else ""}


async def stream(site: Site) -> AsyncIterator[str]:
    """Yield every event now, and each again when it changes; ends when the client goes."""
    sent, quiet = dict.fromkeys(NOTHING, ""), 0.0
    while True:
        for event in NOTHING:
            text = json.dumps(await asyncio.to_thread(told, site, event))
            if text != sent[event]:
                sent[event], quiet = text, 0.0
                yield f"event: {event}\ndata: {text}\n\n"
        if quiet >= HEARTBEAT:
            quiet = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_EVERY)
        quiet += LOOK_EVERY


async def events(request: Request) -> Response:
    """Answer with the stream."""
    site: Site = request.app.state.site
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(site), media_type="text/event-stream", headers=headers)
