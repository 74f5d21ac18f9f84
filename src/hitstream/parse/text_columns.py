"""Columns of texts as kernels leave them, made valid, canonical and whole: their distinct texts are written anew."""

from collections.abc import Callable

import numpy as np

from hitstream.parse.client_rule import FORWARDED, ClientRule
from hitstream.record import I32, NO_CODE, Column, Texts

_MAY_CHANGE = np.zeros(256, bool)  # the bytes of a client that may not be in the form that is kept
_MAY_CHANGE[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ:,")] = True


def utf8_column(codes: I32, texts: Texts, foreign: bool) -> Column:
    r"""Return a column of valid UTF-8: an offending byte becomes `\xhh`, as Apache writes it."""
    if not foreign:
        return Column(codes, texts)
    return rewritten(codes, [text.decode("utf-8", "backslashreplace") for text in texts.split()])


def rewritten(codes: I32, written: list[str]) -> Column:
    """Return a column of which each text is written in another way; texts that are equal then are one."""
    code_of = {text: code for code, text in enumerate(dict.fromkeys(written))}
    recoded = np.array([*(code_of[text] for text in written), NO_CODE], np.int32)
    return Column(recoded[codes], Texts.encode(list(code_of)))


def paired(first: Column, second: Column, write: Callable[[str | None, str | None], str]) -> Column:
    """Return a column of what is written of each row's two texts."""
    count = len(second.texts) + 1
    pairs = (first.codes.astype(np.int64) + 1) * count + second.codes + 1
    distinct, places, codes = np.unique(pairs, return_index=True, return_inverse=True)
    order = np.argsort(places)  # texts stand in the order of their first appearance
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    names, others = [None, *first.texts.decode()], [None, *second.texts.decode()]
    return rewritten(rank[codes], [write(names[pair // count], others[pair % count]) for pair in distinct[order]])


def choose_clients(text: dict[str, Column], rule: ClientRule) -> Column:
    """Return the clients of hits, given the column of hosts, of what proxies passed on, or both, which it takes out."""
    peers, forwarded = text.pop("host", None), text.pop(FORWARDED, None)
    if peers and forwarded:
        return paired(peers, forwarded, rule.choose)
    column = peers or forwarded
    assert column is not None, "every hit has a client"
    if not _MAY_CHANGE[column.texts.data].any() and not rule.trusted:
        return column
    return rewritten(column.codes, [rule.choose(name, None) for name in column.texts.decode()])
