package text_test

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/dataelab/dataelab-go/formats/text"
)

// The types that the fuzz targets decode into, the first for what has no place.
var (
	treeTypes = []reflect.Type{
		reflect.TypeFor[everything](), reflect.TypeFor[[]float64](), reflect.TypeFor[[]string](), reflect.TypeFor[map[string]string](), reflect.TypeFor[forest](),
		reflect.TypeFor[*tree](), reflect.TypeFor[[]Base](), reflect.TypeFor[window](), reflect.TypeFor[[]color](), reflect.TypeFor[map[int][]byte](), reflect.TypeFor[[]complex128](),
		reflect.TypeFor[map[bool]int](), reflect.TypeFor[[]uint8](), reflect.TypeFor[[][]*int](),
	}
	tableTypes = []reflect.Type{
		reflect.TypeFor[[]row](), reflect.TypeFor[[]optional](), reflect.TypeFor[[]oneText](), reflect.TypeFor[[]oneFloat](), reflect.TypeFor[[]oneWord](),
		reflect.TypeFor[map[string][]float64](), reflect.TypeFor[map[string][]string](), reflect.TypeFor[map[name][]*int](),
	}
)

func FuzzJSON(f *testing.F) { fuzz(f, text.JSON{}, zoo, treeTypes) }
func FuzzYAML(f *testing.F) { fuzz(f, text.YAML{}, zoo, treeTypes) }
func FuzzCSV(f *testing.F)  { fuzz(f, text.CSV{}, tables, tableTypes) }

// fuzz feeds any bytes to Decode: an error, or a value that comes back equal, and
// no more memory than the documentation says.
func fuzz(f *testing.F, c codec, zoo map[string]any, types []reflect.Type) {
	for _, name := range slices.Sorted(maps.Keys(zoo)) {
		file := encode(f, c, zoo[name])
		if len(file) > 4096 {
			continue
		}
		f.Add(uint8(max(0, slices.Index(types, reflect.TypeOf(zoo[name])))), file)
	}
	f.Fuzz(func(t *testing.T, i uint8, file []byte) {
		typ := types[int(i)%len(types)]
		var got reflect.Value
		var err error
		used := memoryOf(func() { got, err = decodeAs(c, typ, bytes.Clone(file)) })
		if limit := uint64(400*len(file) + 4<<20); used > limit {
			t.Errorf("%v: took %d bytes for a file of %d", typ, used, len(file))
		}
		if checkError(t, err); err == nil {
			checkAgain(t, c, got)
		}
	})
}
