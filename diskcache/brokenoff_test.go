package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// leaveOff saves two values, and then leaves what a death between the two renames of the
// second save leaves: its record, and the file of the first one. It returns that entry as it
// was listed before.
func leaveOff(t *testing.T, d disk, field string, first, second []float64) diskcache.EntryInfo {
	t.Helper()
	c, _ := bindField[[]float64](t, d.tmpdir, field)
	mustExecute(t, c, gives(first))
	was := onlyEntry(t, placeOf(t, d.options()))
	former := d.value("npy") + ".former"
	if err := os.Link(d.value("npy"), former); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Refresh(t.Context(), gives(second)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Close(), os.Rename(former, d.value("npy"))); err != nil {
		t.Fatal(err)
	}
	return was
}

func onlyEntry(t *testing.T, p *diskcache.Place) diskcache.EntryInfo {
	t.Helper()
	var all []diskcache.EntryInfo
	for e, err := range p.Entries(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		all = append(all, e)
	}
	if len(all) != 1 {
		t.Fatalf("%d entries in %s: %+v", len(all), p, all)
	}
	return all[0]
}

// All who look at an entry of which a Refresh was broken off agree with Execute: it is
// what it was before.
func TestAllAgreeOnASaveBrokenOff(t *testing.T) {
	for name, second := range map[string][]float64{"of another size": {3}, "of the same size": {3, 4}} {
		t.Run(name, func(t *testing.T) {
			first := []float64{1, 2}
			d := newDisk(t)
			was := leaveOff(t, d, "", first, second)
			place := placeOf(t, d.options())
			e := onlyEntry(t, place)
			if e.State != diskcache.EntrySound || e.Digest != was.Digest || e.Bytes != was.Bytes || !e.Computed.Equal(was.Computed) ||
				!slices.Equal(e.Shape, was.Shape) || e.DType != was.DType || e.Host != was.Host || e.Process != was.Process || e.Code != was.Code {
				t.Errorf("listed as %+v\nwant %+v", e, was)
			}
			if err := place.Verify(t.Context(), e); err != nil {
				t.Errorf("Verify: %v", err)
			}
			if why, reason := place.Validity(t.Context(), e); why != diskcache.NoReason {
				t.Errorf("Validity: %v, %s", why, reason)
			}
			gets := func(where string, dir string) {
				t.Helper()
				c, log := bindField[[]float64](t, dir, "")
				if v, ok, err := c.Peek(t.Context()); !slices.Equal(v, first) || !ok || err != nil {
					t.Errorf("%s: Peek: %v, %v, %v", where, v, ok, err)
				}
				c, _ = bindField[[]float64](t, dir, "")
				if v := mustExecute(t, c, gives(nil)); !slices.Equal(v, first) {
					t.Errorf("%s: Execute: %v; %s", where, v, log.kinds())
				}
			}
			gets("where it was broken off", d.tmpdir)

			copied := newDisk(t)
			if r, err := diskcache.CopyEntries(t.Context(), placeOf(t, copied.options()), place, diskcache.CopyOptions{}); err != nil || r.Copied != 1 {
				t.Errorf("CopyEntries: %+v, %v", r, err)
			}
			gets("copied", copied.tmpdir)
			if e := onlyEntry(t, placeOf(t, copied.options())); e.Digest != was.Digest || !e.Computed.Equal(was.Computed) {
				t.Errorf("copied as %+v", e)
			}

			other, err := place.WithTag("LBTISX20240411_000000")
			if err != nil {
				t.Fatal(err)
			}
			if r, err := diskcache.CopyEntries(t.Context(), other, place, diskcache.CopyOptions{}); err != nil || r.Copied != 1 {
				t.Errorf("to another tag: %+v, %v", r, err)
			}
			if err := other.Verify(t.Context(), onlyEntry(t, other)); err != nil {
				t.Errorf("under another tag: %v", err)
			}

			var archive bytes.Buffer
			if r, err := diskcache.Export(t.Context(), &archive, diskcache.CopyOptions{}, place); err != nil || r.Copied != 1 {
				t.Errorf("Export: %+v, %v", r, err)
			}
			imported := newDisk(t)
			path := filepath.Join(t.TempDir(), "a.zip")
			imported.write(path, archive.Bytes())
			a, err := diskcache.OpenArchive(path)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			if r, err := a.Import(t.Context(), imported.options(), diskcache.CopyOptions{}); err != nil || r.Copied != 1 {
				t.Errorf("Import: %+v, %v", r, err)
			}
			gets("imported", imported.tmpdir)
			if aside := d.setAside(); len(aside) > 0 {
				t.Errorf("set aside: %v", aside)
			}
		})
	}
}

