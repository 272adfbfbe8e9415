package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// row is what a table says of a result that was computed again.
type row struct{ out, because string }

var (
	renewedRow = regexp.MustCompile(`(?m)^  (\S.*\)) +computed +\S+ \S+  (different|the same|new) +(\S.*)$`)
	diskRow    = regexp.MustCompile(`(?m)^  (\S.*\)) +disk `)
)

// rowsOf returns those of a report, and the names of the results that are from disk.
func rowsOf(report string) (renewed map[string]row, fromDisk []string) {
	renewed = map[string]row{}
	for _, m := range renewedRow.FindAllStringSubmatch(report, -1) {
		renewed[m[1]] = row{m[2], m[3]}
	}
	for _, m := range diskRow.FindAllStringSubmatch(report, -1) {
		fromDisk = append(fromDisk, m[1])
	}
	return renewed, fromDisk
}

// wantRows compares them. What is not renewed must be from disk.
func wantRows(t *testing.T, what, report string, want map[string]row) {
	t.Helper()
	renewed, fromDisk := rowsOf(report)
	for _, step := range NewAnalyzer(&Snapshot{}).Steps() {
		if got := renewed[step.Name]; got != want[step.Name] {
			t.Errorf("%s: %s says %q, want %q", what, step.Name, got, want[step.Name])
		}
		if _, again := want[step.Name]; slices.Contains(fromDisk, step.Name) == again {
			t.Errorf("%s: %s from disk: %v, want %v", what, step.Name, !again, again)
		}
	}
	if t.Failed() {
		t.Fatalf("printed\n%s", report)
	}
}

const (
	different = "different"
	theSame   = "the same"
)

// rests is what is computed again when a raw file has changed as changes have it.
var rests = map[string]map[string]row{
	"commands": {
		"Origin()":          {different, "commands.npy"},
		"dm.RMS()":          {different, "commands.npy"},
		"modes.OpenLoop()":  {different, "commands.npy"},
		"modes.Power(256)":  {different, "modes.OpenLoop()"},
		"modes.Power(1024)": {different, "modes.OpenLoop()"},
		"modes.Vibration()": {different, "modes.Power(1024)"},
		// Tip is no part of the seeing, and so the Strehl ratio is as it was, too.
		"sky.Seeing(25 m)": {theSame, "modes.OpenLoop(), modes.Power(256)"},
	},
	"slopes": {
		"Origin()":              {different, "slopes.npy"},
		"wfs.Mean()":            {different, "slopes.npy"},
		"wfs.Covariance()":      {different, "wfs.Mean(), slopes.npy"},
		"wfs.Lagged(20)":        {different, "wfs.Mean(), slopes.npy"},
		"modes.Residual()":      {different, "wfs.Mean(), slopes.npy"},
		"modes.RMS()":           {different, "modes.Residual()"},
		"modes.OpenLoop()":      {different, "modes.Residual()"},
		"modes.Power(256)":      {different, "modes.OpenLoop()"},
		"modes.Power(1024)":     {different, "modes.OpenLoop()"},
		"modes.Vibration()":     {different, "modes.Power(1024)"},
		"sky.Seeing(25 m)":      {different, "modes.OpenLoop(), modes.Power(256)"},
		"camera.PSF(3.7 µm)":    {different, "modes.Residual()"},
		"camera.Strehl(3.7 µm)": {different, "camera.PSF(3.7 µm), modes.RMS(), sky.Seeing(25 m)"},
	},
	"reconstructor": {
		"Origin()":              {different, "reconstructor.npy"},
		"modes.Residual()":      {different, "reconstructor.npy"},
		"modes.RMS()":           {different, "modes.Residual()"},
		"modes.OpenLoop()":      {different, "modes.Residual()"},
		"modes.Power(256)":      {different, "modes.OpenLoop()"},
		"modes.Power(1024)":     {different, "modes.OpenLoop()"},
		"modes.Vibration()":     {theSame, "modes.Power(1024)"},
		"sky.Seeing(25 m)":      {theSame, "modes.OpenLoop(), modes.Power(256)"},
		"camera.PSF(3.7 µm)":    {different, "modes.Residual()"},
		"camera.Strehl(3.7 µm)": {different, "camera.PSF(3.7 µm), modes.RMS()"},
	},
}

