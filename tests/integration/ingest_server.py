"""Forks a process for every ingest it is told of: as real as starting Python anew, fifty times faster.

Reads a JSON object a line; answers with the process's id, and when that has ended with how.
"""

import json
import os
import signal
import sys
import time

import hitstream.arrow
import hitstream.views.pack  # noqa: F401 - imported before the forks
from hitstream.engine.embedded import ingest
from hitstream.engine.settings import IngestSettings
from hitstream.errors import HitstreamError
from hitstream.sources.open import open_source


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            os._exit(_ingest(**asked))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _ingest(directory, paths, settings, step="", nth=1, follow=False, pace=0.0):
    left = nth

    def checkpoint(reached):
        nonlocal left
        if reached == step:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    def paced(states, max_bytes):
        source = open_source(paths, states=states, max_bytes=max_bytes, follow=follow)
        read = source.read

        def slowly():
            for piece in read():
                time.sleep(pace)
                yield piece

        source.read = slowly
        return source

    try:
        ingest(directory, paced, IngestSettings(**settings), log_format="common", checkpoint=checkpoint)
    except HitstreamError as problem:
        print(problem, file=sys.stderr)
        return problem.exit_code
    return 0


if __name__ == "__main__":
    main()
