"""Stage three: improve the policy by PPO over its denoising steps."""
