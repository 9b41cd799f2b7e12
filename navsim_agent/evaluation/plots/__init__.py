"""Pictures of scenes and runs. Each function returns encoded bytes or SVG, and touches no file."""
