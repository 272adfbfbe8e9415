//go:build unix

package testrun

import (
	"os"
	"path/filepath"
	"testing"
)

func TestShortenLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "testlog.txt")
	long := `# test log
getenv TMPDIR
open testdata/a.npy
stat /tmp/run/TestA/001
open /tmp/run
open /tmp/running
open testdata/a.npy
getenv /tmp/run/x
chdir /tmp/run/TestB/001
open testdata/a.npy
open testdata/a.npy
`
	want := `# test log
getenv TMPDIR
open testdata/a.npy
open /tmp/running
getenv /tmp/run/x
chdir /tmp/run/TestB/001
open testdata/a.npy
`
	if err := os.WriteFile(name, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := shortenLog(name, "/tmp/run"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("got\n%s%v, want\n%s", got, err, want)
	}
	if err := shortenLog("", "/tmp/run"); err != nil {
		t.Error(err)
	}
}

// TestNoLog: go test -list starts the binary with the name of a log that is never written.
func TestNoLog(t *testing.T) {
	if err := shortenLog(filepath.Join(t.TempDir(), "none"), t.TempDir()); err != nil {
		t.Error(err)
	}
}