// analyzed returns a short snapshot that the program seems to carry inside, unpacked and
// analyzed, and a function that runs the program again and returns its report.
func analyzed(t *testing.T) (Archive, func(options) string) {
	t.Helper()
	o := options{tmpdir: t.TempDir()}
	archive := must(o.archive())(t)
	archive.Inside = os.DirFS(shortArchive(t))
	again := func(o options) string {
		t.Helper()
		o.tmpdir = filepath.Dir(archive.Folder)
		var out bytes.Buffer
		s := &session{options: o, out: &out}
		if err := s.work(t.Context(), archive, testTag); err != nil {
			t.Fatal(err)
		}
		s.total.write(&out)
		return out.String()
	}
	again(o)
	wantRows(t, "second run", again(o), nil)
	return archive, again
}

func TestChange(t *testing.T) {
	archive, again := analyzed(t)
	names := slices.Sorted(maps.Keys(rests))
	for _, name := range names[:exhaustive.N(1, len(names))] {
		want := rests[name]
		path := archive.Path(testTag, changes[name].file)
		report := again(options{change: name})
		if !strings.HasPrefix(report, "changed: "+path+"\n  "+changes[name].what+"; -restore puts it back\n") {
			t.Errorf("%s: printed\n%s", name, report)
		}
		wantRows(t, name, report, want)
		const altered = " is not as it was published"
		if !strings.Contains(report, "\n  "+changes[name].file+altered) {
			t.Errorf("%s: does not say that the file is altered:\n%s", name, report)
		}

		report = again(options{change: name})
		if !strings.HasPrefix(report, "changed before: "+path) || !strings.Contains(report, "\ncomputed nothing: ") {
			t.Errorf("%s once more: printed\n%s", name, report)
		}

		// The former results were replaced: what rests on the file is computed again.
		report = again(options{restore: true})
		if !strings.HasPrefix(report, "put back: "+path) {
			t.Errorf("%s restored: printed\n%s", name, report)
		}
		wantRows(t, name+" restored", report, want)
		if strings.Contains(report, altered) {
			t.Errorf("%s restored: printed\n%s", name, report)
		}
	}
	if got, want := again(options{restore: true}), "unchanged: the raw files of "+testTag+"\n"; got != want {
		t.Errorf("restored once more: printed %q, want %q", got, want)
	}
}

