"""PPO on environments in C: training, self-play, evaluation."""

from trainer.machine import settle

settle()
