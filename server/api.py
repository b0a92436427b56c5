"""The JSON API: every environment with its facts, policies and addresses."""

from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, Field

from server.catalog import Environment
from server.site import Site, Snapshot


def _open_to_all(response: Response) -> None:
    """Let pages of any origin read the answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"


router = APIRouter(prefix="/api/v1", tags=["environments"], dependencies=[Depends(_open_to_all)])


class PolicyOut(BaseModel):
    """One shipped policy."""

    name: str
    url: str = Field(description="the ONNX file")
    available: bool = Field(description="whether the ONNX file is there")
    sidecar_url: str
    sidecar: dict[str, Any]


class Urls(BaseModel):
    """Addresses on this server; null for a file that is not built."""

    page: str
    embed: str
    api: str
    sim: str | None
    draw_module: str | None
    draw_wasm: str | None
    still: str | None
    preview: str | None


class EnvironmentOut(BaseModel):
    """One environment."""

    name: str
    title: str
    line: str
    seats: int = Field(description="agent rows in one copy of the game, at most")
    pace: Literal["real-time", "turn-based"]
    spec: dict[str, Any] = Field(description="as the environment states it, see spec.json")
    policies: list[PolicyOut] = Field(description="strongest first")
    urls: Urls


class EnvironmentsOut(BaseModel):
    """All environments."""

    environments: list[EnvironmentOut]


def _describe(environment: Environment, snapshot: Snapshot) -> EnvironmentOut:
    name, assets = environment.name, snapshot.assets

    def built(file: str) -> str | None:
        group = f"envs/{name}"
        return assets.url(group, file) if assets.has(group, file) else None

    group = f"policies/{name}"
    return EnvironmentOut(
        name=name,
        title=environment.words.title,
        line=environment.words.line,
        seats=environment.seats,
        pace="turn-based" if environment.turn_based else "real-time",
        spec=dict(environment.spec),
        policies=[
            PolicyOut(
                name=policy.name,
                url=assets.url(group, policy.file),
                available=assets.has(group, policy.file),
                sidecar_url=assets.url(group, f"{policy.name}.json"),
                sidecar=dict(policy.sidecar),
            )
            for policy in environment.policies
        ],
        urls=Urls(
            page=f"/play/{name}",
            embed=f"/embed/{name}",
            api=f"/api/v1/environments/{name}",
            sim=built("sim.wasm"),
            draw_module=built("draw.mjs"),
            draw_wasm=built("draw.wasm"),
            still=built("still.webp"),
            preview=built("preview.webp"),
        ),
    )


@router.get("/environments")
def environments(request: Request) -> EnvironmentsOut:
    """List all environments in the order of their names."""
    site: Site = request.app.state.site
    snapshot = site.current()
    return EnvironmentsOut(
        environments=[_describe(e, snapshot) for e in snapshot.environments.values()]
    )


@router.get("/environments/{env}")
def environment(env: str, request: Request) -> EnvironmentOut:
    """Return one environment."""
    site: Site = request.app.state.site
    snapshot = site.current()
    found = snapshot.environments.get(env)
    if found is None:
        raise HTTPException(404, f"There is no environment named {env!r}.")
    return _describe(found, snapshot)
