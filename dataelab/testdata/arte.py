"""The analyzer of arte_test.go, in Python, with results kept by the package arte.

    arte.py call DIR TAG    call every method, check what it returns, print which of them computed

Where arte is not installed, the stand-in below keeps files as it does. To run the tests with arte
itself: DATAELAB_PYTHON=.../bin/python go test -run Arte ./dataelab
"""

import os
import pickle
import sys

import numpy as np

try:
    from arte.dataelab.cache_on_disk import cache_on_disk, set_tag, set_tmpdir
except ImportError:
    place = {}

    def set_tmpdir(root, directory):
        place["tmpdir"] = directory

    def set_tag(root, tag):
        place["folder"] = os.path.join(place["tmpdir"], "cache" + tag)
        place["names"] = {id(root): "root"}
        place["names"].update((id(part), "root." + name) for name, part in vars(root).items())

    def cache_on_disk(method):
        def call(self):
            name = f"{place['names'][id(self)]}.{method.__qualname__}.npy"
            file = os.path.join(place["folder"], name)
            if os.path.exists(file):
                return np.load(file, allow_pickle=True)
            result = method(self)
            os.makedirs(place["folder"], exist_ok=True)
            if type(result) is np.ndarray:
                np.save(file, result)
            else:
                with open(file, "wb") as f:
                    pickle.dump(result, f)
            return result

        return call


computed = []


class Camera:
    @cache_on_disk
    def frames(self):
        computed.append("frames")
        return np.arange(24, dtype=np.uint16).reshape(2, 3, 4)

    @cache_on_disk
    def mean_flux(self):
        computed.append("mean_flux")
        return self.frames().mean()  # a np.float64, which arte pickles


class Dark:
    @cache_on_disk
    def level(self):
        computed.append("level")
        return np.array([-1, 0, 2**40])


class Telescope:
    @cache_on_disk
    def pointing(self):
        computed.append("pointing")
        return np.asfortranarray([[1.0, 2.0], [3.0, 4.0], [5.0, np.inf]])

    @cache_on_disk
    def focus(self):
        raise NotImplementedError("a child has another one")


class Night(Telescope):
    def __init__(self):
        self.camera = Camera()
        self._dark = Dark()

    @cache_on_disk
    def focus(self):
        computed.append("focus")
        return np.array([0.25, -0.0], dtype=np.float32)


def call(directory, tag):
    night = Night()
    set_tmpdir(night, directory)
    set_tag(night, tag)
    for got, dtype, want in [
        (night.camera.frames(), "u2", np.arange(24).reshape(2, 3, 4)),
        (night._dark.level(), "i8", [-1, 0, 2**40]),
        (night.pointing(), "f8", [[1, 2], [3, 4], [5, np.inf]]),
        (night.focus(), "f4", [0.25, 0]),
    ]:
        assert type(got) is np.ndarray and got.dtype == dtype and np.array_equal(got, want), (got, want)
    assert night.camera.mean_flux() == 11.5
    print(*sorted(computed))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    globals()[command](*arguments)
