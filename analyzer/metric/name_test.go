package metric_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/analyzer/metric"
	"github.com/dataelab/dataelab-go/diskcache"
)

func fileName(t *testing.T, base string, params ...any) string {
	t.Helper()
	name, err := metric.FileName(base, params...)
	if err != nil {
		t.Fatalf("%s%v: %v", base, params, err)
	}
	return name
}

// TestPlainNames has the names of row C4.
func TestPlainNames(t *testing.T) {
	for _, c := range []struct {
		want, base string
		params     []any
	}{
		{"flux", "flux", nil},
		{"poly_Y_1_2", "poly_Y", []any{1, 2}},
		{"poly_0p5_x", "poly", []any{0.5, "x"}},
		{"f_-1p5", "f", []any{-1.5}},
		{"f_None", "f", []any{nil}},
		{"f_1e-07", "f", []any{1e-7}},
		{"f_1e+16", "f", []any{1e16}},
		{"poly_1p0_True", "poly", []any{1.0, true}},
		{"f_nan", "f", []any{math.NaN()}},
		{"f_-inf", "f", []any{math.Inf(-1)}},
		{"f_7", "f", []any{uint8(7)}},
	} {
		if got := fileName(t, c.base, c.params...); got != c.want {
			t.Errorf("%s%v: %s, want %s", c.base, c.params, got, c.want)
		}
	}
}

// TestAmbiguousNames has those that another metric could have as well: rows C5 to C8 and A24.
func TestAmbiguousNames(t *testing.T) {
	type call struct {
		base   string
		params []any
	}
	calls := []call{
		{"f", []any{1}}, {"f", []any{"1"}}, {"f_1", nil}, {"f", []any{1.0}}, {"f", []any{float32(1)}},
		{"f", []any{0.5}}, {"f", []any{"0p5"}}, {"f", []any{"0.5"}},
		{"f", []any{"a_b", "c"}}, {"f", []any{"a", "b_c"}}, {"f_a_b_c", nil}, {"f", []any{"a/b/c"}}, {"f", []any{".."}},
		{"f", []any{nil}}, {"f", []any{"None"}}, {"f", []any{"none"}}, {"f", []any{true}}, {"f", []any{"True"}}, {"f_True", nil},
		{"f", []any{1, "date"}}, {"f", []any{"date"}}, {"f_date", nil}, {"f", nil},
		{"f", []any{1, "x"}}, {"f", []any{1, "X"}}, {"f", []any{""}}, {"f", []any{1, ""}}, {"f_", nil},
		{"a.b", nil}, {"apb", nil}, {"poly_Y", []any{1, 2}}, {"poly", []any{"Y", 1, 2}}, {"poly_Y_1", []any{2}},
		{"f", []any{1, strings.Repeat("x", 300)}}, {"f", []any{1, strings.Repeat("x", 301)}},
		{"f", []any{[]int{1, 2}}}, {"f", []any{[2]int{1, 2}}}, {"f", []any{1, 2}}, {"f", []any{Pair{1, 2}}},
		{"f", []any{-1}}, {"f", []any{"-1"}}, {"f", []any{1e-7}}, {"f", []any{"1e-07"}},
	}
	seen := map[string]call{}
	for _, c := range calls {
		name := fileName(t, c.base, c.params...)
		folded := strings.ToLower(name)
		if other, taken := seen[folded]; taken {
			t.Errorf("%s is the name of %v and %v", name, other, c)
		}
		seen[folded] = c
		if err := diskcache.CheckName(name); err != nil {
			t.Error(err)
		}
		if strings.HasSuffix(folded, "_date") || len(name) > 150 {
			t.Errorf("%v has the name %s", c, name)
		}
		if again := fileName(t, c.base, c.params...); again != name {
			t.Errorf("%v: %s, then %s", c, name, again)
		}
	}
	for _, bad := range []string{"", "a/b", "..", "a\x00b"} {
		if name, err := metric.FileName(bad); !errors.Is(err, diskcache.ErrName) {
			t.Errorf("%q: %s, %v", bad, name, err)
		}
	}
	if got := fileName(t, "f", "a_b", "c"); !strings.HasPrefix(got, "f_a_b_c-") {
		t.Errorf("not readable: %s", got)
	}
}

// TestNamesBelongToOne tries parameters made of few pieces, which collide often where they can.
func TestNamesBelongToOne(t *testing.T) {
	piece := rapid.SampledFrom([]string{"f", "g", "1", "0p5", "_", "date", "None", "a", "A", "-", ".", "inf", "e-07"})
	text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 1, 4).Draw(t, "pieces"), "") })
	param := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) any { return rapid.IntRange(-2, 2).Draw(t, "int") }),
		rapid.Custom(func(t *rapid.T) any { return rapid.SampledFrom([]float64{0.5, 1, -1, 1e-7}).Draw(t, "float") }),
		rapid.Custom(func(t *rapid.T) any { return rapid.SampledFrom([]any{nil, true, false}).Draw(t, "other") }),
		rapid.Custom(func(t *rapid.T) any { return text.Draw(t, "text") }),
	)
	seen := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		base := text.Draw(t, "base")
		params := rapid.SliceOfN(param, 0, 3).Draw(t, "params")
		name, err := metric.FileName(base, params...)
		if err != nil {
			t.Skip(err) // rapid draws another name in place of one that is not valid
		}
		what := fmt.Sprintf("%q %#v", base, params)
		if other, taken := seen[name]; taken && other != what {
			t.Fatalf("%s is the name of %s and of %s", name, other, what)
		}
		seen[name] = what
	})
}

// TestPlainNameIsTheOriginals has the function for Options.Name.
func TestPlainNameIsTheOriginals(t *testing.T) {
	for want, params := range map[string][]any{"f_NE_0p5": {"NE", 0.5}, "f_a_b": {"a_b"}, "f_1p5": {"1.5"}} {
		if got, err := metric.PlainName("f", params...); got != want || err != nil {
			t.Errorf("%v: %s, %v, want %s", params, got, err, want)
		}
	}
}
