"""3D reasoning: camera features, the bird's-eye-view grid, object and map queries."""
