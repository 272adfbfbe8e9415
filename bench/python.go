package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	_ "embed"
)

// The programs of the rivals. They time what they are told to do, line by line, and
// answer with seconds; before that, with what they are, as hello.
var (
	//go:embed numpy.py
	numpyProgram string
	//go:embed caches.py
	cachesProgram string
	//go:embed streams.py
	streamsProgram string
)

// python is a running interpreter.
type python struct {
	hello  string
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

// startPython runs a program from a file, as perscache reads the source of what it
// caches.
func startPython(interpreter, program, file string) (*python, error) {
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		return nil, err
	}
	p := &python{cmd: exec.Command(interpreter, file)}
	p.cmd.Stderr = &p.stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.hello, err = p.line()
	return p, err
}

// do returns how long the interpreter says that it took.
func (p *python) do(words ...string) (time.Duration, error) {
	if _, err := fmt.Fprintln(p.in, strings.Join(words, "\t")); err != nil {
		return 0, p.died(err)
	}
	line, err := p.line()
	if err != nil {
		return 0, err
	}
	seconds, err := strconv.ParseFloat(line, 64)
	return time.Duration(seconds * 1e9), err
}

func (p *python) line() (string, error) {
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", p.died(err)
	}
	return strings.TrimSpace(line), nil
}

// died tells what the interpreter's last words were.
func (p *python) died(err error) error {
	p.stop()
	said := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	return errors.Join(err, fmt.Errorf("%s: %s", p.cmd.Path, said[len(said)-1]))
}

func (p *python) stop() {
	_ = p.in.Close()
	_ = p.cmd.Wait() // it tells nothing that stderr does not
}

// versions returns what the interpreter has, in the words of its hello.
func (p *python) versions() string {
	var found []string
	for thing := range strings.SplitSeq(p.hello, "\t") {
		if name, version, _ := strings.Cut(thing, " "); !strings.HasPrefix(version, "-") {
			found = append(found, name+" "+version)
		}
	}
	return strings.Join(found, ", ")
}

// lacks returns an error where the interpreter cannot import a package.
func (p *python) lacks(name string) error {
	for thing := range strings.SplitSeq(p.hello, "\t") {
		if of, version, _ := strings.Cut(thing, " "); of == name {
			if reason, missing := strings.CutPrefix(version, "- "); missing {
				return fmt.Errorf("%s cannot import %s: %s", p.cmd.Path, name, reason)
			}
			return nil
		}
	}
	return fmt.Errorf("%s did not say whether it has %s", p.cmd.Path, name)
}
