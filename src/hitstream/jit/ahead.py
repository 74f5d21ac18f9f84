"""Compiles kernels in another process, so that a machine's first use has more than one processor at work.

A process that has to compile a kernel starts one of these, which compiles the others that it knows meanwhile. They
meet in the cache directory: a lock for each kernel lets each be compiled once.
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_STARTED: list["subprocess.Popen[str]"] = []


def start(kernels: Iterable[tuple[str, str]]) -> None:
    """Compile kernels, as `Kernel` names them, in a process that ends with this one; once in the life of this one."""
    if _STARTED or _is_helper() or (os.cpu_count() or 1) < 2:
        return
    command = [sys.executable, "-m", __name__]
    helper = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )
    _STARTED.append(helper)
    atexit.register(_end, helper)
    assert helper.stdin
    with helper.stdin as told:
        json.dump(list(kernels), told)


def _is_helper() -> bool:
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec is not None and spec.name == __name__


def _end(helper: "subprocess.Popen[str]") -> None:
    helper.terminate()
    helper.wait()


@contextmanager
def locked(cached: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock of a cache file; give whether it is held. Without `wait`, it is not where another holds it.

    Where no file can be written it is held by all: they compile for themselves.
    """
    import fcntl

    path = cached.with_suffix(".lock")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("w")
    except OSError:
        yield True
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            yield False
            return
        yield True
        path.unlink(missing_ok=True)


def main() -> None:
    """Compile the kernels that standard input names, those that nobody else compiles now."""
    from hitstream.jit.kernel import Kernel

    for function, signature in json.load(sys.stdin):
        Kernel(function, signature).compile_ahead()


if __name__ == "__main__":
    main()
