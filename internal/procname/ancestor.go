package procname

import (
	"bytes"
	"os"
	"strconv"
)

// Process returns the host and the number of the process that New made a name for. The
// number is 0 if the name was not made by New.
func Process(name string) (host string, pid int) {
	host, pid, _ = split(name)
	return host, pid
}

// IsOwn reports whether this process made a name.
func IsOwn(name string) bool {
	made, pid, random := split(name)
	host, own, _ := split(prefix())
	return pid == own && made == host && len(random) >= runDigits && random[:runDigits] == run
}

// IsOfAncestor reports whether the process that New made a name for started this one,
// directly or by way of others. Where a system does not tell who started another process,
// as all but Linux, only the parent counts.
func IsOfAncestor(name string) bool {
	made, pid, _ := split(name)
	if host, _, _ := split(prefix()); pid == 0 || made != host {
		return false
	}
	const most = 1000 // numbers are used again, so a chain could become a circle while it is read
	for p, n := os.Getppid(), 0; p > 0 && n < most; p, n = parentOf(p), n+1 {
		if p == pid {
			return true
		}
	}
	return false
}

// parentOf returns the number of the process that started another one, or 0.
func parentOf(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(stat[max(bytes.LastIndexByte(stat, ')'), 0):], []byte(" ")) // the program's name may hold anything
	fields := bytes.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}
