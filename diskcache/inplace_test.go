package diskcache_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// TestFolderInPlaceOfFile has a folder, with somebody's file in it, where a value or a record
// belongs, in all ways in which an entry is stored. The folder is set aside as it is, and storing goes
// on.
func TestFolderInPlaceOfFile(t *testing.T) {
	values := []float64{1, 2}
	compute := func(context.Context) ([]float64, error) { return values, nil }
	ways := map[string]func(t *testing.T, o diskcache.Options){
		"Execute": func(t *testing.T, o diskcache.Options) {
			c := diskcache.DiskCacher[[]float64]{}
			mustAll(t, c.SetOptions(o), c.SetTag(testTag, "root.A.method"))
			mustExecute(t, &c, compute)
		},
		"Refresh": func(t *testing.T, o diskcache.Options) {
			c := diskcache.DiskCacher[[]float64]{}
			mustAll(t, c.SetOptions(o), c.SetTag(testTag, "root.A.method"))
			_, err := c.Refresh(t.Context(), compute)
			mustAll(t, err)
		},
		"CopyEntries": func(t *testing.T, o diskcache.Options) {
			from := diskcache.Options{Tmpdir: t.TempDir()}
			storeIn(t, from, testTag, "root.A.method", values)
			_, err := diskcache.CopyEntries(t.Context(), placeOf(t, o), placeOf(t, from), diskcache.CopyOptions{Existing: diskcache.ReplaceExisting})
			mustAll(t, err)
		},
	}
	for way, do := range ways {
		for _, place := range []string{npyFile, recordFile} {
			for _, stored := range []bool{false, true} {
				t.Run(way+" "+place, func(t *testing.T) {
					log := new(eventLog)
					o := diskcache.Options{Tmpdir: t.TempDir(), OnEvent: log.add}
					tag := placeOf(t, o).String()
					if stored {
						storeIn(t, diskcache.Options{Tmpdir: o.Tmpdir}, testTag, "root.A.method", values)
					}
					path := filepath.Join(tag, place)
					mustAll(t, os.RemoveAll(path), os.MkdirAll(path, 0o700), os.WriteFile(filepath.Join(path, "precious"), []byte("only copy"), 0o600))
					do(t, o)
					if e, failed := log.find(diskcache.SaveFailed); failed {
						t.Errorf("not saved: %v", e.Err)
					}
					if v, ok := found[[]float64](t, diskcache.Options{Tmpdir: o.Tmpdir}, testTag, "root.A.method"); !ok || len(v) != 2 {
						t.Errorf("the next program finds %v, %t", v, ok)
					}
					aside, err := filepath.Glob(filepath.Join(tag, ".dataelab/aside/*/precious"))
					mustAll(t, err)
					if len(aside) != 1 {
						t.Errorf("set aside %q", aside)
					}
					if e, told := log.find(diskcache.SetAside); way != "CopyEntries" && (!told || !strings.Contains(e.Reason, "folder")) {
						t.Errorf("told of %+v", e)
					}
				})
			}
		}
	}
}

func mustAll(tb testing.TB, errs ...error) {
	tb.Helper()
	for _, err := range errs {
		if err != nil {
			tb.Fatal(err)
		}
	}
}
