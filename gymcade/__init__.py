"""Gymcade's environments for Gymnasium, PettingZoo and Stable-Baselines3.

Importing this package registers every environment there is as `gymcade/Name-v0`.
"""

from envs_c.spec import env_id
from gymcade.ids import register

__all__ = ["env_id", "register"]

register()
