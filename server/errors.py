"""Answers to what is not there or went wrong: a page, or JSON for the API, or a line of text."""

import logging

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from server import pages
from server.headers import secure
from server.render import render
from server.site import Site

HEADINGS = {404: "Not here", 405: "Not like this", 500: "Something broke"}
BROKEN = "The server failed on this page. The other pages still work; try this one again later."
NO_STORE = {"Cache-Control": "no-store"}
OPEN_TO_ALL = NO_STORE | {"Access-Control-Allow-Origin": "*"}

_log = logging.getLogger("gymcade")


def answer(request: Request, status: int, message: str) -> Response:
    """Tell of a problem in the form that the address calls for."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": message}, status, headers=OPEN_TO_ALL)
    if request.url.path.startswith("/assets/"):
        return PlainTextResponse(message, status, headers=OPEN_TO_ALL)
    site: Site = request.app.state.site
    heading = HEADINGS.get(status, "That did not work")
    page = pages.problem(site.current(), site.settings.preview, status, heading, message)
    return HTMLResponse(render(page), status, headers=NO_STORE)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = error.detail
    if error.status_code == 404 and message == "Not Found":
        message = "There is nothing at this address."
    response = answer(request, error.status_code, message)
    response.headers.update(error.headers or {})
    return response


async def _broken(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    try:
        response = answer(request, 500, BROKEN)
    except Exception:  # the page of problems may fail for the same reason
        response = PlainTextResponse(BROKEN, 500, headers=NO_STORE)
    secure(response.headers)  # this answer is sent from outside the middleware
    return response


def install(app: FastAPI) -> None:
    """Let the app answer with these."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)
