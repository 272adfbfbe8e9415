package diskcache_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// kept is what storeKept stores.
var kept = map[string][]float64{"root.A.mean": {1, 2, 3}, "root.A.empty": {}, "root.A.none": nil, "root.A.large": make([]float64, diskcache.SmallFile/8+1000)}

// storeKept stores some entries under a tag, with arguments and without.
func storeKept(tb testing.TB, o diskcache.Options, tag string) {
	tb.Helper()
	for name, v := range kept {
		storeIn(tb, o, tag, name, v)
		storeIn(tb, o, tag, name, v, name, 7)
	}
	storeIn(tb, o, tag, "root.A.text", "hällo")
}

// checkKept looks for what storeKept stored.
func checkKept(tb testing.TB, o diskcache.Options, tag string) {
	tb.Helper()
	for name, want := range kept {
		for _, args := range [][]any{nil, {name, 7}} {
			if v, ok := found[[]float64](tb, o, tag, name, args...); !ok || !reflect.DeepEqual(v, want) {
				tb.Errorf("%s %v of tag %s: found %v, want %v: %v", name, args, tag, ok, want == nil, v == nil)
			}
		}
	}
	if v, ok := found[string](tb, o, tag, "root.A.text"); !ok || v != "hällo" {
		tb.Errorf("text: %v, %q", ok, v)
	}
}

const keptEntries = 9

