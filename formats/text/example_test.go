package text_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/formats/text"
)

type Report struct {
	Tag     string             `json:"tag"`
	Seeing  []float64          `json:"seeing"` // arcseconds
	Elapsed time.Duration      `json:"elapsed"`
	Gains   map[string]float64 `json:"gains"`
	Notes   []string           `json:"notes"`
}

var report = Report{"20240410_112233", []float64{0.8, math.NaN(), 1}, 90 * time.Second, map[string]float64{"tip": 0.5, "tilt": 1e-7}, nil}

func ExampleJSON_Encode() {
	if err := (text.JSON{}).Encode(os.Stdout, report); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {
	//   "tag": "20240410_112233",
	//   "seeing": [0.8, "NaN", 1.0],
	//   "elapsed": "1m30s",
	//   "gains": {
	//     "tilt": 1.0e-07,
	//     "tip": 0.5
	//   },
	//   "notes": null
	// }
}

func ExampleYAML_Encode() {
	if err := (text.YAML{}).Encode(os.Stdout, report); err != nil {
		fmt.Println(err)
	}
	// Output:
	// tag: "20240410_112233"
	// seeing: [0.8, .nan, 1.0]
	// elapsed: "1m30s"
	// gains:
	//   tilt: 1.0e-07
	//   tip: 0.5
	// notes: null
}

func ExampleYAML_Decode() {
	const file = `
tag: 20240410_112233 # text, though YAML sees a number
seeing: [0.8, .nan]
elapsed: 90s
gains: {tip: 0.5, tilt: 1e-7}
note: [windy]
`
	var back Report
	fmt.Println(text.YAML{}.Decode(strings.NewReader(file), int64(len(file)), &back))

	mended := strings.Replace(file, "note:", "notes:", 1)
	fmt.Println(text.YAML{}.Decode(strings.NewReader(mended), int64(len(mended)), &back))
	fmt.Println(back.Tag, back.Elapsed, back.Gains["tilt"], back.Notes)
	// Output:
	// yaml: line 6, column 1, Report: text_test.Report has no field named "note"
	// <nil>
	// 20240410_112233 1m30s 1e-07 [windy]
}

func ExampleJSON_Decode() {
	var file bytes.Buffer
	if err := (text.JSON{}).Encode(&file, report); err != nil {
		fmt.Println(err)
	}
	var back Report
	err := text.JSON{}.Decode(&file, int64(file.Len()), &back)
	fmt.Println(back.Seeing, back.Notes == nil, err)
	// Output: [0.8 NaN 1] true <nil>
}
