package gobs_test

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"log"
	"math"
	"reflect"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

type Calibration struct {
	Name    string
	Gains   []float64
	Offset  *float64
	Comment map[string]string
}

func Example() {
	offset := math.Copysign(0, -1)
	in := Calibration{Name: "pupil", Gains: []float64{}, Offset: &offset}

	var file bytes.Buffer
	if err := gobs.Encode(&file, in); err != nil {
		log.Fatal(err)
	}
	var out Calibration
	if err := gobs.Decode(&file, int64(file.Len()), &out); err != nil {
		log.Fatal(err)
	}
	fmt.Println(out.Name, out.Gains != nil, math.Signbit(*out.Offset), out.Comment == nil)
	// Output: pupil true true true
}

// Any Go program opens the file with encoding/gob.
func ExampleEncode() {
	var file bytes.Buffer
	if err := gobs.Encode(&file, Calibration{Name: "pupil", Gains: []float64{1, 2}}); err != nil {
		log.Fatal(err)
	}
	var out struct {
		Name  string
		Gains []float64
	}
	if err := gob.NewDecoder(&file).Decode(&out); err != nil {
		log.Fatal(err)
	}
	fmt.Println(out.Name, out.Gains)
	// Output: pupil [1 2]
}

func ExampleEncode_value() {
	type Node struct {
		Name string
		Next *Node
	}
	ring := &Node{Name: "a"}
	ring.Next = &Node{Name: "b", Next: ring}
	fmt.Println(gobs.Encode(new(bytes.Buffer), ring))

	type Private struct{ A int }
	fmt.Println(gobs.Encode(new(bytes.Buffer), map[string]any{"x": Private{1}}))
	// Output:
	// gobs: value does not fit the format: Node.Next.Next: the value contains itself, which gob cannot write
	// gobs: value does not fit the format: ["x"]: the interface holds a gobs_test.Private, which is not registered; call gob.Register with such a value when the program starts
}

func ExampleAccepts() {
	type Fit struct {
		Params   []float64
		residual func(x float64) float64
	}
	type Report struct{ Fits []Fit }
	report := Report{Fits: []Fit{{Params: []float64{1}, residual: math.Sqrt}}}

	fmt.Println(gobs.Accepts(reflect.TypeFor[Calibration]()))
	fmt.Println(gobs.Accepts(reflect.TypeOf(report)))
	// Output:
	// <nil>
	// type gobs_test.Report cannot be stored: Report.Fits[].residual: gob leaves out the unexported field residual; export it, or give gobs_test.Fit the methods GobEncode and GobDecode
}

func ExampleDecode() {
	var file bytes.Buffer
	if err := gobs.Encode(&file, struct{ Gain, Bias float64 }{1, 2}); err != nil {
		log.Fatal(err)
	}
	type Settings struct{ Gain, Offset float64 } // Bias has a new name
	var out Settings
	fmt.Println(gobs.Decode(&file, int64(file.Len()), &out))
	// Output: gobs: file holds another type: Settings at byte 104: the file has a field "Bias", which gobs_test.Settings has not
}
