"""Kernels load without the compiler, survive a bad cache, and take nothing that does not fit them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from hitstream.errors import Fatal
from hitstream.jit import Kernel, cache_directory
from hitstream.jit.ahead import locked
from hitstream.parse import compile_format, parse
from hitstream.record import Chunk
from hitstream.views import derive, rollup
from waiting import PATIENCE_SECONDS

SUM = """
from hitstream.jit.blocks import routine

@routine
def total(values, more):
    found = more
    for i in range(values.size):
        found += values[i]
    return found

@routine
def element(values, at):
    return values[at]

@routine
def raises(values, more):
    if values.size == 0:
        raise ValueError
    return more
"""
SIGNATURE = "i8[] i8"
VALUES = np.arange(5)
CALL = f"""
import numpy as np
from hitstream.jit import Kernel
print(Kernel("{{}}:total", "{SIGNATURE}")(np.arange(5), 2))
"""
PARSE_AND_ROLL_UP = """
import sys
from hitstream.parse import compile_format, parse
from hitstream.record import Chunk
from hitstream.views import derive, rollup
line = b'a.nasa.gov - - [01/Jul/1995:00:00:01 -0400] "GET /a.gif HTTP/1.0" 200 12' + b'\\n'
cells = rollup(derive(parse(Chunk("a.log", 0, line), compile_format("common")).hits))
print(len(cells) > 0, "numba" in sys.modules)
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache directory, in use by this process and those it starts."""
    monkeypatch.setenv("HITSTREAM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the name of a module with small kernels, which processes started here can import too."""
    name = f"kernels_of_{request.node.name.split('[')[0]}"
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / f"{name}.py").write_text(SUM)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    yield name
    sys.modules.pop(name, None)