// exported returns an archive of places.
func exported(tb testing.TB, o diskcache.CopyOptions, places ...*diskcache.Place) []byte {
	tb.Helper()
	var out bytes.Buffer
	if _, err := diskcache.Export(tb.Context(), &out, o, places...); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func readArchive(content []byte) (*diskcache.Archive, error) {
	return diskcache.ReadArchive(bytes.NewReader(content), int64(len(content)))
}

func mustRead(tb testing.TB, content []byte) *diskcache.Archive {
	tb.Helper()
	a, err := readArchive(content)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// keepers are the ways for entries to get from one place to another.
var keepers = map[string]func(tb testing.TB, dst, src diskcache.Options, o diskcache.CopyOptions) (diskcache.CopyReport, error){
	"copy": func(tb testing.TB, dst, src diskcache.Options, o diskcache.CopyOptions) (diskcache.CopyReport, error) {
		return diskcache.CopyEntries(tb.Context(), placeOf(tb, dst), placeOf(tb, src), o)
	},
	"archive": func(tb testing.TB, dst, src diskcache.Options, o diskcache.CopyOptions) (diskcache.CopyReport, error) {
		content := exported(tb, diskcache.CopyOptions{Foreign: true}, placeOf(tb, src))
		return mustRead(tb, content).Import(tb.Context(), dst, o)
	},
}

func TestKeepingRoundTrips(t *testing.T) {
	fresh := map[string]func() diskcache.Options{
		"files":  func() diskcache.Options { return diskcache.Options{Tmpdir: t.TempDir(), Durability: storage.Fast} },
		"memory": func() diskcache.Options { return diskcache.Options{Store: storage.Memory()} },
		"bare": func() diskcache.Options {
			return diskcache.Options{Store: &bare{storage.Dir(t.TempDir(), storage.DirOptions{Durability: storage.Fast})}}
		},
		"prefix": func() diskcache.Options { return diskcache.Options{Tmpdir: t.TempDir(), Prefix: "other"} },
	}
	for how, keep := range keepers {
		for from, source := range fresh {
			for to, destination := range fresh {
				t.Run(fmt.Sprintf("%s from %s to %s", how, from, to), func(t *testing.T) {
					src, dst := source(), destination()
					storeKept(t, src, testTag)
					for i, want := range []diskcache.CopyReport{{Copied: keptEntries}, {Kept: keptEntries}} {
						report, err := keep(t, dst, src, diskcache.CopyOptions{})
						if (report.Bytes == 0) != (want.Copied == 0) {
							t.Errorf("report %+v", report)
						}
						if report.Bytes = 0; err != nil || report != want {
							t.Errorf("pass %d: %+v, %v, want %+v", i, report, err, want)
						}
						checkKept(t, dst, testTag)
					}
					a, b := entriesAt(t, placeOf(t, src)), entriesAt(t, placeOf(t, dst))
					for name, e := range a {
						e.Path = b[name].Path
						if fmt.Sprintf("%+v", e) != fmt.Sprintf("%+v", b[name]) {
							t.Errorf("%s became\n%+v, was\n%+v", name, b[name], e)
						}
					}
				})
			}
		}
	}
}

// Under another tag an entry is the same, but for the tag.
func TestCopyToOtherTag(t *testing.T) {
	o := diskcache.Options{Tmpdir: t.TempDir()}
	storeKept(t, o, testTag)
	src := placeOf(t, o)
	dst, err := diskcache.PlaceOf(o, "new <tag>")
	if err != nil {
		t.Fatal(err)
	}
	if report, err := diskcache.CopyEntries(t.Context(), dst, src, diskcache.CopyOptions{}); err != nil || report.Copied != keptEntries {
		t.Errorf("%+v, %v", report, err)
	}
	checkKept(t, o, "new <tag>")
	checkKept(t, o, testTag)
	third, err := diskcache.PlaceOf(o, "third")
	if err != nil {
		t.Fatal(err)
	}
	if report, err := mustRead(t, exported(t, diskcache.CopyOptions{}, dst)).ImportTo(t.Context(), third, diskcache.CopyOptions{}); err != nil || report.Copied != keptEntries {
		t.Errorf("%+v, %v", report, err)
	}
	checkKept(t, o, "third")
	if report, err := diskcache.CopyEntries(t.Context(), src, placeOf(t, o), diskcache.CopyOptions{}); err == nil || report.Copied != 0 {
		t.Errorf("onto itself: %+v, %v", report, err)
	}
}

// What the destination has already stays or goes, as was asked for.
func TestCopyOverExisting(t *testing.T) {
	for how, keep := range keepers {
		for _, c := range []struct {
			existing         diskcache.Existing
			srcFirst, copied bool
		}{
			{diskcache.KeepExisting, true, false}, {diskcache.KeepExisting, false, false},
			{diskcache.KeepNewer, true, false}, {diskcache.KeepNewer, false, true},
			{diskcache.ReplaceExisting, true, true}, {diskcache.ReplaceExisting, false, true},
		} {
			t.Run(fmt.Sprintf("%s, %d, source older: %v", how, c.existing, c.srcFirst), func(t *testing.T) {
				d := newDisk(t)
				src, dst := diskcache.Options{Store: storage.Memory()}, d.options()
				if c.srcFirst {
					storeIn(t, src, testTag, "root.A.method", []float64{1})
				}
				storeIn(t, dst, testTag, "root.A.method", "in another format")
				if !c.srcFirst {
					storeIn(t, src, testTag, "root.A.method", []float64{1})
				}
				report, err := keep(t, dst, src, diskcache.CopyOptions{Existing: c.existing})
				if err != nil || (report.Copied == 1) != c.copied || (report.Kept == 1) == c.copied {
					t.Errorf("%+v, %v", report, err)
				}
				if _, ok := found[[]float64](t, dst, testTag, "root.A.method"); ok != c.copied {
					t.Errorf("the source's entry is there: %v", ok)
				}
				if _, ok := found[string](t, dst, testTag, "root.A.method"); ok == c.copied {
					t.Errorf("the old entry is there: %v", ok)
				}
				d.checkConsistent()
			})
		}
	}
	src, dst := diskcache.Options{Store: storage.Memory()}, newDisk(t).options()
	storeIn(t, src, testTag, "root.A.method", 1)
	if _, err := keepers["copy"](t, dst, src, diskcache.CopyOptions{Existing: 7}); err == nil {
		t.Error("a way that there is not is no error")
	}
}

// Where no good entry stands one comes in, whatever lies there.
func TestCopyOverTrouble(t *testing.T) {
	for what, spoil := range map[string]func(d disk){
		"no value":       func(d disk) { d.remove(d.value("npy")) },
		"cut value":      func(d disk) { d.write(d.value("npy"), []byte("short")) },
		"damaged record": func(d disk) { flip(d, d.record(), 30, 0) },
	} {
		for how, keep := range keepers {
			t.Run(what+", "+how, func(t *testing.T) {
				d := newDisk(t)
				src := diskcache.Options{Store: storage.Memory()}
				storeIn(t, src, testTag, "root.A.method", []float64{1})
				storeIn(t, d.options(), testTag, "root.A.method", []float64{2, 3})
				spoil(d)
				if report, err := keep(t, d.options(), src, diskcache.CopyOptions{}); err != nil || report.Copied != 1 {
					t.Errorf("%+v, %v", report, err)
				}
				if v, ok := found[[]float64](t, d.options(), testTag, "root.A.method"); !ok || !slices.Equal(v, []float64{1}) {
					t.Errorf("%v, %v", v, ok)
				}
				d.checkConsistent()
			})
		}
	}
}

// A damaged entry of the source is told, and left out.
func TestCopyOfTrouble(t *testing.T) {
	for how, keep := range keepers {
		t.Run(how, func(t *testing.T) {
			d := newDisk(t)
			for _, method := range []string{"good", "flipped", "record", "lost"} {
				storeNamed(t, d.tmpdir, method, []float64{1, 2})
			}
			flip(t, filepath.Join(d.tag, "root.A.flipped.npy"), -1, 0)
			flip(t, filepath.Join(d.tag, ".dataelab", "root.A.record.json"), 30, 0)
			d.remove(filepath.Join(d.tag, "root.A.lost.npy"))
			dst := diskcache.Options{Store: storage.Memory()}
			var report diskcache.CopyReport
			var err error
			if how == "archive" {
				var out bytes.Buffer
				report, err = diskcache.Export(t.Context(), &out, diskcache.CopyOptions{}, placeOf(t, d.options()))
				if imported, err := mustRead(t, out.Bytes()).Import(t.Context(), dst, diskcache.CopyOptions{}); err != nil || imported.Copied != 1 {
					t.Errorf("import: %+v, %v", imported, err)
				}
			} else {
				report, err = keep(t, dst, d.options(), diskcache.CopyOptions{})
			}
			var failures *diskcache.EntriesError
			if !errors.As(err, &failures) || failures.Failed != 2 || len(failures.Errs) != 2 || report.Failed != 2 || report.Copied != 1 {
				t.Errorf("%+v, %v", report, err)
			}
			if _, ok := found[[]float64](t, dst, testTag, "root.A.good"); !ok {
				t.Error("the good one is not there")
			}
			if all := entriesAt(t, placeOf(t, dst)); len(all) != 1 {
				t.Errorf("%+v", all)
			}
		})
	}
}

// Files of other programs travel when asked, and never over anything.
func TestCopyForeign(t *testing.T) {
	for how, keep := range keepers {
		t.Run(how, func(t *testing.T) {
			src := newDisk(t)
			for _, method := range []string{"stranger", "taken", "ours"} {
				storeNamed(t, src.tmpdir, method, []float64{1, 2})
			}
			src.write(filepath.Join(src.tag, "notes.txt"), []byte("no value"))
			for _, method := range []string{"stranger", "taken"} {
				src.remove(filepath.Join(src.tag, ".dataelab", "root.A."+method+".json"))
			}
			dst := newDisk(t)
			storeNamed(t, dst.tmpdir, "taken", []float64{7})
			report, err := keep(t, dst.options(), src.options(), diskcache.CopyOptions{})
			if report.Bytes = 0; err != nil || report != (diskcache.CopyReport{Copied: 1}) {
				t.Errorf("not asked: %+v, %v", report, err)
			}
			for i, want := range []diskcache.CopyReport{{Copied: 1, Kept: 2}, {Kept: 3}, {Copied: 1, Kept: 2}} {
				o := diskcache.CopyOptions{Foreign: true}
				if i == 2 {
					o.Existing = diskcache.ReplaceExisting
				}
				report, err := keep(t, dst.options(), src.options(), o)
				if report.Bytes = 0; err != nil || report != want {
					t.Errorf("%d: %+v, %v, want %+v", i, report, err, want)
				}
			}
			all := entriesAt(t, placeOf(t, dst.options()))
			if len(all) != 3 || all["root.A.stranger"].State != diskcache.EntryForeign || all["root.A.ours"].State != diskcache.EntrySound {
				t.Errorf("%+v", all)
			}
			if v, ok := found[[]float64](t, dst.options(), testTag, "root.A.taken"); !ok || !slices.Equal(v, []float64{7}) {
				t.Errorf("taken: %v, %v", v, ok)
			}
			if v, ok := found[[]float64](t, dst.options(), testTag, "root.A.stranger"); !ok || len(v) != 2 {
				t.Errorf("stranger: %v, %v", v, ok)
			}

			// An entry does not take the place of a stranger's file unless it is told to.
			ours, theirs := diskcache.Options{Store: storage.Memory()}, newDisk(t)
			storeIn(t, ours, testTag, "root.A.method", 1)
			theirs.write(theirs.value("npy"), []byte("of somebody"))
			for existing, want := range map[diskcache.Existing]int64{diskcache.KeepExisting: 0, diskcache.KeepNewer: 0, diskcache.ReplaceExisting: 1} {
				if report, err := keep(t, theirs.options(), ours, diskcache.CopyOptions{Existing: existing}); err != nil || report.Copied != want {
					t.Errorf("%v: %+v, %v", existing, report, err)
				}
				if !bytes.Equal(theirs.read(theirs.value("npy")), []byte("of somebody")) {
					t.Error("the file is lost")
				}
				theirs.remove(filepath.Join(theirs.tag, ".dataelab"))
				theirs.remove(theirs.value("gob"))
			}
		})
	}
}

func TestCopyFilterAndProgress(t *testing.T) {
	for how, keep := range keepers {
		t.Run(how, func(t *testing.T) {
			src, dst := diskcache.Options{Store: storage.Memory()}, diskcache.Options{Store: storage.Memory()}
			storeKept(t, src, testTag)
			var steps []diskcache.CopyProgress
			report, err := keep(t, dst, src, diskcache.CopyOptions{
				Filter:   func(e diskcache.EntryInfo) bool { return e.Key == "" && e.Format == "npy" },
				Progress: func(p diskcache.CopyProgress) { steps = append(steps, p) },
			})
			if err != nil || report.Copied != int64(len(kept)) {
				t.Errorf("%+v, %v", report, err)
			}
			if how == "archive" {
				if len(steps) != 2*(len(kept)+1) || !steps[0].Checking || steps[len(kept)+1].Checking {
					t.Fatalf("%+v", steps)
				}
				steps = steps[len(kept)+1:]
			}
			last := steps[len(steps)-1]
			if len(steps) != len(kept)+1 || steps[0].Entries != 0 || steps[0].OfEntries != int64(len(kept)) || last.Entries != last.OfEntries ||
				last.Bytes != last.OfBytes || last.Bytes != report.Bytes {
				t.Errorf("%+v", steps)
			}
		})
	}
}

// When the context ends, what was copied stays, and another copy goes on.
func TestCopyInterrupted(t *testing.T) {
	for _, how := range []string{"copy", "import"} {
		t.Run(how, func(t *testing.T) {
			src, d := diskcache.Options{Store: storage.Memory()}, newDisk(t)
			storeKept(t, src, testTag)
			a := mustRead(t, exported(t, diskcache.CopyOptions{}, placeOf(t, src)))
			run := func(ctx context.Context, o diskcache.CopyOptions) (diskcache.CopyReport, error) {
				if how == "import" {
					return a.Import(ctx, d.options(), o)
				}
				return diskcache.CopyEntries(ctx, placeOf(t, d.options()), placeOf(t, src), o)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			report, err := run(ctx, diskcache.CopyOptions{Progress: func(p diskcache.CopyProgress) {
				if !p.Checking && p.Entries == 3 {
					cancel()
				}
			}})
			if !errors.Is(err, context.Canceled) || report.Copied != 3 {
				t.Errorf("%+v, %v", report, err)
			}
			d.checkConsistent()
			if report, err := run(t.Context(), diskcache.CopyOptions{}); err != nil || report.Copied != keptEntries-3 || report.Kept != 3 {
				t.Errorf("the next one: %+v, %v", report, err)
			}
			checkKept(t, d.options(), testTag)
			d.checkConsistent()
		})
	}
}

// An archive holds several tags, and results of functions.
func TestArchiveOfSeveralPlaces(t *testing.T) {
	src, dst := diskcache.Options{Store: storage.Memory()}, diskcache.Options{Store: storage.Memory()}
	var places []*diskcache.Place
	for _, tag := range []string{"A", "B", "C"} {
		storeKept(t, src, tag)
		p, err := diskcache.PlaceOf(src, tag)
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, p)
	}
	a := mustRead(t, exported(t, diskcache.CopyOptions{}, places...))
	if report, err := a.Import(t.Context(), dst, diskcache.CopyOptions{}); err != nil || report.Copied != 3*keptEntries {
		t.Errorf("%+v, %v", report, err)
	}
	for _, tag := range a.Tags() {
		checkKept(t, dst, tag)
	}
	if _, err := a.ImportTo(t.Context(), places[0], diskcache.CopyOptions{}); err == nil {
		t.Error("three places went into one")
	}
	if _, err := diskcache.Export(t.Context(), io.Discard, diskcache.CopyOptions{}, places[0], places[0]); err == nil {
		t.Error("one place was exported twice")
	}

	first, second := &diskcache.Cache{Dir: t.TempDir()}, &diskcache.Cache{Dir: t.TempDir()}
	square := diskcache.Plain(func(x int) int { return x * x })
	mustCall(t, diskcache.Wrap(first, "square", square), 3)
	p, err := first.Place()
	if err != nil {
		t.Fatal(err)
	}
	a = mustRead(t, exported(t, diskcache.CopyOptions{}, p))
	if _, err := a.Import(t.Context(), dst, diskcache.CopyOptions{}); err == nil {
		t.Error("results of functions got a tag")
	}
	if p, err = second.Place(); err != nil {
		t.Fatal(err)
	}
	if report, err := a.ImportTo(t.Context(), p, diskcache.CopyOptions{}); err != nil || report.Copied != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	if v, ok, err := diskcache.Wrap(second, "square", square).Peek(t.Context(), 3); v != 9 || !ok || err != nil {
		t.Errorf("%v, %v, %v", v, ok, err)
	}
}

// Archives are files like any other: zip lists them, and numpy reads what is inside.
func TestPythonOpensArchive(t *testing.T) {
	py := pythontest.Find(t)
	o := diskcache.Options{Tmpdir: t.TempDir()}
	storeIn(t, o, testTag, "root.A.größe", [][]float64{{1, 2}, {3, 4}}, "hann")
	path := filepath.Join(t.TempDir(), "results.zip")
	if err := os.WriteFile(path, exported(t, diskcache.CopyOptions{}, placeOf(t, o)), 0o600); err != nil {
		t.Fatal(err)
	}
	out := py.Run(t, `
import io, json, numpy as np, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
names = z.namelist()
assert names[0] == "dataelab.json" and len(names) == 3, names
assert all(i.compress_type == zipfile.ZIP_STORED and i.flag_bits & 8 == 0 for i in z.infolist())
assert json.load(z.open(names[0]))["dataelab_archive"] == 1
r = json.load(z.open(names[2]))
assert z.getinfo(names[1]).date_time[:3] == tuple(int(x) for x in r["computed"][:10].split("-"))
print(r["name"], r["arguments"], np.load(z.open(names[1])).tolist(), names[1].startswith("cache" + r["tag"] + "/root.A.gr"))`, path)
	if want := `root.A.größe ['"hann"'] [[1.0, 2.0], [3.0, 4.0]] True`; out != want {
		t.Errorf("python read\n%s, want\n%s", out, want)
	}
	// What Python packs anew is an archive still, and an unpacked one is a tmpdir.
	again := filepath.Join(t.TempDir(), "again.zip")
	unpacked := t.TempDir()
	py.Run(t, `
import sys, zipfile
a, b = zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2], "w")
for i in a.infolist():
    b.writestr(i.filename, a.read(i))
b.mkdir(a.namelist()[1].split("/")[0] + "/.dataelab") if hasattr(b, "mkdir") else None
b.close()
a.extractall(sys.argv[3])`, path, again, unpacked)
	a, err := diskcache.OpenArchive(again)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	dst := diskcache.Options{Store: storage.Memory()}
	if report, err := a.Import(t.Context(), dst, diskcache.CopyOptions{}); err != nil || report.Copied != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	if err := os.Chmod(filepath.Join(unpacked, "cache"+testTag), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, o := range []diskcache.Options{dst, {Tmpdir: unpacked}} {
		if v, ok := found[[][]float64](t, o, testTag, "root.A.größe", "hann"); !ok || v[1][1] != 4 {
			t.Errorf("%v, %v", v, ok)
		}
	}
}

// Members longer than 4 GiB tell their sizes in another way. As such an archive takes
// too long to write here, it is checked that both ways can be read.
func TestArchiveMembersWithDescriptors(t *testing.T) {
	o := diskcache.Options{Store: storage.Memory()}
	storeKept(t, o, testTag)
	archive := exported(t, diskcache.CopyOptions{}, placeOf(t, o))
	in, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		m, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err == nil {
			_, err = io.Copy(m, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dst := diskcache.Options{Store: storage.Memory()}
	if report, err := mustRead(t, out.Bytes()).Import(t.Context(), dst, diskcache.CopyOptions{}); err != nil || report.Copied != keptEntries {
		t.Errorf("%+v, %v", report, err)
	}
	checkKept(t, dst, testTag)
}
