"""Light: kernels from ray hits to pictures.

Numba keeps compiled kernels beside their source and looks only at the file a kernel stands in:
after editing one that another file calls, remove `__pycache__/*.nb?` here.
"""
