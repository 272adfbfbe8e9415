"""Caches in Python, which do what caches.go tells them, line by line, and answer in seconds.

A line is: verb, rival, directory, number of calls, between tabs. Only the calls are timed.
All rivals keep the same function: it takes a number and returns a small array.
"""

import hashlib
import importlib
import importlib.metadata
import sys
import tempfile
import time

import numpy as np

LENGTH = 100
computed = 0


def value(i):
    global computed
    computed += 1
    return np.full(LENGTH, float(i))


class Joblib:
    """Memory has nothing in memory: each call reads the disk."""

    def __init__(self):
        self.module = importlib.import_module("joblib")

    def open(self, directory, calls):
        self.f = self.module.Memory(directory, verbose=0).cache(value)

    def call(self, i):
        return self.f(i)

    def close(self):
        pass


class Diskcache:
    """A SQLite file, in which small values lie, too."""

    def __init__(self):
        self.module = importlib.import_module("diskcache")

    def open(self, directory, calls):
        self.cache = self.module.Cache(directory)
        self.f = self.cache.memoize()(value)

    def call(self, i):
        return self.f(i)

    def close(self):
        self.cache.close()


class Perscache:
    """It has nothing in memory either."""

    def __init__(self):
        self.module = importlib.import_module("perscache")
        self.storage = importlib.import_module("perscache.storage")

    def open(self, directory, calls):
        self.f = self.module.Cache(storage=self.storage.LocalFileStorage(directory))(value)

    def call(self, i):
        return self.f(i)

    def close(self):
        pass


class Arte:
    """It does not look at arguments, so each number is an object of its own."""

    def __init__(self):
        self.module = importlib.import_module("arte.dataelab.cache_on_disk")

        class Slopes:
            def __init__(self, i):
                self.i = i

            @self.module.cache_on_disk
            def mean(self):
                return value(self.i)

        self.Slopes = Slopes

    def open(self, directory, calls):
        tempfile.tempdir = directory  # where new cachers begin
        self.Slopes.mean.cacher_list.clear()  # which would hold all objects for ever
        self.objects = [self.Slopes(i) for i in range(calls)]
        for i, o in enumerate(self.objects):
            self.module.get_disk_cacher(o, self.Slopes.mean).set_tag("LBTISX20240410_112233", f"root.{i}")

    def call(self, i):
        return self.objects[i].mean()

    def close(self):
        pass


rivals, versions = {}, {"numpy": np.__version__}
for name, kind in {"arte": Arte, "joblib": Joblib, "diskcache": Diskcache, "perscache": Perscache}.items():
    try:
        rivals[name] = kind()
        versions[name] = importlib.metadata.version(name)
    except Exception as e:  # whatever an import may raise
        versions[name] = "- " + " ".join(str(e).split())
print("\t".join(f"{name} {version}" for name, version in versions.items()), flush=True)

array = None


def new_caches(rival, directory, calls):
    """Each call has a cache of its own, which is opened for it."""
    start = time.perf_counter()
    for _ in range(calls):
        rival.open(directory, 1)
        last = rival.call(0)
        rival.close()
    return time.perf_counter() - start, last, 0


def one_cache(rival, directory, calls):
    """One cache, and each call has its own argument."""
    rival.open(directory, calls)
    start = time.perf_counter()
    for i in range(calls):
        last = rival.call(i)
    seconds = time.perf_counter() - start
    rival.close()
    return seconds, last, calls - 1


def again(rival, directory, calls):
    """One cache, and the same call again and again."""
    rival.open(directory, 1)
    rival.call(0)
    start = time.perf_counter()
    for _ in range(calls):
        last = rival.call(0)
    seconds = time.perf_counter() - start
    rival.close()
    return seconds, last, 0


def miss(rival, directory, calls):
    before = computed
    outcome = one_cache(rival, directory, calls)
    assert computed == before + calls, "not every call computed"
    return outcome


def hit(how):
    def run(rival, directory, calls):
        before = computed
        outcome = how(rival, directory, calls)
        assert computed == before, "a hit was none"
        return outcome

    return run


verbs = {"hits-new": hit(new_caches), "hits-one": hit(one_cache), "hits-again": hit(again), "misses": miss}

for line in sys.stdin:
    verb, name, directory, calls = line.rstrip("\n").split("\t")
    calls = int(calls)
    if verb == "hash":
        if array is None or len(array) != calls:
            array = np.arange(calls, dtype=np.float64)
        start = time.perf_counter()
        if name == "joblib":
            rivals[name].module.hash(array)
        else:
            hashlib.new(name, array.data).digest()
        seconds = time.perf_counter() - start
    else:
        seconds, last, i = verbs[verb](rivals[name], directory, calls)
        assert len(last) == LENGTH and last[0] == i, f"{name} returned another value"
    print(seconds, flush=True)
