"""Pages and files: the routes that answer with HTML or with an asset."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from server import doc_page, docs, pages
from server.catalog import Environment
from server.headers import ANYWHERE, content_security_policy
from server.render import render
from server.site import Site, Snapshot

FOREVER = "public, max-age=31536000, immutable"
PAGE = {"Cache-Control": "no-cache"}


def site_of(request: Request) -> Site:
    """Return the site that the app was made with."""
    site: Site = request.app.state.site
    return site


def _wanted(request: Request) -> tuple[Environment, Snapshot, str]:
    site = site_of(request)
    snapshot, name = site.current(), request.path_params["env"]
    found = snapshot.environments.get(name)
    if found is None:
        if name == site.settings.preview:
            raise HTTPException(404, f"{name} is being built; this page shows it when it is there.")
        raise HTTPException(404, f"There is no game named “{name}”.")
    return found, snapshot, site.settings.preview


def gallery(request: Request) -> Response:
    """Answer with the front page."""
    site = site_of(request)
    page = pages.gallery(site.current(), site.settings.preview)
    return HTMLResponse(render(page), headers=PAGE)


def game(request: Request) -> Response:
    """Answer with the page of one game."""
    page = pages.game(*_wanted(request), str(request.base_url))
    return HTMLResponse(render(page), headers=PAGE)


def embed(request: Request) -> Response:
    """Answer with one player that any site may frame."""
    page = pages.embed(*_wanted(request))
    policy = {"Content-Security-Policy": content_security_policy(ANYWHERE)}
    return HTMLResponse(render(page), headers=PAGE | policy)


def doc(request: Request) -> Response:
    """Answer with a document, the first one where none is named."""
    site, name = site_of(request), request.path_params.get("name", "")
    known = docs.load(site.settings.root)
    if not known or (name and name not in known):
        raise HTTPException(404, f"There is no document named “{name}”.")
    page = doc_page.doc(name, known, site.current(), site.settings.preview)
    policy = {"Content-Security-Policy": content_security_policy(frames="'self'")}
    return HTMLResponse(render(page), headers=PAGE | policy)


def healthz(request: Request) -> Response:
    """Say that the server answers, and how much it serves."""
    known = len(site_of(request).current().environments)
    return JSONResponse({"status": "ok", "environments": known}, headers=PAGE)


def asset(request: Request) -> Response:
    """Answer with a file, compressed as the client likes best, to be kept forever."""
    site = site_of(request)
    found = site.current().assets.find(request.path_params["path"])
    if found is None:
        raise HTTPException(404, "There is no such file, or a newer version; reload the page.")
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": FOREVER,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Accept-Encoding",
    }
    packed = site.store.choose(found, request.headers.get("accept-encoding", ""))
    tag = found.sha256[:32]
    if packed:
        path, headers["Content-Encoding"] = packed
        tag += f"-{packed[1]}"
    elif found.unchanged():
        path = found.path
    else:
        raise HTTPException(404, "This file has just changed; reload the page.")
    headers["ETag"] = f'"{tag}"'
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    # Always the whole: a part of a compressed file is of no use to anyone.
    headers["Accept-Ranges"] = "none"
    request.scope["headers"] = [row for row in request.scope["headers"] if row[0] != b"range"]
    return FileResponse(path, headers=headers, media_type=found.media_type)


ROUTES = [
    Route("/", gallery),
    Route("/play/{env}", game),
    Route("/embed/{env}", embed),
    Route("/docs", doc),
    Route("/docs/{name:path}", doc),
    Route("/healthz", healthz),
    Route("/assets/{path:path}", asset),
]
