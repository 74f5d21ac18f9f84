"""Columns of texts as kernels leave them, made valid, canonical and whole: their distinct texts are written anew."""

from collections.abc import Callable, Sequence

import numpy as np

from hitstream.parse.client_rule import FORWARDED, ClientRule
from hitstream.parse.values import split_url
from hitstream.record import I32, NO_CODE, Column, Texts

_CASE = 32
_MAY_CHANGE = np.zeros(256, bool)  # the bytes of a client that may not be in the form that is kept
_MAY_CHANGE[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ:,")] = True


def utf8_column(codes: I32, texts: Texts, foreign: bool) -> Column:
    r"""Return a column of valid UTF-8: an offending byte becomes `\xhh`, as Apache writes it."""
    if not foreign:
        return Column(codes, texts)
    return rewritten(codes, [text.decode("utf-8", "backslashreplace") for text in texts.split()])


def rewritten(codes: I32, written: Sequence[str | None]) -> Column:
    """Return a column of which each text is written in another way, None as missing; equal texts are one then."""
    code_of = {text: code for code, text in enumerate(text for text in dict.fromkeys(written) if text is not None)}
    recoded = np.array([*(NO_CODE if text is None else code_of[text] for text in written), NO_CODE], np.int32)
    return Column(recoded[codes], Texts.encode(list(code_of)))


def paired(first: Column, second: Column, write: Callable[[str | None, str | None], str | None]) -> Column:
    """Return a column of what is written of each row's two texts."""
    count = len(second.texts) + 1
    pairs = (first.codes.astype(np.int64) + 1) * count + second.codes + 1
    distinct, places, codes = np.unique(pairs, return_index=True, return_inverse=True)
    order = np.argsort(places)  # texts stand in the order of their first appearance
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    names, others = [None, *first.texts.decode()], [None, *second.texts.decode()]
    return rewritten(rank[codes], [write(names[pair // count], others[pair % count]) for pair in distinct[order]])


def add_vhosts(text: dict[str, Column]) -> None:
    """Let the host of a target that is a full URL be the virtual host where there is none."""
    targets = text["target"]
    begins = targets.texts.offsets[:-1][np.diff(targets.texts.offsets) > len("http://")]
    if not (targets.texts.data[begins] | _CASE == ord("h")).any():
        return
    names = [split_url(target)[0] for target in targets.texts.decode()]
    if not any(names):
        return
    hosts = rewritten(targets.codes, names)
    own = text.get("vhost")
    text["vhost"] = paired(own, hosts, lambda vhost, host: vhost or host) if own else hosts


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
