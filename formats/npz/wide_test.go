package npz_test

import (
	"bytes"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

type (
	star struct {
		ID   int32 `npy:"id"`
		Name string
		Pos  [2]float64
	}
	// night has members that are no numbers.
	night struct {
		Start    time.Time
		Target   string
		Filter   key
		Exposure time.Duration
		Times    []time.Time
		Steps    []time.Duration
		Names    []string
		Stars    []star
	}
)

func aNight() night {
	at := time.Date(2024, 4, 10, 11, 22, 33, 44, time.UTC)
	return night{
		Start: at, Target: "α Cen", Filter: "K", Exposure: 1500 * time.Millisecond,
		Times: []time.Time{at, {}}, Steps: []time.Duration{-1, time.Hour}, Names: []string{"", "Vega"},
		Stars: []star{{1, "Vega", [2]float64{1, 2}}, {2, "", [2]float64{math.Inf(1), 0}}},
	}
}

func TestWideRoundTrip(t *testing.T) {
	want := aNight()
	for _, o := range packings {
		var got night
		if err := decode(encoded(t, o, want), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v came back as %+v", want, got)
		}
	}
}

// TestWideValues has values that do not fit, each in its field.
func TestWideValues(t *testing.T) {
	for field, spoil := range map[string]func(*night){
		"Start":    func(n *night) { n.Start = n.Start.AddDate(1000, 0, 0) },
		"Target":   func(n *night) { n.Target = "ends in NUL\x00" },
		"Filter":   func(n *night) { n.Filter = "\xff" },
		"Exposure": func(n *night) { n.Exposure = math.MinInt64 },
		"Names":    func(n *night) { n.Names = nil },
		"Stars":    func(n *night) { n.Stars[1].Name = "\x00" },
	} {
		bad := aNight()
		spoil(&bad)
		var file bytes.Buffer
		_, err := npz.Encode(&file, bad)
		if !errors.Is(err, npz.ErrValue) || !strings.Contains(err.Error(), "field "+field) || file.Len() > 0 {
			t.Errorf("%s: %v, %d bytes written; want ErrValue with the field", field, err, file.Len())
		}
	}
}

// TestOldDuration reads single durations as they were written before: as i8.
func TestOldDuration(t *testing.T) {
	file := encoded(t, npz.Options{}, map[string]any{"Exposure": int64(time.Second), "Slopes": []float64{1}})
	var got struct {
		Exposure time.Duration
		Slopes   []float64
	}
	if err := decode(file, &got); err != nil || got.Exposure != time.Second {
		t.Errorf("%+v (%v), want a second", got, err)
	}
}

func TestWideScalarsOfOtherShape(t *testing.T) {
	file := encoded(t, npz.Options{}, map[string]any{"a": []string{"x"}, "b": "x"})
	r, err := npz.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var mismatch *npy.MismatchError
	if err := r.Read("a", new(string)); !errors.As(err, &mismatch) {
		t.Errorf("an array into a string: %v", err)
	}
	if err := r.Read("b", new([]string)); !errors.As(err, &mismatch) {
		t.Errorf("a string into an array: %v", err)
	}
	if err := r.Read("b", new(time.Time)); !errors.As(err, &mismatch) {
		t.Errorf("a string into a time: %v", err)
	}
	var s key
	if err := r.Read("b", &s); err != nil || s != "x" {
		t.Errorf("read %q (%v), want x", s, err)
	}
}

func TestPythonReadsWide(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours.npz"), filepath.Join(dir, "theirs.npz")
	if err := npz.Save(ours, aNight()); err != nil {
		t.Fatal(err)
	}
	py.Run(t, `
import sys
import numpy as np
f = np.load(sys.argv[1])
at = np.datetime64("2024-04-10T11:22:33.000000044")
assert f["Start"] == at and f["Start"].shape == () and f["Target"] == "α Cen" and f["Filter"] == "K"
assert f["Exposure"] == np.timedelta64(1500, "ms") and f["Times"][0] == at and np.isnat(f["Times"][1])
assert f["Steps"].tolist() == [-1, 3600 * 10**9] and f["Names"].tolist() == ["", "Vega"]
assert f["Stars"].dtype.descr == [("id", "<i4"), ("Name", "<U4"), ("Pos", "<f8", (2,))], f["Stars"].dtype
assert f["Stars"]["Pos"].tolist() == [[1, 2], [np.inf, 0]]
np.savez_compressed(sys.argv[2], **f)
`, ours, theirs)
	got, err := npz.Load[night](theirs)
	if err != nil || !reflect.DeepEqual(got, aNight()) {
		t.Errorf("%+v (%v), want %+v", got, err, aNight())
	}
}
