package gobs_test

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

type leafy struct {
	Name string
	Kids []*leafy
}

type benchRecord struct {
	Name    string
	At      time.Time
	Gain    float64
	Count   int
	Tags    []string
	Weights map[string]float64
}

// benchValues are results of usual shapes and sizes.
func benchValues() map[string]any {
	rnd := rand.New(rand.NewPCG(1, 2))
	floats := make([]float64, 100_000)
	for i := range floats {
		floats[i] = rnd.NormFloat64()
	}
	records := make([]benchRecord, 1000)
	for i := range records {
		records[i] = benchRecord{fmt.Sprint("record ", i), time.Unix(int64(i), 0), rnd.Float64(), i,
			[]string{"a", "bc"}, map[string]float64{"x": rnd.Float64(), "y": 0}}
	}
	weights := make(map[string]float64)
	for i := range 10_000 {
		weights[fmt.Sprint("key ", i)] = rnd.Float64()
	}
	settings := make([]any, 1000)
	for i := range settings {
		settings[i] = map[string]any{"n": i, "name": "x", "values": []any{1.5, true, nil}}
	}
	return map[string]any{
		"int":      ptr(12345),
		"record":   &records[7],
		"records":  &records,
		"floats":   &struct{ Samples []float64 }{floats},
		"bytes":    &struct{ Raw []byte }{make([]byte, 1<<20)},
		"map":      &weights,
		"settings": &settings,
		"tree":     ptr(balanced(12)),
		"pairs":    ptr(make([]pair, 10_000)),
	}
}

func balanced(depth int) *leafy {
	n := &leafy{Name: "n"}
	if depth > 0 {
		n.Kids = []*leafy{balanced(depth - 1), balanced(depth - 1)}
	}
	return n
}

func BenchmarkEncode(b *testing.B) {
	for name, v := range benchValues() {
		b.Run(name+"/gobs", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(encode(b, v))))
			for b.Loop() {
				if err := gobs.Encode(io.Discard, v); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/plain", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(encode(b, v))))
			for b.Loop() {
				if err := gob.NewEncoder(io.Discard).Encode(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, v := range benchValues() {
		typ := reflect.TypeOf(v).Elem()
		file := encode(b, v)
		b.Run(name+"/gobs", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if err := gobs.Decode(bytes.NewReader(file), int64(len(file)), reflect.New(typ).Interface()); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/plain", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if err := gob.NewDecoder(bytes.NewReader(file)).Decode(reflect.New(typ).Interface()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
