"""Turns a numba function into object code that needs nothing of numba. Imported only when the cache has none."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

import llvmlite.binding as llvm
import numba
from numba._dynfunc import make_function
from numba.core.codegen import CPUCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.cpu import CPUContext
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
    with _for_object_code():
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
def _for_object_code() -> Iterator[None]:
    """Change numba in three places while a kernel is compiled.

    `array[i]` is one load: Python's negative indices, which kernels do not use, take three steps more. And nothing is
    made ready to be called in this process, which takes a fifth of the time: only object code is asked for.
    """
    changes = (
        (arrayobj, "fix_integer_index", _as_it_is),
        (CPUCodeLibrary, "_finalize_final_module", _leave_unlinked),
        (CPUContext, "get_executable", _placeholder),
    )
    with global_compiler_lock, ExitStack() as restored:
        for owner, name, replacement in changes:
            restored.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, replacement)
        yield


def _as_it_is(context: Any, builder: Any, index_type: Any, index: Any, _size: Any) -> Any:
    return context.cast(builder, index, index_type, numba.types.intp)


def _leave_unlinked(library: Any) -> None:
    library._finalize_dynamic_globals()
    library._finalized = True


def _placeholder(_context: Any, library: Any, description: Any, environment: Any) -> Any:
    """Return what stands for a compiled function where numba looks functions up; it is never called."""
    library._ensure_finalized()
    name = description.qualname.rpartition(".")[2]
    return make_function(description.lookup_module(), name, "", 1, environment, (library,))


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
