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
    g.unsupported("unsupported_structured.npy", np.array([(1, 2.5)], [("x", "<i4"), ("y", "<f8")]), "structured dtype (fields: 2)")
    g.unsupported("unsupported_subarray.npy", np.zeros(2, [("x", "<i4", (2, 2))]), "structured dtype (fields: 1)")
    g.unsupported("unsupported_structured_object.npy", np.array([(1, None)], [("x", "<i4"), ("o", "O")]), "structured dtype")
    g.unsupported("unsupported_field_names.npy", np.zeros(1, [("temp\u00e9rature", "<f4"), ("it's \"x\"", "<f4")]), "structured dtype")
    g.unsupported("unsupported_utf8_names.npy", np.zeros(1, [("\u6e29\u5ea6", "<f4")]), "structured dtype")
    g.unsupported("unsupported_text.npy", np.array(["abc", "\u6e29"]), "text strings")
    g.unsupported("unsupported_bytes.npy", np.array([b"abc", b"d"]), "byte strings")
    g.unsupported("unsupported_datetime.npy", np.array(["2024-04-10T11:22:33"], "M8[ns]"), "datetime64")
    g.unsupported("unsupported_timedelta.npy", np.array([5], "m8[s]"), "timedelta64")
    g.unsupported("unsupported_void.npy", np.zeros(2, "V6"), "raw bytes (void)")
    g.unsupported("unsupported_longdouble.npy", np.zeros(1, "longdouble"), "extended-precision")
    g.unsupported("unsupported_clongdouble.npy", np.zeros(1, "clongdouble"), "extended-precision")
    g.unsupported("unsupported_varstring.npy", np.array(["abc"], np.dtypes.StringDType()), "object array")

    lines = ",\n".join(json.dumps(entry) for entry in g.manifest)
    (folder / "manifest.json").write_text(f'{{"numpy": "{np.__version__}", "files": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
