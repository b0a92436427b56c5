"""Gymnasium's ids of the environments, made from their folders' names."""

import gymnasium

from envs_c.build import names
from envs_c.spec import env_id


def register() -> None:
    """Register each environment that has a folder, unless it is registered already."""
    for name in names():
        if env_id(name) not in gymnasium.registry:
            gymnasium.register(
                env_id(name),
                entry_point="gymcade.single:GymcadeEnv",
                vector_entry_point="gymcade.vector:GymcadeVectorEnv",
                kwargs={"name": name},
            )
