"""Writes tables of every type, null pattern, page version, encoding and codec, and beside each
the values that pyarrow reads from it, as JSON: numbers as texts, floats by their bits, times
as nanoseconds, bytes as hex.

    tables.py folder [full]
"""
import decimal, itertools, json, os, sys
import numpy as np, pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq

folder, full = sys.argv[1], len(sys.argv) > 2
rows = 130
random = np.random.default_rng(11)
decimal.getcontext().prec = 100

UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def ints(bits, signed=True):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    odd = [low, high, 0, 1, low + 1, high - 1]
    return odd + [int(x) for x in random.integers(low, high, rows - len(odd), dtype=f"{'i' if signed else 'u'}{bits // 8}", endpoint=True)]


def small(n, low=0):
    return [int(x) for x in random.integers(low, n, rows)]


def floats(dtype):
    odd = [float("nan"), float("inf"), float("-inf"), -0.0, 0.0, float(np.finfo(dtype).tiny), float(np.finfo(dtype).max), float(np.finfo(dtype).smallest_subnormal)]
    return np.array(odd + list(random.normal(size=rows - len(odd)) * 100), dtype)


def texts():
    odd = ["", "\x00", "ä日\U0010ffff", "long " * 60, "same", "same", "same prefix 1", "same prefix 2"]
    return odd + [f"text {k % 17}" for k in range(rows - len(odd))]


def decimals(digits, scale):
    most = 10**digits - 1
    return [decimal.Decimal(x).scaleb(-scale) for x in [most, -most, 0, 1, -1] + small(min(most, 2**62), -min(most, 2**62))[5:]]


