package parquet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dataelab/dataelab-go/formats/parquet"
)

// A Frame is a row of the examples.
type Frame struct {
	Seq    uint32
	At     time.Time `parquet:"at,us"`
	Filter string    `parquet:"filter,dict"`
	Strehl *float64
}

func frames() []Frame {
	at := time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC)
	good, bad := 0.75, 0.25
	return []Frame{{1, at, "J", &good}, {2, at.Add(time.Second), "J", nil}, {3, at.Add(2 * time.Second), "K", &bad}}
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func exampleFile() (path string, remove func()) {
	dir, err := os.MkdirTemp("", "example")
	check(err)
	path = filepath.Join(dir, "frames.parquet")
	check(parquet.Save(path, frames(), parquet.Options{RowGroup: 2}))
	return path, func() { _ = os.RemoveAll(dir) }
}

func ExampleLoad() {
	path, remove := exampleFile()
	defer remove()
	rows, err := parquet.Load[[]Frame](path)
	check(err)
	fmt.Println(len(rows), rows[1].Strehl == nil, *rows[2].Strehl, rows[2].At)

	columns, err := parquet.Load[parquet.Columns](path)
	check(err)
	fmt.Println(columns["Seq"], columns["filter"])
	// Output:
	// 3 true 0.25 2024-04-10 11:22:35 +0000 UTC
	// [1 2 3] [J J K]
}

func ExampleReader() {
	path, remove := exampleFile()
	defer remove()
	r, err := parquet.Open(path)
	check(err)
	defer r.Close()
	fmt.Println(r.NumRows(), "rows in", r.NumRowGroups(), "groups")

	var good []struct{ Seq uint32 }
	check(r.Read(&good, parquet.Select("Seq"), parquet.Where("Strehl", ">", 0.5)))
	fmt.Println(good)
	// Output:
	// 3 rows in 2 groups
	// [{1}]
}

func ExampleGroups() {
	path, remove := exampleFile()
	defer remove()
	r, err := parquet.Open(path)
	check(err)
	defer r.Close()
	for rows, err := range parquet.Groups[[]Frame](r) {
		check(err)
		fmt.Println(len(rows), "rows from", rows[0].Seq)
	}
	// Output:
	// 2 rows from 1
	// 1 rows from 3
}

func ExampleWriter() {
	path, remove := exampleFile()
	defer remove()
	w, err := parquet.Create[Frame](path)
	check(err)
	for _, f := range frames() {
		check(w.Write(f))
	}
	check(w.Close())
	rows, err := parquet.Load[[]Frame](path)
	check(err)
	fmt.Println(len(rows), rows[0].Filter)
	// Output: 3 J
}

func ExampleSaveFeather() {
	path, remove := exampleFile()
	defer remove()
	path += ".feather"
	check(parquet.SaveFeather(path, map[string][]float64{"x": {1, 2}, "y": {3, 4}}))
	columns, err := parquet.LoadFeather[map[string][]float64](path)
	check(err)
	fmt.Println(columns)
	// Output: map[x:[1 2] y:[3 4]]
}
