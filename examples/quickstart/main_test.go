package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

// start of the process: as a child of a test it is the program itself.
func TestMain(m *testing.M) {
	if os.Getenv("QUICKSTART_CHILD") != "" {
		main()
	}
	os.Exit(testrun.New(m).Run())
}

// execute runs the program inside the test.
func execute(ctx context.Context, t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(ctx, args, &out, &errs)
	return code, out.String(), errs.String()
}

// lines counts the table's lines by where results came from.
func lines(report string, from source) int {
	return len(regexp.MustCompile(`(?m)^  \S.*\) +`+string(from)+` `).FindAllString(report, -1))
}

func TestColdAndWarm(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-data", shortArchive(t), "-tmpdir", dir, "-prefix", "p_"}
	code, cold, errs := execute(t.Context(), t, args...)
	if code != exitOK || errs != "" {
		t.Fatalf("cold: code %d, errors %q", code, errs)
	}
	steps := len(NewAnalyzer(&Snapshot{}).Steps())
	if n := lines(cold, computed); n != steps || lines(cold, fromDisk) != 0 {
		t.Errorf("cold: %d results computed, want %d:\n%s", n, steps, cold)
	}
	if strings.Contains(cold, "computed nothing") || !strings.HasSuffix(cold, "run me again\n") {
		t.Errorf("cold: printed\n%s", cold)
	}
	folder := filepath.Join(dir, "p_"+testTag)
	example := pythonString(filepath.Join(folder, "root.wfs.Slopes.mean.npy"))
	for _, want := range []string{"files: " + folder, "np.load(" + example + ")", testTag + "\n  seeing "} {
		if !strings.Contains(cold, want) {
			t.Errorf("cold: %q is missing from\n%s", want, cold)
		}
	}

	code, warm, errs := execute(t.Context(), t, args...)
	if code != exitOK || errs != "" {
		t.Fatalf("warm: code %d, errors %q", code, errs)
	}
	if n := lines(warm, fromDisk); n != steps || lines(warm, computed) != 0 {
		t.Errorf("warm: %d results from disk, want %d:\n%s", n, steps, warm)
	}
	if !strings.Contains(warm, "\ncomputed nothing: 14 results from disk in ") {
		t.Errorf("warm: printed\n%s", warm)
	}

	damage(t, filepath.Join(folder, "root.wfs.Slopes.covariance.npy"))
	_, mended, _ := execute(t.Context(), t, args...)
	if lines(mended, computed) != 1 || !strings.Contains(mended, "damaged, set aside, and computed again: root.wfs.Slopes.covariance.npy") {
		t.Errorf("with a damaged file: printed\n%s", mended)
	}

	logFile := filepath.Join(dir, "log")
	if code, out, errs := execute(t.Context(), t, append(args, "-quiet", "-log", logFile)...); code != exitOK || out+errs != "" {
		t.Errorf("quiet: code %d, printed %q and %q", code, out, errs)
	}
	if log, err := os.ReadFile(logFile); err != nil || bytes.Count(log, []byte(`"message":"load"`)) != steps {
		t.Errorf("log: error %v\n%s", err, log)
	}

	if code, out, errs := execute(t.Context(), t, append(args, "-clear")...); code != exitOK || errs != "" || out != "forgot what was stored for "+testTag+" in "+folder+"\n" {
		t.Errorf("clear: code %d, printed %q and %q", code, out, errs)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "root.*")); err != nil || len(left) != 0 {
		t.Errorf("clear left %v, error %v", left, err)
	}
}

func damage(t *testing.T, file string) {
	t.Helper()
	if err := os.Truncate(file, 1000); err != nil {
		t.Fatal(err)
	}
}

// TestMistakes: one line that says what to do, and exit code 1.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.CopyFS(data, must(fs.Sub(embedded, "telescope"))(t)); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(data, testTag, "slopes.npy"))

	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-tag", "nope"}, "choose from " + strings.Join(allTags, ", ")},
		{[]string{"-tag", "../x"}, `the tag "../x" holds`},
		{[]string{"-tag", testTag, "-tmpdir", file}, "is a file: name a directory"},
		{[]string{"-tag", testTag, "-tmpdir", filepath.Join(file, "below")}, "name another one"},
		{[]string{"-tag", testTag, "-tmpdir", dir, "-prefix", "a/b"}, "path separator"},
		{[]string{"-tag", testTag, "-tmpdir", dir, "-log", filepath.Join(file, "log")}, "set logfile"},
		{[]string{"-data", filepath.Join(dir, "none")}, "-data: "},
		{[]string{"-data", file}, "name the folder that holds a folder for each tag"},
		{[]string{"-data", dir, "-tmpdir", dir}, "no snapshot in " + dir},
		{[]string{"-data", data, "-tmpdir", dir}, "slopes.npy: npy: data at byte 1000"},
		{[]string{"-data", data, "-tmpdir", dir}, "copy this file again"},
		{[]string{"-change", "mirror"}, "it changes commands, reconstructor or slopes"},
		{[]string{"-change", "slopes", "-restore"}, "choose one of"},
		{[]string{"-restore", "-clear"}, "choose one of"},
		{[]string{"-restore", "-data", data}, "change yours by hand"},
		{[]string{"-unknown"}, "see -help"},
		{[]string{testTag}, "tags follow -tag"},
	} {
		code, _, errs := execute(t.Context(), t, c.args...)
		if code != exitFailed || !strings.HasPrefix(errs, "quickstart: ") || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: code %d, printed %q, want one line with %q", c.args, code, errs, c.want)
		}
	}
}

func TestHelp(t *testing.T) {
	code, out, errs := execute(t.Context(), t, "-help")
	if code != exitOK || errs != "" {
		t.Errorf("code %d, errors %q", code, errs)
	}
	for _, name := range []string{"tmpdir", "prefix", "tag", "change", "restore", "graph", "clear", "quiet", "data", "log"} {
		if !strings.Contains(out, "  -"+name) {
			t.Errorf("-%s is missing from\n%s", name, out)
		}
	}
}

func TestTagFlag(t *testing.T) {
	o, err := parseOptions([]string{"-tag", "a, b", "-tag", "c", "-tag=a"})
	if err != nil || strings.Join(o.tags, " ") != "a b c" {
		t.Errorf("tags %v, error %v; want a b c", o.tags, err)
	}
}

// TestStoppedBeforeStart: a context that has ended computes nothing.
func TestStoppedBeforeStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, out, errs := execute(ctx, t, "-tmpdir", t.TempDir())
	if code != exitInterrupted || errs != "" || !strings.Contains(out, "stopped: what was finished is kept (0 results computed, 0 from disk)") {
		t.Errorf("code %d, printed %q and %q", code, out, errs)
	}
}