def started(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


def output(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors
    return out


def refuse_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(kernel: Kernel) -> bytes:
        raise AssertionError(f"{kernel.name} is compiled again")

    monkeypatch.setattr(Kernel, "_compile", refuse)


def cached(cache: Path) -> Path:
    (only,) = cache.glob("total-*.o")  # other kernels may be compiled ahead beside it
    return only


def test_with_a_warm_cache_nothing_of_the_compiler_is_imported() -> None:
    line = b'a.nasa.gov - - [01/Jul/1995:00:00:01 -0400] "GET /a.gif HTTP/1.0" 200 12\n'
    rollup(derive(parse(Chunk("a.log", 0, line), compile_format("common")).hits))  # warms the cache
    assert output(started(PARSE_AND_ROLL_UP)).split() == ["True", "False"]


def test_a_kernel_is_compiled_once_and_then_loaded(cache: Path, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Kernel(f"{module}:total", SIGNATURE)(VALUES, 2) == 12
    refuse_to_compile(monkeypatch)
    assert Kernel(f"{module}:total", SIGNATURE)(VALUES, 3) == 13


def test_an_index_is_taken_as_it_is(cache: Path, module: str) -> None:
    """Counting negative ones from the end would cost time at every access."""
    assert Kernel(f"{module}:element", SIGNATURE)(VALUES[2:], -1) == VALUES[1]


def test_a_kernel_whose_source_changed_is_compiled_anew(cache: Path, module: str, tmp_path: Path) -> None:
    before = Kernel(f"{module}:total", SIGNATURE)._fingerprint()
    source = tmp_path / "modules" / f"{module}.py"
    source.write_text(source.read_text().replace("found = more", "found = 2 * more"))
    assert Kernel(f"{module}:total", SIGNATURE)._fingerprint() != before


@pytest.mark.parametrize("damage", ["empty", "cut", "longer", "changed", "another"])
def test_a_damaged_cache_file_is_compiled_anew(
    cache: Path, module: str, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Kernel(f"{module}:total", SIGNATURE)(VALUES, 2) == 12
    whole = cached(cache).read_bytes()
    middle = len(whole) // 2
    damaged = {
        "empty": b"",
        "cut": whole[:middle],
        "longer": whole + b"\0",
        "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "another": b"total\nthis is no object code",
    }
    cached(cache).write_bytes(damaged[damage])
    assert Kernel(f"{module}:total", SIGNATURE)(VALUES, 2) == 12
    refuse_to_compile(monkeypatch)
    assert Kernel(f"{module}:total", SIGNATURE)(VALUES, 3) == 13


def test_a_cache_that_cannot_be_written_only_costs_time(
    tmp_path: Path, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HITSTREAM_CACHE", str(tmp_path / "file" / "cache"))
    assert Kernel(f"{module}:total", SIGNATURE)(VALUES, 2) == 12


def test_a_write_that_fails_leaves_nothing_behind(cache: Path, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: Path, target: Path) -> Path:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        assert Kernel(f"{module}:total", SIGNATURE)(VALUES, 2) == 12
    assert list(cache.glob("total*")) == []  # other kernels may be compiled ahead beside it


def test_the_cache_is_private_to_its_user(cache: Path, module: str) -> None:
    Kernel(f"{module}:total", SIGNATURE)(VALUES, 2)
    assert [path.stat().st_mode & 0o077 for path in (cache, cached(cache))] == [0, 0]


def test_the_cache_directory_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HITSTREAM_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "hitstream"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_directory() == tmp_path / ".cache" / "hitstream"


@pytest.mark.parametrize(
    "args",
    [
        (VALUES.astype(np.int32), 2),
        (VALUES.astype(np.uint64), 2),
        (VALUES.astype(">i8"), 2),
        (np.arange(10)[::2], 2),
        (np.arange(10)[::-1], 2),
        (7, 2),
        (VALUES, VALUES),
        (VALUES, np.int64(2)),
    ],
    ids=["narrow", "unsigned", "byte order", "strided", "reversed", "an integer", "an array", "a NumPy integer"],
)
def test_an_argument_that_does_not_fit_is_refused(args: tuple[object, ...]) -> None:
    kernel = Kernel("hitstream.views.compiled.kernel:none", SIGNATURE)
    kernel._call = lambda *_: pytest.fail("the kernel runs")
    with pytest.raises(Fatal, match="where i8"):
        kernel(*args)  # type: ignore[arg-type]


def test_a_kernel_that_raises_is_refused(cache: Path, module: str) -> None:
    with pytest.raises(Fatal, match="kernel raises"):
        Kernel(f"{module}:raises", SIGNATURE)(VALUES[:0], 1)


def test_a_kernel_module_that_is_gone_is_named(cache: Path) -> None:
    with pytest.raises(Fatal, match="no_such_kernels cannot be found"):
        Kernel("no_such_kernels:total", SIGNATURE)(VALUES, 2)


def test_two_threads_may_call_a_kernel_first(cache: Path, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, together, compiled = Kernel(f"{module}:total", SIGNATURE), Barrier(2), []
    compile_it = Kernel._compile
    monkeypatch.setattr(Kernel, "_compile", lambda self: compiled.append(self) or compile_it(self))

    def call(more: int) -> int:
        together.wait(timeout=PATIENCE_SECONDS)
        return kernel(VALUES, more)

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(call, (2, 3))) == [12, 13]
    assert compiled == [kernel]


@pytest.mark.slow
def test_two_processes_that_compile_at_once_leave_one_whole_file(
    cache: Path, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = [started(CALL.format(module)) for _ in range(2)]
    assert [output(process) for process in processes] == ["12\n", "12\n"]
    assert cached(cache).suffix == ".o"
    refuse_to_compile(monkeypatch)
    assert Kernel(f"{module}:total", SIGNATURE)(VALUES, 2) == 12


OTHERS = f"""
import os, sys, time
import numpy as np
os.cpu_count = lambda: 2
from hitstream.jit import Kernel, cache_directory
kernels = [Kernel("{{0}}:" + name, "{SIGNATURE}") for name in ("total", "element")]
kernels[0](np.arange(5), 2)
while len(list(cache_directory().glob("element-*.o"))) == 0:
    time.sleep(0.05)
print(sorted(path.name.partition("-")[0] for path in cache_directory().glob("*.o")))
"""


@pytest.mark.slow
def test_the_first_compiling_has_the_other_kernels_compiled_beside(cache: Path, module: str) -> None:
    assert output(started(OTHERS.format(module))) == "['element', 'total']\n"


def test_a_kernel_that_another_compiles_is_left_to_it(
    cache: Path, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Kernel(f"{module}:total", SIGNATURE)
    with locked(cache / f"total-{kernel._fingerprint()}.o", wait=True), monkeypatch.context() as patched:
        refuse_to_compile(patched)
        kernel.compile_ahead()
    kernel.compile_ahead()
    refuse_to_compile(monkeypatch)
    assert kernel(VALUES, 2) == 12
