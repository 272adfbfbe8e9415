"""Makes the golden .npy files of formats/npy/testdata, and manifest.json.

    .venv/bin/python testdata/python/make_npy_golden.py formats/npy/testdata

numpy writes every file. The manifest says of each what a reader must find:
dtype, order, shape, format version, and the elements in C order as
little-endian bytes in hex; or, for files that Go does not read, a part of the
error. The same numpy (requirements.txt) makes the same bytes again, on x86-64
(elsewhere longdouble is another type).
"""

import io
import json
import pathlib
import struct
import sys
import warnings

import numpy as np
from numpy.lib import format as npformat

DTYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
SHAPES = [(), (7,), (3, 4), (2, 3, 4), (2, 3, 2, 2), (2, 1, 3, 2, 2)]
EMPTY = [(0,), (0, 5), (5, 0), (2, 0, 3), (0, 0)]


def values(dtype, shape):
    """Elements that show every byte: extremes first, then a mixed sequence."""
    dtype = np.dtype(dtype)
    n = int(np.prod(shape, dtype=int))
    i = np.arange(n)
    if dtype.kind == "b":
        flat = (i * 7 // 3 % 2).astype(dtype)
    elif dtype.kind in "iu":
        info = np.iinfo(dtype)
        flat = (i.astype("u8") * np.uint64(0x9E3779B97F4A7C15)).astype(dtype)
        special = [info.max, info.min, 0, 1]
        flat[:n if n < 4 else 4] = special[:n]
    else:
        real = dtype if dtype.kind == "f" else f"f{dtype.itemsize // 2}"
        info = np.finfo(real)
        special = [-0.0, np.inf, -np.inf, np.nan, info.smallest_subnormal, info.max]
        parts = (i + 0.1) * np.where(i % 2, -1, 1) * 1.5
        parts[: min(n, 6)] = special[:n]
        flat = parts.astype(real)
        if dtype.kind == "c":
            both = np.empty(n, dtype)
            both.real, both.imag = flat, flat[::-1]
            flat = both
        flat = flat.astype(dtype)
    return flat.reshape(shape)


def nan_payloads():
    """Not-a-numbers of many kinds; only their bits tell them apart."""
    bits = [0x7FF8000000000000, 0x7FF8000000000001, 0xFFF8DEADBEEF0001, 0x7FF0000000000001, 0xFFF7FFFFFFFFFFFF]
    return np.array(bits, "u8").view("f8")


class Golden:
    def __init__(self, folder):
        self.folder = folder
        self.manifest = []

    def write(self, name, data, **entry):
        (self.folder / name).write_bytes(data)
        self.manifest.append({"file": name, **entry})

    def array(self, name, a, version=None):
        file = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # versions 2 and 3 warn that old numpy cannot read them
            npformat.write_array(file, a, version=version, allow_pickle=False)
        self.readable(name, file.getvalue(), a)

    def readable(self, name, data, a):
        back = np.load(io.BytesIO(data), max_header_size=100_000)
        assert back.dtype == a.dtype and back.shape == a.shape and back.tobytes() == a.tobytes(), name
        self.write(
            name,
            data,
            dtype=npformat.dtype_to_descr(a.dtype),
            fortran=bool(not a.flags.c_contiguous and a.flags.f_contiguous),
            shape=list(a.shape),
            version=[data[6], data[7]],
            hex=a.astype(a.dtype.newbyteorder("<")).tobytes("C").hex(),
        )

    def unsupported(self, name, a, error):
        file = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.save(file, a, allow_pickle=True)
        self.write(name, file.getvalue(), error=error)


def header_file(text, payload, version=(1, 0)):
    """A file with a header that numpy accepts but does not write itself."""
    length = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + length + text.encode() + payload


UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "10s", "25us", "3M"]


def nanoseconds(a):
    """Times and lengths of time as numpy itself shows them in nanoseconds."""
    if a.dtype.kind == "M":
        return [str(x) for x in np.datetime_as_string(a.astype("M8[ns]").ravel())]
    return [str(x) for x in a.astype("m8[ns]").astype("i8").ravel()]


