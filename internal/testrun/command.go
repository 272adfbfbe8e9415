package testrun

import "os/exec"

// Command is exec.Command, of a process that does not outlive this one.
func Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	dieWithParent(cmd)
	return cmd
}
