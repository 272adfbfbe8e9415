package main

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/dataelab/dataelab-go/formats/parquet"
)

// sample is a row of ten columns, as a night of telemetry has them.
type sample struct {
	Seq       int64
	At        time.Time
	Loop      int32
	Gain      float32
	Tip, Tilt float64
	Focus     float64
	Strehl    float64
	Filter    string `parquet:",dict"`
	Closed    bool
}

// samples has noise in the columns of measurements, which compresses as badly as noise does.
func samples(n int) []sample {
	noise := rand.New(rand.NewPCG(1, 2))
	filters := []string{"H", "J", "K", "L", "M"}
	start := time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC)
	rows := make([]sample, n)
	for i := range rows {
		rows[i] = sample{
			Seq: int64(i), At: start.Add(time.Duration(i) * time.Millisecond), Loop: int32(i / 1000), Gain: float32(i%7) / 8,
			Tip: noise.NormFloat64(), Tilt: noise.NormFloat64(), Focus: noise.NormFloat64(), Strehl: math.Abs(math.Sin(float64(i) / 1e4)),
			Filter: filters[i/5000%len(filters)], Closed: i%1000 != 0,
		}
	}
	return rows
}

// tables measures a table of many rows beside pyarrow, with the same compression.
func tables(t *table, py *numpy, rows, rounds int, dir string) error {
	value := samples(rows)
	ours, theirs := filepath.Join(dir, "ours.parquet"), filepath.Join(dir, "theirs.parquet")
	if err := saveTable(ours, value); err != nil {
		return err
	}
	if _, err := py.do("make-table", ours); err != nil {
		return err
	}
	bytes := int64(rows) * (8 + 8 + 4 + 4 + 8 + 8 + 8 + 8 + 4 + 1) // as Arrow holds them, a filter as its number
	if err := t.play(contest{what: "write .parquet, 10 columns, zstd", ours: "parquet.Encode, []struct", rival: "pyarrow write_table", target: "at least 1", bytes: bytes}, rounds,
		fresh(ours, func() error { return saveTable(ours, value) }),
		renewed(theirs, func() (time.Duration, error) { return py.do("save-table", theirs) })); err != nil {
		return err
	}
	value = nil
	if err := t.play(contest{what: "read .parquet, 10 columns, zstd", ours: "parquet.Load, Columns", rival: "pyarrow read_table", target: "at least 1", bytes: bytes}, rounds,
		timed(func() error {
			got, err := parquet.Load[parquet.Columns](ours)
			if seq, ok := got["Seq"].([]int64); err == nil && (!ok || len(seq) != rows || seq[rows-1] != int64(rows-1)) {
				err = errors.New("the wrong table was loaded")
			}
			return err
		}),
		func() (time.Duration, error) { return py.do("load-table", theirs) }); err != nil {
		return err
	}
	return t.play(contest{what: "read .parquet, 10 columns, zstd", ours: "parquet.Load, []struct", rival: "pyarrow read_table", target: "at least 1", bytes: bytes}, rounds,
		timed(func() error {
			got, err := parquet.Load[[]sample](ours)
			if err == nil && (len(got) != rows || got[rows-1].Seq != int64(rows-1)) {
				err = errors.New("the wrong table was loaded")
			}
			return err
		}),
		func() (time.Duration, error) { return py.do("load-table", theirs) })
}

// saveTable does not flush the file to the disk, as pyarrow does not.
func saveTable(path string, rows []sample) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(parquet.Encode(f, rows), f.Close())
}
