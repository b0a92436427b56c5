"""Gymcade's environments for Gymnasium, PettingZoo and Stable-Baselines3.

Importing this package registers every environment there is as `gymcade/Name-v0`.
"""

from gymcade.ids import env_id, register

__all__ = ["env_id", "register"]

register()
