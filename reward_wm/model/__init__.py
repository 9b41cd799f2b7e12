"""The reward world model: ``RewardModel`` and the baselines it must beat, ``RewardModule`` to train
it, ``calibrate`` and ``measure`` to learn what it is worth."""
