"""Kernel part: XXH64 (Yann Collet, "XXH64 algorithm description", xxHash 0.1.1). Numba code."""

from numba import uint64

from hitstream.jit.blocks import block, load64, routine, word_at

_P1, _P2 = uint64(0x9E3779B185EBCA87), uint64(0xC2B2AE3D27D4EB4F)
_P3, _P4, _P5 = uint64(0x165667B19E3779F9), uint64(0x85EBCA77C2B2AE63), uint64(0x27D4EB2F165667C5)


@block
def _turn(value, bits):
    return (value << uint64(bits)) | (value >> uint64(64 - bits))


@block
def _round(lane, word):
    return _turn(lane + word * _P2, 31) * _P1


@routine
def _stripes(data, at, end, seed):
    """Hash `data[at:end]` in whole stripes of 32 bytes."""
    one, two, three, four = seed + _P1 + _P2, seed + _P2, seed, seed - _P1
    while at + 32 <= end:
        one = _round(one, load64(data, at))
        two = _round(two, load64(data, at + 8))
        three = _round(three, load64(data, at + 16))
        four = _round(four, load64(data, at + 24))
        at += 32
    value = _turn(one, 1) + _turn(two, 7) + _turn(three, 12) + _turn(four, 18)
    for lane in (one, two, three, four):
        value = (value ^ _round(uint64(0), lane)) * _P1 + _P4
    return value


@block
def xxh64(data, start, end, seed):
    """Return the XXH64 of `data[start:end]`."""
    at, value = start, seed + _P5
    if end - start >= 32:
        value = _stripes(data, start, end, seed)
        at = end - (end - start) % 32
    value += uint64(end - start)
    while at + 8 <= end:
        value = _turn(value ^ _round(uint64(0), load64(data, at)), 27) * _P1 + _P4
        at += 8
    if at + 4 <= end:
        value = _turn(value ^ (word_at(data, at, at + 4) * _P1), 23) * _P2 + _P3
        at += 4
    while at < end:
        value = _turn(value ^ (uint64(data[at]) * _P5), 11) * _P1
        at += 1
    value = (value ^ (value >> uint64(33))) * _P2
    value = (value ^ (value >> uint64(29))) * _P3
    return value ^ (value >> uint64(32))
