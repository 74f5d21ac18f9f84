"""Compiled kernels that start without the compiler.

A kernel is a function of a numba module, named by a `Kernel`. The first call on a machine compiles it and keeps
the object code in the cache directory; every later process loads that code through llvmlite, without importing
numba (which alone takes longer than parsing a million lines). The GIL is released while a kernel runs.

Rules for kernels: arguments are one-dimensional contiguous arrays and 64-bit integers, the result is an int64;
they allocate nothing and raise nothing; what they need is passed in.
"""

from hitstream.jit.kernel import Kernel
from hitstream.settings import cache_directory

__all__ = ["Kernel", "cache_directory"]
