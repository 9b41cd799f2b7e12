"""The command line ``irl-vla``: one short file a verb. Hydra lives here and nowhere else."""
