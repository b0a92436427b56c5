"""Puts the web application together."""

from fastapi import FastAPI

from server import api, errors, events, replay_api, routes
from server.headers import SecurityHeaders
from server.replay_store import ReplayStore
from server.settings import Settings
from server.site import Site


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the ASGI app; settings come from the environment unless they are given."""
    settings = settings or Settings()
    app = FastAPI(
        title="Gymcade",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.site = Site(settings)
    app.state.replays = ReplayStore.of(settings)
    app.include_router(api.router)
    app.include_router(replay_api.router)
    app.router.routes.extend(routes.ROUTES)
    if settings.preview:
        app.router.routes.extend(events.ROUTES)
    errors.install(app)
    app.add_middleware(SecurityHeaders)
    return app
