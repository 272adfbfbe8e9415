package main

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
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

// tables measures a table of many rows beside pyarrow and pandas, with the same compression.
func tables(t *table, py *python, p *plan) error {
	if err := py.lacks("pyarrow"); err != nil {
		t.note("NOT COMPARED: tables: %v", err)
		return nil
	}
	value := samples(p.rows)
	source := filepath.Join(p.dir, "source.parquet")
	if err := saveTable(source, "zstd", value); err != nil {
		return err
	}
	rivals := []tableRival{{"pyarrow", "write_table", "read_table", "table"}}
	if err := py.lacks("pandas"); err != nil {
		t.note("NOT COMPARED: tables with pandas: %v", err)
	} else {
		rivals = append(rivals, tableRival{"pandas", "to_parquet", "read_parquet", "frame"})
	}
	for _, rival := range rivals {
		if _, err := py.do("make-"+rival.noun, source); err != nil {
			return err
		}
	}
	for _, codec := range []string{"zstd", "snappy", "none"} {
		if err := tablesIn(t, py, p, codec, value, rivals); err != nil {
			return err
		}
	}
	return nil
}

// tableRival writes and reads a whole table; noun is what verbs of numpy.py end in.
type tableRival struct{ name, write, read, noun string }

// tablesIn measures one compression.
func tablesIn(t *table, py *python, p *plan, codec string, value []sample, rivals []tableRival) error {
	rows := len(value)
	ours, theirs := filepath.Join(p.dir, "ours.parquet"), filepath.Join(p.dir, "theirs.parquet")
	c := contest{target: "at least 1", bytes: int64(rows) * (8 + 8 + 4 + 4 + 8 + 8 + 8 + 8 + 4 + 1)} // as Arrow holds them, a filter as its number
	for _, rival := range rivals {
		c.what, c.ours, c.rival = "write .parquet, "+codec, "parquet.Encode, []struct", rival.name+" "+rival.write
		if err := t.play(c, p.rounds,
			fresh(ours, func() error { return saveTable(ours, codec, value) }),
			renewed(theirs, func() (time.Duration, error) { return py.do("save-"+rival.noun, theirs, codec) })); err != nil {
			return err
		}
		load := func() (time.Duration, error) { return py.do("load-"+rival.noun, ours, strconv.Itoa(rows)) }
		c.what, c.ours, c.rival = "read .parquet, "+codec, "parquet.Load, Columns", rival.name+" "+rival.read
		if err := t.play(c, p.rounds, timed(func() error { return loadColumns(ours, rows) }), load); err != nil {
			return err
		}
		c.ours = "parquet.Load, []struct"
		if err := t.play(c, p.rounds, timed(func() error { return loadRows(ours, rows) }), load); err != nil {
			return err
		}
	}
	return nil
}

var errWrongTable = errors.New("the wrong table was loaded")

func loadColumns(path string, rows int) error {
	got, err := parquet.Load[parquet.Columns](path)
	if seq, ok := got["Seq"].([]int64); err == nil && (!ok || len(seq) != rows || seq[rows-1] != int64(rows-1)) {
		err = errWrongTable
	}
	return err
}

func loadRows(path string, rows int) error {
	got, err := parquet.Load[[]sample](path)
	if err == nil && (len(got) != rows || got[rows-1].Seq != int64(rows-1)) {
		err = errWrongTable
	}
	return err
}

// saveTable does not flush the file to the disk, as pyarrow does not.
func saveTable(path, codec string, rows []sample) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(parquet.Encode(f, rows, parquet.Options{Compression: codec}), f.Close())
}
