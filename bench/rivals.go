package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// rivals are the interpreters, each started when it is first needed.
type rivals struct {
	plan    *plan
	running map[string]*python
	failed  map[string]error
}

func newRivals(p *plan) *rivals {
	return &rivals{p, map[string]*python{}, map[string]error{}}
}

// get returns nil for nobody.
func (r *rivals) get(name string) (*python, error) {
	if name == "" {
		return nil, nil
	}
	if r.running[name] == nil && r.failed[name] == nil {
		program, interpreter, advice := numpyProgram, r.plan.python, "make venv"
		switch name {
		case "caches":
			program, interpreter, advice = cachesProgram, r.plan.caches, "make rivals"
		case "streams":
			program, interpreter, advice = streamsProgram, r.plan.caches, "make rivals"
			if err := os.Setenv("METRIX", r.plan.metrix); err != nil {
				return nil, err
			}
		}
		py, err := startPython(interpreter, program, filepath.Join(r.plan.dir, name+"-rivals.py"))
		if err != nil {
			r.failed[name] = fmt.Errorf("%w: `%s` installs what is needed", err, advice)
			return nil, r.failed[name]
		}
		fmt.Printf("%s: %s\n\n", interpreter, py.versions())
		r.running[name] = py
	}
	return r.running[name], r.failed[name]
}

func (r *rivals) stop() {
	for _, py := range r.running {
		py.stop()
	}
}
