package diskcache_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/dataelab/dataelab-go/diskcache"
)

// storedIn stores two results under a tag.
func storedIn(o diskcache.Options, tag string) *diskcache.Place {
	var power diskcache.DiskCacher[[]float64]
	if err := power.SetOptions(o); err != nil {
		log.Fatal(err)
	}
	if err := power.SetTag(tag, "root.Slopes.power"); err != nil {
		log.Fatal(err)
	}
	for _, segment := range []int{256, 512} {
		compute := func(context.Context) ([]float64, error) { return make([]float64, segment), nil }
		if _, err := power.Execute(context.Background(), compute, segment, "hann"); err != nil {
			log.Fatal(err)
		}
	}
	place, err := power.Place()
	if err != nil {
		log.Fatal(err)
	}
	return place
}

func ExamplePlace_Entries() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	place := storedIn(diskcache.Options{Tmpdir: dir}, "20240410_112233")

	for e, err := range place.Entries(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Name, e.Arguments, e.DType, e.Shape, e.Bytes, e.State)
	}
	// Unordered output:
	// root.Slopes.power [256 "hann"] <f8 [256] 2176 sound
	// root.Slopes.power [512 "hann"] <f8 [512] 4224 sound
}

func ExamplePlace_Verify() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	place := storedIn(diskcache.Options{Tmpdir: dir}, "20240410_112233")

	for e, err := range place.Entries(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(place.Verify(ctx, e))
	}
	// Output:
	// <nil>
	// <nil>
}

func ExamplePlaces() {
	dir, remove := tempDir()
	defer remove()
	options := diskcache.Options{Tmpdir: dir}
	storedIn(options, "20240410_112233")
	storedIn(options, "20240411_030201")

	for place, err := range diskcache.Places(context.Background(), options) {
		if err != nil {
			log.Print(err) // of another user, say; the next one may be ours
			continue
		}
		fmt.Println(place.Tag())
	}
	// Unordered output:
	// 20240410_112233
	// 20240411_030201
}

func ExamplePlaceOf() {
	place, err := diskcache.PlaceOf(diskcache.Options{Tmpdir: "/data"}, "20240410_112233")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(place.Tag(), filepath.Base(place.String()))
	// Output:
	// 20240410_112233 cache20240410_112233
}

func ExampleCopyEntries() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	here := storedIn(diskcache.Options{Tmpdir: filepath.Join(dir, "scratch")}, "20240410_112233")
	there, err := diskcache.PlaceOf(diskcache.Options{Tmpdir: filepath.Join(dir, "group")}, "20240410_112233")
	if err != nil {
		log.Fatal(err)
	}

	large := diskcache.CopyOptions{Filter: func(e diskcache.EntryInfo) bool { return e.Bytes > 4000 }}
	report, err := diskcache.CopyEntries(ctx, there, here, large)
	fmt.Println(report.Copied, err)
	report, err = diskcache.CopyEntries(ctx, there, here, diskcache.CopyOptions{})
	fmt.Println(report.Copied, report.Kept, err)
	// Output:
	// 1 <nil>
	// 1 1 <nil>
}

func ExampleExport() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	place := storedIn(diskcache.Options{Tmpdir: filepath.Join(dir, "here")}, "20240410_112233")

	path := filepath.Join(dir, "results.zip")
	file, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := diskcache.Export(ctx, file, diskcache.CopyOptions{}, place); err != nil {
		log.Fatal(err)
	}
	if err := file.Close(); err != nil {
		log.Fatal(err)
	}

	archive, err := diskcache.OpenArchive(path)
	if err != nil {
		log.Fatal(err)
	}
	defer archive.Close()
	report, err := archive.Import(ctx, diskcache.Options{Tmpdir: filepath.Join(dir, "there")}, diskcache.CopyOptions{})
	fmt.Println(archive.Tags(), report.Copied, err)
	// Output:
	// [20240410_112233] 2 <nil>
}

func ExampleReadArchive() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	var out bytes.Buffer
	if _, err := diskcache.Export(ctx, &out, diskcache.CopyOptions{}, storedIn(diskcache.Options{Tmpdir: dir}, "20240410_112233")); err != nil {
		log.Fatal(err)
	}

	// What is in it, without importing anything.
	archive, err := diskcache.ReadArchive(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		log.Fatal(err)
	}
	for e, err := range archive.Entries(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q %q %d bytes\n", e.Name, e.Arguments, e.Bytes)
	}
	fmt.Println(archive.Check(ctx))

	_, err = diskcache.ReadArchive(bytes.NewReader(out.Bytes()[:out.Len()/2]), int64(out.Len()/2))
	fmt.Println(err)
	// Unordered output:
	// "root.Slopes.power" ["256" "\"hann\""] 2176 bytes
	// "root.Slopes.power" ["512" "\"hann\""] 4224 bytes
	// <nil>
	// diskcache: archive: it is cut short, damaged, or no zip file: zip: not a valid zip file
}

func ExampleFuncOptions_aka() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	fit := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "fit", fitLine)
	line := Line{X: []float64{1, 2}, Y: []float64{3, 6}}
	if _, err := fit.Call(ctx, line); err != nil {
		log.Fatal(err)
	}

	// The next release calls it by another name.
	slope := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "slope", fitLine, diskcache.FuncOptions{Aka: []string{"fit"}})
	fmt.Println(slope.Call(ctx, line))
	// Output:
	// fitting
	// 3 <nil>
}
