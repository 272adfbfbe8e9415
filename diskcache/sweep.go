package diskcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// abandonedAfter is when a work file of another host, whose process cannot be
// asked, counts as left behind. No file is written for that long.
const abandonedAfter = 7 * 24 * time.Hour

// started is when this process began.
var started = time.Now()

// sweepOnce removes work files of processes that died while they wrote. It runs
// before the first save into a directory, so a crash does not fill the disk.
func (c *cell) sweepOnce(root *os.Root) {
	c.dir.swept.Do(func() { sweep(root) })
}

func sweep(root *os.Root) {
	names, err := namesIn(root, filepath.FromSlash(workDir))
	if err != nil {
		return
	}
	for _, name := range names {
		full := filepath.FromSlash(path.Join(workDir, name))
		info, err := root.Lstat(full)
		if err == nil && abandoned(name, info.ModTime()) {
			_ = root.Remove(full)
		}
	}
}

// namesIn lists a folder. What is none is not opened: a named pipe would block.
func namesIn(root *os.Root, folder string) ([]string, error) {
	info, err := root.Lstat(folder)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", filepath.Join(root.Name(), folder))
	}
	dir, err := root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

// abandoned reports whether the process that a work file's name tells of is gone.
func abandoned(name string, modified time.Time) bool {
	own := workName("")
	host, pid := splitWorkName(name)
	ownHost, ownPid := splitWorkName(own)
	switch {
	case pid == 0:
		return false // not a name of ours
	case host != ownHost:
		return time.Since(modified) > abandonedAfter
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

// splitWorkName takes host-pid-random.ext apart; the host may hold dashes.
func splitWorkName(name string) (host string, pid int) {
	rest, _, ok := cutLast(name, "-")
	if !ok {
		return "", 0
	}
	host, text, ok := cutLast(rest, "-")
	if !ok {
		return "", 0
	}
	pid, err := strconv.Atoi(text)
	if err != nil || pid <= 0 {
		return "", 0
	}
	return host, pid
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
