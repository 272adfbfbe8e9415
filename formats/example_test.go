package formats_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/dataelab/dataelab-go/formats"
)

func ExampleSet_For() {
	var set formats.Set
	for _, t := range []reflect.Type{
		reflect.TypeFor[[]float64](),
		reflect.TypeFor[map[string]int](),
		reflect.TypeFor[chan int](),
	} {
		fs, err := set.For(t)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%v is stored as .%s\n", t, fs[0].Ext())
	}
	// Output:
	// []float64 is stored as .npy
	// map[string]int is stored as .gob
	// type chan int cannot be stored: the value: channels cannot be stored; leave it out of the result
}

// A format of one's own takes two functions.
func ExampleFunc() {
	lines := formats.Func("lines", "txt",
		func(w io.Writer, v []string) error {
			_, err := io.WriteString(w, strings.Join(v, "\n"))
			return err
		},
		func(r io.Reader) ([]string, error) {
			text, err := io.ReadAll(r)
			return strings.Split(string(text), "\n"), err
		})
	set := formats.Set{}.With(lines)

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "stars.txt")
	if err := set.WriteFile(path, []string{"Vega", "Deneb", "Altair"}); err != nil {
		fmt.Println(err)
		return
	}
	var stars []string
	err = set.ReadFile(path, &stars)
	fmt.Println(stars, err)
	// Output: [Vega Deneb Altair] <nil>
}
