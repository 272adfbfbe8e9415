// Command tables keeps one table in several formats, and says how Python opens each.
//
//	go run ./examples/tables
//
// The import of formats/parquet is all that a program with tables needs.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	_ "github.com/dataelab/dataelab-go/formats/parquet" // tables
)

// Star is a row of a table.
type Star struct {
	Name  string
	Flux  float64
	Color *float32 // nil where it was not measured
}

// Catalog keeps the same table in each way.
type Catalog struct {
	computed int

	stars diskcache.DiskCacher[[]Star]
	small diskcache.DiskCacher[[]Star] `cache:",compress=brotli"`
	quick diskcache.DiskCacher[[]Star] `cache:",format=feather,compress=none"`
	lines diskcache.DiskCacher[[]Star] `cache:",format=csv"`
	notes diskcache.DiskCacher[[]Star] `cache:",format=json,compress=zstd"`
	plain diskcache.DiskCacher[[]Star] `cache:",format=yaml"`
}

// tables returns the table as each of the cachers has it.
func (c *Catalog) tables(ctx context.Context) ([][]Star, error) {
	var all [][]Star
	for _, cacher := range []*diskcache.DiskCacher[[]Star]{&c.stars, &c.small, &c.quick, &c.lines, &c.notes, &c.plain} {
		table, err := cacher.Execute(ctx, c.observe)
		if err != nil {
			return nil, err
		}
		all = append(all, table)
	}
	return all, nil
}

func (c *Catalog) observe(context.Context) ([]Star, error) {
	c.computed++
	red := float32(0.25)
	return []Star{{"Vega", 1, &red}, {"Deneb", 0.3, nil}}, nil
}

func main() {
	c := &Catalog{}
	if err := dataelab.SetTag(c, "20240410_112233"); err != nil {
		log.Fatal(err)
	}
	all, err := c.tables(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d tables of %d rows, %d of them computed now\n", len(all), len(all[0]), c.computed)
	path, err := c.stars.FullPath()
	if err != nil {
		log.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "root*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%5d bytes  %s\n", info.Size(), file)
	}
	fmt.Println("pandas.read_parquet, read_feather and read_csv open them; json, yaml and zstandard the others.")
}
