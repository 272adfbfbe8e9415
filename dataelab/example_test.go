package dataelab_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// Slopes are what a wavefront sensor measured, by time and subaperture.
type Slopes struct {
	Frames [][]float64

	mean diskcache.DiskCacher[[]float64]
	rms  diskcache.DiskCacher[float64] `cache:"rms_of_channel,version=2"`
}

// Mean returns the mean over time of each subaperture.
func (s *Slopes) Mean(ctx context.Context) ([]float64, error) {
	return s.mean.Execute(ctx, s.computeMean)
}

func (s *Slopes) computeMean(context.Context) ([]float64, error) {
	fmt.Println("computing the mean")
	mean := make([]float64, len(s.Frames[0]))
	for _, frame := range s.Frames {
		for i, x := range frame {
			mean[i] += x / float64(len(s.Frames))
		}
	}
	return mean, nil
}

// RMS returns the root mean square over time of one subaperture.
func (s *Slopes) RMS(ctx context.Context, channel int) (float64, error) {
	return diskcache.Execute1(ctx, &s.rms, s.computeRMS, channel)
}

func (s *Slopes) computeRMS(_ context.Context, channel int) (float64, error) {
	sum := 0.0
	for _, frame := range s.Frames {
		sum += frame[channel] * frame[channel]
	}
	return math.Sqrt(sum / float64(len(s.Frames))), nil
}

// Analyzer holds what belongs to one dataset.
type Analyzer struct {
	Slopes *Slopes
}

func newAnalyzer() *Analyzer {
	return &Analyzer{Slopes: &Slopes{Frames: [][]float64{{1, 2}, {3, 6}}}}
}

// temporary returns a directory for an example, and how to remove it.
func temporary() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }
}

func ExampleSetTag() {
	dir, remove := temporary()
	defer remove()

	for range 2 { // as in two runs of a program
		a := newAnalyzer()
		if err := dataelab.SetTmpdir(a, dir); err != nil {
			log.Fatal(err)
		}
		if err := dataelab.SetTag(a, "LBTISX20240410_112233"); err != nil {
			log.Fatal(err)
		}
		mean, err := a.Slopes.Mean(context.Background())
		fmt.Println(mean, err)
	}
	// Output:
	// computing the mean
	// [2 4] <nil>
	// [2 4] <nil>
}

func ExampleSetTmpdir() {
	dir, remove := temporary()
	defer remove()

	a := newAnalyzer()
	if err := dataelab.SetTmpdir(a, dir); err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetPrefix(a, "night-"); err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetTag(a, "20240410_112233"); err != nil {
		log.Fatal(err)
	}
	if _, err := a.Slopes.Mean(context.Background()); err != nil {
		log.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*.npy"))
	for _, file := range files {
		name, _ := filepath.Rel(dir, file)
		fmt.Println(filepath.ToSlash(name))
	}
	// Output:
	// computing the mean
	// night-20240410_112233/root.Slopes.Slopes.mean.npy
}

func ExampleCachers() {
	a := newAnalyzer()
	for name, cacher := range dataelab.Cachers(a) {
		fmt.Println(name, cacher.ResultType())
	}
	// Output:
	// root.Slopes.Slopes.mean []float64
	// root.Slopes.Slopes.rms_of_channel float64
}

func ExampleGetDiskCacher() {
	dir, remove := temporary()
	defer remove()
	a := newAnalyzer()
	if err := dataelab.SetTmpdir(a, dir); err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetTag(a, "20240410_112233"); err != nil {
		log.Fatal(err)
	}
	mean, err := dataelab.GetDiskCacher(a.Slopes, "mean")
	if err != nil {
		log.Fatal(err)
	}
	_, _ = a.Slopes.Mean(context.Background())
	fmt.Println("computed:", mean.Stats().Computed)
	if err := mean.ClearCache(); err != nil {
		log.Fatal(err)
	}
	_, _ = a.Slopes.Mean(context.Background())
	// Output:
	// computing the mean
	// computed: 1
	// computing the mean
}

func ExampleClearCache() {
	dir, remove := temporary()
	defer remove()
	a := newAnalyzer()
	if err := dataelab.SetTmpdir(a, dir); err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetTag(a, "20240410_112233"); err != nil {
		log.Fatal(err)
	}
	for range 2 {
		_, _ = a.Slopes.Mean(context.Background())
		if err := dataelab.ClearCache(a); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// computing the mean
	// computing the mean
}

func ExampleParseTag() {
	for _, text := range []string{"LBTISX20240410_112233", "calibration", "../etc"} {
		tag, err := dataelab.ParseTag(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		when, err := tag.Time()
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(tag, "is of", tag.System(), "at", when.Format(time.DateTime))
	}
	// Output:
	// LBTISX20240410_112233 is of LBTISX at 2024-04-10 11:22:33
	// dataelab: time of tag "calibration": there is none in it: a tag with a time ends in YYYYMMDD_hhmmss, as LBTISX20240410_112233 does
	// dataelab: parse tag: not usable as a file name: the tag "../etc" holds "..", which could lead elsewhere
}
