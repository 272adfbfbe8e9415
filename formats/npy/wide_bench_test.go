package npy_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// benchRows is how many rows the tables have.
const benchRows = 1_000_000

type (
	benchStar struct {
		ID       int32
		Good     bool
		Name     string
		Pos      [3]float64
		Seen     time.Time
		Exposure time.Duration
		Flux     float32
	}
	benchGaps struct { // in memory with gaps, in the file without
		Count   uint16
		X, Y, Z float64
		Flag    uint8
	}
	benchFlat struct{ X, Y, Z, Weight float64 } // the same in both
)

func benchTables() (stars []benchStar, gaps []benchGaps, flat []benchFlat, names []string, times []time.Time, lengths []time.Duration) {
	stars, gaps, flat = make([]benchStar, benchRows), make([]benchGaps, benchRows), make([]benchFlat, benchRows)
	names, times, lengths = make([]string, benchRows), make([]time.Time, benchRows), make([]time.Duration, benchRows)
	for i := range stars {
		x := float64(i)
		names[i], times[i], lengths[i] = fmt.Sprintf("HIP %d", i), time.Unix(int64(i), 7).UTC(), time.Duration(i)
		stars[i] = benchStar{int32(i), i%2 == 0, names[i], [3]float64{x, x, x}, times[i], lengths[i], float32(x)}
		gaps[i] = benchGaps{uint16(i), x, x, x, uint8(i)}
		flat[i] = benchFlat{x, x, x, x}
	}
	return
}

func benchWide[T any](b *testing.B, name string, v T) {
	file := encoded(b, v)
	w := new(copier)
	b.Run(name+"/encode", func(b *testing.B) {
		b.SetBytes(int64(len(file)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := npy.Encode(w, v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run(name+"/decode", func(b *testing.B) {
		b.SetBytes(int64(len(file)))
		b.ReportAllocs()
		for b.Loop() {
			var back T
			if err := npy.Decode(bytes.NewReader(file), int64(len(file)), &back); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkTable moves a million rows.
func BenchmarkTable(b *testing.B) {
	stars, gaps, flat, names, times, lengths := benchTables()
	benchWide(b, "stars", stars)
	benchWide(b, "gaps", gaps)
	benchWide(b, "flat", flat)
	benchWide(b, "texts", names)
	benchWide(b, "times", times)
	benchWide(b, "durations", lengths)
}
