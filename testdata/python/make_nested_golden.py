"""Writes formats/parquet/testdata/nested, small files with what only other programs write: structures, maps, lists in
lists, decimals, pages of LZ4 with checksums. Run with the packages of requirements.txt.

    python testdata/python/make_nested_golden.py formats/parquet/testdata/nested
"""
import decimal, os, sys
import pyarrow as pa, pyarrow.parquet as pq

D = decimal.Decimal
table = pa.table({
    "decimal": pa.array([D("1.50"), None, D("-2.25")], pa.decimal128(30, 2)),
    "deep": pa.array([[[1], None, []], None, []], pa.list_(pa.list_(pa.int64()))),
    "map": pa.array([[("a", 1), ("b", None)], None, []], pa.map_(pa.string(), pa.int32())),
    "hits": pa.array([[{"x": 1.5, "l": [1, 2]}, None], [], None], pa.list_(pa.struct([("x", pa.float64()), ("l", pa.list_(pa.int8()))]))),
})
for name, options in {
    "plain": {"compression": "none", "store_schema": False, "use_dictionary": False},
    "lz4": {"compression": "lz4", "data_page_version": "2.0"},
    "sums": {"compression": "none", "write_page_checksum": True, "row_group_size": 2, "store_decimal_as_integer": True},
}.items():
    pq.write_table(table, os.path.join(sys.argv[1], name + ".parquet"), **options)
