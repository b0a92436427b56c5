"""Gymnasium's ids of the environments, made from their folders' names."""

import gymnasium

from envs_c.build import names


def env_id(name: str) -> str:
    """The id: `gymcade/Pong-v0` for "pong", `gymcade/SnowFight-v0` for "snow_fight"."""
    return f"gymcade/{''.join(part.capitalize() for part in name.split('_'))}-v0"


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
