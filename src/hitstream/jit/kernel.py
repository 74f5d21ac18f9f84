"""`Kernel`: loads a compiled function from the cache, or compiles it."""

import ctypes
import threading
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from hitstream.errors import Fatal
from hitstream.jit import ahead
from hitstream.settings import cache_directory

_LOCK = threading.RLock()
_ENGINES: list[tuple[Any, set[str]]] = []  # with the symbols of each; one that is collected takes its code with it
_KERNELS: dict[tuple[str, str], None] = {}  # function and signature of each that this process knows, in their order
_ARRAY_TYPES = {f"{kind}[]": np.dtype(kind) for kind in ("u1", "i2", "i4", "i8", "u8")}


class Kernel:
    """A compiled function: `Kernel("package.module:function", "u1[] i8")`, called like the function itself.

    The signature lists the arguments: `u1[] i2[] i4[] i8[] u8[]` for arrays of that type, `i8` for an integer.
    """

    def __init__(self, function: str, signature: str) -> None:
        self.module, self.name = function.split(":")
        self.signature = signature.split()
        self._call: Callable[..., int] | None = None
        _KERNELS[function, signature] = None

    def __call__(self, *args: NDArray[np.generic] | int) -> int:
        """Run the kernel with the GIL released.

        Raises:
            Fatal: the arguments do not fit the signature, or the kernel reports a failure.
        """
        call = self._call or self._load()
        native: list[int | None] = []
        for kind, arg in zip(self.signature, args, strict=True):
            wanted = _ARRAY_TYPES.get(kind)
            if wanted is None and isinstance(arg, int):
                native.append(arg)
                continue
            if wanted is None or isinstance(arg, int) or arg.dtype != wanted or not arg.flags.c_contiguous:
                raise Fatal(f"kernel {self.name}: {_described(arg)} where {kind} belongs.")
            address = arg.__array_interface__["data"][0]
            # as numba passes an array: meminfo, parent, size, item size, data, shape, stride
            native += (None, None, arg.size, arg.itemsize, address, arg.size, arg.itemsize)
        result, failure = ctypes.c_int64(), ctypes.c_void_p()
        if call(ctypes.byref(result), ctypes.byref(failure), *native) != 0:
            raise Fatal(f"kernel {self.name} failed.", "This is a defect of hitstream: please report it.")
        return result.value

    def _load(self) -> Callable[..., int]:
        with _LOCK:
            if self._call is None:
                cached = self._cached
                content = _kept(cached)
                if content is None:
                    ahead.start(_KERNELS)
                    with ahead.locked(cached, wait=True):
                        content = _kept(cached) or self._compile_into(cached)
                symbol, _, code = content.partition(b"\n")
                self._call = self._prototype()(_link(symbol.decode(), code))
            return self._call

    def compile_ahead(self) -> None:
        """Have the object code in the cache, unless another process is at it."""
        cached = self._cached
        with ahead.locked(cached, wait=False) as held:
            if held and _kept(cached) is None:
                self._compile_into(cached)

    @property
    def _cached(self) -> Path:
        return cache_directory() / f"{self.name}-{self._fingerprint()}.o"

    def _compile_into(self, cached: Path) -> bytes:
        content = self._compile()
        _keep(cached, content)
        return content

    def _fingerprint(self) -> str:
        """Digest everything the object code depends on: signature, sources, compiler, processor."""
        facts = (self.name, *self.signature, *_surroundings())
        content = b"".join(source.read_bytes() for source in _sources(self.module))
        return xxhash.xxh3_128_hexdigest(content + " ".join(facts).encode())

    def _compile(self) -> bytes:
        """Return the name of the compiled function, a newline, and its object code."""
        from hitstream.jit.compiler import compile_kernel

        return b"\n".join(compile_kernel(self.module, self.name, self.signature))

    def _prototype(self) -> Callable[[int], Callable[..., int]]:
        pointer, integer = ctypes.c_void_p, ctypes.c_int64
        array = (pointer, pointer, integer, integer, pointer, integer, integer)
        args = [kind for text in self.signature for kind in (array if text.endswith("[]") else (integer,))]
        return ctypes.CFUNCTYPE(ctypes.c_int32, pointer, pointer, *args)


@cache
def _sources(module: str) -> list[Path]:
    """Return the files a kernel is made of: the folder of its module, and the building blocks of this package."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise Fatal(f"kernel module {module} cannot be found.", "Install hitstream again.")
    here = Path(__file__).parent
    return [*sorted(Path(spec.origin).parent.glob("*.py")), here / "blocks.py", here / "compiler.py"]


@cache
def _surroundings() -> tuple[str, ...]:
    """Return the versions of the compiler, and the processor with what it can do."""
    import llvmlite
    from llvmlite import binding as llvm

    numba = find_spec("numba")  # asking its metadata would load a parser of mail
    version = Path(numba.origin).with_name("_version.py").read_text() if numba and numba.origin else ""
    features = str(llvm.get_host_cpu_features().flatten())
    return version, llvmlite.__version__, np.__version__, llvm.get_host_cpu_name(), features


def _described(arg: NDArray[np.generic] | int) -> str:
    if isinstance(arg, int):
        return "an integer"
    return f"{arg.dtype} in one piece" if arg.flags.c_contiguous else f"{arg.dtype} in pieces"


def _digest(content: bytes) -> bytes:
    return xxhash.xxh3_128_digest(content)


def _kept(cached: Path) -> bytes | None:
    """Return what `_keep` wrote; None if it is not there or not whole, since damaged code would crash the process."""
    try:
        found = cached.read_bytes()
    except OSError:
        return None
    digest, content = found[:16], found[16:]
    return content if digest == _digest(content) else None


def _keep(cached: Path, content: bytes) -> None:
    """Write the cache file, digest first, whole or not at all; where none can be written, the next process compiles."""
    import tempfile

    written: Path | None = None
    try:
        cached.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cached.parent, prefix=f"{cached.stem}.", delete=False) as file:
            written = Path(file.name)
            file.write(_digest(content) + content)
        written.replace(cached)
    except OSError:
        if written:
            written.unlink(missing_ok=True)


def _link(symbol: str, code: bytes) -> int:
    """Return the address of a function, linked by an engine that knows none of its name: one does for nearly all."""
    from llvmlite import binding as llvm

    engine, symbols = next((known for known in _ENGINES if symbol not in known[1]), None) or _new_engine()
    symbols.add(symbol)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return int(engine.get_function_address(symbol))


def _new_engine() -> tuple[Any, set[str]]:
    from llvmlite import binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(cpu=llvm.get_host_cpu_name(), jit=True)
    _ENGINES.append((llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine), set()))
    return _ENGINES[-1]
