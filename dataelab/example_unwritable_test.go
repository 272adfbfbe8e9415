//go:build unix

package dataelab_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// A result that cannot be stored is returned all the same, and stays in memory.
// The failure is logged; Options.OnEvent hears of it too.
func ExampleSetOptions_unwritableDirectory() {
	dir, remove := temporary()
	defer remove()
	_ = dataelab.SetLogfile("", zerolog.Disabled, "dataelab") // it would show the same error
	defer func() { _ = dataelab.SetLogfile("", zerolog.WarnLevel, "dataelab") }()

	a := newAnalyzer()
	err := dataelab.SetOptions(a, diskcache.Options{
		Tmpdir: filepath.Join(dir, "results"),
		OnEvent: func(e diskcache.Event) {
			if e.Kind == diskcache.SaveFailed {
				fmt.Println(strings.ReplaceAll(e.Err.Error(), dir, "/data"))
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetTag(a, "20240410_112233"); err != nil {
		log.Fatal(err)
	}
	// Something else takes the directory's place meanwhile.
	if err := os.WriteFile(filepath.Join(dir, "results"), nil, 0o600); err != nil {
		log.Fatal(err)
	}
	for range 2 {
		mean, err := a.Slopes.Mean(context.Background())
		fmt.Println(mean, err)
	}
	err = dataelab.SetTmpdir(a, filepath.Join(dir, "results"))
	fmt.Println(strings.ReplaceAll(err.Error(), dir, "/data"))
	// Output:
	// computing the mean
	// diskcache: save root.Slopes.Slopes.mean of tag 20240410_112233 in /data/results/cache20240410_112233: mkdir /data/results/cache20240410_112233: not a directory: the result was returned, but is not on disk
	// [2 4] <nil>
	// [2 4] <nil>
	// dataelab: set tmpdir: the temporary directory /data/results is a file: name a directory
}
