"""The object tree of python_test.go, with the layout of files re-implemented.

    layout.py write DIR          save what every method returns where the layout has it
    layout.py read DIR           load every file, and compare it with what the method returns
    layout.py bomb DIR MARKER    put files there that make MARKER when they are unpickled
    layout.py explode FILE       unpickle one of these
"""

import pathlib
import pickle
import sys

import numpy as np


def cached(method):
    method.cached = True
    return method


class Instrument:
    @cached
    def gains(self):
        return np.array([0.5, -0.0, np.nan, np.inf])


class Wavefront(Instrument):
    @cached
    def slopes(self):
        return np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3) / 4)

    @cached
    def flux(self):
        return np.array([0, 1, 65535], dtype=np.uint16)

    @cached
    def mask(self):
        return np.array([[True, False], [False, True]])


class Modes:
    def __init__(self, n):
        self.n = n

    @cached
    def coefficients(self):
        return np.arange(self.n) * (1 + 2j)

    @cached
    def covariance(self):
        return np.eye(self.n) * self.n


class Recording:
    def __init__(self):
        self.wavefront = Wavefront()
        self.modes = {"zernike": Modes(3), "kl 2": Modes(2)}
        self.segments = [Modes(1), Modes(4)]


def walk(value, path):
    """Yield name and method of every cached method below value."""
    if isinstance(value, dict):
        for key, element in value.items():
            yield from walk(element, f"{path}.{key.replace(' ', '%20')}")
    elif isinstance(value, list):
        for i, element in enumerate(value):
            yield from walk(element, f"{path}.{i}")
    elif hasattr(value, "__dict__"):
        for cls in type(value).__mro__:
            for name, function in vars(cls).items():
                if hasattr(function, "cached"):
                    yield f"{path}.{function.__qualname__}", getattr(value, name)
        for name, member in vars(value).items():
            yield from walk(member, f"{path}.{name}")


def files(directory):
    for name, method in walk(Recording(), "root"):
        yield directory / f"{name}.npy", method()


def write(directory):
    directory.mkdir(mode=0o700)
    for path, array in files(directory):
        np.save(path, array)


def read(directory):
    expected = dict(files(directory))
    for path, array in expected.items():
        found = np.load(path, allow_pickle=False)
        assert found.dtype == array.dtype and found.shape == array.shape, (path, found.dtype, found.shape)
        assert found.tobytes() == array.tobytes(), (path, found)
    others = {p for p in directory.iterdir() if p.name != ".dataelab"} - set(expected)
    assert not others, others
    print(len(expected), "arrays")


class Bomb:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (self.marker, "w")


def bomb(directory, marker):
    directory.mkdir(mode=0o700)
    with open(directory / "root.wavefront.Wavefront.flux.npy", "wb") as f:
        pickle.dump(Bomb(marker), f)
    with open(directory / "root.wavefront.Wavefront.mask.npy", "wb") as f:
        np.save(f, np.array([Bomb(marker)], dtype=object), allow_pickle=True)


def explode(file):
    np.load(file, allow_pickle=True)


if __name__ == "__main__":
    command, path, *rest = sys.argv[1:]
    globals()[command](pathlib.Path(path), *rest)
