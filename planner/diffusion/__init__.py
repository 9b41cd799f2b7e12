"""The truncated diffusion planner: anchors, noise schedule, denoiser, sampler."""