// What was made of the value from before is good still, and is not computed at each start.
func TestUserOfASaveBrokenOff(t *testing.T) {
	d := newDisk(t)
	upstream := func(v []float64) *diskcache.DiskCacher[[]float64] {
		c, _ := bindField[[]float64](t, d.tmpdir, "")
		mustExecute(t, c, gives(v))
		return c
	}
	runs := 0
	use := func() float64 {
		up, user := upstream([]float64{1, 2}), new(diskcache.DiskCacher[float64])
		if err := errors.Join(user.SetTmpdir(d.tmpdir), user.SetTag(testTag, "root.A.user")); err != nil {
			t.Fatal(err)
		}
		return mustExecute(t, user, func(ctx context.Context) (float64, error) {
			runs++
			v, _, err := up.Peek(ctx)
			return v[0] + v[1], err
		})
	}
	use()
	leave := func() {
		former := d.value("npy") + ".former"
		if err := os.Link(d.value("npy"), former); err != nil {
			t.Fatal(err)
		}
		c := upstream(nil)
		if _, err := c.Refresh(t.Context(), gives([]float64{3, 4})); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(former, d.value("npy")); err != nil {
			t.Fatal(err)
		}
		diskcache.Recheck()
	}
	leave()
	if v := use(); v != 3 || runs != 1 {
		t.Errorf("got %v after %d computations, want 3 after 1", v, runs)
	}
}

// A renamed method finds the value from before, and moves it with its own record.
func TestRenamedSaveBrokenOff(t *testing.T) {
	d := newDisk(t)
	was := leaveOff(t, d, "", []float64{1, 2}, []float64{3, 4})
	for range 2 {
		c, _ := newCacher[[]float64](t, d.tmpdir)
		binding := diskcache.Binding{Cacher: c, Name: "root.A.renamed", Former: []string{"root.A.method"}}
		if err := diskcache.BindAll(testTag, []diskcache.Binding{binding}, diskcache.Observer{}); err != nil {
			t.Fatal(err)
		}
		if v := mustExecute(t, c, gives(nil)); !slices.Equal(v, []float64{1, 2}) {
			t.Errorf("got %v", v)
		}
	}
	if e := onlyEntry(t, placeOf(t, d.options())); e.Name != "root.A.renamed" || e.Digest != was.Digest {
		t.Errorf("listed as %+v", e)
	}
}

// To make room, the value from before is removed as any other, and not set aside.
func TestPruneOfASaveBrokenOff(t *testing.T) {
	d := newDisk(t)
	leaveOff(t, d, "", []float64{1, 2}, []float64{3})
	o := d.options()
	o.TagLimits = diskcache.Limits{Age: time.Nanosecond}
	c := new(diskcache.DiskCacher[[]float64])
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	r, err := c.Prune(t.Context(), diskcache.PruneOptions{})
	if err != nil || len(r.Removed) != 1 || d.exists(d.value("npy")) {
		t.Errorf("%+v, %v; the value is there: %v", r, err, d.exists(d.value("npy")))
	}
	if aside := d.setAside(); len(aside) > 0 {
		t.Errorf("set aside: %v", aside)
	}
}

// Where a cache was copied without the times of its files, contents tell.
func TestSaveBrokenOffWithoutTimes(t *testing.T) {
	for _, field := range []string{"", ",mmap"} {
		d := newDisk(t)
		leaveOff(t, d, field, giantOf(1), giantOf(2))
		now := time.Now()
		if err := os.Chtimes(d.value("npy"), now, now); err != nil {
			t.Fatal(err)
		}
		place := placeOf(t, d.options())
		if err := place.Verify(t.Context(), onlyEntry(t, place)); err != nil {
			t.Errorf("%q: Verify: %v", field, err)
		}
		c, log := bindField[[]float64](t, d.tmpdir, field)
		v := mustExecute(t, c, nil)
		diskcache.WaitVerified(c)
		if e, found := log.find(diskcache.FoundDamaged); v[0] != 1 || found || len(d.setAside()) > 0 {
			t.Errorf("%q: got %v, %s, set aside %v", field, v[0], e.Reason, d.setAside())
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}
