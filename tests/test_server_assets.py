"""Assets: their addresses, encodings and headers, and what is refused."""

import gzip
import hashlib
import json
from pathlib import Path

import brotli
import pytest
from starlette.testclient import TestClient

from server import site
from server.assets import Assets, HashCache
from server.compression import Store, accepted
from tests.server_site import client, project, write

FILES = {
    "js/main.js": "text/javascript; charset=utf-8",
    "css/site.css": "text/css; charset=utf-8",
    "img/icon.svg": "image/svg+xml",
    "vendor/ort/ort.wasm.min.mjs": "text/javascript; charset=utf-8",
    "envs/ping/sim.wasm": "application/wasm",
    "envs/ping/spec.json": "application/json",
    "envs/ping/still.webp": "image/webp",
    "policies/ping/best.onnx": "application/octet-stream",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(site, "LOOK_EVERY", 0.0)
    return project(tmp_path)


@pytest.fixture
def web(root: Path) -> TestClient:
    return client(root)


def assets(root: Path) -> Assets:
    return Assets(root / "web" / "static", HashCache(root / "build" / "hashes.json"))


def url(root: Path, file: str) -> str:
    parts = file.split("/")
    depth = 2 if parts[0] in ("envs", "policies") else 1
    return assets(root).url("/".join(parts[:depth]), "/".join(parts[depth:]))


def compress(root: Path) -> int:
    held = assets(root)
    store = Store(root / "build" / "compressed")
    return len(store.fill([a for g in held.groups.values() for a in g.files.values()]))


@pytest.mark.parametrize(("file", "media"), FILES.items())
def test_every_kind_of_file_has_its_type_and_lasts_forever(
    root: Path, web: TestClient, file: str, media: str
) -> None:
    answer = web.get(url(root, file))
    data = (root / "web" / "static" / file).read_bytes()
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == media
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] == f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def raw(web: TestClient, address: str, accept: str) -> tuple[str, bytes, str]:
    with web.stream("GET", address, headers={"accept-encoding": accept}) as answer:
        body = b"".join(answer.iter_raw())
        assert answer.headers["content-length"] == str(len(body))
        return answer.headers.get("content-encoding", ""), body, answer.headers["etag"]


def test_the_smallest_encoding_that_is_accepted_is_sent(root: Path, web: TestClient) -> None:
    assert compress(root) == 14
    address = url(root, "css/site.css")
    data = (root / "web" / "static" / "css" / "site.css").read_bytes()
    tags = []
    for accept, encoding in {
        "gzip, deflate, br, zstd": "br",
        "gzip;q=1.0, br;q=0.5": "br",
        "*": "br",
        "gzip": "gzip",
        "gzip, br;q=0": "gzip",
        "": "",
        "identity": "",
        "br;q=nonsense": "",
    }.items():
        used, body, tag = raw(web, address, accept)
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[encoding]
        assert (used, unpack(body)) == (encoding, data), accept
        assert len(body) < len(data) or not encoding
        tags.append(tag)
    assert len(set(tags)) == 3


def test_pictures_and_what_does_not_shrink_are_sent_as_they_are(
    root: Path, web: TestClient
) -> None:
    compress(root)
    assert raw(web, url(root, "envs/ping/still.webp"), "br")[:2] == ("", b"RIFF")
    assert raw(web, url(root, "vendor/ort/ort.wasm.min.mjs"), "br")[0] == ""


def test_compressing_again_does_nothing_and_prunes_what_is_gone(root: Path) -> None:
    assert compress(root) == 14  # draw.mjs, draw.wasm and sim.wasm are alike in both games
    assert compress(root) == 0
    write(root / "web" / "static" / "js" / "main.js", "changed();\n")
    assert compress(root) == 1
    held = assets(root)
    store = Store(root / "build" / "compressed")
    assert store.prune([a for g in held.groups.values() for a in g.files.values()]) == 2
    assert sorted({p.suffix for p in store.folder.iterdir()}) == [".br", ".gz"]


def test_a_changed_file_changes_every_address_of_its_group(root: Path, web: TestClient) -> None:
    before = {file: url(root, file) for file in FILES}
    html = web.get("/").text
    assert before["js/main.js"] in html
    write(root / "web" / "static" / "js" / "player.js", "export const answer = 43;\n")
    changed = [file for file in FILES if url(root, file) != before[file]]
    assert changed == ["js/main.js"]
    assert url(root, "js/main.js") in web.get("/").text
    gone = web.get(before["js/main.js"])
    assert gone.status_code == 404
    assert gone.headers["cache-control"] == "no-store"
    assert gone.headers["access-control-allow-origin"] == "*"
    assert gone.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_new_policy_shows_without_a_restart(root: Path, web: TestClient) -> None:
    assert web.get("/api/v1/environments/quiet").json()["policies"] == []
    folder = root / "web" / "static" / "policies" / "quiet"
    write(folder / "best.onnx", b"onnx")
    write(folder / "best.json", json.dumps({"name": "best"}))
    assert [p["name"] for p in web.get("/api/v1/environments/quiet").json()["policies"]] == ["best"]


def test_nothing_outside_the_folder_is_served(root: Path, web: TestClient) -> None:
    write(root / "secret.txt", "secret")
    write(root / "web" / "static" / "js" / ".hidden.js", "secret")
    js = assets(root).groups["js"].hash
    for path in (
        f"js/{js}/../../../secret.txt",
        f"js/{js}/..%2f..%2f..%2fsecret.txt",
        f"js/{js}/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        f"js/{js}//etc/passwd",
        f"js/{js}/.hidden.js",
        f"js/{js}/",
        f"js/{js}",
        "js",
        "",
        "envs/ping",
        f"../js/{js}/main.js",
    ):
        answer = web.get(f"/assets/{path}")
        assert answer.status_code == 404, path
        assert "secret" not in answer.text


def test_unchanged_files_are_not_sent_again(root: Path, web: TestClient) -> None:
    address = url(root, "js/main.js")
    tag = web.get(address).headers["etag"]
    answer = web.get(address, headers={"if-none-match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert web.get(address, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("wanted", ["bytes=10-19", "bytes=99999-", "bytes=9-1", "nonsense"])
def test_ranges_are_answered_with_the_whole_file(root: Path, web: TestClient, wanted: str) -> None:
    data = (root / "web" / "static" / "policies" / "ping" / "best.onnx").read_bytes()
    answer = web.get(url(root, "policies/ping/best.onnx"), headers={"range": wanted})
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["accept-ranges"] == "none"


def test_head_tells_the_length(root: Path, web: TestClient) -> None:
    answer = web.head(url(root, "policies/ping/best.onnx"))
    assert (answer.status_code, answer.headers["content-length"]) == (200, "2048")


def test_hashes_are_remembered_by_size_and_time(root: Path) -> None:
    cache = root / "build" / "hashes.json"
    first = assets(root).groups["js"].hash
    known = json.loads(cache.read_text())
    path = str(root / "web" / "static" / "js" / "main.js")
    known[path][2] = "0" * 64
    cache.write_text(json.dumps(known))
    assert assets(root).groups["js"].hash != first  # believed, not read
    cache.write_text("not JSON")
    assert assets(root).groups["js"].hash == first


def test_encodings_in_the_order_of_their_size() -> None:
    assert accepted("GZIP, BR") == ["br", "gzip"]
    assert accepted("*;q=0, gzip") == ["gzip"]
