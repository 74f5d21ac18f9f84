"""Loads from arrays that a kernel knows by address alone, since there may be any number of them."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_WIDEST = ir.IntType(64)


def _load_at(bits: int, signed: bool) -> Any:
    """Return what loads element `index` of the array of such integers at `address`, as an int64."""
    width = ir.IntType(bits)

    @intrinsic
    def load_at(typing_context: Any, address: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            loaded = builder.load(builder.gep(builder.inttoptr(args[0], width.as_pointer()), [args[1]]))
            widen = builder.sext if signed else builder.zext
            return loaded if width == _WIDEST else widen(loaded, _WIDEST)

        return types.int64(types.int64, types.int64), generate

    return load_at


@intrinsic
def fetch_ahead(typing_context: Any, address: Any) -> Any:
    """Let the processor fetch what is at an address, while it goes on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place, flag, flag, flag])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [place], kind)
        builder.call(prefetch, [builder.inttoptr(args[0], place), flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(types.int64), generate


load_i8_at = _load_at(64, signed=True)
load_i4_at = _load_at(32, signed=True)
load_u1_at = _load_at(8, signed=False)
