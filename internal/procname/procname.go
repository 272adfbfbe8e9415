package procname

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// abandonedAfter is when a file of another host, whose process cannot be
// asked, counts as left behind. No file is written for that long.
const abandonedAfter = 7 * 24 * time.Hour

// started is when this process began.
var started = time.Now()

// Host returns the name of this host, and "unknown" rather than an error.
var Host = sync.OnceValue(func() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "unknown"
	}
	return strings.ToValidUTF8(name, "_")
})

// prefix is the part before the random one.
var prefix = sync.OnceValue(func() string {
	host := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || ('0' <= r && r <= '9') || ('a' <= r && r <= 'z') || ('A' <= r && r <= 'Z') {
			return r
		}
		return '_'
	}, Host())
	if len(host) > 64 {
		host = host[:64]
	}
	return host + "-" + strconv.Itoa(os.Getpid()) + "-"
})

// run is the first half of the random part, the same in all names of this process: its
// number may have been that of another process before.
var run = func() string {
	var random [runDigits / 2]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(random[:])
}()

const runDigits = 8

// made is how many names this process made.
var made atomic.Uint32

// New returns a name that no other process makes, and this one only once.
func New(ext string) string {
	return prefix() + run + fmt.Sprintf("%08x", made.Add(1)) + ext
}

// Abandoned reports whether the process that a name of New tells of is gone. The
// time is when the file was last written, by whatever clock: of a name that this process
// made it says nothing.
func Abandoned(name string, modified time.Time) bool {
	host, pid, random := split(name)
	ownHost, ownPid, _ := split(prefix())
	switch {
	case pid == 0:
		return false // not a name of New
	case host != ownHost:
		return time.Since(modified) > abandonedAfter
	case pid == ownPid && strings.HasPrefix(random, run):
		return false
	case pid == ownPid:
		return modified.Before(started) // in a container the number is often the same
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return !errors.Is(err, fs.ErrPermission) // another user's process is alive, too
	}
	err = process.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}

// split takes a name apart; the host may hold dashes.
func split(name string) (host string, pid int, random string) {
	rest, random, ok := cutLast(name, "-")
	if !ok {
		return "", 0, ""
	}
	host, text, ok := cutLast(rest, "-")
	if !ok {
		return "", 0, ""
	}
	pid, err := strconv.Atoi(text)
	if err != nil || pid <= 0 {
		return "", 0, ""
	}
	return host, pid, random
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
