package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// plan is what the command line asks for.
type plan struct {
	size, rows, rounds int
	only               string
	python, caches     string // interpreters
	metrix             string // a folder with its source
	dir                string
}

// group is some rows of the table, and whom they need.
type group struct {
	name  string
	rival string // key of programs; empty for nobody
	play  func(t *table, py *python, p *plan) error
}

var groups = []group{
	{"hits", "", hits},
	{"arrays", "numpy", arrays},
	{"archives", "numpy", archives},
	{"tables", "numpy", tables},
	{"caches", "caches", caches},
	{"streams", "streams", streams},
}

func main() {
	var p plan
	flag.IntVar(&p.size, "size", 128, "megabytes of the large array")
	flag.IntVar(&p.rows, "rows", 1_000_000, "rows of the table")
	flag.IntVar(&p.rounds, "rounds", 9, "rounds, of which the median counts")
	flag.StringVar(&p.only, "only", "", "groups of rows, with commas between: "+strings.Join(groupNames(), ", ")+" (default: all)")
	flag.StringVar(&p.python, "python", filepath.Join("..", ".venv", "bin", "python"), "a python with numpy, pandas and pyarrow; make venv")
	flag.StringVar(&p.caches, "caches", filepath.Join("..", ".build", "rivals", "bin", "python"), "a python with the caches of requirements.txt; make rivals")
	flag.StringVar(&p.metrix, "metrix", os.Getenv("METRIX"), "a folder with the source of github.com/bdewilde/metrix, which is in no registry")
	flag.StringVar(&p.dir, "dir", "", "where files are written (default: a new temporary directory)")
	flag.Parse()
	if err := run(&p); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func groupNames() (names []string) {
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

func run(p *plan) (err error) {
	chosen := groupNames()
	if p.only != "" {
		chosen = strings.Split(p.only, ",")
	}
	for _, name := range chosen {
		if !slices.Contains(groupNames(), name) {
			return fmt.Errorf("there is no group %q: the groups are %s", name, strings.Join(groupNames(), ", "))
		}
	}
	if p.dir == "" {
		if p.dir, err = os.MkdirTemp("", "dataelab-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(p.dir)) }()
	}
	fmt.Printf("%d MB arrays, tables of %d rows, median of %d rounds, files in %s\n\n", p.size, p.rows, p.rounds, p.dir)
	t, rivals := table{}, newRivals(p)
	defer rivals.stop()
	for _, g := range groups {
		if !slices.Contains(chosen, g.name) {
			continue
		}
		py, err := rivals.get(g.rival)
		if err != nil {
			t.note("NOT COMPARED: %s: %v", g.name, err)
			continue
		}
		if err := g.play(&t, py, p); err != nil {
			return err
		}
	}
	t.print()
	return nil
}
