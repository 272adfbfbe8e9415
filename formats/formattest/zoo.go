package formattest

import (
	"bytes"
	"reflect"
	"time"
)

type (
	named      float32
	namedText  string
	namedSlice []int16

	point struct{ X, Y float64 }

	row struct {
		ID      int64
		Name    string
		Weight  float32
		Valid   bool
		Count   uint16
		At      time.Time
		Comment *string
	}

	record struct {
		Title  string
		Center point
		Points []point
		Limits [2]int8
		Notes  map[string]string
		Next   *point
		Series []float64
	}

	arrays struct {
		Frames [][]float32
		Mean   []float64
		Gain   float64
	}

	tree struct {
		Name     string
		Children []tree
		Parent   *tree
	}
)

// zoo is the types that each format is asked for. Those it accepts are stored,
// and those it refuses must be refused throughout.
var zoo = []reflect.Type{
	reflect.TypeFor[[]float64](), reflect.TypeFor[[]float32](),
	reflect.TypeFor[[]int](), reflect.TypeFor[[]int8](), reflect.TypeFor[[]int16](), reflect.TypeFor[[]int32](), reflect.TypeFor[[]int64](),
	reflect.TypeFor[[]uint](), reflect.TypeFor[[]uint8](), reflect.TypeFor[[]uint16](), reflect.TypeFor[[]uint32](), reflect.TypeFor[[]uint64](),
	reflect.TypeFor[[]complex64](), reflect.TypeFor[[]complex128](), reflect.TypeFor[[]bool](), reflect.TypeFor[[]string](),
	reflect.TypeFor[[][]float64](), reflect.TypeFor[[][]string](), reflect.TypeFor[[][3]int32](), reflect.TypeFor[[][][]uint16](),
	reflect.TypeFor[[4]float64](), reflect.TypeFor[[2][3]float32](), reflect.TypeFor[[0]int](),
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[uint64](), reflect.TypeFor[uintptr](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[complex64](), reflect.TypeFor[complex128](), reflect.TypeFor[string](),
	reflect.TypeFor[named](), reflect.TypeFor[namedText](), reflect.TypeFor[namedSlice](),
	reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[[]time.Time](), reflect.TypeFor[[]time.Duration](),
	reflect.TypeFor[point](), reflect.TypeFor[*point](), reflect.TypeFor[[]point](), reflect.TypeFor[[]*point](),
	reflect.TypeFor[row](), reflect.TypeFor[[]row](), reflect.TypeFor[record](), reflect.TypeFor[arrays](), reflect.TypeFor[*tree](), reflect.TypeFor[struct{}](),
	reflect.TypeFor[map[string]float64](), reflect.TypeFor[map[string][]float64](), reflect.TypeFor[map[namedText][]int32](),
	reflect.TypeFor[map[string][]string](), reflect.TypeFor[map[string]map[string]int](), reflect.TypeFor[map[int]string](), reflect.TypeFor[map[float64]bool](),
	reflect.TypeFor[*float64](), reflect.TypeFor[**string](), reflect.TypeFor[[]*int](), reflect.TypeFor[*[]float64](),
	reflect.TypeFor[any](), reflect.TypeFor[[]any](), reflect.TypeFor[map[string]any](),
	reflect.TypeFor[error](), reflect.TypeFor[bytes.Buffer](), reflect.TypeFor[chan int](), reflect.TypeFor[func() int](), reflect.TypeFor[map[string]chan int](),
	reflect.TypeFor[struct{ F func() }](), reflect.TypeFor[[]chan int](),
}
