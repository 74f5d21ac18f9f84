"""Turns a numba function into object code that needs nothing of numba. Imported only when the cache has none."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import llvmlite.binding as llvm
import numba
from numba.core.compiler_lock import global_compiler_lock
from numba.np import arrayobj

from hitstream.errors import Fatal
from hitstream.jit.blocks import OPTIONS

_LIBRARY_CALLS = frozenset({"memset", "memcpy", "memmove", "memcmp"})
"""What a kernel may call outside itself: what every process has."""


def compile_kernel(module: str, name: str, signature: list[str]) -> tuple[bytes, bytes]:
    """Return the symbol and the object code of a numba function for this processor.

    Raises:
        Fatal: the function allocates, raises or calls back into Python; kernels must not.
    """
    function = getattr(import_module(module), name).py_func
    types = tuple(_type(text) for text in signature)
    with _plain_indices():
        compiled = numba.njit(numba.int64(*types), **OPTIONS)(function)
    overload = compiled.overloads[compiled.signatures[0]]
    symbol = overload.fndesc.llvm_func_name
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="default",
        codemodel="jitdefault",
        jit=True,
    )
    code = llvm.parse_assembly(compiled.inspect_llvm(compiled.signatures[0]))
    _keep_only(code, symbol, machine)
    needs = {f.name for f in code.functions if f.is_declaration and not f.name.startswith("llvm.")}
    if needs - _LIBRARY_CALLS:
        raise Fatal(f"kernel {name} calls {', '.join(sorted(needs - _LIBRARY_CALLS))}; kernels must not.")
    return symbol.encode(), machine.emit_object(code)


@contextmanager
def _plain_indices() -> Iterator[None]:
    """Compile `array[i]` to one load: Python's negative indices, which kernels do not use, take three steps more."""
    with global_compiler_lock:
        counted_from_the_end = arrayobj.fix_integer_index
        arrayobj.fix_integer_index = _as_it_is
        try:
            yield
        finally:
            arrayobj.fix_integer_index = counted_from_the_end


def _as_it_is(context: Any, builder: Any, index_type: Any, index: Any, _size: Any) -> Any:
    return context.cast(builder, index, index_type, numba.types.intp)


def _keep_only(code: Any, symbol: str, machine: Any) -> None:
    """Drop all that `symbol` does not call: numba's wrappers for Python, and what they call."""
    for function in code.functions:
        if not function.is_declaration and function.name != symbol:
            function.linkage = llvm.Linkage.internal
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(code, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3)))


def _type(text: str) -> Any:
    item: dict[str, Any] = {
        "u1": numba.uint8,
        "i2": numba.int16,
        "i4": numba.int32,
        "i8": numba.int64,
        "u8": numba.uint64,
    }
    return item[text[:2]][::1] if text.endswith("[]") else item[text]
