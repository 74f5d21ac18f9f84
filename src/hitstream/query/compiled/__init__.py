"""Numba code of the kernels that answer from single hits."""
