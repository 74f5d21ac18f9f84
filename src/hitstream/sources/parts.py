"""Lines that writers cut into parts stay together: nothing is cut between a part and what continues it.

Containers' runtimes cut lines of more than 16 KiB, see `parse.envelopes`; a chunk or a record that ended after a part
would make two lines of one.
"""

import re

_PART = re.compile(rb'\S{20,40} std(?:out|err) P |\{"log":"(?:[^"\\]|\\.)*+(?<!\\n)"', re.DOTALL)
_LINE_BYTES = 128 << 10


def before_parts(data: memoryview, end: int, start: int = 0) -> int:
    """Return where the parts begin with which the lines before `end` end; `end` where there is none, or nothing else.

    `end` is after a newline or at the end of `data`; looked at is what stands from `start` on.
    """
    at = end
    while at > start:
        line = bytes(data[max(start, at - _LINE_BYTES) : at])
        begin = line.rfind(b"\n", 0, len(line) - 1) + 1
        if not _PART.match(line, begin):
            return at
        at -= len(line) - begin
    return end
