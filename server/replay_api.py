"""The API of replays: visitors store files that are too long for a link, and anyone reads."""

import math
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from envs_c.replay_file import Limits, Replay, ReplayError, decode
from server.replay_store import ReplayStore, StoreFullError
from server.site import Site

TYPE = "application/vnd.gymcade.replay"
LARGEST = 2**20
"""Bytes of a file that is stored: ten hours of pong take half of it."""

LIMITS = Limits(file=LARGEST)
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}

router = APIRouter(prefix="/api/v1", tags=["replays"])

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"a replay's file, at most {LARGEST} bytes",
        "content": {TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
REFUSED: dict[int | str, dict[str, Any]] = {
    413: {"description": "the file is too large"},
    415: {"description": f"the body is not sent as {TYPE}"},
    422: {"description": "it is no replay of a game of this site; the message says why"},
    429: {"description": "too many in a minute from this address; Retry-After says when"},
    507: {"description": "this server keeps as much as it may"},
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the file; it never changes",
        "content": {TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    404: {"description": "no replay of that id is kept here"},
}


class StoredOut(BaseModel):
    """A replay that is kept."""

    id: str = Field(description="22 letters that come of its content: the same file, the same id")
    env: str
    ticks: int
    url: str = Field(description="the file")
    page: str = Field(description="the page that plays it")


def _store(request: Request) -> ReplayStore:
    store: ReplayStore = request.app.state.replays
    return store


async def _body(request: Request) -> bytes:
    """The body, read no further than it may be long."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST:
            raise HTTPException(413, f"Want a file of at most {LARGEST} bytes, got more.")
    return bytes(data)


def _keep(store: ReplayStore, site: Site, data: bytes) -> tuple[Replay, str, bool]:
    try:
        replay = decode(data, LIMITS)
    except ReplayError as error:
        raise HTTPException(422, f"This is no replay: {error}.") from error
    if replay.env not in site.current().environments:
        raise HTTPException(422, f"There is no environment named {replay.env!r}.")
    try:
        return replay, *store.put(data)
    except StoreFullError as error:
        raise HTTPException(507, str(error)) from error


@router.post(
    "/replays", status_code=201, openapi_extra=BODY, responses=REFUSED, response_model=StoredOut
)
async def store_replay(request: Request, response: Response) -> StoredOut:
    """Keep a replay's file. The same file is kept once: 201 if it is new, 200 if not."""
    # A type that pages of other origins may not send without asking, and they are not answered.
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != TYPE:
        raise HTTPException(415, f"Want a body of type {TYPE}, got {sent or 'none'}.")
    store = _store(request)
    wait = store.rate.wait(request.client.host if request.client else "")
    if wait:
        seconds = str(math.ceil(wait))
        text = f"Want at most {store.rate.a_minute} replays a minute; try again in {seconds} s."
        raise HTTPException(429, text, headers={"Retry-After": seconds})
    data = await _body(request)
    site: Site = request.app.state.site
    replay, id_, new = await run_in_threadpool(_keep, store, site, data)
    response.status_code = 201 if new else 200
    response.headers["Cache-Control"] = "no-store"
    return StoredOut(
        id=id_,
        env=replay.env,
        ticks=replay.ticks,
        url=f"/api/v1/replays/{id_}",
        page=f"/play/{replay.env}?replay={id_}",
    )


@router.get("/replays/{id}", response_class=Response, responses=FILE)
def read_replay(id: str, request: Request) -> Response:
    """Return a replay's file."""
    path = _store(request).path(id)
    if path is None:
        raise HTTPException(404, f"No replay {id!r} is kept here.")
    headers = {**FOREVER, **OPEN_TO_ALL, "ETag": f'"{id}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{id}.gymcade"'
    return FileResponse(path, headers=headers, media_type=TYPE)
