"""Building blocks that kernels share: unaligned loads, a vector byte search, hashes, interning.

All of it is numba code, compiled into the kernels that call it. An index of a kernel is never negative: it would be
taken as it is, and not count from the end.
"""

from typing import Any

from llvmlite import ir
from numba import int64, njit, types, uint64
from numba.core import cgutils
from numba.extending import intrinsic

OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "nogil": True,
    "_nrt": False,
    "no_cpython_wrapper": True,  # Python never calls them
    "no_cfunc_wrapper": True,
}
routine = njit(**OPTIONS)
"""A function of a kernel, or the kernel itself. Without numba's runtime it can allocate nothing, and needs nothing."""
block = njit(**OPTIONS, forceinline=True)
"""A small function that is compiled into its callers."""
_I8, _I32, _I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_LANES = 32


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return cgutils.gep_inbounds(builder, data, index)


@intrinsic
def load64(typing_context: Any, array: Any, index: Any) -> Any:
    """Return the 8 bytes at `array[index]`, which must all be there, as a little-endian uint64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _address(context, builder, signature.args[0], *args)
        return builder.load(builder.bitcast(place, _I64.as_pointer()), align=1)

    return types.uint64(array, types.intp), generate


@intrinsic
def fetch_ahead(typing_context: Any, address: Any) -> Any:
    """Let the processor fetch what is at an address, while it goes on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _prefetch(builder, builder.inttoptr(args[0], _I8.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def fetch_item_ahead(typing_context: Any, array: Any, index: Any) -> Any:
    """Let the processor fetch `array[index]`, while it goes on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _address(context, builder, signature.args[0], *args)
        _prefetch(builder, builder.bitcast(place, _I8.as_pointer()))
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


def _prefetch(builder: Any, place: Any) -> None:
    kind = ir.FunctionType(ir.VoidType(), [_I8.as_pointer(), _I32, _I32, _I32])
    prefetch = builder.module.declare_intrinsic("llvm.prefetch", [_I8.as_pointer()], kind)
    builder.call(prefetch, [place, _I32(0), _I32(3), _I32(1)])


@intrinsic
def match32(typing_context: Any, array: Any, index: Any, byte: Any) -> Any:
    """Return a bit for each of the 32 bytes at `array[index]`, set where it equals `byte`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array_value, index_value, wanted = args
        vector = ir.VectorType(_I8, _LANES)
        place = _address(context, builder, signature.args[0], array_value, index_value)
        found = builder.load(builder.bitcast(place, vector.as_pointer()), align=1)
        single = builder.insert_element(ir.Constant(vector, ir.Undefined), wanted, _I32(0))
        zeros = ir.Constant(ir.VectorType(_I32, _LANES), None)
        same = builder.icmp_unsigned("==", found, builder.shuffle_vector(single, single, zeros))
        return builder.bitcast(same, _I32)

    return types.uint32(array, types.intp, types.uint8), generate


@intrinsic
def lowest_bit(typing_context: Any, mask: Any) -> Any:
    """Return the index of the lowest set bit of a uint32 that is not zero."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.zext(builder.cttz(args[0], ir.Constant(ir.IntType(1), 1)), _I64)

    return types.int64(types.uint32), generate


@intrinsic
def count_bits(typing_context: Any, mask: Any) -> Any:
    """Return how many bits of a uint32 are set."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.zext(builder.ctpop(args[0]), _I64)

    return types.int64(types.uint32), generate


@block
def find_byte(data, start, end, byte):
    """Return the first index of `byte` in `data[start:end]`, or `end`."""
    at = start
    while at < end and at + _LANES <= data.size:
        mask = match32(data, at, byte)
        if mask != 0:
            return min(at + lowest_bit(mask), end)
        at += _LANES
    while at < end:
        if data[at] == byte:
            return at
        at += 1
    return end


@block
def find_any(data, start, first, second, third):
    """Return the first index from `start` on of one of three bytes in `data`, or its size."""
    at = start
    while at + _LANES <= data.size:
        mask = match32(data, at, first) | match32(data, at, second) | match32(data, at, third)
        if mask != 0:
            return at + lowest_bit(mask)
        at += _LANES
    while at < data.size:
        if data[at] == first or data[at] == second or data[at] == third:
            return at
        at += 1
    return data.size


@block
def count_byte(data, byte):
    """Return how often `byte` occurs in `data`."""
    total = 0
    at = 0
    while at + _LANES <= data.size:
        total += count_bits(match32(data, at, byte))
        at += _LANES
    while at < data.size:
        total += data[at] == byte
        at += 1
    return total


@block
def word_at(data, at, end):
    """Return `data[at:end]`, at most 8 bytes of it, as a little-endian integer padded with zeros."""
    length = min(end - at, 8)
    if at + 8 <= data.size:
        word = load64(data, at)
        if length < 8:
            word &= (uint64(1) << uint64(8 * length)) - uint64(1)
        return word
    word = uint64(0)
    for i in range(length):
        word |= uint64(data[at + i]) << uint64(8 * i)
    return word


@block
def mixed(value, word):
    """Return a hash with one more word in it."""
    value = (value ^ word) * uint64(0xD6E8FEB86659FD93)
    return value ^ (value >> uint64(29))


@block
def quick_hash(data, start, end):
    """Hash `data[start:end]` for a table in memory: fast, not fixed between versions."""
    value = uint64(end - start) * uint64(0x9E3779B97F4A7C15)
    at = start
    while at + 8 <= end:
        value = mixed(value, load64(data, at))
        at += 8
    last = load64(data, end - 8) if end - start >= 8 else word_at(data, start, end)
    value = mixed(value, last)
    return value ^ (value >> uint64(32))


@block
def same_bytes(data, start, length, others, other_start):
    """Tell whether `data[start:start + length]` equals the bytes of `others` at `other_start`."""
    if length < 8:
        ours = word_at(data, start, start + length)
        return ours == word_at(others, other_start, other_start + length)
    at = 0
    while at + 8 <= length:
        if load64(data, start + at) != load64(others, other_start + at):
            return False
        at += 8
    return load64(data, start + length - 8) == load64(others, other_start + length - 8)


_CODE = uint64(0xFFFFFFFF)
_TAG = uint64(0xFFFFFFFF00000000)


@routine
def _refill(table, table_base, mask, hashes, base, count):
    for at in range(mask + 1):
        table[table_base + at] = uint64(0)
    for code in range(count):
        wanted = hashes[base + code]
        at = wanted & uint64(mask)
        while table[table_base + at] != 0:
            at = (at + uint64(1)) & uint64(mask)
        table[table_base + at] = (wanted & _TAG) | uint64(code + 1)


@block
def intern(data, start, length, texts, base, table, table_base, masks, hashes, places, counts):
    """Return the code of `data[start:start + length]` among the distinct texts number `texts`, adding it if new.

    Each of several dictionaries has its place in the shared arrays: hashes and places (start << 32 | length) from
    `base`, its table from `table_base`. An entry of a table is the upper half of a hash above the code + 1, so that
    texts are looked at only where they are almost surely equal. `masks` and `counts` hold a table's size - 1, which
    grows while there is room for twice as many entries as texts, and its number of texts.
    """
    wanted = quick_hash(data, start, start + length)
    return intern_hashed(wanted, data, start, length, texts, base, table, table_base, masks, hashes, places, counts)


@block
def intern_hashed(wanted, data, start, length, texts, base, table, table_base, masks, hashes, places, counts):
    """Do what `intern` does, given the text's `quick_hash`."""
    mask = uint64(masks[texts])
    at = wanted & mask
    while True:
        entry = table[table_base + at]
        if entry == 0:
            break
        if (entry & _TAG) == (wanted & _TAG):
            code = int64(entry & _CODE) - 1
            place = places[base + code]
            if (place & int64(0xFFFFFFFF)) == length and same_bytes(data, start, length, data, place >> 32):
                return code
        at = (at + uint64(1)) & mask
    code = counts[texts]
    counts[texts] = code + 1
    hashes[base + code] = wanted
    places[base + code] = (int64(start) << 32) | int64(length)
    table[table_base + at] = (wanted & _TAG) | uint64(code + 1)
    if 2 * (code + 1) > masks[texts]:
        masks[texts] = 2 * masks[texts] + 1
        _refill(table, table_base, masks[texts], hashes, base, code + 1)
    return code
