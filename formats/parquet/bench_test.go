package parquet_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/dataelab/dataelab-go/formats/parquet"
)

// A telemetry is a row of ten columns, as an instrument would write them.
type telemetry struct {
	Seq                int64
	At                 time.Time `parquet:"at,us"`
	X, Y, Z, Flux, Rms float64
	Counts             int32
	Gain               float32
	Filter             string
}

func makeTelemetry(n int) []telemetry {
	r := rand.New(rand.NewPCG(1, 2))
	filters := []string{"J", "H", "K", "open"}
	start := time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC)
	rows := make([]telemetry, n)
	for i := range rows {
		rows[i] = telemetry{
			Seq: int64(i), At: start.Add(time.Duration(i) * time.Millisecond),
			X: r.NormFloat64(), Y: r.NormFloat64(), Z: float64(i) * 0.25, Flux: 1e4 * r.Float64(), Rms: float64(r.IntN(1000)) / 8,
			Counts: int32(r.IntN(4096)), Gain: float32(r.IntN(10)), Filter: filters[r.IntN(4)],
		}
	}
	return rows
}

func BenchmarkWrite(b *testing.B) {
	rows := makeTelemetry(1_000_000)
	for _, compression := range []string{"none", "snappy", "zstd"} {
		b.Run(compression, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(rows)) * int64(unsafe.Sizeof(rows[0])))
			for b.Loop() {
				if err := parquet.Encode(io.Discard, rows, parquet.Options{Compression: compression}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	rows := makeTelemetry(1_000_000)
	for _, compression := range []string{"none", "snappy", "zstd"} {
		var buf bytes.Buffer
		if err := parquet.Encode(&buf, rows, parquet.Options{Compression: compression}); err != nil {
			b.Fatal(err)
		}
		b.Run(compression, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(rows)) * int64(unsafe.Sizeof(rows[0])))
			var back []telemetry
			for b.Loop() {
				if err := parquet.Decode(bytes.NewReader(buf.Bytes()), int64(buf.Len()), &back); err != nil {
					b.Fatal(err)
				}
			}
			if !reflect.DeepEqual(back, rows) {
				b.Error("came back different")
			}
			b.ReportMetric(float64(buf.Len())/1e6, "file-MB")
		})
	}
}

func BenchmarkFeather(b *testing.B) {
	rows := makeTelemetry(1_000_000)
	for _, compression := range []string{"none", "zstd"} {
		var buf bytes.Buffer
		b.Run("write/"+compression, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(rows)) * int64(unsafe.Sizeof(rows[0])))
			for b.Loop() {
				buf.Reset()
				if err := parquet.EncodeFeather(&buf, rows, parquet.Options{Compression: compression}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("read/"+compression, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(rows)) * int64(unsafe.Sizeof(rows[0])))
			var back []telemetry
			for b.Loop() {
				if err := parquet.DecodeFeather(bytes.NewReader(buf.Bytes()), int64(buf.Len()), &back); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
