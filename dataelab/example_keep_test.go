package dataelab_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"path/filepath"
	"strings"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// analyzed returns an analyzer with a tag and stored results.
func analyzed(dir string) *Analyzer {
	a := newAnalyzer()
	if err := errors.Join(dataelab.SetTmpdir(a, dir), dataelab.SetTag(a, "LBTISX20240410_112233")); err != nil {
		log.Fatal(err)
	}
	for channel := range 2 {
		if _, err := a.Slopes.RMS(context.Background(), channel); err != nil {
			log.Fatal(err)
		}
	}
	return a
}

func ExampleEntries() {
	dir, remove := temporary()
	defer remove()
	a := analyzed(dir)

	for e, err := range dataelab.Entries(context.Background(), a) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s(%s) is a %s, version %s, %v\n", e.Name, strings.Join(e.Arguments, ", "), e.GoType, e.Version, e.State)
	}
	// Unordered output:
	// root.Slopes.Slopes.rms_of_channel(0) is a float64, version 2, sound
	// root.Slopes.Slopes.rms_of_channel(1) is a float64, version 2, sound
}

func ExampleExport() {
	dir, remove := temporary()
	defer remove()
	ctx := context.Background()
	archive := filepath.Join(dir, "results.zip")

	report, err := dataelab.Export(ctx, analyzed(filepath.Join(dir, "here")), archive, diskcache.CopyOptions{})
	fmt.Println("exported", report.Copied, err)

	there := newAnalyzer() // on another machine
	if err := errors.Join(dataelab.SetTmpdir(there, filepath.Join(dir, "there")), dataelab.SetTag(there, "LBTISX20240410_112233")); err != nil {
		log.Fatal(err)
	}
	report, err = dataelab.Import(ctx, there, archive, diskcache.CopyOptions{})
	fmt.Println("imported", report.Copied, err)

	rms, err := there.Slopes.RMS(ctx, 1) // computes nothing
	fmt.Printf("%.2f %v\n", rms, err)
	// Output:
	// exported 2 <nil>
	// imported 2 <nil>
	// 4.47 <nil>
}

func ExampleImport() {
	dir, remove := temporary()
	defer remove()
	archive := filepath.Join(dir, "results.zip")
	ctx := context.Background()
	if _, err := dataelab.Export(ctx, analyzed(filepath.Join(dir, "here")), archive, diskcache.CopyOptions{}); err != nil {
		log.Fatal(err)
	}

	other := newAnalyzer()
	if err := errors.Join(dataelab.SetTmpdir(other, filepath.Join(dir, "there")), dataelab.SetTag(other, "LBTISX20240410_112233")); err != nil {
		log.Fatal(err)
	}
	// What is there already stays, unless it is older than what the archive has.
	report, err := dataelab.Import(ctx, other, archive, diskcache.CopyOptions{
		Existing: diskcache.KeepNewer,
		Progress: func(p diskcache.CopyProgress) {
			if !p.Checking {
				fmt.Printf("%d of %d\n", p.Entries, p.OfEntries)
			}
		},
	})
	fmt.Println(report.Copied, report.Kept, err)
	// Output:
	// 0 of 2
	// 1 of 2
	// 2 of 2
	// 2 0 <nil>
}

func ExampleCopyTag() {
	dir, remove := temporary()
	defer remove()
	ctx := context.Background()
	a := analyzed(dir)

	if _, err := dataelab.CopyTag(ctx, a, "LBTISX20240410_112233-variant", diskcache.CopyOptions{}); err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetTag(a, "LBTISX20240410_112233-variant"); err != nil {
		log.Fatal(err)
	}
	for e := range dataelab.Entries(ctx, a) {
		fmt.Println(e.Tag, e.Arguments)
	}
	// Unordered output:
	// LBTISX20240410_112233-variant [0]
	// LBTISX20240410_112233-variant [1]
}
