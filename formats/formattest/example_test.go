package formattest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/formattest"
)

// A Star is what the examples store. Magnitudes are hundredths, from -30.00 to
// 30.00.
type Star struct {
	Name      string
	Magnitude int16
}

// stars keeps a star as JSON.
var stars = formats.Func("star", "star.json",
	func(w io.Writer, s Star) error {
		if !printable(s.Name) {
			return fmt.Errorf("%w: the name %q is not plain ASCII", formats.ErrValue, s.Name)
		}
		text, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	},
	func(r io.Reader) (s Star, err error) {
		text, err := io.ReadAll(r)
		if err != nil {
			return s, err
		}
		return s, json.Unmarshal(text, &s)
	})

func printable(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// The test of a format is one call.
func ExampleRun() {
	// In a file of its own, stars_test.go:
	TestStars := func(t *testing.T) {
		formattest.Run(t, stars, formattest.Options{
			Values: []any{Star{"Vega", 3}, Star{"Sirius", -146}},
		})
	}
	_ = TestStars
	// Output:
}

// Fscan takes an empty name for no name, and a blank for the end of one.
func ExampleCheck() {
	careless := formats.Func("careless", "txt",
		func(w io.Writer, s Star) error {
			_, err := fmt.Fprintf(w, "%s %d\n", s.Name, s.Magnitude)
			return err
		},
		func(r io.Reader) (s Star, err error) {
			_, err = fmt.Fscan(r, &s.Name, &s.Magnitude)
			return s, err
		})
	for _, p := range formattest.Check(careless, formattest.Options{
		Values: []any{Star{"Vega", 3}},
	}) {
		fmt.Printf("%s: %s\n", p.Step, p.What)
		break // the first of several
	}
	// Output:
	// round trip: value 0 made with seed 0, formattest_test.Star{}: Decode of what Encode wrote: EOF
}

// Values that must obey a rule are made by a function.
func ExampleGenerate() {
	named := formattest.Generate(func(r *rand.Rand) Star {
		return Star{Name: fmt.Sprintf("HD %d", r.IntN(225300)), Magnitude: int16(r.IntN(6001) - 3000)}
	})
	for _, p := range formattest.Check(stars, formattest.Options{
		Values: []any{Star{"Vega", 3}},
		Rules:  []formattest.Rule{named},
	}) {
		fmt.Println(p)
	}
	// Output:
}

// Names of stars do not differ by case.
func ExampleCompare() {
	a, b := Star{"Vega", 3}, Star{"VEGA", 3}
	byMagnitude := formattest.Compare(func(want, got Star) error {
		if want.Magnitude != got.Magnitude {
			return errors.New("another brightness")
		}
		return nil
	})
	fmt.Println(formattest.Diff(a, b))
	fmt.Println(formattest.Diff(a, b, byMagnitude))
	// Output:
	// .Name: want "Vega", got "VEGA"
	// <nil>
}
