package diskcache_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

func TestDefaultDirectory(t *testing.T) {
	home := t.TempDir()
	for _, variable := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(variable, home)
	}
	var cache diskcache.Cache
	f := diskcache.Wrap(&cache, "f", diskcache.Plain(func(int) int { return 1 }))
	mustCall(t, f, 1)
	dir, err := cache.Directory()
	if err != nil || !strings.HasPrefix(dir, home) || !strings.Contains(filepath.Base(dir), "diskcache") || filepath.Base(filepath.Dir(dir)) != "dataelab" {
		t.Errorf("%s, %v", dir, err)
	}
	if names := filesIn(t, dir); len(names) != 1 {
		t.Errorf("files %v", names)
	}
}

func TestProgramName(t *testing.T) {
	if got := diskcache.ProgramName("example.org/lab/fit", "/tmp/fit", "/home"); got != "example.org.lab.fit" {
		t.Errorf("got %s", got)
	}
	seen := map[string]bool{}
	for _, name := range []string{
		diskcache.ProgramName("command-line-arguments", "/tmp/go-build1/fit", "/home/a"),
		diskcache.ProgramName("command-line-arguments", "/tmp/go-build1/fit", "/home/b"),
		diskcache.ProgramName("command-line-arguments", "/tmp/go-build1/load", "/home/a"),
		diskcache.ProgramName("a/../b", "/tmp/x", "/"),
	} {
		if seen[name] || diskcache.CheckName(name+"x") != nil {
			t.Errorf("%s is taken, or no name", name)
		}
		seen[name] = true
	}
	if !seen[diskcache.ProgramName("", "/tmp/go-build2/fit.exe", "/home/a")] {
		t.Error("another run of one file has another name")
	}
}

// One function that was wrapped wrongly does not keep the others from being
// cleared and closed.
func TestCacheWithAWrongFunction(t *testing.T) {
	dir := t.TempDir()
	cache := diskcache.Cache{Dir: dir}
	good := diskcache.Wrap(&cache, "good", diskcache.Plain(func(n int) int { return n }))
	_ = diskcache.Wrap(&cache, "bad", diskcache.Plain(func(n int) chan int { return nil }))
	mustCall(t, good, 1)
	if err := cache.Clear(); err == nil || !strings.Contains(err.Error(), "bad") {
		t.Errorf("Clear: %v", err)
	}
	if names := filesIn(t, dir); len(names) > 0 {
		t.Errorf("left %v", names)
	}
	if err := cache.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	mustCall(t, good, 1) // goes on
	if _, err := good.Path(1); err != nil {
		t.Error(err)
	}
}

// The directory may be a link: whoever made the cache named it.
func TestDirectoryMayBeALink(t *testing.T) {
	target, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	mustCall(t, diskcache.Wrap(&diskcache.Cache{Dir: link}, "f", diskcache.Plain(func(int) int { return 1 })), 1)
	if names := filesIn(t, target); len(names) != 1 {
		t.Errorf("files %v", names)
	}
}

func TestUnwritableDirectoryLosesNothing(t *testing.T) {
	log := &eventLog{}
	cache := diskcache.Cache{Dir: t.TempDir(), OnEvent: log.add}
	f := diskcache.Wrap(&cache, "f", diskcache.Plain(func(int) int { return 1 }))
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(cache.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cache.Dir, nil, 0o600); err != nil { // a file lies where the directory should
		t.Fatal(err)
	}
	if got := mustCall(t, f, 1); got != 1 {
		t.Errorf("got %d", got)
	}
	if e, ok := log.find(diskcache.SaveFailed); !ok || e.Err == nil {
		t.Errorf("nobody heard of the failure: %s", log.kinds())
	}
}
