//go:build unix

package testrun_test

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

const hangVar = "TESTRUN_HANG"

func TestMain(m *testing.M) {
	if os.Getenv(hangVar) == "grandchild" {
		time.Sleep(time.Hour)
	}
	os.Exit(testrun.New(m).Run())
}

// TestHang is what TestLeavesNothing runs: it prints its folder and the number of a
// process that it has stopped, and never returns.
func TestHang(t *testing.T) {
	if os.Getenv(hangVar) == "" {
		return
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "left"), nil, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	cmd := testrun.Command(os.Args[0])
	cmd.Env = append(os.Environ(), hangVar+"=grandchild")
	if err := errors.Join(cmd.Start(), cmd.Process.Signal(syscall.SIGSTOP)); err != nil {
		t.Fatal(err)
	}
	fmt.Println(cmd.Process.Pid, os.TempDir())
	time.Sleep(time.Hour)
}

// TestLeavesNothing ends a test binary in the middle of a test.
func TestLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]struct {
		timeout string
		signal  syscall.Signal
	}{
		"killed":      {"1h", syscall.SIGKILL},
		"interrupted": {"1h", syscall.SIGINT},
		"timed out":   {"100ms", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tmp := t.TempDir()
			cmd := testrun.Command(os.Args[0], "-test.run=^TestHang$", "-test.timeout="+end.timeout)
			cmd.Env = append(os.Environ(), hangVar+"=1", "TMPDIR="+tmp)
			out, err := cmd.StdoutPipe()
			if err := errors.Join(err, cmd.Start()); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil && end.signal != 0 { // a timeout may be too short to say anything
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(end.signal); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) {
				t.Fatalf("the run ended with %v", err)
			}
			pid, dir, said := strings.Cut(strings.TrimSpace(line), " ")
			if said && filepath.Dir(dir) != tmp {
				t.Errorf("the run has the folder %s, want one in %s", dir, tmp)
			}
			gone(t, "the folder", func() bool { return isEmpty(t, tmp) })
			if n, err := strconv.Atoi(pid); err == nil && runtime.GOOS == "linux" {
				gone(t, "the process", func() bool { return !runs(t, n) })
			}
		})
	}
}

// gone waits for the end of something, as long as the test may take.
func gone(t *testing.T, what string, is func() bool) {
	t.Helper()
	for !is() {
		if deadline, ok := t.Deadline(); ok && time.Until(deadline) < 10*time.Second {
			t.Fatalf("%s is still there", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func isEmpty(t *testing.T, dir string) bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries) == 0
}

// runs reports whether a process is there, other than as a zombie that nobody has waited for.
func runs(t *testing.T, pid int) bool {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z") && !strings.HasPrefix(after, "X")
}

// TestTemporaryFolder: each run has a folder of its own, and says what its tests left there.
func TestTemporaryFolder(t *testing.T) {
	if !strings.HasPrefix(filepath.Base(os.TempDir()), "dataelab-test-") {
		t.Errorf("the temporary folder is %s", os.TempDir())
	}
	if os.Getenv(hangVar+"_LEAVES") != "" {
		if _, err := os.Create(filepath.Join(os.TempDir(), "forgotten")); err != nil {
			t.Fatal(err)
		}
		return
	}
	tmp := t.TempDir()
	cmd := testrun.Command(os.Args[0], "-test.run=^TestTemporaryFolder$")
	cmd.Env = append(os.Environ(), hangVar+"_LEAVES=1", "TMPDIR="+tmp)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "forgotten") {
		t.Errorf("%v, %s; want a failure that names the file", err, out)
	}
	if !isEmpty(t, tmp) {
		t.Error("the folder is still there")
	}
}
