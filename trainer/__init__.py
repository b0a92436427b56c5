"""PPO on environments in C: training, self-play, evaluation."""
