//go:build unix

package diskcache_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// become lets a child be another user, which only root can. It runs a program that everybody
// may read, as the test's own lies where nobody else may look.
func become(cmd *exec.Cmd, program string, uid, gid uint32) {
	cmd.Path, cmd.Dir = program, "/"
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
}

// programForAll returns a copy of this program.
func programForAll(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, content, 0o755); err != nil {
		t.Fatal(err)
	}
	openUp(t, filepath.Dir(program))
	return program
}

// openUp lets everybody through to what the test has in a temporary directory.
func openUp(t *testing.T, dir string) {
	t.Helper()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
