package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// numpyProgram times what it is told to do, line by line, and answers with
// seconds.
const numpyProgram = `
import os, sys, time
import numpy as np
array = every = None
print("numpy", np.__version__, flush=True)
for line in sys.stdin:
    verb, _, arg = line.rstrip("\n").partition(" ")
    start = time.perf_counter()
    if verb == "make":
        array = np.arange(int(arg), dtype=np.float64)
    elif verb == "save":
        np.save(arg, array)
    elif verb == "save-flushed":
        with open(arg, "wb") as f:
            np.save(f, array)
            f.flush()
            os.fsync(f.fileno())
    elif verb == "load":
        loaded = np.load(arg)
    elif verb == "map":
        loaded = np.load(arg, mmap_mode="r")
    elif verb == "save-npz":
        np.savez(arg, **{f"array{k}": array for k in range(10)})
    elif verb == "load-npz":
        with np.load(arg) as f:
            every = {name: f[name] for name in f.files}
        loaded = every["array9"]
    elif verb == "import-pyarrow":
        import pyarrow.parquet as pq
    elif verb == "make-table":
        every = pq.read_table(arg)
    elif verb == "save-table":
        pq.write_table(every, arg, compression="zstd")
    elif verb == "load-table":
        loaded = pq.read_table(arg)
    seconds = time.perf_counter() - start
    if verb in ("load", "map", "load-npz"):
        assert loaded[-1] == len(loaded) - 1
        loaded = None
    if verb == "load-npz":
        every = None
    if verb == "load-table":
        assert loaded.num_rows == every.num_rows
        loaded = None
    print(seconds, flush=True)
`

// numpy is a running interpreter.
type numpy struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startNumpy(python string) (*numpy, error) {
	n := &numpy{cmd: exec.Command(python, "-c", numpyProgram)}
	var err error
	if n.in, err = n.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	n.out = bufio.NewReader(out)
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	hello, err := n.out.ReadString('\n')
	if err != nil || !strings.HasPrefix(hello, "numpy ") {
		n.stop()
		return nil, fmt.Errorf("%s has no numpy", python)
	}
	return n, nil
}

// do returns how long the interpreter says that it took.
func (n *numpy) do(verb, arg string) (time.Duration, error) {
	if _, err := fmt.Fprintln(n.in, verb, arg); err != nil {
		return 0, err
	}
	line, err := n.out.ReadString('\n')
	if err != nil {
		return 0, err
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	return time.Duration(seconds * 1e9), err
}

func (n *numpy) stop() {
	_ = n.in.Close()
	_ = n.cmd.Wait()
}