// TestChangeByHand: files that are changed while the program does not run.
func TestChangeByHand(t *testing.T) {
	archive, again := analyzed(t)
	metadata, commands := archive.Path(testTag, metadataName), archive.Path(testTag, commandsName)

	later := time.Now().Add(time.Hour)
	for _, path := range []string{metadata, commands} {
		if err := os.Chtimes(path, later, later); err != nil {
			t.Fatal(err)
		}
	}
	wantRows(t, "touched", again(options{}), nil)

	content := must(os.ReadFile(commands))(t)
	if err := os.WriteFile(commands, content, 0o600); err != nil {
		t.Fatal(err)
	}
	wantRows(t, "written anew", again(options{}), nil)

	// No frame on record has seen the last command, so the open loop comes out the same,
	// and nothing that rests on it is computed.
	array := must(npy.Load[*mat.Dense](commands))(t)
	array.Set(shortFrames-1, 0, 5000)
	if err := npy.Save(commands, array); err != nil {
		t.Fatal(err)
	}
	wantRows(t, "last command", again(options{}), map[string]row{
		"Origin()":         {different, "commands.npy"},
		"dm.RMS()":         {different, "commands.npy"},
		"modes.OpenLoop()": {theSame, "commands.npy"},
	})

	text := must(os.ReadFile(metadata))(t)
	if err := os.WriteFile(metadata, bytes.Replace(text, []byte(`"obstruction":0.111`), []byte(`"obstruction":0.3`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	wantRows(t, "obstruction", again(options{}), map[string]row{
		"Origin()":              {different, "metadata.json"},
		"modes.OpenLoop()":      {theSame, "metadata.json"},
		"modes.Power(256)":      {theSame, "metadata.json"},
		"modes.Power(1024)":     {theSame, "metadata.json"},
		"modes.Vibration()":     {theSame, "metadata.json"},
		"sky.Seeing(25 m)":      {theSame, "metadata.json"},
		"camera.PSF(3.7 µm)":    {different, "metadata.json"},
		"camera.Strehl(3.7 µm)": {different, "camera.PSF(3.7 µm), metadata.json"},
	})

	if err := os.Remove(metadata); err != nil {
		t.Fatal(err)
	}
	if renewed, _ := rowsOf(again(options{restore: true})); renewed["camera.PSF(3.7 µm)"] != (row{different, metadataName}) {
		t.Errorf("with %s put back: %v", metadataName, renewed)
	}
	if got := must(os.ReadFile(metadata))(t); !bytes.Equal(got, text) {
		t.Errorf("put back, %s is\n%s", metadataName, got)
	}
}

// TestChangeOfUnfit: a raw file that cannot be changed is left as it is.
func TestChangeOfUnfit(t *testing.T) {
	path := filepath.Join(t.TempDir(), commandsName)
	for _, shape := range [][]int{{1000, 1}, {1001, 0}, {2002}} {
		if err := npy.Save(path, npy.NewArray[float32](shape...)); err != nil {
			t.Fatal(err)
		}
		if changed, err := changes["commands"].apply(path); changed || err == nil || !strings.Contains(err.Error(), "row 1000 is to be changed: -restore") {
			t.Errorf("shape %v: changed %v, error %v", shape, changed, err)
		}
	}
	if err := npy.Save(path, npy.NewArray[float32](1001, 1)); err != nil {
		t.Fatal(err)
	}
	if changed, err := changes["commands"].apply(path); !changed || err != nil {
		t.Errorf("changed %v, error %v", changed, err)
	}
}

// TestChangeFirst: without an earlier run there is nothing to compute again, so the second
// tag is analyzed twice.
func TestChangeFirst(t *testing.T) {
	dir := t.TempDir()
	code, report, errs := execute(t.Context(), t, "-tmpdir", dir, "-change", "commands")
	if code != exitOK || errs != "" {
		t.Fatalf("code %d, errors %q", code, errs)
	}
	path := filepath.Join(dir, "quickstart-telescope", allTags[1], commandsName)
	before, after, ok := strings.Cut(report, "\nchanged: "+path+"\n")
	if !ok || lines(before, computed) != len(NewAnalyzer(&Snapshot{}).Steps()) {
		t.Errorf("printed\n%s", report)
	}
	wantRows(t, "changed", after, rests["commands"])
	if !strings.Contains(after, "\ncomputed 7 results in ") {
		t.Errorf("printed\n%s", report)
	}
	if found := must(os.ReadDir(filepath.Dir(filepath.Dir(path))))(t); len(found) != 1 {
		t.Errorf("unpacked %v, want one tag", found)
	}
}

// What could not be put back is not told to be.
func TestRestoreFails(t *testing.T) {
	archive := must((&options{tmpdir: t.TempDir()}).archive())(t)
	archive.Inside = os.DirFS(shortArchive(t))
	if err := archive.Unpack(testTag); err != nil {
		t.Fatal(err)
	}
	path := archive.Path(testTag, slopesName)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	restored, err := archive.Restore(testTag)
	if err == nil || slices.Contains(restored, path) {
		t.Errorf("restored %v, error %v", restored, err)
	}
}
