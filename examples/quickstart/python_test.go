package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// TestPythonReadsResults opens the files of a run with np.load, and compares them
// with what numpy computes from the telemetry.
func TestPythonReadsResults(t *testing.T) {
	python := pythontest.Find(t)
	data, dir := shortArchive(t), t.TempDir()
	if code, _, errs := execute(t.Context(), t, "-data", data, "-tmpdir", dir); code != exitOK {
		t.Fatal(errs)
	}
	got := python.Run(t, `
import glob, sys
import numpy as np

def result(stem):
    found = glob.glob(f"{sys.argv[1]}/root.{stem}.npy") + glob.glob(f"{sys.argv[1]}/root.{stem}-*.npy")
    return [np.load(name) for name in found]

def same(stem, want, **tolerance):
    [have] = result(stem)
    np.testing.assert_allclose(have, want, err_msg=stem, **tolerance)

slopes, commands, reconstructor = (
    np.load(f"{sys.argv[2]}/{name}.npy").astype(float) for name in ("slopes", "commands", "reconstructor"))
centered = slopes - slopes.mean(axis=0)
residual = centered @ reconstructor.T
open_loop = residual[2:] + commands[:-2]

same("wfs.Slopes.mean", slopes.mean(axis=0), rtol=1e-9, atol=1e-12)
same("wfs.Slopes.covariance", np.cov(slopes, rowvar=False), rtol=1e-9, atol=1e-12)
lagged = np.stack([centered[:len(slopes) - lag].T @ centered[lag:] for lag in range(20)]) / len(slopes)
same("wfs.Slopes.lagged", lagged, rtol=1e-6, atol=1e-9)
same("dm.Commands.rms", commands.std(axis=0, ddof=1), rtol=1e-9)
same("modes.Modes.residual", residual, rtol=1e-9, atol=1e-9)
same("modes.Modes.rms", residual.std(axis=0, ddof=1), rtol=1e-9)
same("modes.Modes.open_loop", open_loop, rtol=1e-9, atol=1e-9)

def welch(segment):
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(segment) / segment)
    parts = np.stack([open_loop[k:k + segment] for k in range(0, len(open_loop) - segment + 1, segment // 2)])
    parts = (parts - parts.mean(axis=1, keepdims=True)) * window[:, None]
    density = (abs(np.fft.rfft(parts, axis=1)) ** 2).mean(axis=0) / (500 * (window ** 2).sum())
    density[1:-1] *= 2
    return density

spectra = {len(power): power for power in result("modes.Modes.power")}
assert sorted(spectra) == [129, 513], sorted(spectra)
for segment in 256, 1024:
    np.testing.assert_allclose(spectra[segment // 2 + 1], welch(segment), rtol=1e-7)

[psf] = result("camera.Camera.psf")
assert psf.shape == (128, 128) and psf.dtype == np.float64 and psf.argmax() == 64 * 128 + 64
print("ok")
`, filepath.Join(dir, "cache"+testTag), filepath.Join(data, testTag))
	if got != "ok" {
		t.Errorf("python printed %q", got)
	}
}

// TestTelescopeFiles: the committed files are those that the script makes.
func TestTelescopeFiles(t *testing.T) {
	python := pythontest.Find(t)
	got := python.Run(t, `
import json, pathlib, runpy, sys
import numpy as np

script, committed, out, tag = sys.argv[1:]
sys.argv = [script, "--out", out, "--tag", tag]
sys.dont_write_bytecode = True
runpy.run_path(script, run_name="__main__")
for name in "slopes", "commands", "reconstructor":
    old, new = (np.load(pathlib.Path(folder) / tag / f"{name}.npy") for folder in (committed, out))
    assert old.dtype == new.dtype == np.float32 and old.flags.c_contiguous == new.flags.c_contiguous, name
    np.testing.assert_allclose(new, old, rtol=1e-5, atol=1e-5 * abs(old).max(), err_msg=name)
old, new = (json.loads((pathlib.Path(folder) / tag / "metadata.json").read_text()) for folder in (committed, out))
old.pop("files"), new.pop("files")  # digests differ where the last bit does
assert old == new, (old, new)
print("ok")
`, filepath.Join("..", "..", "testdata", "python", "make_quickstart.py"), "telescope", t.TempDir(), allTags[2])
	if !strings.HasSuffix(got, "\nok") { // after the names of the files
		t.Errorf("python printed %q", got)
	}
}

// TestPythonChangesFile: the lines of Python that the README has do what -change commands
// does.
func TestPythonChangesFile(t *testing.T) {
	python := pythontest.Find(t)
	data := shortArchive(t)
	args := []string{"-data", data, "-tmpdir", t.TempDir()}
	if code, _, errs := execute(t.Context(), t, args...); code != exitOK {
		t.Fatal(errs)
	}
	python.Run(t, `
import sys
import numpy as np
name = sys.argv[1]
commands = np.load(name)
commands[1000, 0] = 5000
np.save(name, commands)
`, filepath.Join(data, testTag, commandsName))
	code, report, errs := execute(t.Context(), t, args...)
	if code != exitOK {
		t.Fatal(errs)
	}
	wantRows(t, "changed by numpy", report, rests["commands"])
}
