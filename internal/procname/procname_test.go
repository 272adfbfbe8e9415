package procname_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/internal/procname"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

func TestNew(t *testing.T) {
	pattern := regexp.MustCompile(fmt.Sprintf(`^[-.0-9A-Za-z_]{1,64}-%d-[0-9a-f]{16}\.work$`, os.Getpid()))
	seen := map[string]bool{}
	for range 1000 {
		name := procname.New(".work")
		if !pattern.MatchString(name) || seen[name] {
			t.Fatalf("%s, made before: %v", name, seen[name])
		}
		seen[name] = true
	}
	if procname.Host() == "" {
		t.Error("no host")
	}
}

func TestAbandoned(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := testrun.Command(self, "-test.run=^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	own := procname.New("")
	host := own[:strings.LastIndex(own, fmt.Sprintf("-%d-", os.Getpid()))]
	name := func(host string, pid int) string { return fmt.Sprintf("%s-%d-0123456789abcdef.work", host, pid) }
	dead := cmd.Process.Pid
	const hour, month = time.Hour, 30 * 24 * time.Hour
	for _, c := range []struct {
		name string
		age  time.Duration
		want bool
	}{
		{own, 0, false}, {own, month, false}, {own, -month, false}, // whatever the clock of the files says
		{name(host, os.Getpid()), 0, false}, {name(host, os.Getpid()), month, true}, // from before this process
		{name(host, dead), 0, true}, {name(host, dead), month, true},
		{name(host, os.Getppid()), month, false},
		{name("other-host.net", dead), hour, false}, {name("other-host.net", os.Getpid()), month, true},
		{name("other-host.net", 1), -month, false}, // a clock was wrong
		{"", month, false}, {"-", month, false}, {"--", month, false}, {"notes.txt", month, false},
		{host + "-x-0123456789abcdef", month, false}, {host + "--1-0123456789abcdef", month, true}, // of a host named host-
		{fmt.Sprintf("%s-%d0000000000000000000-0", host, dead), month, false},
	} {
		if got := procname.Abandoned(c.name, time.Now().Add(-c.age)); got != c.want {
			t.Errorf("%s, %v old: %v, want %v", c.name, c.age, got, c.want)
		}
	}
}

// A name that this process made just now, for a file that has a time from before the
// process: the clock of files is coarser than time.Now, and on a server it may be late.
func TestOwnNamesAreNotAbandoned(t *testing.T) {
	dir := t.TempDir()
	for range 100 {
		name := procname.New(".work")
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		late := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, late, late); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if procname.Abandoned(name, info.ModTime()) {
			t.Fatalf("%s, written now at %v by the clock of its server, counts as abandoned", name, info.ModTime())
		}
	}
}

func TestWhose(t *testing.T) {
	own := procname.New("")
	host, pid := procname.Process(own)
	if pid != os.Getpid() || host == "" {
		t.Errorf("%s is of process %d on %s", own, pid, host)
	}
	name := func(host string, pid int) string { return fmt.Sprintf("%s-%d-0123456789abcdef", host, pid) }
	for _, c := range []struct {
		name          string
		own, ancestor bool
	}{
		{own, true, false},
		{name(host, os.Getpid()), false, false}, // in another container, or before
		{name(host, os.Getppid()), false, true},
		{name("other-host", os.Getppid()), false, false},
		{name(host, 1<<30), false, false},
		{"", false, false}, {"notes.txt", false, false},
	} {
		if is, ancestor := procname.IsOwn(c.name), procname.IsOfAncestor(c.name); is != c.own || ancestor != c.ancestor {
			t.Errorf("%s: own %v, of an ancestor %v", c.name, is, ancestor)
		}
	}
	if runtime.GOOS == "linux" && os.Getppid() != 1 && !procname.IsOfAncestor(name(host, 1)) { // all come from the first process
		t.Error("the ancestors' ancestors are not found")
	}
}
