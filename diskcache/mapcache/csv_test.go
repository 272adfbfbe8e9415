package mapcache_test

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

type star struct {
	RA, Dec float64
	Name    string
}

func starOptions() mapcache.Options[int, star] {
	return mapcache.Options[int, star]{
		Format: "csv",
		Row: func(number int, s star) ([]string, error) {
			return []string{fmt.Sprint("HIP ", number), fmt.Sprint(s.RA), fmt.Sprint(s.Dec), s.Name}, nil
		},
		ReadRow: func(row []string) (number int, s star, err error) {
			if len(row) != 4 {
				return 0, s, fmt.Errorf("it has %d columns, not 4", len(row))
			}
			if _, err = fmt.Sscanf(row[0], "HIP %d", &number); err == nil {
				_, err = fmt.Sscan(row[1]+" "+row[2], &s.RA, &s.Dec)
			}
			s.Name = row[3]
			return number, s, err
		},
	}
}

func TestRowsOfCSV(t *testing.T) {
	dir := t.TempDir()
	m, _ := newManager(t, dir)
	c := register(t, m, "stars", starOptions())
	c.Set(91262, star{279.23, 38.78, "Vega"})
	c.Set(32349, star{101.28, -16.71, `Sirius, "the dog star"`})
	check(t, m.Close(t.Context()))
	text, err := os.ReadFile(file(dir, "stars.csv"))
	check(t, err)
	want := "HIP 32349,101.28,-16.71,\"Sirius, \"\"the dog star\"\"\"\nHIP 91262,279.23,38.78,Vega\n"
	if string(text) != want {
		t.Errorf("the file is\n%s, want\n%s", text, want)
	}
	if got := saved(t, dir, "stars", starOptions()); !maps.Equal(got, collect(c)) {
		t.Errorf("loaded %v", got)
	}
}

func TestRowsThatDoNotComeBack(t *testing.T) {
	tests := map[string]func(o *mapcache.Options[int, star]){
		"read as that of key 7": func(o *mapcache.Options[int, star]) {
			o.ReadRow = func([]string) (int, star, error) { return 7, star{}, nil }
		},
		"it is empty": func(o *mapcache.Options[int, star]) {
			o.Row = func(int, star) ([]string, error) { return []string{""}, nil }
		},
		`holds \r\n`: func(o *mapcache.Options[int, star]) {
			o.Row = func(int, star) ([]string, error) { return []string{"HIP 1", "1", "1", "a\r\nb"}, nil }
		},
		"no such star": func(o *mapcache.Options[int, star]) {
			o.Row = func(int, star) ([]string, error) { return nil, fmt.Errorf("no such star") }
		},
	}
	for says, change := range tests {
		t.Run(says, func(t *testing.T) {
			m, _ := newManager(t, t.TempDir())
			o := starOptions()
			o.Rules = manually()
			change(&o)
			c := register(t, m, "stars", o)
			c.Set(1, star{})
			wantError(t, c.Save(t.Context()), nil, says)
			c.Clear()
		})
	}
}

func TestTypesOfCells(t *testing.T) {
	dir := t.TempDir()
	o := mapcache.Options[bool, *big.Int]{Format: "csv"}
	m, _ := newManager(t, dir)
	_, err := mapcache.Register(m, "pointers", o)
	wantError(t, err, nil, "values: a *big.Int does not fit into one column")
	_, err = mapcache.Register(m, "floats", mapcache.Options[int, float64]{Row: func(int, float64) ([]string, error) { return nil, nil }})
	wantError(t, err, nil, "only one is set")

	numbers := register(t, m, "numbers", mapcache.Options[uint8, float32]{Format: "csv"})
	numbers.Set(255, float32(math.Inf(1)))
	numbers.Set(0, 0.1)
	flags := register(t, m, "flags", mapcache.Options[bool, big.Int]{Format: "csv"})
	flags.Set(true, *big.NewInt(1 << 60))
	check(t, m.Close(t.Context()))
	if got := saved(t, dir, "numbers", mapcache.Options[uint8, float32]{Format: "csv"}); !maps.Equal(got, collect(numbers)) {
		t.Errorf("loaded %v", got)
	}
	got := saved(t, dir, "flags", mapcache.Options[bool, big.Int]{Format: "csv"})
	if v := got[true]; v.Int64() != 1<<60 {
		t.Errorf("loaded %v", got)
	}
}

// TestAnyTextInCSV saves and loads texts of all kinds.
func TestAnyTextInCSV(t *testing.T) {
	dir := t.TempDir()
	o := mapcache.Options[string, string]{Format: "csv", Rules: manually()}
	m, _ := newManager(t, dir)
	c := register(t, m, "c", o)
	text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("a\"',;\r\n\t #\ufeff"))))
	rapid.Check(t, func(rt *rapid.T) {
		c.Clear()
		for k, v := range rapid.MapOf(text, text).Draw(rt, "contents") {
			c.Set(k, v)
		}
		want := collect(c)
		if err := c.Save(t.Context()); err != nil {
			return // refused: it holds \r\n
		}
		if err := c.Reload(t.Context()); err != nil {
			rt.Fatal(err)
		}
		if got := collect(c); !maps.Equal(got, want) {
			rt.Fatalf("loaded %q, want %q", got, want)
		}
	})
}
