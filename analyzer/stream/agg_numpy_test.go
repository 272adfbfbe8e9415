package stream_test

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

const numpyScript = `
import sys, math, warnings
import numpy as np
warnings.simplefilter("ignore")
np.seterr(all="ignore")
for line in open(sys.argv[1]):
    p, *values = [float(x) for x in line.split()]
    v = np.array(values)
    try:
        total = math.fsum(values)
    except (ValueError, OverflowError):
        total = float(np.sum(v))
    out = [total, np.mean(v), np.var(v, ddof=1), np.std(v, ddof=1), np.min(v), np.max(v), np.median(v), np.quantile(v, p)]
    print(*[repr(float(x)) for x in out])
`

// numpyCases are a fraction and values for each.
func numpyCases() (cases [][]float64) {
	r := rand.New(rand.NewPCG(1, 2))
	value := []func() float64{
		r.NormFloat64,
		r.ExpFloat64,
		func() float64 { return 1e9 + r.Float64() },
		func() float64 { return float64(r.IntN(5) - 2) },
		func() float64 { return r.NormFloat64() * math.Pow(10, float64(r.IntN(60)-30)) },
	}
	fractions := []float64{0, 0.5, 0.9, 0.99, 0.999, 0.25, 1}
	for i := range 600 {
		p := r.Float64()
		if i%2 == 0 {
			p = fractions[r.IntN(len(fractions))]
		}
		c := []float64{p}
		for range 1 + r.IntN(1+i%200) {
			c = append(c, value[i%len(value)]())
		}
		if i%25 == 24 {
			c[1+r.IntN(len(c)-1)] = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)]
		}
		cases = append(cases, c)
	}
	return cases
}

func TestNumpy(t *testing.T) {
	py := pythontest.Find(t)
	cases := numpyCases()
	path := filepath.Join(t.TempDir(), "cases")
	var b strings.Builder
	for _, c := range cases {
		for _, v := range c {
			fmt.Fprintf(&b, "%s ", strconv.FormatFloat(v, 'g', -1, 64))
		}
		b.WriteByte('\n')
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(py.Run(t, numpyScript, path)))
	for i, c := range cases {
		if !lines.Scan() {
			t.Fatalf("%d answers for %d cases", i, len(cases))
		}
		compareWithNumpy(t, c[0], c[1:], strings.Fields(lines.Text()))
	}
}

func compareWithNumpy(t *testing.T, p float64, values []float64, answers []string) {
	t.Helper()
	size, infinite := 0.0, false
	for _, v := range values {
		size = max(size, math.Abs(v))
		infinite = infinite || math.IsInf(v, 0)
	}
	ulps := 1e-15 * size
	for i, c := range []struct {
		a         stream.Aggregation
		tolerance float64
	}{
		{stream.Sum, ulps}, // math.fsum is exact
		{stream.Mean, 10 * ulps},
		{stream.Variance, 100 * ulps * size},
		{stream.StdDev, 100 * ulps},
		{stream.Min, 0},
		{stream.Max, 0},
		{stream.Median, ulps}, // np.median divides the sum of the two in the middle
		{stream.ExactQuantile(p), 0},
	} {
		want, err := strconv.ParseFloat(answers[i], 64)
		if err != nil {
			t.Fatal(err)
		}
		if i == 7 && infinite && math.IsNaN(want) {
			continue // numpy multiplies infinity by 0
		}
		if got := of(t, c.a, len(values), values...); !same(got, want) && !(math.Abs(got-want) <= c.tolerance) {
			t.Errorf("%s of %d values, p=%v: %v, numpy %v", c.a.Name, len(values), p, got, want)
		}
	}
}