def wide(folder):
    """Elements that are no plain numbers, and manifest.json with their text."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.npy"):
        old.unlink()
    manifest = []

    def add(name, a, text=None):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # version 3
            np.save(folder / name, a)
        descr = npformat.dtype_to_descr(a.dtype)
        manifest.append({"file": name, "dtype": descr if isinstance(descr, str) else "", "shape": list(a.shape), "text": text or []})

    for unit in UNITS:
        small = {"ps": 10**3, "fs": 10**6, "as": 10**9}.get(unit, 1)
        x = np.array([-7, -1, 0, 1, 2, 9]) * small
        for endian, label in [("<", "little"), (">", "big")]:
            a = np.concatenate([x.astype(f"M8[{unit}]"), np.array(["NaT"], f"M8[{unit}]")]).astype(f"{endian}M8[{unit}]")
            add(f"time_{unit}_{label}.npy", a, nanoseconds(a))
            if unit[-1] not in "YM":
                a = x.astype(f"{endian}m8[{unit}]")
                add(f"length_{unit}_{label}.npy", a, nanoseconds(a))
    limits = np.array([-(2**63) + 1, 2**63 - 1, -1], "M8[ns]")
    add("time_limits.npy", limits, nanoseconds(limits))
    add("time_generic_nat.npy", np.array(["NaT", "NaT"], "M8"), ["NaT", "NaT"])
    grid = np.arange(6, dtype="m8[ns]").reshape(2, 3)
    add("length_2x3_F.npy", np.asfortranarray(grid), nanoseconds(grid))

    words = ["", "abc", "\u6e29\u5ea6", "caf\u00e9", "\U0001f52d x", "a\0b"]
    for endian, label in [("<", "little"), (">", "big")]:
        add(f"text_{label}.npy", np.array(words, endian + "U"), words)
    add("text_empty.npy", np.array(["", ""]), ["", ""])
    add("text_zero.npy", np.zeros(3, "U0"), ["", "", ""])
    add("text_scalar.npy", np.array("caf\u00e9"), ["caf\u00e9"])
    add("bytes.npy", np.array([w.encode() for w in words]), words)
    grid = np.array(["a", "bb", "ccc", "d", "ee", "\u6e29"]).reshape(2, 3)
    add("text_2x3_C.npy", grid, grid.ravel().tolist())
    add("text_2x3_F.npy", np.asfortranarray(grid), grid.ravel().tolist())

    # The values of these stand in the test that reads them.
    star = [("id", "<i4"), ("name", "<U8"), ("pos", "<f8", (3,)), ("seen", "<M8[ns]"), ("exposure", "<m8[ns]"), ("good", "?"), ("flux", "<f2")]
    rows = [
        (7, "Vega", (1.5, -0.0, np.inf), "2024-04-10T11:22:33.000000044", 1500, True, 0.5),
        (-1, "\u03b1 Cen", (0, 1, 2), "NaT", -3, False, -2),
    ]
    a = np.array(rows, star)
    add("row_packed.npy", a)
    add("row_aligned.npy", a.astype(np.dtype(star, align=True)))
    add("row_big.npy", a.astype(a.dtype.newbyteorder(">")))
    add("row_titled.npy", a.astype([((f"the {f[0]}", f[0]), *f[1:]) for f in star]))
    add("row_other_widths.npy", a.astype([("FLUX", ">f4"), ("good", "?"), ("exposure", "m8[ps]"), ("Seen", "M8[ns]"), ("pos", "<f8", (3,)), ("name", "<U20"), ("id", "i1")][::-1]))
    grid = np.empty((2, 3), [("x", "<i2"), ("y", "<f8"), ("tag", "<U2")])
    for i in range(2):
        for j in range(3):
            grid[i, j] = (10 * i + j, i - j / 2, f"{i}{j}")
    add("row_2x3_C.npy", grid)
    add("row_2x3_F.npy", np.asfortranarray(grid))
    inner = [("a", "|u1"), ("b", "<U3", (2,))]
    add("row_nested.npy", np.array([(1, (2, ("x", "yyy")), [(3, ("", "z")), (4, ("www", ""))])], [("n", "<i8"), ("one", inner), ("two", inner, (2,))]))
    add("row_names.npy", np.array([(1.5, 2)], [("temp\u00e9rature", "<f4"), ("n", "<i8")]))
    add("row_utf8_names.npy", np.array([(1.5, 2)], [("\u6e29\u5ea6", "<f4"), ("n", "<i8")]))
    add("row_numbers.npy", np.array([(1, 2, (3, 4)), (5, 6, (7, 8))], [("x", "<f8"), ("y", "<f8"), ("ij", "<i4", (2,))]))

    lines = ",\n".join(json.dumps(entry) for entry in manifest)
    (folder / "manifest.json").write_text(f'{{"numpy": "{np.__version__}", "files": [\n{lines}\n]}}\n')


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.npy"):
        old.unlink()
    g = Golden(folder)

    for dtype in DTYPES:
        for order in "CF":
            for endian, label in [("<", "little"), (">", "big")]:
                if endian == ">" and np.dtype(dtype).itemsize == 1:
                    continue
                a = np.asarray(values(endian + dtype, (3, 4)), order=order)
                g.array(f"{dtype}_{label}_{order}.npy", a)

    for shape in SHAPES + EMPTY:
        for order in "CF":
            if order == "F" and sum(n > 1 for n in shape) < 2:
                continue  # the same file as in C order
            name = "x".join(map(str, shape)) or "scalar"
            g.array(f"shape_{name}_{order}.npy", np.asarray(values("<f8", shape), order=order))
            if np.prod(shape) > 0:
                g.array(f"shape_{name}_{order}_big.npy", np.asarray(values(">i2", shape), order=order))

    for version in [(1, 0), (2, 0), (3, 0)]:
        for order in "CF":
            a = np.asarray(values("<f8", (2, 3)), order=order)
            g.array(f"version_{version[0]}_{order}.npy", a, version)

    g.array("nan_payloads.npy", nan_payloads())
    g.array("nan_payloads_big.npy", nan_payloads().astype(">f8"))
    # Large enough that Go reorders and converts in several steps.
    big = (np.arange(70 * 90) % 251).astype("u1").reshape(70, 90)
    g.array("steps_F.npy", np.asfortranarray(big))

    # Headers as other programs write them; numpy reads them all.
    a = np.array([1.5, -2.5])
    one = a.astype("<f8").tobytes()
    for name, text in {
        "short": "{'descr':'<f8','fortran_order':False,'shape':(2,)}",
        "no_newline": "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }   ",
        "double_quotes": '{"shape": (2,), "fortran_order": False, "descr": "<f8"}\n',
        "python2_long": "{'descr': '<f8', 'fortran_order': False, 'shape': (2L,), }\n",
        "native_order": "{'descr': '=f8', 'fortran_order': False, 'shape': (2,), }\n",
        "no_order": "{'descr': 'f8', 'fortran_order': False, 'shape': (2,), }\n",
        "bar_order": "{'descr': '|f8', 'fortran_order': False, 'shape': (2,), }\n",
        "fortran_1d": "{'descr': '<f8', 'fortran_order': True, 'shape': (2,), }\n",
    }.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            g.readable(f"foreign_{name}.npy", header_file(text, one), a)
    g.manifest[-1]["fortran"] = True  # numpy forgets it for one axis
    long = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }" + " " * 66000 + "\n"
    g.readable("foreign_long_header.npy", header_file(long, one, (2, 0)), a)

    g.unsupported("unsupported_object.npy", np.array([1, "a", None], object), "object array: holds Python pickles")
    g.unsupported("unsupported_structured_object.npy", np.array([(1, None)], [("x", "<i4"), ("o", "O")]), 'field "o": dtype "|O": object array')
    g.unsupported("unsupported_void_field.npy", np.zeros(2, [("x", "<i4"), ("raw", "V6")]), 'field "raw": raw bytes (void)')
    g.unsupported("unsupported_void.npy", np.zeros(2, "V6"), "raw bytes (void)")
    g.unsupported("unsupported_longdouble.npy", np.zeros(1, "longdouble"), "extended-precision")
    g.unsupported("unsupported_clongdouble.npy", np.zeros(1, "clongdouble"), "extended-precision")
    g.unsupported("unsupported_varstring.npy", np.array(["abc"], np.dtypes.StringDType()), "object array")

    lines = ",\n".join(json.dumps(entry) for entry in g.manifest)
    (folder / "manifest.json").write_text(f'{{"numpy": "{np.__version__}", "files": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
    wide(pathlib.Path(sys.argv[1]) / "wide")
