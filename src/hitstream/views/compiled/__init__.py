"""Numba code of the rollup and merge: imported only to be compiled (see `hitstream.jit`)."""
