"""Observations to features: each part coded as what it is, a grid, entities, or plain numbers."""

from math import prod
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from envs_c.build import EnvError
from envs_c.spec import Spec
from trainer.config import HEADS

Part = dict[str, Any]
Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)


def orthogonal(layer: Layer, gain: float) -> Layer:
    """The layer, its weights made orthogonal and scaled by `gain`, its biases zero."""
    nn.init.orthogonal_(layer.weight, gain)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class OneHot(nn.Module):
    """Categories (N, size) as ones and zeros (N, size, kinds)."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.kinds: Tensor
        self.register_buffer("kinds", torch.arange(kinds, dtype=torch.float32), persistent=False)

    def forward(self, part: Tensor) -> Tensor:
        """Which category each value is."""
        return (part.unsqueeze(-1) == self.kinds).float()


class Plain(nn.Module):
    """A part (N, size) as it is, or one-hot where it has `kinds` of categories."""

    def __init__(self, kinds: int, size: int) -> None:
        super().__init__()
        self.cells = OneHot(kinds) if kinds else None
        self.width = size * max(kinds, 1)

    def forward(self, part: Tensor) -> Tensor:
        """(N, width)."""
        return part if self.cells is None else self.cells(part).flatten(1)


class Axes(nn.Module):
    """A grid (N, h * w) as its cells, and how many of each category a row and a column hold.

    What is learned of one cell then holds for the others of its row and column.
    """

    def __init__(self, kinds: int, height: int, width: int) -> None:
        super().__init__()
        self.cells, self.shape = OneHot(kinds), (height, width)
        self.width = (height * width + height + width) * kinds

    def forward(self, part: Tensor) -> Tensor:
        """Cells, columns, rows: (N, width)."""
        cells = self.cells(part)  # (N, h * w, kinds)
        grid = cells.unflatten(1, self.shape)
        return torch.cat([cells.flatten(1), *(grid.sum(dim=d).flatten(1) for d in (1, 2))], dim=1)


class Embedding(nn.Module):
    """Categories (N, size) as numbers, the same ones for a category wherever it lies."""

    def __init__(self, kinds: int, size: int, numbers: int) -> None:
        super().__init__()
        self.cells = OneHot(kinds)
        self.numbers = orthogonal(nn.Linear(kinds, numbers, bias=False), 1.0)
        self.width = size * numbers

    def forward(self, part: Tensor) -> Tensor:
        """(N, size * numbers)."""
        cells: Tensor = self.numbers(self.cells(part))  # (N, size, numbers)
        return cells.flatten(1)


class Convolution(nn.Module):
    """A grid (N, planes * h * w) through two convolutions of 3 × 3; the second halves its sides."""

    def __init__(self, kinds: int, shape: list[int], channels: int) -> None:
        super().__init__()
        self.cells = OneHot(kinds) if kinds else None
        planes, height, width = shape if len(shape) == 3 else (1, *shape)
        self.shape = (planes, height, width)
        self.layers = nn.Sequential(
            orthogonal(nn.Conv2d(planes * max(kinds, 1), channels, 3, padding=1), 2**0.5),
            nn.ReLU(),
            orthogonal(nn.Conv2d(channels, channels, 3, stride=2, padding=1), 2**0.5),
            nn.ReLU(),
        )
        self.width = channels * ((height + 1) // 2) * ((width + 1) // 2)

    def forward(self, part: Tensor) -> Tensor:
        """(N, width)."""
        if self.cells is None:
            planes = part.unflatten(1, self.shape)
        else:
            cells = self.cells(part).unflatten(1, self.shape)  # (N, planes, h, w, kinds)
            planes = cells.permute(0, 1, 4, 2, 3).flatten(1, 2)
        features: Tensor = self.layers(planes)
        return features.flatten(1)


class Entities(nn.Module):
    """Rows (N, n * features), one an entity, to features that their order does not change.

    A row of zeros is an entity that is not there. All go through the same two layers, and of each
    number the largest is taken. With `attention`, what else the seat sees and those numbers then
    ask a question, and each of the heads takes a mean of the entities, weighted by how well they
    answer it.
    """

    def __init__(self, shape: list[int], others: int, wide: int, attention: bool) -> None:
        super().__init__()
        self.shape, self.attention = (shape[0], shape[1]), attention
        self.each = nn.Sequential(
            orthogonal(nn.Linear(shape[1], wide), 2**0.5),
            nn.ReLU(),
            orthogonal(nn.Linear(wide, wide), 2**0.5),
            nn.ReLU(),
        )
        self.width = wide
        if attention:
            self.query = orthogonal(nn.Linear(others + wide, wide), 1.0)
            self.key = orthogonal(nn.Linear(wide, wide), 1.0)
            self.answer = orthogonal(nn.Linear(wide, wide), 1.0)
            self.width += wide

    def forward(self, part: Tensor, others: list[Tensor]) -> Tensor:
        """Features (N, width) of entities, and of what else is seen: each (N, any size)."""
        rows = part.unflatten(1, self.shape)
        there = (rows != 0).any(dim=2, keepdim=True).float()  # (N, n, 1)
        each = self.each(rows) * there  # 0 or more: who is not there is never above another
        largest: Tensor = each.amax(dim=1)  # (N, wide)
        if not self.attention:
            return largest
        query = self.query(torch.cat([*others, largest], dim=1)).unflatten(1, (HEADS, -1))
        key = self.key(each).unflatten(2, (HEADS, -1))  # (N, n, heads, wide / heads)
        answer = self.answer(each).unflatten(2, (HEADS, -1))
        score = (query.unsqueeze(1) * key).sum(dim=3) / query.shape[2] ** 0.5  # (N, n, heads)
        weight = score.masked_fill(there == 0, -1e9).softmax(dim=1) * there
        return torch.cat([largest, (weight.unsqueeze(3) * answer).sum(dim=1).flatten(1)], dim=1)


Coder = Plain | Axes | Embedding | Convolution


def _coder(part: Part, grid: str, channels: int, embed: int) -> Coder:
    """What codes a part that is not of entities."""
    shape, size, categories = part["shape"], prod(part["shape"]), len(part["categories"])
    kinds = categories if categories > 2 else 0
    if grid == "axes" and kinds and len(shape) == 2:
        return Axes(kinds, *shape)
    if grid == "embed" and kinds and len(shape) > 1:
        return Embedding(kinds, size, embed)
    if grid == "conv" and (len(shape) == 3 or (categories and len(shape) == 2)):
        return Convolution(kinds, shape, channels)
    return Plain(kinds, size)


def is_crowd(part: Part, dtype: str) -> bool:
    """Whether a part is of entities: floats {n, features} with a name for each feature."""
    return dtype == "float32" and len(part["shape"]) == 2 and bool(part["names"])


class Encoder(nn.Module):
    """Raw observations as float32 (N, size) to features (N, `width`).

    Parts of more than two categories are coded one-hot; all else passes as it is. `grid` says
    what is made of grids beyond that, and `entities` what of parts that declare them; their
    features come last. `channels`, `embed` and `entity` are the sizes of the settings of the same
    names.

    Raises:
        EnvError: a grid or entities are to be coded that the environment does not have.
    """

    def __init__(
        self,
        spec: Spec,
        grid: str = "flat",
        entities: str = "flat",
        *,
        channels: int = 16,
        embed: int = 4,
        entity: int = 64,
    ) -> None:
        super().__init__()
        observation = spec["interface"]["observation"]
        self.coders, self.crowds = nn.ModuleList(), nn.ModuleList()
        self.coded: list[tuple[int, int]] = []  # from and to, of the part of each coder
        self.crowded: list[tuple[int, int]] = []
        shapes = []  # of the entities
        self.width, grids = 0, 0
        for part in observation["parts"]:
            span = (part["offset"], part["offset"] + prod(part["shape"]))
            if entities != "flat" and is_crowd(part, observation["dtype"]):
                self.crowded.append(span)
                shapes.append(part["shape"])
                continue
            coder = _coder(part, grid, channels, embed)
            grids += not isinstance(coder, Plain)
            self.coders.append(coder)
            self.coded.append(span)
            self.width += coder.width
        if grid != "flat" and not grids:
            raise EnvError(f'grid: want "flat" as {spec["name"]} shows no such grid, got {grid!r}')
        if entities != "flat" and not shapes:
            want = f'"flat" as {spec["name"]} declares none'
            raise EnvError(f"entities: want {want}, got {entities!r}")
        others = self.width
        for shape in shapes:
            crowd = Entities(shape, others, entity, entities == "attention")
            self.crowds.append(crowd)
            self.width += crowd.width

    def forward(self, obs: Tensor) -> Tensor:
        """Code observations (N, size) as features (N, width)."""
        coded = [
            coder(obs[:, low:high])
            for coder, (low, high) in zip(self.coders, self.coded, strict=True)
        ]
        crowds = [
            crowd(obs[:, low:high], coded)
            for crowd, (low, high) in zip(self.crowds, self.crowded, strict=True)
        ]
        features = coded + crowds
        return features[0] if len(features) == 1 else torch.cat(features, dim=1)
