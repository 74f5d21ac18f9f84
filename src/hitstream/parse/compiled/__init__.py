"""Numba code of the parser: imported only to be compiled (see `hitstream.jit`)."""
