package text_test

import (
	"bytes"
	"math/rand"
	"testing"

	"github.com/dataelab/dataelab-go/formats/text"
)

type measured struct {
	Tag   string
	Time  float64
	Count int
	Gain  float64
	On    bool
}

func randomFloats(n int) []float64 {
	r := rand.New(rand.NewSource(1))
	a := make([]float64, n)
	for i := range a {
		a[i] = r.NormFloat64()
	}
	return a
}

func randomRows(n int) []measured {
	rows := make([]measured, n)
	for i, f := range randomFloats(n) {
		rows[i] = measured{"20240410_112233", f, i, f * f, f > 0}
	}
	return rows
}

func bench[T any](b *testing.B, c codec, v T) {
	var file bytes.Buffer
	if err := c.Encode(&file, v); err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(file.Len()))
		for b.Loop() {
			var w bytes.Buffer
			if err := c.Encode(&w, v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(file.Len()))
		for b.Loop() {
			var dst T
			if err := c.Decode(bytes.NewReader(file.Bytes()), int64(file.Len()), &dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFloats(b *testing.B) {
	b.Run("json", func(b *testing.B) { bench(b, text.JSON{}, randomFloats(1_000_000)) })
	b.Run("yaml", func(b *testing.B) { bench(b, text.YAML{}, randomFloats(100_000)) })
	b.Run("csv", func(b *testing.B) { bench(b, text.CSV{}, map[string][]float64{"x": randomFloats(1_000_000)}) })
}

func BenchmarkRows(b *testing.B) {
	b.Run("json", func(b *testing.B) { bench(b, text.JSON{}, randomRows(100_000)) })
	b.Run("yaml", func(b *testing.B) { bench(b, text.YAML{}, randomRows(10_000)) })
	b.Run("csv", func(b *testing.B) { bench(b, text.CSV{}, randomRows(1_000_000)) })
}

func BenchmarkSmall(b *testing.B) {
	b.Run("json", func(b *testing.B) { bench(b, text.JSON{}, measured{Tag: "a"}) })
	b.Run("yaml", func(b *testing.B) { bench(b, text.YAML{}, measured{Tag: "a"}) })
	b.Run("csv", func(b *testing.B) { bench(b, text.CSV{}, []measured{{Tag: "a"}}) })
}
