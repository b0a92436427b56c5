"""Past policies to play against: who is kept, who is drawn, and how the learner does against each.

Against a policy that only knows its own last self, a learner can go round in circles: what beats
today's forgets what beat last week's. Drawing the hard ones among the past more often is
prioritised fictitious self-play (Vinyals et al., 2019, AlphaStar).
"""

import copy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from envs_c.binding import VecEnv
from trainer.config import Config
from trainer.policy import Policy

Rows = NDArray[np.int64]

MEMORY = 200.0
"""Games that an estimate goes back: the learner changes, and what it did long ago with it."""

PRIOR = 4.0
"""Games at even points that every estimate begins with."""

FLOOR = 0.01
"""Least weight of a member, so that one long beaten is met now and then all the same."""


class Pool:
    """Past policies, oldest first.

    A member is a dict: `due` names it (the steps it was taken at, over `pool_every`), `weights`,
    and the learner's `points` (won and half the draws) in as many `games` against it.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.members: list[dict[str, Any]] = []

    def add(self, policy: Policy, steps: int) -> None:
        """Take the policy in when it is due; one too many has to go."""
        due = steps // self.config.pool_every
        if not self.members or due > self.members[-1]["due"]:
            weights = {k: v.cpu().clone() for k, v in policy.state_dict().items()}
            self.members.append({"due": due, "weights": weights, "points": 0.0, "games": 0.0})
        if len(self.members) > self.config.pool:
            # The first stays, as the weakest; among the others, any may go but the newest.
            del self.members[int(torch.randint(1, len(self.members) - 1, ()))]

    def draw(self) -> dict[str, Any]:
        """A member, by the setting `pool_by`."""
        if self.config.pool_by == "uniform":
            return self.members[int(torch.randint(0, len(self.members), ()))]
        return self.members[int(torch.multinomial(self.weights(), 1))]

    def find(self, due: int) -> dict[str, Any] | None:
        """The member of that name, if it is still there."""
        return next((member for member in self.members if member["due"] == due), None)

    def estimates(self) -> Tensor:
        """The learner's expected points a game against each member, (members,) float64."""
        points = [(m["points"] + PRIOR / 2) / (m["games"] + PRIOR) for m in self.members]
        return torch.tensor(points, dtype=torch.float64)

    def weights(self) -> Tensor:
        """How likely each is to be drawn by difficulty, not normalised: (1 - p)^2."""
        return (1 - self.estimates()) ** 2 + FLOOR

    def record(self, due: int, points: float, games: float) -> None:
        """Count games against a member; old ones fade."""
        member = self.find(due)
        if member is None or not games:
            return
        total = member["games"] + games
        keep = min(1.0, MEMORY / total)
        member["points"] = (member["points"] + points) * keep
        member["games"] = total * keep

    def measured(self) -> dict[str, float]:
        """For the log: how many there are, the mean of the estimates, and the hardest's."""
        estimates = self.estimates()
        return {
            "pool/members": float(len(self.members)),
            "pool/points": float(estimates.mean()),
            "pool/points_hardest": float(estimates.min()),
        }

    def save(self) -> list[dict[str, Any]]:
        """A copy of the members."""
        return copy.deepcopy(self.members)


class Tally:
    """What comes of the games that one past policy plays in.

    Only episodes count that it played from their start: members change while games go on. By
    difficulty it therefore stays until as many have ended as there are rows against it.

    Attributes:
        member: the name of who plays, -1 for none.
        mine: (n,) the learner's rows in those games.
        points, games: counted since they were last taken.
        left: episodes to be counted before another member plays.
    """

    def __init__(self, env: VecEnv, mine: Rows, theirs: Rows) -> None:
        self.mine = mine
        self.member = -1
        self.points = self.games = 0.0
        self.left = 0
        self.whole = np.zeros(len(mine), bool)  # the running episode began under the member
        self.fresh = np.ones(len(mine), bool)  # the running episode has just begun
        self.seen = np.zeros((len(mine), env.metrics.shape[1]), np.float32)
        games = theirs // env.seats
        self.others = [theirs[games == row // env.seats] for row in mine]
        names = env.spec["metrics"]
        self.column = {name: i for i, name in enumerate(names)}

    def change(self, member: int, left: int) -> None:
        """Another member plays from here on, or the same one goes on, for `left` episodes."""
        if member != self.member:
            self.whole = self.fresh.copy()
        self.member, self.left = member, left

    def clear(self, env: VecEnv) -> None:
        """The learner's metrics are counted from here on: to be called when they were drained."""
        self.seen = env.metrics[self.mine]

    def watch(self, env: VecEnv, where: Rows) -> None:
        """Look at what the last tick brought, in the rows `mine[where]`."""
        rows = self.mine[where]
        over = (env.terminated[rows] | env.truncated[rows]) != 0
        self.fresh[where] = over
        at = where[over]
        if not len(at):
            return
        sums = env.metrics[self.mine[at]]
        gained = sums - self.seen[at]
        self.seen[at] = sums
        counted = np.flatnonzero(self.whole[at])
        self.whole[at] = True
        if "won" in self.column:
            points = gained[:, self.column["won"]].astype(np.float64)
            if "drawn" in self.column:
                points += gained[:, self.column["drawn"]] / 2
            self._count(float(points[counted].sum()), len(counted))
            return
        for i in counted:
            self._compare(env, at[i], float(gained[i, self.column["score"]]))

    def _compare(self, env: VecEnv, at: int, score: float) -> None:
        """Where games have no winner: against the mean score of the others' episodes there."""
        sums = env.metrics[self.others[at]].sum(axis=0, dtype=np.float64)
        if sums[0]:
            theirs = sums[self.column["score"]] / sums[0]
            self._count((np.sign(score - theirs) + 1) / 2, 1)

    def _count(self, points: float, games: int) -> None:
        self.points += points
        self.games += games

    def take(self) -> tuple[float, float]:
        """Points and games since the last time."""
        taken = self.points, self.games
        self.points = self.games = 0.0
        return taken

    def save(self) -> dict[str, Any]:
        """Everything that `load` needs to go on, between two updates."""
        rows = {name: torch.from_numpy(getattr(self, name).copy()) for name in ("whole", "fresh")}
        return {"member": self.member, "left": self.left, **rows}

    def load(self, saved: dict[str, Any], rows: Tensor) -> None:
        """Take up what `save` gave, for those of its rows that are played here."""
        self.member, self.left = saved["member"], saved["left"]
        self.whole, self.fresh = (saved[name][rows].numpy() for name in ("whole", "fresh"))