def instants(unit):
    return [2**62 // UNITS[unit], -(2**62) // UNITS[unit], 0, -1, 1] + small(2 * 10**18 // UNITS[unit])[5:]


SCALARS = {
    "bool": (pa.bool_(), [bool(x) for x in small(2)]),
    **{f"int{b}": (getattr(pa, f"int{b}")(), ints(b)) for b in (8, 16, 32, 64)},
    **{f"uint{b}": (getattr(pa, f"uint{b}")(), ints(b, False)) for b in (8, 16, 32, 64)},
    "half": (pa.float16(), floats("f2")), "float": (pa.float32(), floats("f4")), "double": (pa.float64(), floats("f8")),
    "string": (pa.string(), texts()), "large string": (pa.large_string(), texts()), "string view": (pa.string_view(), texts()),
    "binary": (pa.binary(), [s.encode() + b"\xff" for s in texts()]), "large binary": (pa.large_binary(), [s.encode() for s in texts()]),
    "binary view": (pa.binary_view(), [s.encode() for s in texts()]),
    "fixed": (pa.binary(5), [bytes([k % 7, 255, 0, k % 256, 1]) for k in range(rows)]),
    "date32": (pa.date32(), [0, -1, 10**5, -(10**5)] + small(20000)[4:]), "date64": (pa.date64(), [86400000 * x for x in small(20000, -20000)]),
    **{f"stamp {u}": (pa.timestamp(u), instants(u)) for u in UNITS}, "stamp utc": (pa.timestamp("us", "UTC"), instants("us")),
    "stamp rome": (pa.timestamp("ns", "Europe/Rome"), instants("ns")),
    **{f"time {u}": (pa.time32(u) if UNITS[u] > 1000 else pa.time64(u), small(86400 * 10**9 // UNITS[u])) for u in UNITS},
    **{f"duration {u}": (pa.duration(u), instants(u)) for u in UNITS},
    "decimal 9": (pa.decimal128(9, 2), decimals(9, 2)), "decimal 18": (pa.decimal128(18, 18), decimals(18, 18)),
    "decimal 38": (pa.decimal128(38, 10), decimals(38, 10)), "decimal 76": (pa.decimal256(76, 5), decimals(76, 5)),
    "decimal32": (pa.decimal32(9, 3), decimals(9, 3)), "decimal64": (pa.decimal64(18, 0), decimals(18, 0)),
}


def some(values, pattern):
    n = len(values)
    there = {
        "full": [True] * n, "holes": [k % 5 != 2 and k % 7 != 3 for k in range(n)], "runs": [k // 20 % 2 == 0 for k in range(n)],
        "ends": [0 < k < n - 1 for k in range(n)], "none": [False] * n, "one": [k == n // 2 for k in range(n)],
    }[pattern]
    return [v if ok else None for v, ok in zip(values, there)]


def array(t, values):
    """Arrays of times, of which Python has no values, by way of their numbers."""
    if pa.types.is_timestamp(t) or pa.types.is_duration(t) or pa.types.is_time(t) or pa.types.is_date(t):
        return pa.array(values, pa.int32() if t.bit_width == 32 else pa.int64()).view(t)
    return pa.array(values, t)


def lists(make, t, item, pattern):
    """Lists of 0 to 4 elements; pattern is that of the lists, and holes are of elements, too."""
    lengths = some([k % 5 for k in range(rows)], pattern)
    values = (item[1] * 4)[: sum(n or 0 for n in lengths)]
    if pattern in ("holes", "runs"):
        values = some(list(values), "holes")
    offsets, at = [], 0
    for n in lengths:
        offsets.append(None if n is None else at)
        at += n or 0
    offsets.append(at)
    return make.from_arrays(pa.array(offsets, t), array(item[0], values))


def table():
    columns = {}
    for name, (t, values) in SCALARS.items():
        columns[f"{name} required"] = (pa.field("", t, False), array(t, list(values)))
        for pattern in ["full", "holes", "runs", "ends", "none", "one"]:
            columns[f"{name} {pattern}"] = (pa.field("", t), array(t, some(list(values), pattern)))
    for name in ["bool", "int8", "uint8", "int64", "half", "float", "double", "string", "binary", "fixed", "date32", "stamp us", "stamp ms", "time us", "duration s", "decimal 38", "decimal 9"]:
        for pattern in ["full", "holes", "runs", "none"]:
            a = lists(pa.ListArray, pa.int32(), (SCALARS[name][0], list(SCALARS[name][1])), pattern)
            columns[f"list of {name} {pattern}"] = (pa.field("", a.type), a)
    a = lists(pa.LargeListArray, pa.int64(), (pa.float32(), list(floats("f4"))), "holes")
    columns["large list"] = (pa.field("", a.type), a)
    vectors = some([[float(k), None if k % 4 == 1 else 1.5] for k in range(rows)], "holes")
    columns["vectors"] = (pa.field("", pa.list_(pa.float64(), 2)), pa.array(vectors, pa.list_(pa.float64(), 2)))
    for i, t in [(8, pa.string()), (32, pa.int64())]:
        a = pa.array(some([7 + k % 5 for k in range(rows)], "holes"), pa.int64()).cast(t).dictionary_encode().cast(pa.dictionary(getattr(pa, f"int{i}")(), t))
        columns[f"dictionary of {t}"] = (pa.field("", a.type), a)
    columns["null"] = (pa.field("", pa.null()), pa.nulls(rows))
    columns["uuid"] = (pa.field("", pa.uuid()), pa.array([bytes([k] * 16) if k % 3 else None for k in range(rows)], pa.uuid()))
    point = pa.struct([pa.field("x", pa.float64(), False), ("s", pa.string()), ("l", pa.list_(pa.int16())), ("in", pa.struct([("t", pa.timestamp("ms"))]))])
    points = [{"x": k / 4, "s": f"p{k}" if k % 3 else None, "l": [k, None][: k % 3] if k % 4 else None, "in": {"t": k} if k % 7 else None} for k in range(rows)]
    columns["struct"] = (pa.field("", point), pa.array(some(points, "holes"), point))
    t = pa.map_(pa.string(), pa.int32())
    columns["map"] = (pa.field("", t), pa.array(some([[(f"k{j}", j if j % 2 else None) for j in range(k % 4)] for k in range(rows)], "holes"), t))
    t = pa.list_(pa.struct([("e", pa.float32()), ("n", pa.uint16())]))
    columns["hits"] = (pa.field("", t), pa.array(some([[{"e": j / 2, "n": j if j % 3 else None} if j % 2 else None for j in range(k % 5)] for k in range(rows)], "holes"), t))
    n = iter(range(10**6))
    def nest(depth, k):
        """Lists in lists, of which some are missing and some empty, at each depth."""
        if k % 11 == 10:
            return None
        if depth == 0:
            return k
        return [nest(depth - 1, next(n)) for _ in range(k % 4)]
    for depth in (2, 3):
        for name, item, make in [("int64", pa.int64(), int), ("string", pa.string(), str), ("double", pa.float64(), float), ("uint8", pa.uint8(), lambda x: x % 256), ("stamp", pa.timestamp("us"), int),
                ("decimal", pa.decimal128(9, 1), decimal.Decimal)]:
            t = item
            for _ in range(depth):
                t = pa.list_(t)
            change = lambda v: None if v is None else [change(e) for e in v] if isinstance(v, list) else make(v)
            columns[f"{depth} lists of {name}"] = (pa.field("", t), pa.array([change(nest(depth, k)) for k in range(rows)], t))
    t = pa.list_(pa.field("element", pa.list_(pa.field("element", pa.uint8(), False)), False))
    columns["required lists"] = (pa.field("", t, False), pa.array([[[1, 2, k]] * (k % 3) for k in range(rows)], t))
    t = pa.list_(pa.struct([("l", pa.list_(pa.int16())), ("m", pa.map_(pa.string(), pa.list_(pa.float32())))]))
    columns["lists in"] = (pa.field("", t), pa.array(some([[{"l": nest(1, k + j), "m": [("a", nest(1, j)), ("b", None)][: j]} if j % 2 else None for j in range(k % 5)] for k in range(rows)], "runs"), t))
    return pa.table([a for _, a in columns.values()], schema=pa.schema([f.with_name(name) for name, (f, _) in columns.items()]))


def plain(a):
    """The values of an array, as both languages can write them."""
    t = a.type
    if isinstance(t, pa.ExtensionType) or hasattr(a, "storage"):
        return plain(a.storage)
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        values = plain(a.flatten() if not pa.types.is_fixed_size_list(t) else pa.concat_arrays([x.values for x in a if x.is_valid] or [pa.array([], t.value_type)]))
        out, at = [], 0
        for n in pc.list_value_length(a).to_pylist():
            out.append(None if n is None else values[at : at + n])
            at += n or 0
        return out
    if pa.types.is_dictionary(t):
        return plain(a.dictionary_decode())
    if pa.types.is_float16(t):
        a = a.cast(pa.float32())
        t = a.type
    if pa.types.is_floating(t):
        a = a.view(pa.uint32() if t.bit_width == 32 else pa.uint64())
        return [None if v is None else str(v) for v in a.to_pylist()]
    if pa.types.is_date(t):
        unit, a = (86400 * 10**9, a.view(pa.int32())) if t.bit_width == 32 else (10**6, a.view(pa.int64()))
        return [None if v is None else str(v * unit) for v in a.to_pylist()]
    if pa.types.is_timestamp(t) or pa.types.is_duration(t) or pa.types.is_time(t):
        a = a.view(pa.int32() if t.bit_width == 32 else pa.int64())
        return [None if v is None else str(v * UNITS[t.unit]) for v in a.to_pylist()]
    values = a.to_pylist()
    if pa.types.is_boolean(t) or pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t):
        return values
    if pa.types.is_decimal(t):
        return [None if v is None else format(v, "f") for v in values]
    if values and any(isinstance(v, bytes) for v in values):
        return [None if v is None else v.hex() for v in values]
    return [None if v is None else str(v) for v in values]


def members(name, a):
    """The columns that a column becomes: structures and maps one for each member."""
    t = a.type
    inner = lambda v, pick: None if v is None else [None if e is None else pick(e) for e in v]
    if pa.types.is_struct(t):
        for f in t:
            values = [None if v is None else v[f.name] for v in a.to_pylist()]
            yield from members(f"{name}.{f.name}", pa.array(values, f.type))
    elif pa.types.is_map(t):
        for k, (f, what) in enumerate([(t.key_type, "key"), (t.item_type, "value")]):
            yield from members(f"{name}.{what}", pa.array([inner(v, lambda e: e[k]) for v in a.to_pylist()], pa.list_(f)))
    elif pa.types.is_list(t) and pa.types.is_struct(t.value_type):
        for f in t.value_type:
            yield from members(f"{name}.{f.name}", pa.array([inner(v, lambda e: e[f.name]) for v in a.to_pylist()], pa.list_(f.type)))
    elif pa.types.is_list(t) and pa.types.is_map(t.value_type):
        for k, (f, what) in enumerate([(t.value_type.key_type, "key"), (t.value_type.item_type, "value")]):
            yield f"{name}.{what}", pa.array([inner(v, lambda e: inner(e, lambda pair: pair[k])) for v in a.to_pylist()], pa.list_(pa.list_(f)))
    else:
        yield name, a


def encodings(schema, e):
    """For each leaf the encoding number e that its physical type has."""
    chosen = {}
    for k in range(len(schema)):
        c = schema.column(k)
        choices = {
            "BOOLEAN": ["PLAIN", "RLE"], "INT32": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"], "INT64": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
            "FLOAT": ["PLAIN", "BYTE_STREAM_SPLIT"], "DOUBLE": ["PLAIN", "BYTE_STREAM_SPLIT"], "BYTE_ARRAY": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
            "FIXED_LEN_BYTE_ARRAY": ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"], "INT96": ["PLAIN"],
        }[c.physical_type]
        if c.path.startswith("dictionary"):  # pyarrow itself reads nothing else into one
            choices = ["PLAIN"]
        chosen[c.path] = choices[e % len(choices)]
    return chosen


whole = table()
kinds = ["stored", "bare", "int96", "ints"]  # take turns
product = itertools.product(["1.0", "2.0"], range(4), ["none", "snappy", "gzip", "brotli", "zstd", "lz4"], [False, True])
product = [(*choice, kinds[(k // 48 + k // 12 + k // 2 + k) % 4]) for k, choice in enumerate(product)]
if not full:  # each value of each, in few files
    product = [("1.0", 0, "none", False, "stored"), ("2.0", 1, "snappy", True, "bare"), ("1.0", 2, "gzip", True, "int96"), ("2.0", 3, "zstd", False, "ints"),
        ("2.0", 0, "lz4", True, "int96"), ("1.0", 3, "brotli", True, "bare")]
cells = 0
for number, (version, e, codec, tiny, kind) in enumerate(product):
    path = os.path.join(folder, f"{number:03d}.parquet")
    part = whole if full else whole.select(range(number % 2, whole.num_columns, 2))
    pq.write_table(part[:0], os.path.join(folder, "schema"))
    leaves = pq.ParquetFile(os.path.join(folder, "schema")).schema
    options = {"use_dictionary": True} if e == 3 else {"use_dictionary": False, "column_encoding": encodings(leaves, e)}
    if kind == "int96":
        options["use_deprecated_int96_timestamps"] = True
        if e != 3:
            options["column_encoding"] = {k: v for k, v in options["column_encoding"].items() if "stamp" not in k and k != "struct.in.t"}
    if kind == "ints":
        options["store_decimal_as_integer"] = True
        if e != 3:
            options["column_encoding"] = {k: v for k, v in options["column_encoding"].items() if "decimal" not in k}
    if tiny:
        options |= {"data_page_size": 64, "write_batch_size": 8, "row_group_size": 50, "write_page_checksum": True, "write_page_index": True}
    pq.write_table(part, path, data_page_version=version, compression=codec, store_schema=kind != "bare", **options)
    back = pq.read_table(path)
    want = {}
    for name in back.column_names:
        column = back[name].combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks)
        for member, a in members(name, column):
            want[member] = plain(a)
            cells += len(a)
    with open(path + ".json", "w") as f:
        json.dump(want, f)
    print(version, e, codec, tiny, kind, sep=" ", file=open(path + ".txt", "w"))
os.remove(os.path.join(folder, "schema"))
print(len(product), cells)
