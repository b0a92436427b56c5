"""Tell by its tensors whose convention an ONNX policy follows, and what each tensor is for.

The conventions themselves are facts in web/static/js/conventions.json, which the page reads too;
tests/vectors/conventions.json holds files and what both must make of them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

from envs_c.build import ROOT, EnvError

FILE = ROOT / "web" / "static" / "js" / "conventions.json"
ACTS = ("choice", "sampled")
"""Roles of outputs that say what to do: a file without either is not a policy."""


@dataclass(frozen=True)
class Tensor:
    """An input or output as the file declares it; a dimension is None where it is free."""

    name: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Feed:
    """One input and what goes into it. `shape` is of one row, without the batch."""

    name: str
    role: str  # obs, mask, state, ones or zeros
    shape: tuple[int, ...]
    axis: int = 0  # where the batch stands among the tensor's dimensions
    next: str = ""  # the output that holds the next value of a state

    @property
    def size(self) -> int:
        """Values a row."""
        return prod(self.shape)


@dataclass(frozen=True)
class Plan:
    """How a file is read."""

    convention: str
    title: str
    batch: int | None  # rows of every run, where the file fixes them
    feeds: tuple[Feed, ...]
    outputs: tuple[tuple[str, str, str], ...]  # name, role, kind of action ("": either)

    @property
    def state_size(self) -> int:
        """Values of memory that a row has, over all states in their order."""
        return sum(feed.size for feed in self.feeds if feed.role == "state")


@cache
def conventions() -> list[dict[str, Any]]:
    """The conventions in the order in which they are tried."""
    found: list[dict[str, Any]] = json.loads(FILE.read_text())["conventions"]
    return found


def make_plan(
    inputs: Sequence[Tensor], outputs: Sequence[str], interface: Mapping[str, Any]
) -> Plan:
    """The plan by which a file is read for an environment.

    Raises:
        EnvError: no convention fits its names, or an input's size does not fit the environment.
    """
    for convention in conventions():
        match = _match(convention, [t.name for t in inputs], list(outputs))
        if match is None:
            continue
        roles, acts = match
        feeds = _feeds(inputs, roles, interface)
        fixed = {t.shape[f.axis] for t, f in zip(inputs, feeds, strict=True) if t.shape}
        batches = {n for n in fixed if n is not None}
        if len(batches) > 1:
            raise EnvError(f"batch: inputs are fixed to {sorted(batches)} rows, want one number")
        batch = batches.pop() if batches else None
        return Plan(convention["id"], convention["title"], batch, tuple(feeds), tuple(acts))
    names = [t.name for t in inputs]
    known = ", ".join(c["title"] for c in conventions())
    raise EnvError(f"tensors: {names} to {list(outputs)} fit no convention of {known}")


def _match(
    convention: Mapping[str, Any], inputs: list[str], outputs: list[str]
) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]] | None:
    """What each input is for, and (name, role, kind) of the outputs; None if it does not fit."""
    if convention.get("by") == "position":
        ins, outs = convention["inputs"], convention["outputs"]
        named = [i.get("name", name) for i, name in zip(ins, inputs, strict=False)]
        if len(ins) != len(inputs) or len(outs) != len(outputs) or named != inputs:
            return None
        acts = [(name, o["role"], "") for o, name in zip(outs, outputs, strict=True)]
        return list(ins), acts
    roles = []
    for name in inputs:
        fit = next((i for i in convention["inputs"] if _number(i["name"], name)), None)
        if fit is None:
            return None
        number = _number(fit["name"], name)
        roles.append({**fit, "next": fit.get("next", "").replace("#", number or "")})
    for want in convention["inputs"]:
        if not want.get("optional") and not any(_number(want["name"], name) for name in inputs):
            return None
    if any(role["next"] and role["next"] not in outputs for role in roles):
        return None
    acts = []
    for want in convention["outputs"]:
        if want["name"] in outputs:
            acts.append((want["name"], want["role"], want.get("of", "")))
        elif not want.get("optional"):
            return None
    return (roles, acts) if any(role in ACTS for _, role, _ in acts) else None


def _number(pattern: str, name: str) -> str | None:
    """The number that # stands for, "-" where there is none to stand; None if names differ."""
    found = re.fullmatch(re.escape(pattern).replace(r"\#", r"(\d+)"), name)
    return None if found is None else found[1] if found.groups() else "-"


def _feeds(
    inputs: Sequence[Tensor], roles: Sequence[Mapping[str, Any]], interface: Mapping[str, Any]
) -> list[Feed]:
    size: int = interface["observation"]["size"]
    choices = sum(head["n"] for head in interface["action"]["heads"])
    alone = sum(role["role"] == "obs" for role in roles) == 1
    feeds = []
    for tensor, role in zip(inputs, roles, strict=True):
        axes = role.get("axes", ())
        axis = list(axes).index("batch") if axes else 0
        if axes and len(tensor.shape) != len(axes):
            got = f"shape {list(tensor.shape)}"
            raise EnvError(f"{tensor.name}: want {' x '.join(axes)}, got {got}")
        row: list[int | None] = [n for i, n in enumerate(tensor.shape) if i != axis]
        if role["role"] == "obs" and None in row and alone:
            row = [size]
        if role["role"] == "mask" and None in row:
            row = [choices]
        row = [1 if i < len(axes) and a == "one" else n for i, (a, n) in _aligned(axes, axis, row)]
        if None in row:
            raise EnvError(f"{tensor.name}: want a size for all but the batch, got {tensor.shape}")
        feeds.append(
            Feed(
                tensor.name,
                role["role"],
                tuple(n for n in row if n is not None),
                axis,
                role.get("next", ""),
            )
        )
    seen = sum(feed.size for feed in feeds if feed.role == "obs")
    if seen != size:
        which = ", ".join(feed.name for feed in feeds if feed.role == "obs")
        raise EnvError(f"{which}: want {size} values a row in all, got {seen}")
    for feed in feeds:
        if feed.role == "mask" and feed.size != choices:
            raise EnvError(f"{feed.name}: want {choices} values a row, got {feed.size}")
    return feeds


def _aligned(
    axes: Sequence[str], axis: int, row: Sequence[int | None]
) -> list[tuple[int, tuple[str, int | None]]]:
    """The dimensions of a row, each with the word that the convention has for it."""
    words = [word for i, word in enumerate(axes) if i != axis] or [""] * len(row)
    return list(enumerate(zip(words, row, strict=True)))


def meaning(name: str, role: str, width: int, action: Mapping[str, Any]) -> str:
    """What an output is, by how many values a row it has.

    Returns:
        "logits", "mean", "mean_log_std" (both in a row), "action" (already chosen), "sampled"
        (already drawn), or its role.

    Raises:
        EnvError: a number of values that says neither; the message names those that would.
    """
    heads = len(action["heads"])
    if role not in ACTS:
        wanted = {"value": 1, "log_std": heads}[role]
        if width != wanted:
            raise EnvError(f"{name}: want {wanted} value{'s' * (wanted > 1)} a row, got {width}")
        return role
    if action["type"] == "continuous":
        if width not in (heads, 2 * heads):
            want = f"{heads} values a row, or {2 * heads} with their log_std"
            raise EnvError(f"{name}: want {want}, got {width}")
        if width == 2 * heads:
            return "mean_log_std"
        return "mean" if role == "choice" else "sampled"
    choices = sum(head["n"] for head in action["heads"])
    if width == choices:
        return "logits"
    if width != heads:
        raise EnvError(f"{name}: want {choices} logits a row, or {heads} choices, got {width}")
    return "action" if role == "choice" else "sampled"
