"""metrix, which does what streams.go tells it, line by line, and answers in seconds.

A line is: number of elements. They go into one stream with three aggregations, eight sets of
tags and batches of 1,000, and from there through a coordinator to a sink that counts. The variable METRIX is
a folder with the source of metrix, which is in no registry.
"""

import importlib.metadata
import os
import sys
import time

try:
    sys.path.insert(0, os.path.join(os.environ["METRIX"], "src"))
    import metrix

    print(f"metrix 0.1.0\tstreamz {importlib.metadata.version('streamz')}", flush=True)
except Exception as e:  # whatever an import may raise
    print("metrix -", " ".join(str(e).split()), flush=True)

for line in sys.stdin:
    n = int(line)
    received = 0

    def sink(element):
        global received
        received += 1

    def count(values):
        return sum(1 for _ in values)

    def mean(values):
        values = list(values)
        return sum(values) / len(values)

    stream = metrix.MStream("s", agg=[sum, count, mean], batch_size=1000)
    coordinator = metrix.MCoordinator(mstreams=[stream], msinks=[sink])
    tags = [{"quadrant": str(i)} for i in range(8)]
    start = time.perf_counter()
    for i in range(n):
        coordinator.send("s", i, tags=tags[i % 8])
    seconds = time.perf_counter() - start
    end = time.monotonic() + 10
    while received < n // 1000 * 24 and time.monotonic() < end:
        time.sleep(0.001)
    assert received == n // 1000 * 24, f"the sink has {received} elements"
    print(seconds, flush=True)
