"""The configuration a page hands to its <gymcade-player>, and the JSON island that carries it."""

import json
from typing import Any, Literal

from markupsafe import Markup

from server import facts
from server.catalog import Environment
from server.site import Snapshot

Mode = Literal["page", "embed", "featured"]


def config(
    environment: Environment, snapshot: Snapshot, mode: Mode, preview: bool
) -> dict[str, Any]:
    """Everything one player needs to start: facts, addresses of files, and how it is shown."""
    assets = snapshot.assets
    env_group = f"envs/{environment.name}"
    policy_group = f"policies/{environment.name}"
    module = assets.url("vendor", "ort/ort.wasm.min.mjs")
    return {
        "env": environment.name,
        "spec": environment.spec,
        "sim": assets.url(env_group, "sim.wasm"),
        "drawModule": assets.url(env_group, "draw.mjs"),
        "drawWasm": assets.url(env_group, "draw.wasm"),
        "policies": [
            {
                "name": policy.name,
                "rating": facts.rating(policy),
                "onnx": assets.url(policy_group, policy.file),
                "sidecar": assets.url(policy_group, f"{policy.name}.json"),
                "sha256": assets.sha256(policy_group, policy.file),
            }
            for policy in environment.policies
        ],
        "ort": {"module": module, "base": module.rpartition("/")[0] + "/"},
        "plot": {
            "module": assets.url("vendor", "uplot/uPlot.min.js"),
            "style": assets.url("vendor", "uplot/uPlot.min.css"),
        },
        "mode": mode,
        "preview": preview,
    }


def ahead(environment: Environment, snapshot: Snapshot) -> str:
    """Address of the largest file by far that a player waits for; empty if it needs none.

    The page finds the code that runs policies at the end of a chain of six other files.
    """
    if not environment.policies:
        return ""
    return snapshot.assets.url("vendor", "ort/ort-wasm-simd-threaded.wasm")


def island(data: dict[str, Any]) -> Markup:
    """JSON that is safe between script tags: nothing in it can end the element or open another."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
