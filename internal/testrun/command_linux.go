package testrun

import (
	"os/exec"
	"syscall"
)

// The system sends the signal when the thread ends that started the process. Threads of Go
// end with the program, but for one that a goroutine locked and never unlocked: no test
// does that.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
