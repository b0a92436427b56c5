"""The API and the headers that every answer carries."""

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.server_site import client, project, sidecar, spec, write

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors "
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path)


@pytest.fixture
def web(root: Path) -> TestClient:
    return client(root)


def test_healthz(web: TestClient) -> None:
    answer = web.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "environments": 2})


def test_environments(web: TestClient) -> None:
    answer = web.get("/api/v1/environments")
    assert answer.headers["access-control-allow-origin"] == "*"
    listed = answer.json()["environments"]
    assert [e["name"] for e in listed] == ["ping", "quiet"]
    assert [e["pace"] for e in listed] == ["real-time", "turn-based"]
    ping = web.get("/api/v1/environments/ping").json()
    assert ping == listed[0]
    assert (ping["title"], ping["line"]) == ("Ping", "Two paddles, one <ball> & more.")
    assert (ping["seats"], ping["spec"]) == (2, spec())
    policy = ping["policies"][0]
    assert (policy["name"], policy["available"], policy["sidecar"]) == ("best", True, sidecar())
    assert web.get(policy["url"]).content == bytes(range(256)) * 8
    assert web.get(policy["sidecar_url"]).json() == sidecar()
    assert ping["urls"]["preview"] is None
    for url in ping["urls"].values():
        assert url is None or web.get(url).status_code == 200, url


def test_a_missing_policy_file_is_said_to_be_missing(root: Path) -> None:
    (root / "web" / "static" / "policies" / "ping" / "best.onnx").unlink()
    web = client(root)
    policy = web.get("/api/v1/environments/ping").json()["policies"][0]
    assert policy["available"] is False
    assert web.get(policy["url"]).status_code == 404
    assert web.get("/play/ping").status_code == 200


def test_broken_json_leaves_out_that_file_only(root: Path) -> None:
    write(root / "web" / "static" / "policies" / "ping" / "worse.json", "{")
    write(root / "web" / "static" / "envs" / "quiet" / "spec.json", "[]")
    listed = client(root).get("/api/v1/environments").json()["environments"]
    assert [e["name"] for e in listed] == ["ping"]
    assert [p["name"] for p in listed[0]["policies"]] == ["best"]


def test_policies_come_strongest_first(root: Path) -> None:
    folder = root / "web" / "static" / "policies" / "ping"
    rates = {"seconds": 0.2, "minute": 0.7, "early": 0.5}
    for name, rate in rates.items():
        evaluations = [{"opponent": "random", "win_rate": 1.0}]
        evaluations.append({"opponent": "scripted", "win_rate": rate})
        changes = {"name": name, "evaluations": evaluations}
        write(folder / f"{name}.json", json.dumps(sidecar(**changes)))
    policies = client(root).get("/api/v1/environments/ping").json()["policies"]
    assert [p["name"] for p in policies] == ["best", "minute", "early", "seconds"]


def test_unknown_names_get_json(web: TestClient) -> None:
    answer = web.get("/api/v1/environments/nope")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "There is no environment named 'nope'."}
    assert web.get("/api/v2").json() == {"detail": "There is nothing at this address."}


def test_the_openapi_document_names_every_route(web: TestClient) -> None:
    paths = web.get("/api/v1/openapi.json").json()["paths"]
    environments = ["/api/v1/environments", "/api/v1/environments/{env}"]
    assert sorted(paths) == [*environments, "/api/v1/replays", "/api/v1/replays/{id}"]


@pytest.mark.parametrize(
    ("path", "ancestors"),
    [
        ("/", "'none'"),
        ("/play/ping", "'none'"),
        ("/embed/ping", "*"),
        ("/embed/nope", "'none'"),
        ("/healthz", "'none'"),
        ("/api/v1/environments", "'none'"),
        ("/assets/js/0/main.js", "'none'"),
        ("/nowhere", "'none'"),
    ],
)
def test_security_headers(web: TestClient, path: str, ancestors: str) -> None:
    headers = web.get(path).headers
    assert headers["content-security-policy"] == POLICY + ancestors
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["permissions-policy"].startswith("camera=()")


def test_preview_is_off_unless_asked_for(web: TestClient, root: Path) -> None:
    assert web.get("/preview/events").status_code == 404
    assert "live-reload.js" not in web.get("/play/ping").text
    assert "preview.css" not in web.get("/play/ping").text
    previewed = client(root, preview="ping")
    html = previewed.get("/play/ping").text
    assert "live-reload.js" in html
    assert "preview.css" in html
    assert '"preview":true' in html
    assert '"preview":false' in previewed.get("/play/quiet").text
    waiting = client(root, preview="later").get("/play/later")
    assert waiting.status_code == 404
    assert "later is being built" in waiting.text
    assert "live-reload.js" in waiting.text
