package diskcache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// A cacher maps a thousand files, and reads the others: a process has no more mappings
// than its memory needs, too.
func TestMostMappings(t *testing.T) {
	const most, calls = 1000, 1010
	dir := t.TempDir()
	value := func(i int) func(context.Context) ([]float64, error) {
		return func(context.Context) ([]float64, error) { return []float64{float64(i)}, nil }
	}
	writer := new(diskcache.DiskCacher[[]float64])
	if err := errors.Join(writer.SetOptions(diskcache.Options{Tmpdir: dir, Durability: storage.Fast}), writer.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	for i := range calls {
		mustExecute(t, writer, value(i), i)
	}
	reader, log := bindField[[]float64](t, dir, ",mmap")
	for round := range 2 { // Close makes room again
		for i := range calls {
			got := mustExecute(t, reader, value(-1), i)
			if len(got) != 1 || got[0] != float64(i) {
				t.Fatalf("round %d: argument %d gives %v", round, i, got)
			}
		}
		mapped := map[string]int{}
		for _, e := range log.events {
			if e.Kind == diskcache.LookedUp {
				mapped[e.Reason]++
			}
		}
		if mapped["on disk, mapped"] != most || mapped["on disk"] != calls-most {
			t.Errorf("round %d: %v, want %d mapped", round, mapped, most)
		}
		log.events = nil
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
}
