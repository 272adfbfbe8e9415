"""Makes the golden .npz files of formats/npz/testdata, and manifest.json.

    .venv/bin/python testdata/python/make_npz_golden.py formats/npz/testdata

numpy or Python's zipfile write every file. The manifest says of each which
arrays a reader must find, in the order of the file: name, dtype, shape, and the
elements in C order as little-endian bytes in hex; or, for files that Go does not
read, a part of the error. Python stamps fixed dates, so the same versions
(requirements.txt) make the same bytes again.
"""

import io
import json
import pathlib
import sys
import warnings
import zipfile

import numpy as np


def npy(a):
    file = io.BytesIO()
    np.save(file, a)
    return file.getvalue()


def info(name):
    return zipfile.ZipInfo(name)


class Golden:
    def __init__(self, folder):
        self.folder, self.manifest = folder, []

    def file(self, name, data, arrays):
        (self.folder / name).write_bytes(data)
        # What numpy itself makes of it.
        with np.load(self.folder / name) as f:
            for key, a in arrays.items():
                assert f[key].dtype == a.dtype and f[key].tobytes() == a.tobytes(), (name, key)
        self.manifest.append({
            "file": name,
            "members": [
                {
                    "name": key,
                    "dtype": a.dtype.str,
                    "shape": list(a.shape),
                    "hex": a.astype(a.dtype.newbyteorder("<")).tobytes("C").hex(),
                }
                for key, a in arrays.items()
            ],
        })

    def error(self, name, data, error):
        (self.folder / name).write_bytes(data)
        self.manifest.append({"file": name, "error": error})

    def savez(self, name, save, arrays):
        file = io.BytesIO()
        save(file, **arrays)
        self.file(name, file.getvalue(), arrays)


def archive(members):
    """A zip file of (name or ZipInfo, bytes, method)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as z, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        for name, data, method in members:
            z.writestr(info(name), data, method)
    return file.getvalue()


class Pipe(io.RawIOBase):
    """A file that cannot seek: zipfile then writes data descriptors."""

    def __init__(self):
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, b):
        self.data += b
        return len(b)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.npz"):
        old.unlink()
    g = Golden(folder)

    x = np.array([1.5, -0.0, np.inf, np.nan, 1e-310])
    mixed = {
        "x": x,
        "grid": np.arange(6, dtype=">i2").reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3)),
        "flags": np.array([True, False]),
        "gain": np.array(0.25),
        "count": np.array(7),
        "empty": np.zeros((0, 3)),
        "zeros": np.zeros(3000, "u1"),
    }
    g.savez("savez_compressed.npz", np.savez_compressed, mixed)
    del mixed["zeros"]
    g.savez("savez.npz", np.savez, mixed)
    g.savez("names.npz", np.savez, {"a/b": x[:1], "\u6e29\u5ea6": x[1:2], "with blank": x[2:3], "x.npz": x[3:4], "../up": x[4:]})
    g.savez("none.npz", np.savez, {})

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as z:
        z.writestr(info("x.npy"), npy(x), zipfile.ZIP_STORED)
        z.writestr(info("y.npy"), npy(x), zipfile.ZIP_DEFLATED)
    g.file("descriptors.npz", bytes(pipe.data), {"x": x, "y": x})

    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    g.file("mixed_methods.npz", archive([("a.npy", npy(x), stored), ("b.npy", npy(x), deflated)]), {"a": x, "b": x})
    g.file("no_suffix.npz", archive([("a", npy(x), stored), ("b.dat", npy(x), deflated)]), {"a": x, "b.dat": x})
    g.file(
        "other_members.npz",
        archive([("README", b"text", stored), ("notes/", b"", stored), ("a.npy", npy(x), stored), ("b.txt", b"\x93NUM", deflated), ("c.txt", b"text", zipfile.ZIP_BZIP2)]),
        {"a": x},
    )

    g.error("twice.npz", archive([("a.npy", npy(x), stored), ("a.npy", npy(-x), stored)]), "two members of this name")
    g.error("twice_by_suffix.npz", archive([("a", npy(x), stored), ("a.npy", npy(-x), stored)]), "two members of this name")
    g.error("bzip2.npz", archive([("a.npy", npy(x), zipfile.ZIP_BZIP2)]), "method 12")
    g.error("lzma.npz", archive([("a.npy", npy(x), zipfile.ZIP_LZMA)]), "method 14")
    g.error("not_npy.npz", archive([("a.npy", b"text", stored)]), "not a .npy file")
    pickled = io.BytesIO()
    np.savez(pickled, a=np.array([None]))
    g.error("object.npz", pickled.getvalue(), "Python pickles")
    g.error("npy.npz", npy(x), "not a .npz file")

    lines = ",\n".join(json.dumps(entry) for entry in g.manifest)
    (folder / "manifest.json").write_text(f'{{"numpy": "{np.__version__}", "files": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
