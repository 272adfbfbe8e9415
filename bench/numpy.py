"""What numpy, pyarrow and pandas do as the groups arrays, archives and tables tell them.

A line is: verb and arguments, between tabs. The answer is in seconds.
"""

import importlib
import os
import sys
import time

import numpy as np

versions = {"numpy": np.__version__}
for name in ("pyarrow", "pandas"):
    try:
        versions[name] = importlib.import_module(name).__version__
    except ImportError as e:
        versions[name] = f"- {e}"
print("\t".join(f"{name} {version}" for name, version in versions.items()), flush=True)

array = table = frame = loaded = every = None
for line in sys.stdin:
    verb, arg, *more = line.rstrip("\n").split("\t")
    start = time.perf_counter()
    if verb == "make":
        array = np.arange(int(arg), dtype=np.float64)
    elif verb == "save":
        np.save(arg, array)
    elif verb == "save-flushed":
        with open(arg, "wb") as f:
            np.save(f, array)
            f.flush()
            os.fsync(f.fileno())
    elif verb == "load":
        loaded = np.load(arg)
    elif verb == "map":
        loaded = np.load(arg, mmap_mode="r")
    elif verb == "save-npz":
        np.savez(arg, **{f"array{k}": array for k in range(10)})
    elif verb == "load-npz":
        with np.load(arg) as f:
            every = [f[name] for name in f.files]
        loaded = every[-1]
    elif verb == "make-table":
        import pyarrow.parquet as pq

        table = pq.read_table(arg)
    elif verb == "make-frame":
        import pandas as pd

        frame = pd.read_parquet(arg, engine="pyarrow")
    elif verb == "save-table":
        pq.write_table(table, arg, compression=more[0])
    elif verb == "save-frame":
        frame.to_parquet(arg, engine="pyarrow", compression=None if more[0] == "none" else more[0], index=False)
    elif verb == "load-table":
        loaded = pq.read_table(arg)
    elif verb == "load-frame":
        loaded = pd.read_parquet(arg, engine="pyarrow")
    else:
        raise ValueError(f"nobody here knows how to {verb}")
    seconds = time.perf_counter() - start
    if verb in ("load", "map", "load-npz"):
        assert loaded[-1] == len(loaded) - 1
    if verb in ("load-table", "load-frame"):
        assert len(loaded) == int(more[0])
    loaded = every = None
    print(seconds, flush=True)
