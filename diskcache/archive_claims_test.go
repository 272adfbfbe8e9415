package diskcache_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// claiming is smallArchive with another format and extension for its value.
func claiming(tb testing.TB, format, ext string) []byte {
	m := membersOf(tb, smallArchive(tb))
	text := strings.Replace(string(m[2].content), `"format": "npy"`, `"format": "`+format+`"`, 1)
	m[2].content = resealed(strings.Replace(text, `"file": "root.A.method.npy"`, `"file": "root.A.method.`+ext+`"`, 1))
	m[1].Name = hostileFolder + "/root.A.method." + ext
	return forge(tb, m)
}

// A file in a format that this program does not know comes in where it cannot be the
// value of another entry. All else is found out before anything is touched.
func TestArchiveOfUnknownFormat(t *testing.T) {
	for _, c := range []struct{ format, ext, says string }{
		{"zarr", "zarr", ""},
		{"zarr.zst", "zarr.zst", ""},
		{"zarr", "npy", ""}, // nobody reads it: a record stands beside it
		{"zarr", "b.zarr", "import the package of the format"},
		{"zarr", "b.npy", "import the package of the format"},
		{"zarr", "b.npy.zst", "import the package of the format"},
		{"npy", "b.npy", "the format npy has the extension npy"},
		{"npy", "zarr", "the format npy has the extension npy"},
	} {
		content := claiming(t, c.format, c.ext)
		err := checkUntouched(t, content, diskcache.CopyOptions{})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("format %s in root.A.method.%s: %v; want %q", c.format, c.ext, err, c.says)
		}
		err = checkUntouched(t, content, diskcache.CopyOptions{Filter: func(diskcache.EntryInfo) bool { return false }})
		if err != nil {
			t.Errorf("left out: %v", err)
		}
	}
}

// The compressed value of root.A.method is no value of an entry root.A.method.npy.
func TestArchiveClaimsCompressedValue(t *testing.T) {
	m := membersOf(t, smallArchive(t))
	text := strings.ReplaceAll(string(m[2].content), `"root.A.method"`, `"root.A.method.npy"`)
	text = strings.Replace(text, `"format": "npy"`, `"format": "zarr"`, 1)
	m[2].content = resealed(strings.Replace(text, `"root.A.method.npy",`+"\n"+` "dtype`, `"root.A.method.npy.zst",`+"\n"+` "dtype`, 1))
	m[2].Name, m[1].Name = hostileFolder+"/.dataelab/root.A.method.npy.json", hostileFolder+"/root.A.method.npy.zst"
	if err := checkUntouched(t, forge(t, m), diskcache.CopyOptions{}); err == nil || !strings.Contains(err.Error(), "the value of another entry") {
		t.Errorf("%v", err)
	}
}

// What stands in the place of an imported value without being that of its entry is
// somebody's own, also where the entry's record stands, and its value is gone.
func TestImportSparesFilesInTheWay(t *testing.T) {
	const mine = "mine"
	for name, c := range map[string]struct {
		content  []byte
		file     string
		existing diskcache.Existing
		record   bool // of another file, whose value is gone
		failed   bool
		replaced bool
	}{
		"keep":                       {smallArchive(t), "root.A.method.npy", diskcache.KeepExisting, true, false, false},
		"keep newer":                 {smallArchive(t), "root.A.method.npy", diskcache.KeepNewer, true, false, false},
		"replace":                    {smallArchive(t), "root.A.method.npy", diskcache.ReplaceExisting, true, false, true},
		"unknown, keep":              {claiming(t, "zarr", "zarr"), "root.A.method.zarr", diskcache.KeepExisting, true, true, false},
		"unknown, replace":           {claiming(t, "zarr", "zarr"), "root.A.method.zarr", diskcache.ReplaceExisting, true, true, false},
		"unknown, replace, a file":   {claiming(t, "zarr", "zarr"), "root.A.method.zarr", diskcache.ReplaceExisting, false, true, false},
		"unknown, keep, only a file": {claiming(t, "zarr", "zarr"), "root.A.method.zarr", diskcache.KeepExisting, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			storeIn(t, d.options(), testTag, "root.A.method", "a text")
			values, err := filepath.Glob(filepath.Join(d.tag, "root.A.method.*"))
			if err != nil || len(values) != 1 {
				t.Fatal(values, err)
			}
			d.remove(values[0])
			if !c.record {
				d.remove(filepath.Join(d.tag, ".dataelab", "root.A.method.json"))
			}
			d.write(filepath.Join(d.tag, c.file), []byte(mine))
			report, err := mustRead(t, c.content).Import(t.Context(), d.options(), diskcache.CopyOptions{Existing: c.existing})
			if (err != nil) != c.failed || (report.Copied == 1) != c.replaced || (report.Kept == 1) != (!c.failed && !c.replaced) {
				t.Errorf("%+v, %v", report, err)
			}
			if kept := string(d.read(filepath.Join(d.tag, c.file))) == mine; kept == c.replaced {
				t.Errorf("the file stays: %v", kept)
			}
		})
	}
}

