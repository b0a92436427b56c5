"""Policies of Stable-Baselines3 and sb3-contrib as graphs: PPO, A2C, DQN, RecurrentPPO."""

import json
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from envs_c.build import EnvError
from envs_c.spec import Spec
from exporter.graph import Graph
from exporter.sources import Options, Source, outside_facts, widths

SETTINGS = (
    *("learning_rate", "gamma", "n_steps", "batch_size", "n_epochs", "gae_lambda", "ent_coef"),
)
TRUST = "{} holds pickled Python, which runs when it is read: export only what you trust"


class Normalize(nn.Module):
    """The statistics of a VecNormalize: (obs - mean) / sqrt(var + epsilon), clipped."""

    def __init__(self, rms: Any, epsilon: float, clip: float) -> None:
        super().__init__()
        mean, var = np.asarray(rms.mean, np.float64), np.asarray(rms.var, np.float64)
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.tensor(mean.ravel(), dtype=torch.float32))
        self.register_buffer(
            "scale", torch.tensor(np.sqrt(var.ravel() + epsilon), dtype=torch.float32)
        )
        self.clip = float(clip)

    def forward(self, obs: Tensor) -> Tensor:
        """Normalise (N, size)."""
        return ((obs - self.mean) / self.scale).clamp(-self.clip, self.clip)


