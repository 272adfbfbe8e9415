package mapcache_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// tempDir is a directory for an example.
func tempDir() string {
	dir, err := os.MkdirTemp("", "mapcache")
	if err != nil {
		log.Fatal(err)
	}
	return dir
}

// Gains of a detector, kept for the next process.
func Example() {
	ctx := context.Background()
	dir := tempDir()
	defer os.RemoveAll(dir)
	for range 2 { // two processes, as it were
		manager := mapcache.Manager{Dir: dir}
		gains, err := mapcache.Register(&manager, "gains", mapcache.Options[string, float64]{})
		if err != nil {
			log.Fatal(err)
		}
		gain, ok := gains.Get("LBTISX")
		fmt.Println(gain, ok)
		gains.Set("LBTISX", 1.5) // saved later, by the rules
		if err := manager.Close(ctx); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// 0 false
	// 1.5 true
}

func ExampleRegister() {
	dir := tempDir()
	defer os.RemoveAll(dir)
	manager := mapcache.Manager{Dir: dir}
	squares, err := mapcache.Register(&manager, "squares", mapcache.Options[string, int]{
		Format: "csv",
		Rules:  []mapcache.Rule{{Changes: 100, Within: time.Second}, {Changes: 1, Within: time.Minute}},
		Hooks: mapcache.Hooks[string, int]{
			Build: func(context.Context, string) (map[string]int, error) {
				return map[string]int{"two": 4, "three": 9}, nil
			},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(squares.Get("three")) // is built, and saved
	text, err := os.ReadFile(filepath.Join(dir, "maps-general", "squares.csv"))
	fmt.Print(string(text), err)
	// Output:
	// 9 true
	// three,9
	// two,4
	// <nil>
}

func ExampleRetrieve() {
	var manager mapcache.Manager
	_, err := mapcache.Register(&manager, "gains", mapcache.Options[string, float64]{InMemory: true})
	if err != nil {
		log.Fatal(err)
	}
	_, ok, err := mapcache.Retrieve[string, float64](&manager, "gains")
	fmt.Println(ok, err)
	_, ok, err = mapcache.Retrieve[string, int](&manager, "gains")
	fmt.Println(ok, err)
	// Output:
	// true <nil>
	// false mapcache: the cache "gains" is a mapcache.Cache[string,float64], not a mapcache.Cache[string,int]
}

func ExampleRetrieveOrRegister() {
	var manager mapcache.Manager
	for range 2 {
		counts, err := mapcache.RetrieveOrRegister(&manager, "counts", mapcache.Options[string, int]{InMemory: true})
		if err != nil {
			log.Fatal(err)
		}
		counts.Update("calls", func(n int, _ bool) (int, bool) { return n + 1, true })
		fmt.Println(counts.Get("calls"))
	}
	// Output:
	// 1 true
	// 2 true
}

func ExampleCache_Update() {
	var manager mapcache.Manager
	budget, err := mapcache.Register(&manager, "budget", mapcache.Options[string, int]{InMemory: true})
	if err != nil {
		log.Fatal(err)
	}
	spend := func(left int, ok bool) (int, bool) {
		if !ok {
			left = 2
		}
		return left - 1, left > 1 // gone when nothing is left
	}
	budget.Update("disk", spend)
	fmt.Println(budget.Get("disk"))
	budget.Update("disk", spend)
	fmt.Println(budget.Get("disk"))
	// Output:
	// 1 true
	// 0 false
}

func ExampleCache_All() {
	var manager mapcache.Manager
	stars, err := mapcache.Register(&manager, "stars", mapcache.Options[string, float64]{
		InMemory: true, Contents: map[string]float64{"Vega": 0.03, "Sirius": -1.46, "Altair": 0.76},
	})
	if err != nil {
		log.Fatal(err)
	}
	for name, magnitude := range stars.All() {
		if magnitude > 0.5 {
			stars.Delete(name) // the loop goes on as it began
		}
	}
	fmt.Println(slices.Sorted(stars.Keys()), slices.Sorted(stars.Values()))
	// Output:
	// [Sirius Vega] [-1.46 0.03]
}

// Raw counts, and means that are made of them.
func ExampleCache_Invalidate() {
	ctx := context.Background()
	dir := tempDir()
	defer os.RemoveAll(dir)
	manager := mapcache.Manager{Dir: dir}
	raw, err := mapcache.Register(&manager, "raw", mapcache.Options[string, []float64]{Dependents: []string{"mean"}})
	if err != nil {
		log.Fatal(err)
	}
	mean, err := mapcache.Register(&manager, "mean", mapcache.Options[string, float64]{
		Hooks: mapcache.Hooks[string, float64]{Build: func(context.Context, string) (map[string]float64, error) {
			made := map[string]float64{}
			for name, counts := range raw.All() {
				made[name] = (counts[0] + counts[1]) / 2
			}
			return made, nil
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	raw.Set("night 1", []float64{1, 2})
	fmt.Println(maps.Collect(mean.All()))
	if err := raw.Invalidate(ctx); err != nil {
		log.Fatal(err)
	}
	raw.Set("night 1", []float64{3, 4})
	fmt.Println(maps.Collect(mean.All()))
	// Output:
	// map[night 1:1.5]
	// map[night 1:3.5]
}

func ExampleCache_Load() {
	var manager mapcache.Manager
	stars, err := mapcache.Register(&manager, "stars", mapcache.Options[string, int]{
		InMemory: true,
		Hooks: mapcache.Hooks[string, int]{Build: func(context.Context, string) (map[string]int, error) {
			return nil, errors.New("the catalog is not there")
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stars.Load(context.Background())) // else the first use would find nothing
	// Output:
	// mapcache: load stars: build: the catalog is not there
}

// The values were counts, and are fractions now. What was saved stays until the program
// says that it does without.
func ExampleNotLoadedError() {
	ctx := context.Background()
	dir := tempDir()
	defer os.RemoveAll(dir)
	before := mapcache.Manager{Dir: dir}
	counts, err := mapcache.Register(&before, "flux", mapcache.Options[string, int]{})
	if err != nil {
		log.Fatal(err)
	}
	counts.Set("Vega", 3)
	if err := before.Close(ctx); err != nil {
		log.Fatal(err)
	}

	now := mapcache.Manager{Dir: dir, OnEvent: func(diskcache.Event) {}} // else what follows is logged
	flux, err := mapcache.Register(&now, "flux", mapcache.Options[string, float64]{})
	if err != nil {
		log.Fatal(err)
	}
	var why *mapcache.NotLoadedError
	if err := flux.Load(ctx); errors.As(err, &why) {
		fmt.Printf("%v of %s: %s\n", why.Why, filepath.Base(why.Path), why.Reason)
		flux.Clear()
	}
	flux.Set("Vega", 0.3)
	fmt.Println(now.Close(ctx)) // the old file is in .dataelab/aside
	// Output:
	// type changed of flux.gob: it is a map[string]int, and the cache a map[string]float64
	// <nil>
}

func ExampleCache_Save() {
	dir := tempDir()
	defer os.RemoveAll(dir)
	manager := mapcache.Manager{Dir: dir}
	limits, err := mapcache.Register(&manager, "limits", mapcache.Options[string, int]{Format: "json", Rules: []mapcache.Rule{}})
	if err != nil {
		log.Fatal(err)
	}
	limits.Set("frames", 4000)
	if err := limits.Save(context.Background()); err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "maps-general", "limits.json"))
	fmt.Print(string(text), err)
	// Output:
	// {
	//   "frames": 4000
	// }
	// <nil>
}

func ExampleOptions_rows() {
	type star struct {
		Magnitude float64
		Name      string
	}
	dir := tempDir()
	defer os.RemoveAll(dir)
	manager := mapcache.Manager{Dir: dir}
	stars, err := mapcache.Register(&manager, "stars", mapcache.Options[int, star]{
		Format: "csv",
		Row: func(number int, s star) ([]string, error) {
			return []string{strconv.Itoa(number), s.Name, fmt.Sprint(s.Magnitude)}, nil
		},
		ReadRow: func(row []string) (number int, s star, err error) {
			if len(row) != 3 {
				return 0, s, errors.New("want number, name and magnitude")
			}
			s.Name = row[1]
			if number, err = strconv.Atoi(row[0]); err == nil {
				s.Magnitude, err = strconv.ParseFloat(row[2], 64)
			}
			return number, s, err
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	stars.Set(91262, star{0.03, "Vega"})
	if err := manager.Close(context.Background()); err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "maps-general", "stars.csv"))
	fmt.Print(string(text), err)
	// Output:
	// 91262,Vega,0.03
	// <nil>
}
