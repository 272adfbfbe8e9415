"""Writes the Arrow files of formats/parquet/testdata/polars, as polars writes them.

    pip install polars==2.1.0
    python testdata/python/make_polars_golden.py formats/parquet/testdata/polars

polars is not among the packages that the tests install, as it is 170 MB. Its files are kept
instead, and a test reads them: its texts and bytes are views, its categories are dictionaries of
views, and its LZ4 has blocks that refer to those before them.
"""

import datetime
import os
import sys

import polars as pl

ROWS = 300


def column(value, type, every=7):
    """Values by row, with one missing in each `every` rows."""
    return pl.Series([None if i % every == 3 else value(i) for i in range(ROWS)], dtype=type)


start = datetime.datetime(2024, 4, 10, 11, 22, 33, 444555)
frame = pl.DataFrame({
    "i8": column(lambda i: i % 128, pl.Int8),
    "u64": column(lambda i: i * 12345678901, pl.UInt64),
    "f32": column(lambda i: i / 8, pl.Float32),
    "f64": column(lambda i: i / 3, pl.Float64),
    "b": column(lambda i: i % 2 == 0, pl.Boolean),
    "s": column(lambda i: "ä" * (i % 30) + str(i), pl.String),
    "twelve": pl.Series([f"{i:012d}" for i in range(ROWS)]),  # the longest text within a view
    "bytes": column(lambda i: bytes([i % 256]) * (i % 20), pl.Binary),
    "cat": column(lambda i: f"category {i % 5}, a long one", pl.Categorical),
    "enum": column(lambda i: "ab"[i % 2], pl.Enum(["a", "b"])),
    "date": column(lambda i: start.date() + datetime.timedelta(days=i), pl.Date),
    "us": column(lambda i: start + datetime.timedelta(microseconds=i), pl.Datetime("us")),
    "rome": column(lambda i: start + datetime.timedelta(seconds=i), pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Rome"),
    "dur": column(lambda i: datetime.timedelta(milliseconds=i), pl.Duration("ms")),
    "time": column(lambda i: datetime.time(i % 24, 1, 2, i), pl.Time),
    "l": column(lambda i: [float(k) for k in range(i % 4)], pl.List(pl.Float64)),
    "ls": column(lambda i: [f"long text number {k}" for k in range(i % 4)], pl.List(pl.String)),
    "arr": column(lambda i: [i, i + 1, i + 2], pl.Array(pl.Int32, 3)),
})
if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    for compression in "lz4", "zstd":
        frame.write_ipc(os.path.join(sys.argv[1], compression + ".arrow"), compression=compression)
    oldest = pl.CompatLevel.oldest()  # large texts in place of views
    frame.write_ipc(os.path.join(sys.argv[1], "plain.arrow"), compression="uncompressed", compat_level=oldest)
