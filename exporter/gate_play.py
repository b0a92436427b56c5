"""The gate's checks of a policy against what it came from, what it says, and in its game."""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from envs_c.build import EnvError
from envs_c.doctor_play import Finding, Findings
from exporter.candidate import Candidate
from exporter.check import check
from exporter.weights import LARGEST_SHIFT, LEAST_AGREEMENT
from trainer.evaluate import evaluate, floor_games, in_words

FORMAT, FORMAT_VERSION = "gymcade-policy", 1
REQUIRED = (
    *("format", "format_version", "env", "name", "interface_version", "dynamics_version"),
    *("observation", "action", "state_size", "play"),
)
SHARE = 0.9
"""Of a floor, to be reached in so few episodes."""

LATER = ("sha256", "evaluations", "rating", "solver")
"""Keys of the sidecar that are known, or change, after the file is written."""


def check_agreement(candidate: Candidate) -> Findings:
    """agree: torch and ONNX Runtime say different things of the same observation."""
    assert candidate.graph is not None
    try:
        check(candidate.data, candidate.graph, candidate.known_env)
    except EnvError as error:
        advice = "a step differs between torch and ONNX: name it by cutting the module down"
        yield Finding("agree", "error", str(error), advice)


def check_rounding(candidate: Candidate) -> Findings:
    """rounding: weights of fewer bits have made another policy of it."""
    seen = candidate.rounding
    if seen is not None and not seen.passes:
        message = (
            f"weights rounded: {seen.agreement:.4f} of {seen.rows} greedy actions as before, want "
            f"{LEAST_AGREEMENT}; probabilities moved by {seen.shift:.4f}, want {LARGEST_SHIFT}"
        )
        yield Finding("rounding", "error", message, "export with --weights float16 or float32")


def check_metadata(candidate: Candidate) -> Findings:
    """metadata, sidecar: keys that are missing, or that file and sidecar say differently."""
    inside, beside = candidate.metadata, candidate.sidecar
    own = "format" in inside or beside is not None
    if not own and candidate.reader.plan.convention != "gymcade":
        return  # other libraries' files carry none
    missing = [key for key in REQUIRED if key not in inside]
    if missing:
        message = f"want {len(REQUIRED)} keys in metadata_props, missing: {', '.join(missing)}"
        yield Finding("metadata", "error", message, "export it with python -m exporter")
        return
    said = (inside["format"], inside["format_version"])
    if said != (FORMAT, FORMAT_VERSION):
        message = f"format {said[0]!r} {said[1]!r}, want {FORMAT!r} {FORMAT_VERSION}"
        yield Finding("metadata", "error", message, "export it with this version of the exporter")
    for key, got in (
        ("observation", candidate.spec["interface"]["observation"]),
        ("action", candidate.spec["interface"]["action"]),
        ("state_size", candidate.reader.state_size),
    ):
        if inside[key] != got:
            message = f"{key} is {_short(inside[key])} in the metadata, want {_short(got)}"
            yield Finding("metadata", "error", message, "export it anew for this environment")
    if beside is None:
        return
    for key, value in inside.items():
        if key not in LATER and beside.get(key) != value:
            message = f"{key} is {_short(beside.get(key))} in the sidecar, want {_short(value)}"
            yield Finding("sidecar", "error", f"{message} as in the file", "export both anew")
    digest = hashlib.sha256(candidate.data).hexdigest()
    if beside.get("sha256", digest) != digest:
        message = f"sha256 is {beside['sha256'][:16]} in the sidecar, want {digest[:16]}"
        yield Finding("sidecar", "error", message, "export both anew: one of them is older")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def check_interface(candidate: Candidate) -> Findings:
    """interface, dynamics: made for the environment as it was."""
    for key, check_id, level in (
        ("interface_version", "interface", "error"),
        ("dynamics_version", "dynamics", "warning"),
    ):
        said = candidate.metadata.get(key, (candidate.sidecar or {}).get(key))
        if said is not None and said != candidate.spec[key]:
            message = f"{key} {said}, want {candidate.spec[key]} of {candidate.known_env}"
            advice = "train it anew" if level == "error" else "measure it anew: rules have changed"
            yield Finding(check_id, "error" if level == "error" else "warning", message, advice)
            if level == "error":
                return


def check_play(candidate: Candidate) -> Findings:
    """play, floor: a short evaluation in its environment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "candidate.onnx"
        path.write_bytes(candidate.data)
        facts = candidate.sidecar or candidate.metadata
        if "interface_version" in facts and "play" in facts:
            path.with_suffix(".json").write_text(json.dumps(facts))
        name, games = candidate.known_env, candidate.games
        for opponent, params in floor_games(name):
            try:
                seen = evaluate(name, str(path), opponent, episodes=games, params=params)
            except Exception as error:
                said = " ".join(str(error).split())[:300]
                message = f"want {candidate.games} episodes, got: {said}"
                yield Finding(
                    "play", "error", message, "see what it answers to observations of play"
                )
                return
            candidate.played.append(seen)
            short = seen.floor is not None and (seen.floor_value or 0) < SHARE * seen.floor
            if short:
                message = (
                    f"against {seen.opponent}{in_words(seen.params)}: "
                    f"{seen.floor_metric} {seen.floor_value:.3f} in {seen.episodes} episodes, "
                    f"want {seen.floor}, or {SHARE} of that in so few"
                )
                yield Finding("floor", "warning", message, "train on, or measure more episodes")
