package pythontest

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

//go:embed server.py
var serverScript string

// server is a process that runs scripts. To import numpy, pandas and pyarrow takes longer than
// most scripts do, so they are imported once, and each script runs in a fork.
type server struct {
	mu  sync.Mutex
	in  io.Writer     // guarded by mu, as all below
	out *bufio.Reader // one answer for each request
}

// request is what server.py reads.
type request struct {
	Script string            `json:"script"`
	Args   []string          `json:"args"`
	Dir    string            `json:"dir"`
	Env    map[string]string `json:"env"`
}

type answer struct {
	Code int    `json:"code"`
	Out  string `json:"out"`
	Err  string `json:"err"`
}

// servers has one for each interpreter.
var servers sync.Map

// start returns the server of an interpreter, or why it has no numpy.
func start(path string) (*server, error) {
	once, _ := servers.LoadOrStore(path, sync.OnceValues(func() (*server, error) {
		out, err := testrun.Command(path, "-c", "import numpy").CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%w %s", err, out)
		}
		if runtime.GOOS == "windows" { // which has no fork
			return nil, nil
		}
		cmd := testrun.Command(path, "-c", serverScript)
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		pipe, err := cmd.StdoutPipe()
		if err := errors.Join(err, cmd.Start()); err != nil {
			return nil, err
		}
		s := &server{in: in, out: bufio.NewReader(pipe)}
		_, err = s.out.ReadString('\n')
		return s, err
	}))
	run, _ := once.(func() (*server, error))
	return run()
}

// run runs a script as this process would, in its directory and environment.
func (s *server) run(script string, args []string) (answer, error) {
	dir, err := os.Getwd()
	if err != nil {
		return answer{}, err
	}
	r := request{script, append([]string{}, args...), dir, map[string]string{}}
	for _, e := range os.Environ() {
		name, value, _ := strings.Cut(e, "=")
		r.Env[name] = value
	}
	line, err := json.Marshal(r)
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		return answer{}, err
	}
	line, err = s.out.ReadBytes('\n')
	if err != nil {
		return answer{}, err
	}
	var a answer
	return a, json.Unmarshal(line, &a)
}
