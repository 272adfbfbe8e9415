package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
)

// observation is a result that is made of a file, and one that is made of the other.
type observation struct {
	path         string
	words, count diskcache.DiskCacher[[]string]
}

func (o *observation) setTag(dir string) error {
	return errors.Join(o.words.SetTmpdir(dir), o.count.SetTmpdir(dir),
		o.words.SetTag("20240410_112233", "words"), o.count.SetTag("20240410_112233", "count"))
}

func (o *observation) Words(ctx context.Context) ([]string, error) {
	return o.words.Execute(ctx, func(ctx context.Context) ([]string, error) {
		fmt.Println("  reading words")
		content, err := diskcache.ReadFile(ctx, o.path)
		return strings.Fields(string(content)), err
	})
}

func (o *observation) Count(ctx context.Context) ([]string, error) {
	return o.count.Execute(ctx, func(ctx context.Context) ([]string, error) {
		fmt.Println("  counting")
		words, err := o.Words(ctx)
		return []string{fmt.Sprint(len(words), " words")}, err
	})
}

func Example_lineage() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	o := &observation{path: filepath.Join(dir, "notes.txt")}
	if err := o.setTag(dir); err != nil {
		panic(err)
	}
	for _, content := range []string{"clear sky", "clear sky", "clear  sky", "clear night sky"} {
		if err := os.WriteFile(o.path, []byte(content), 0o600); err != nil {
			panic(err)
		}
		diskcache.Recheck() // or wait for ten seconds

		fmt.Printf("with %q in the file\n", content)
		if _, err := o.Words(ctx); err != nil {
			panic(err)
		}
		count, err := o.Count(ctx)
		if err != nil {
			panic(err)
		}
		fmt.Println(" ", count[0])
	}
	// Output:
	// with "clear sky" in the file
	//   reading words
	//   counting
	//   2 words
	// with "clear sky" in the file
	//   2 words
	// with "clear  sky" in the file
	//   reading words
	//   2 words
	// with "clear night sky" in the file
	//   reading words
	//   counting
	//   3 words
}

func ExamplePlace_Validity() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	o := &observation{path: filepath.Join(dir, "notes.txt")}
	if err := errors.Join(os.WriteFile(o.path, []byte("clear sky"), 0o600), o.setTag(dir)); err != nil {
		panic(err)
	}
	if _, err := o.Words(context.Background()); err != nil {
		panic(err)
	}
	if err := os.WriteFile(o.path, []byte("clear night sky"), 0o600); err != nil {
		panic(err)
	}
	place, err := o.words.Place()
	if err != nil {
		panic(err)
	}
	for e, err := range place.Entries(context.Background()) {
		if err != nil {
			panic(err)
		}
		why, reason := place.Validity(context.Background(), e)
		fmt.Printf("%s: %v: %s\n", e.Name, why, strings.ReplaceAll(reason, dir, ""))
	}
	// Output:
	//   reading words
	// words: input changed: the input file /notes.txt has 15 bytes now, and had 9 bytes
}

// fitsCount counts the frames in a directory.
func fitsCount(ctx context.Context, dir string) (int, error) {
	names, err := fs.Glob(diskcache.DirFS(ctx, dir), "*.fits")
	return len(names), err
}

func ExampleDirFS() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	frames := filepath.Join(dir, "frames")
	cache := diskcache.Cache{Dir: filepath.Join(dir, "cache")}
	count := diskcache.Wrap(&cache, "count", fitsCount)
	if err := os.Mkdir(frames, 0o700); err != nil {
		panic(err)
	}
	for _, name := range []string{"1.fits", "2.fits"} {
		if err := os.WriteFile(filepath.Join(frames, name), nil, 0o600); err != nil {
			panic(err)
		}
		diskcache.Recheck()
		n, err := count.Call(context.Background(), frames)
		if err != nil {
			panic(err)
		}
		fmt.Println(n, "frames")
	}
	// Output:
	// 1 frames
	// 2 frames
}

func ExampleLoader() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "dark.txt")
	if err := os.WriteFile(path, []byte("17"), 0o600); err != nil {
		panic(err)
	}

	var dark diskcache.Loader[string] // a field of what reads raw data
	load := func(ctx context.Context) (string, error) {
		return dark.Load(ctx, func(ctx context.Context) (string, error) {
			fmt.Println("reading the dark")
			content, err := diskcache.ReadFile(ctx, path)
			return string(content), err
		})
	}

	var mean, rms diskcache.DiskCacher[string] // both need it
	for name, c := range map[string]*diskcache.DiskCacher[string]{"mean": &mean, "rms": &rms} {
		if err := errors.Join(c.SetTmpdir(dir), c.SetTag("20240410_112233", name)); err != nil {
			panic(err)
		}
		if _, err := c.Execute(context.Background(), load); err != nil {
			panic(err)
		}
	}
	// Output:
	// reading the dark
}

// A file that somebody else reads, such as a library that takes a path, is declared before.
func ExampleUseFile() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "telescope.ini")

	var size diskcache.DiskCacher[int64]
	if err := errors.Join(size.SetTmpdir(dir), size.SetTag("20240410_112233", "size")); err != nil {
		panic(err)
	}
	for _, content := range []string{"diameter = 8.4\n", "diameter = 8.22\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			panic(err)
		}
		diskcache.Recheck()
		n, err := size.Execute(context.Background(), func(ctx context.Context) (int64, error) {
			if err := diskcache.UseFile(ctx, path); err != nil {
				return 0, err
			}
			info, err := os.Stat(path) // in place of the library
			if err != nil {
				return 0, err
			}
			return info.Size(), nil
		})
		if err != nil {
			panic(err)
		}
		fmt.Println(n, "bytes")
	}
	// Output:
	// 15 bytes
	// 16 bytes
}

// A hit in memory looks at files every ten seconds only, or when Recheck says so.
func ExampleRecheck() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "notes.txt")

	var notes diskcache.DiskCacher[string]
	if err := errors.Join(notes.SetOptions(diskcache.Options{Tmpdir: dir, Recheck: -1}), notes.SetTag("20240410_112233", "notes")); err != nil {
		panic(err)
	}
	show := func() {
		text, err := notes.Execute(context.Background(), func(ctx context.Context) (string, error) {
			content, err := diskcache.ReadFile(ctx, path)
			return string(content), err
		})
		fmt.Println(text, err)
	}
	for _, content := range []string{"clouds", "clear sky"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			panic(err)
		}
		show()
	}
	diskcache.Recheck()
	show()
	// Output:
	// clouds <nil>
	// clouds <nil>
	// clear sky <nil>
}