class Cells(nn.Module):
    """The layers of an nn.LSTM, one tick at a time."""

    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        self.hidden = lstm.hidden_size
        self.cells = nn.ModuleList()
        for layer in range(lstm.num_layers):
            wide = lstm.input_size if layer == 0 else lstm.hidden_size
            cell = nn.LSTMCell(wide, lstm.hidden_size)
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(cell, kind).data.copy_(getattr(lstm, f"{kind}_l{layer}"))
            self.cells.append(cell)
        self.size = 2 * lstm.num_layers * lstm.hidden_size

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One tick: x (N, input), state (N, size), h and c of each layer in turn."""
        kept = []
        for cell, (h, c) in zip(
            self.cells, zip(*[iter(state.split(self.hidden, dim=1))] * 2, strict=True), strict=True
        ):
            x, c = cell(x, (h, c))
            kept += [x, c]
        return x, torch.cat(kept, dim=1)


class View(nn.Module):
    """Raw observations (N, size) as the space that the policy was trained on."""

    def __init__(self, space: Any, spec: Spec, normalizer: Any) -> None:
        super().__init__()
        from gymnasium import spaces

        parts = spec["interface"]["observation"]["parts"]
        size = spec["interface"]["observation"]["size"]
        self.cuts: dict[str, tuple[int, int, tuple[int, ...], bool]] = {}
        self.whole = not isinstance(space, spaces.Dict)
        self.norms = nn.ModuleDict()
        if self.whole:
            inner = parts[0]["shape"] if len(parts) == 1 else [size]
            self.cuts["obs"] = (0, size, *_shaped(space, size, inner, "the policy"))
            if normalizer is not None:
                self._normalize("obs", normalizer.obs_rms, normalizer)
            return
        by_name = {part["name"]: part for part in parts}
        for key, inner in space.spaces.items():
            if key not in by_name:
                have = ", ".join(by_name)
                raise EnvError(f"the policy observes {key!r}; the environment's parts are {have}")
            part = by_name[key]
            wide = int(np.prod(part["shape"]))
            shaped = _shaped(inner, wide, part["shape"], repr(key))
            self.cuts[key] = (part["offset"], part["offset"] + wide, *shaped)
            if normalizer is not None and key in (normalizer.norm_obs_keys or []):
                self._normalize(key, normalizer.obs_rms[key], normalizer)

    def _normalize(self, key: str, rms: Any, normalizer: Any) -> None:
        low, high, _, _ = self.cuts[key]
        if rms.mean.size != high - low:
            raise EnvError(f"VecNormalize: want {high - low} means of {key}, got {rms.mean.size}")
        self.norms[key] = Normalize(rms, normalizer.epsilon, normalizer.clip_obs)

    def forward(self, obs: Tensor) -> Tensor | dict[str, Tensor]:
        """Cut, normalise and shape."""
        seen = {}
        for key, (low, high, shape, last) in self.cuts.items():
            part = obs[:, low:high]
            if key in self.norms:
                part = self.norms[key](part)
            part = part.unflatten(1, shape) if len(shape) > 1 else part
            seen[key] = part.permute(0, 3, 1, 2) if last else part
        return seen["obs"] if self.whole else seen


def _shaped(space: Any, size: int, shape: list[int], who: str) -> tuple[tuple[int, ...], bool]:
    """The shape of a part, and whether its channels stand last and are to be moved first."""
    got = tuple(int(n) for n in space.shape or (1,))
    if int(np.prod(got)) != size:
        raise EnvError(f"{who} observes {list(got)} values, the environment gives {size}")
    if len(got) == 3 and got == (shape[-1], *shape[:-1]) and got != tuple(shape):
        return tuple(shape), True  # Stable-Baselines3 has moved the channels of an image
    return got, False


class ActorCriticGraph(Graph):
    """PPO, A2C and RecurrentPPO."""

    def __init__(self, policy: Any, view: View, continuous: bool) -> None:
        actor, critic = getattr(policy, "lstm_actor", None), getattr(policy, "lstm_critic", None)
        cells = [Cells(lstm) for lstm in (actor, critic) if lstm is not None]
        memory = sum(cell.size for cell in cells)
        super().__init__(["mean", "log_std"] if continuous else ["logits"], True, memory)
        self.view, self.policy, self.continuous = view, policy, continuous
        self.cells = nn.ModuleList(cells)
        self.plain = actor is None
        self.linear = getattr(policy, "critic", None)  # a critic without memory of its own

    def forward(self, obs: Tensor, state_in: Tensor | None = None) -> tuple[Tensor, ...]:
        """The outputs in the order of `outputs`."""
        policy = self.policy
        features = policy.extract_features(self.view(obs))
        first, second = features if isinstance(features, tuple) else (features, features)
        states = []
        if not self.plain:
            assert state_in is not None
            kept = state_in.split([cell.size for cell in self.cells], dim=1)
            first, state = self.cells[0](first, kept[0])
            states = [state]
            if len(self.cells) == 2:
                second, state = self.cells[1](second, kept[1])
                states.append(state)
            else:
                second = first if self.linear is None else self.linear(second)
        latent = policy.mlp_extractor.forward_actor(first)
        value = policy.value_net(policy.mlp_extractor.forward_critic(second))
        scores = policy.action_net(latent)
        act = (scores, policy.log_std.expand_as(scores)) if self.continuous else (scores,)
        return (*act, value, torch.cat(states, dim=1)) if states else (*act, value)


class QGraph(Graph):
    """DQN: what it expects of each action as logits, of which the largest is to be taken."""

    def __init__(self, policy: Any, view: View) -> None:
        super().__init__(["logits"], True, 0)
        self.view, self.net = view, policy.q_net

    def forward(self, obs: Tensor) -> tuple[Tensor, ...]:
        """The logits, and the largest of them as the value."""
        scores = self.net(self.view(obs))
        return scores, scores.amax(dim=1, keepdim=True)


def load(place: str, spec: Spec, options: Options) -> Source:
    """A policy that `model.save` wrote, with the statistics of `VecNormalize.save` if named."""
    path = Path(place)
    data = _data(path)
    kind, algorithm = _algorithm(data, path)
    notes = [TRUST.format(path.name)]
    idle: dict[str, Any] = {
        "lr_schedule": _zero,
        "clip_range": _zero,
        "exploration_schedule": _zero,
    }
    if kind == "DQN":
        idle |= {"buffer_size": 1, "optimize_memory_usage": False}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other versions; what does not load is an error
            model = algorithm.load(path, device="cpu", custom_objects=idle)
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise EnvError(f"{path} does not load as {kind}: {reason}") from error
    normalizer = None
    if options.normalize:
        normalizer = _normalizer(options.normalize)
        notes.append(TRUST.format(options.normalize.name))
    policy = model.policy.eval()
    _, _, continuous = widths(spec)
    _check_actions(model, spec, continuous)
    view = View(policy.observation_space, spec, normalizer)
    graph = QGraph(policy, view) if kind == "DQN" else ActorCriticGraph(policy, view, continuous)
    import stable_baselines3

    facts = outside_facts(f"stable-baselines3 {stable_baselines3.__version__}", options)
    facts |= {
        "algorithm": kind,
        "seed": data.get("seed"),
        "train_steps": int(model.num_timesteps),
        "settings": {n: data[n] for n in SETTINGS if isinstance(data.get(n), int | float)},
    }
    if kind == "DQN":
        facts["play"] = {"mode": "greedy", "temperature": 1.0}
    return Source(graph.eval(), spec, facts, notes)


def _zero(_: float) -> float:
    return 0.0


def _data(path: Path) -> dict[str, Any]:
    """The settings in a saved model, none of them unpickled."""
    if not path.is_file():
        raise EnvError(f"no file {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            found: dict[str, Any] = json.loads(archive.read("data"))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise EnvError(f"{path} is not a model saved by Stable-Baselines3: {error}") from error
    return found


def _algorithm(data: dict[str, Any], path: Path) -> tuple[str, Any]:
    """The algorithm by what its file says, and its class."""
    module = str(data.get("policy_class", {}).get("__module__", ""))
    if "recurrent" in module:
        kind = "RecurrentPPO"
    elif ".dqn." in module:
        kind = "DQN"
    elif module == "stable_baselines3.common.policies" or "n_epochs" in data:
        kind = "PPO" if "n_epochs" in data else "A2C"
    else:
        raise EnvError(f"{path}: want PPO, A2C, DQN or RecurrentPPO, got a policy of {module!r}")
    if data.get("use_sde"):
        raise EnvError(f"{path}: want use_sde False, got True: its noise depends on the state")
    try:
        import stable_baselines3

        if kind == "RecurrentPPO":
            import sb3_contrib

            return kind, sb3_contrib.RecurrentPPO
        return kind, getattr(stable_baselines3, kind)
    except ImportError as error:
        need = "stable-baselines3" + (" sb3-contrib" if kind == "RecurrentPPO" else "")
        raise EnvError(f"{path} was made by {need}: pip install {need}") from error


def _normalizer(path: Path) -> Any:
    """What `VecNormalize.save` wrote."""
    try:
        found = pickle.loads(path.read_bytes())
        if found.obs_rms is None or not found.norm_obs:
            raise EnvError(f"{path}: want norm_obs True, got {found.norm_obs}")
    except EnvError:
        raise
    except Exception as error:
        raise EnvError(f"{path} is not a saved VecNormalize: {error}") from error
    return found


def _check_actions(model: Any, spec: Spec, continuous: bool) -> None:
    from gymnasium import spaces

    space, heads = model.action_space, spec["interface"]["action"]["heads"]
    want = f"Box(-1, 1, ({len(heads)},))" if continuous else str([head["n"] for head in heads])
    if isinstance(space, spaces.Discrete):
        fits = not continuous and [int(space.n)] == [head["n"] for head in heads]
        fits = fits and int(space.start) == 0
    elif isinstance(space, spaces.MultiDiscrete):
        fits = not continuous and space.nvec.ravel().tolist() == [head["n"] for head in heads]
    else:
        fits = continuous and isinstance(space, spaces.Box) and space.shape == (len(heads),)
        fits = fits and bool((space.low == -1).all() and (space.high == 1).all())
    if not fits:
        raise EnvError(f"the policy's actions: want {want}, got {space}")
