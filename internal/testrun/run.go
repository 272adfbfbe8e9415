package testrun

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// folderVar names, to the second process, the folder to remove.
const folderVar = "DATAELAB_TEST_FOLDER"

// A Run is one run of a test binary. It serves goleak.VerifyTestMain, too.
type Run struct{ m *testing.M }

// New returns a run of the tests in m.
func New(m *testing.M) *Run {
	exhaustive.Sparingly()
	return &Run{m}
}

// Run runs the tests and returns the exit code.
func (r *Run) Run() int {
	if dir := os.Getenv(folderVar); dir != "" {
		watch(dir)
		return 0
	}
	if !flag.Parsed() {
		flag.Parse()
	}
	if worker := flag.Lookup("test.fuzzworker"); worker != nil && worker.Value.String() == "true" {
		return r.m.Run() // inside the folder of the process that started it
	}
	code, err := r.inFolder()
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
		code = max(code, 1)
	}
	return code
}

// inFolder runs the tests in a folder of their own.
func (r *Run) inFolder() (code int, err error) {
	dir, err := os.MkdirTemp(parent(), "dataelab-test-")
	if err != nil {
		return 0, err
	}
	end, err := startWatch(dir)
	if err != nil {
		return 0, err
	}
	defer end()
	if err := os.Chmod(dir, 0o711); err != nil { // tests with two users go through it
		return 0, err
	}
	for _, name := range temporaryVars() {
		if err := os.Setenv(name, dir); err != nil {
			return 0, err
		}
	}
	code = r.m.Run()
	if err := shortenLog(flag.Lookup("test.testlogfile").Value.String(), dir); err != nil {
		return code, fmt.Errorf("shorten the log of files: %w", err)
	}
	left, err := os.ReadDir(dir)
	if err == nil && len(left) > 0 && code == 0 {
		err = fmt.Errorf("the tests left %d files or folders in the temporary folder, such as %s", len(left), left[0].Name())
	}
	return code, err
}

// temporaryVars are the variables that os.TempDir reads.
func temporaryVars() []string {
	if runtime.GOOS == "windows" {
		return []string{"TMP", "TEMP"}
	}
	return []string{"TMPDIR"}
}

// startWatch starts the second process, and returns what ends it: it closes the pipe that
// the system closes where this process dies.
func startWatch(dir string) (end func(), err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), folderVar+"="+dir)
	cmd.Stdin = reader
	err = cmd.Start()
	_ = reader.Close()
	return func() {
		_ = writer.Close()
		_ = cmd.Wait()
	}, err
}

// watch is the second process.
func watch(dir string) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP) // which reach all processes of a terminal
	_, _ = io.Copy(io.Discard, os.Stdin)
	for range 100 { // processes that are being killed may still write
		unmountBelow(dir)
		if os.RemoveAll(dir) == nil { //nolint:gosec // the run's own folder
			return
		}
		openFolders(dir)
		time.Sleep(50 * time.Millisecond)
	}
}
