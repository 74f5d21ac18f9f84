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


load_i8_at = _load_at(64, signed=True)
load_i4_at = _load_at(32, signed=True)
load_u1_at = _load_at(8, signed=False)
