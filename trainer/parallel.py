"""Training by several processes at once, as torchrun starts them: each plays some of the games.

All hold the same weights and the same random numbers; they differ in the games that they play. What
is learned is what one process would learn from all the games, but for the order of sums.
"""

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor, nn

from envs_c.build import EnvError

T = TypeVar("T")


class World:
    """The processes that train together; alone, all of this does nothing.

    Attributes:
        rank, size: this process and how many there are.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes to disk and screen."""
        return self.rank == 0

    def copies(self, total: int) -> range:
        """Which of so many copies of the game are played here: every size-th.

        Raises:
            ValueError: there are fewer copies than processes.
        """
        if total < self.size:
            raise ValueError(f"copies: want at least one a process ({self.size}), got {total}")
        return range(self.rank, total, self.size)

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes, in place; the same on each of them, to the bit.

        Raises:
            EnvError: another process has ended.
        """
        if self.size > 1:
            with self._together():
                dist.all_reduce(values)
        return values

    def place(self, values: Tensor, at: Tensor, total: int) -> Tensor:
        """Everyone's values (n, …), each at its place `at` (n,) among `total`; (total, …)."""
        if self.size == 1:
            return values
        shape = values.shape[1:]
        if not total * shape.numel():
            return values.new_zeros(total, *shape)
        flat = values.contiguous().view(len(values), shape.numel()).view(torch.uint8)  # of any type
        whole = flat.new_zeros(total, flat.shape[1])
        whole[at] = flat
        return self.sum(whole).view(values.dtype).view(total, *shape)

    def share(self, make: Callable[[], T]) -> T:
        """What `make` returns in the first process, for all of them: plain data and tensors."""
        if self.size == 1:
            return make()
        buffer = io.BytesIO()
        if self.first:
            torch.save(make(), buffer)
        box = [buffer.getvalue()]
        with self._together():
            dist.broadcast_object_list(box)
        found: T = torch.load(io.BytesIO(box[0]), map_location="cpu", weights_only=True)
        return found

    def equalise(self, module: nn.Module) -> None:
        """Give all the first one's weights: processors differ in the last bit of a sum."""
        if self.size > 1:
            with self._together(), torch.no_grad():
                for tensor in module.state_dict().values():
                    dist.broadcast(tensor, 0)

    def sum_gradients(self, module: nn.Module, terms: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Sum every parameter's gradient over the processes, and the named numbers with them."""
        if self.size == 1:
            return dict(terms)
        parameters = list(module.parameters())
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        numbers = torch.stack([term.detach() for term in terms.values()])
        flat = self.sum(torch.cat([*(grad.flatten() for grad in grads), numbers]))
        *parts, numbers = flat.split([*(p.numel() for p in parameters), len(numbers)])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)
        return dict(zip(terms, numbers, strict=True))

    @contextmanager
    def _together(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            where = f"process {self.rank} of {self.size}"
            raise EnvError(f"{where} lost the others: {error}") from error


ALONE = World()


class Share:
    """Which of the learner's rows, of all processes together, are played in this one.

    Attributes:
        at: (n,) their places among all.
        total: how many there are in all.
    """

    def __init__(
        self, world: World, at: NDArray[np.int64], total: int, device: torch.device
    ) -> None:
        self.world, self.total = world, total
        self.at = torch.from_numpy(at).to(device)
        self.here = torch.full((total,), -1, device=device)
        self.here[self.at] = torch.arange(len(at), device=device)

    def whole(self, values: Tensor) -> Tensor:
        """Of values (T, n), everyone's: (T, total)."""
        if self.world.size == 1:
            return values
        return self.world.place(values.T, self.at, self.total).T.contiguous()

    def own(self, picked: Tensor) -> Tensor:
        """Those of `picked` that are played here.

        Args:
            picked: places in a flat (T, total), or among `total`.

        Returns:
            Their places in a flat (T, n), or among n.
        """
        if self.world.size == 1:
            return picked
        column = self.here[picked % self.total]
        return ((picked // self.total) * len(self.at) + column)[column >= 0]


def device_of(kind: str) -> torch.device:
    """Where the networks of this process are: of several GPUs, torchrun gives each its own.

    Args:
        kind: "cpu", "cuda", or "auto" for a GPU if there is one.

    Raises:
        EnvError: a GPU is asked for, and there is none that PyTorch can use.
    """
    there = torch.cuda.is_available()
    if kind == "cuda" and not there:
        raise EnvError("device: want cpu or auto, got cuda, and PyTorch finds no GPU here")
    if kind == "cpu" or not there:
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device


@contextmanager
def joined() -> Iterator[World]:
    """The world that torchrun's variables tell of; alone without them.

    Processes talk by gloo, and by NCCL where tensors are on a GPU.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    # Its functions take the group as a default when they are defined. Loaded later, as torch.optim
    # does, they would hold it for good, and gloo's threads would meet the end of the interpreter.
    import_module("torch.distributed.nn")
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield World(dist.get_rank(), size)
        dist.barrier()  # gloo aborts where one leaves while another still talks to it
    finally:
        dist.destroy_process_group()
