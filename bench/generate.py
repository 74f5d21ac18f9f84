"""How fast traffic is generated: lines a second on one core, the median of five runs of each format.

python bench/generate.py [LINES]
"""

import statistics
import sys
import time

from hitstream.sources.generate import Traffic
from hitstream.sources.generate.traffic import FORMATS

RUNS = 5


def seconds(traffic: Traffic) -> tuple[float, int]:
    begin = time.perf_counter()
    size = sum(map(len, traffic.blocks()))
    return time.perf_counter() - begin, size


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for form in FORMATS:
        for malformed in (0.0, 0.05):
            traffic = Traffic(lines=lines, days=28, format=form, malformed=malformed)
            runs = [seconds(traffic) for _ in range(RUNS)]
            median = statistics.median(run for run, _ in runs)
            print(
                f"{form:9} {malformed:4.0%} malformed: {lines / median / 1e6:5.2f} M lines/s, "
                f"{runs[0][1] / median / 1e6:5.0f} MB/s"
            )


if __name__ == "__main__":
    main()