// A file of another program that nobody here could read is found out before anything
// is touched.
func TestImportChecksForeignFilesFirst(t *testing.T) {
	m := membersOf(t, smallArchive(t))
	m[0].content = []byte(strings.Replace(string(m[0].content), `"tag": "`, `"foreign": ["root.A.other.zarr"], "tag": "`, 1))
	m = append(m, forged{zip.FileHeader{Name: hostileFolder + "/root.A.other.zarr", Flags: 0x800}, []byte("x")})
	err := checkUntouched(t, forge(t, m), diskcache.CopyOptions{Foreign: true})
	var e *diskcache.ArchiveError
	if !errors.As(err, &e) || e.Member != hostileFolder+"/root.A.other.zarr" || !strings.Contains(err.Error(), "import the package of its format") {
		t.Errorf("%v", err)
	}
	if err := checkUntouched(t, forge(t, m), diskcache.CopyOptions{}); err != nil {
		t.Errorf("left out: %v", err)
	}
}

// All who read a record see the same entry, whatever stands behind what look-ups read.
func TestArchiveRecordWithTwoFaces(t *testing.T) {
	m := membersOf(t, smallArchive(t))
	behind := func(line string) []byte {
		return resealed(strings.Replace(string(m[2].content), "\n \"host\"", "\n "+line+",\n \"host\"", 1))
	}
	forgedWith := func(content []byte) []byte {
		return forge(t, []forged{m[0], m[1], {m[2].FileHeader, content}})
	}
	for _, line := range []string{`"name": "root.A.other"`, `"version": "99"`, `"computed": "2099-01-01T00:00:00Z"`, `"bytes": 7`, `"nil": true`, `"tag": "x"`} {
		var seen diskcache.EntryInfo
		for e, err := range mustRead(t, forgedWith(behind(line))).Entries(t.Context()) {
			if seen = e; err != nil {
				t.Error(err)
			}
		}
		for e := range mustRead(t, forge(t, m)).Entries(t.Context()) {
			if fmt.Sprintf("%+v", seen) != fmt.Sprintf("%+v", e) {
				t.Errorf("with %s behind the file it is %+v, was %+v", line, seen, e)
			}
		}
	}
	other := strings.Replace(string(behind(`"name": "root.A.method"`)), `"name": "root.A.method"`, `"name": "root.A.other"`, 1)
	if err := checkUntouched(t, forgedWith(resealed(other)), diskcache.CopyOptions{}); err == nil || !strings.Contains(err.Error(), "record is of entry root.A.other") {
		t.Errorf("%v", err)
	}
}

// What is published is what was checked, also where no record tells what that was.
func TestArchiveChangesWhileImported(t *testing.T) {
	for _, name := range []string{"root.A.foreign.npy", "root.A.method.npy"} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			storeIn(t, d.options(), testTag, "root.A.method", []float64{1, 2})
			d.write(filepath.Join(d.tag, "root.A.foreign.npy"), d.read(d.value("npy")))
			content := exported(t, diskcache.CopyOptions{Foreign: true}, placeOf(t, d.options()))
			var at int64
			for _, m := range zipFiles(t, content) {
				if m.Name == hostileFolder+"/"+name {
					at = must(m.DataOffset())
				}
			}
			a := mustRead(t, content)
			d = newDisk(t)
			report, err := a.Import(t.Context(), d.options(), diskcache.CopyOptions{Foreign: true, Progress: func(p diskcache.CopyProgress) {
				if !p.Checking {
					content[at+140] = '!'
				}
			}})
			var failed *diskcache.EntriesError
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), name) || report.Failed != 1 || report.Copied != 1 {
				t.Errorf("%+v, %v", report, err)
			}
			if d.exists(filepath.Join(d.tag, name)) {
				t.Error("it was published")
			}
		})
	}
}

func zipFiles(tb testing.TB, content []byte) []*zip.File {
	tb.Helper()
	return must(zip.NewReader(bytes.NewReader(content), int64(len(content)))).File
}
