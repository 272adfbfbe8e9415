package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/dataelab"
)

// model is what make_quickstart.py was given, from the same metadata.
type model struct {
	Model struct {
		R0        float64 `json:"r0_m"`
		Vibration struct {
			Frequency float64 `json:"frequency_hz"`
			RMS       float64 `json:"rms_nm"`
		} `json:"vibration"`
	} `json:"model"`
}

// TestAgainstModel: the analyzer finds in the telemetry what the model put there.
func TestAgainstModel(t *testing.T) {
	archive := inside(t)
	for _, tag := range allTags {
		text, err := fs.ReadFile(archive.Inside, tag+"/metadata.json")
		if err != nil {
			t.Fatal(err)
		}
		var truth model
		if err := json.Unmarshal(text, &truth); err != nil {
			t.Fatal(err)
		}
		a := NewAnalyzer(open(t, archive, tag)) // without a tag: everything is computed
		line, err := a.modes.Vibration(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := truth.Model.Vibration.Frequency; math.Abs(line.Frequency-want) > 0.2 {
			t.Errorf("%s: vibration at %.2f Hz, want %v", tag, line.Frequency, want)
		}
		near(t, tag+" vibration", line.RMS, truth.Model.Vibration.RMS, 0.15)
		seeing, err := a.sky.Seeing(t.Context(), usualOuterScale)
		if err != nil {
			t.Fatal(err)
		}
		near(t, tag+" r0", seeing.R0, truth.Model.R0, 0.08)
		near(t, tag+" seeing", seeing.Seeing, 0.98*500e-9/seeing.R0*206265, 1e-5)
	}
}

func TestMethodsAgree(t *testing.T) {
	a := shortAnalyzer(t)
	ctx := t.Context()

	covariance := must(a.wfs.Covariance(ctx))(t)
	lagged := must(a.wfs.Lagged(ctx, 3))(t)
	frames, _ := must(a.snapshot.Slopes(ctx))(t).Dims()
	for i := range 160 {
		for j := range 160 {
			now := float64(lagged.At(0, i, j)) * float64(frames) / float64(frames-1)
			if math.Abs(now-covariance.At(i, j)) > 1e-6*covariance.At(i, i)+1e-9 {
				t.Fatalf("covariance of slopes %d and %d: %v at lag 0, %v", i, j, now, covariance.At(i, j))
			}
		}
	}

	// The covariance of modes is that of slopes, reconstructed.
	reconstructor := must(a.snapshot.Reconstructor(ctx))(t)
	var modes mat.Dense
	modes.Product(reconstructor, covariance, reconstructor.T())
	for j, rms := range must(a.modes.RMS(ctx))(t) {
		near(t, "residual of a mode", rms, math.Sqrt(modes.At(j, j)), 1e-9)
	}

	strehl := must(a.camera.Strehl(ctx, lBand))(t)
	near(t, "Strehl ratio of the image", strehl.Image, strehl.Marechal, 0.05)
	if !(0 < strehl.Total && strehl.Total < strehl.Image && strehl.Image < 1) {
		t.Errorf("Strehl ratios %+v are not 0 < total < image < 1", strehl)
	}
}

func TestCacherNames(t *testing.T) {
	var names []string
	for name := range dataelab.Cachers(NewAnalyzer(&Snapshot{})) {
		names = append(names, name)
	}
	want := []string{
		"root.Base.origin",
		"root.camera.Camera.psf", "root.camera.Camera.strehl",
		"root.dm.Commands.rms",
		"root.modes.Modes.open_loop", "root.modes.Modes.power", "root.modes.Modes.residual", "root.modes.Modes.rms", "root.modes.Modes.vibration",
		"root.sky.Atmosphere.seeing",
		"root.wfs.Slopes.covariance", "root.wfs.Slopes.lagged", "root.wfs.Slopes.mean",
	}
	slices.Sort(names)
	if !slices.Equal(names, want) {
		t.Errorf("cachers\n%s\nwant\n%s", strings.Join(names, "\n"), strings.Join(want, "\n"))
	}
}

// TestStoppedPSF: what is stopped in the middle is not stored, and the next call
// computes it.
func TestStoppedPSF(t *testing.T) {
	a := shortAnalyzer(t)
	ctx, cancel := context.WithCancel(t.Context())
	a.camera.progress = func(done, _ int) {
		if done == 10 {
			cancel()
		}
	}
	if _, err := a.camera.PSF(ctx, lBand); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that it was canceled", err)
	}
	if _, ok, err := a.camera.psf.Peek(t.Context(), lBand); ok || err != nil {
		t.Errorf("stored half an image: ok %v, error %v", ok, err)
	}
	if _, ok, err := a.modes.residual.Peek(t.Context()); !ok || err != nil {
		t.Errorf("the residual, finished before, is not kept: ok %v, error %v", ok, err)
	}
	a.camera.progress = nil
	if image, err := a.camera.PSF(t.Context(), lBand); err != nil || image.At(64, 64) < 0.5 {
		t.Errorf("second call: error %v, %v at the star", err, image)
	}
}

func TestRefusedArguments(t *testing.T) {
	a := NewAnalyzer(open(t, onDisk(t, smallArchive(t)), "night"))
	for want, call := range map[string]func() error{
		"wavelength": func() error { _, err := a.camera.PSF(t.Context(), 0); return err },
		"lags":       func() error { _, err := a.wfs.Lagged(t.Context(), 2); return err },
		"segment":    func() error { _, err := a.modes.Power(t.Context(), 256); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one about %s", err, want)
		}
	}
}

// TestShapesThatDoNotFit: arrays of one snapshot that contradict each other.
func TestShapesThatDoNotFit(t *testing.T) {
	files := smallArchive(t)
	files["night/slopes.npy"], files["night/commands.npy"] = files["night/commands.npy"], files["night/slopes.npy"]
	a := NewAnalyzer(open(t, onDisk(t, files), "night"))
	if _, err := a.modes.Residual(t.Context()); err == nil || !strings.Contains(err.Error(), "has 1 slopes, but its reconstructor is for 3") {
		t.Errorf("residual: error %v", err)
	}
	files["night/slopes.npy"] = files["night/commands.npy"]
	a = NewAnalyzer(open(t, onDisk(t, files), "night"))
	if _, err := a.modes.OpenLoop(t.Context()); err == nil || !strings.Contains(err.Error(), "commands for 2 frames of 3 modes") {
		t.Errorf("open loop: error %v", err)
	}
}

// shortAnalyzer is one of a short snapshot, with an empty cache.
func shortAnalyzer(t *testing.T) *Analyzer {
	t.Helper()
	dir := shortArchive(t)
	a := NewAnalyzer(open(t, Archive{Folder: dir}, testTag))
	setTag(t, a, t.TempDir())
	return a
}

func setTag(t *testing.T, a *Analyzer, dir string) {
	t.Helper()
	if err := dataelab.SetTmpdir(a, dir); err != nil {
		t.Fatal(err)
	}
	if err := dataelab.SetTag(a, a.snapshot.Tag); err != nil {
		t.Fatal(err)
	}
}

// must lets a test call a method in one line.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
