package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	size := flag.Int("size", 128, "megabytes of the large array")
	rows := flag.Int("rows", 1_000_000, "rows of the table")
	rounds := flag.Int("rounds", 9, "rounds, of which the median counts")
	python := flag.String("python", filepath.Join("..", ".venv", "bin", "python"), "a python with numpy")
	dir := flag.String("dir", "", "where files are written (default: a new temporary directory)")
	flag.Parse()
	if err := run(*size, *rows, *rounds, *python, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(size, rows, rounds int, python, dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "dataelab-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	fmt.Printf("%d MB arrays, tables of %d rows, median of %d rounds, files in %s\n\n", size, rows, rounds, dir)
	var t table
	if err := hits(&t, rounds, dir); err != nil {
		return err
	}
	py, err := startNumpy(python)
	if err != nil {
		t.print()
		fmt.Printf("\nNot compared with numpy: %v\n", err)
		return nil
	}
	defer py.stop()
	for _, play := range []func(*table, *numpy, int, int, string) error{arrays, archives} {
		if err := play(&t, py, size, rounds, dir); err != nil {
			return err
		}
	}
	if _, err := py.do("import-pyarrow", ""); err != nil {
		t.print()
		fmt.Println("\nNot compared with pyarrow, which this Python does not have.")
		return nil
	}
	if err := tables(&t, py, rows, rounds, dir); err != nil {
		return err
	}
	t.print()
	return nil
}
