package gobs_test

import (
	"bytes"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

// TestConcurrent meets types for the first time in many goroutines at once.
func TestConcurrent(t *testing.T) {
	for round := range 20 {
		field := reflect.StructField{Name: fmt.Sprint("Round", round), Type: reflect.TypeFor[dynamic]()}
		typ := reflect.SliceOf(reflect.StructOf([]reflect.StructField{field, {Name: "Tree", Type: reflect.TypeFor[*node]()}}))
		v := reflect.MakeSlice(typ, 2, 2)
		v.Index(0).Field(0).Set(reflect.ValueOf(zoo["dynamic"]).Elem())
		v.Index(1).Field(1).Set(reflect.ValueOf(zoo["tree"]))
		files := make([][]byte, 8)
		var wg sync.WaitGroup
		for i := range files {
			wg.Go(func() {
				var buf bytes.Buffer
				if err := gobs.Encode(&buf, v.Interface()); err != nil {
					t.Error(err)
					return
				}
				got, err := decodeAs(typ, buf.Bytes())
				if err != nil {
					t.Error(err)
				} else if d := difference(v, got, "value"); d != "" {
					t.Error(d)
				}
				files[i] = buf.Bytes()
			})
		}
		wg.Wait()
		for _, f := range files {
			if !bytes.Equal(f, files[0]) {
				t.Error("two goroutines wrote one value differently")
			}
		}
	}
}
