package diskcache_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// window is an argument with fields.
type window struct {
	Name    string
	Rows    int
	Weights []float64
	Verbose bool `cache:"-"`
}

// argumentPools are what a random argument list is made of, by place. Many values
// have the same text.
func argumentPools() [][]any {
	long := func(last float64) []float64 { return append(make([]float64, 100), last) }
	windows := []any{
		window{}, window{Name: "hann"}, window{Name: "hann", Rows: 3}, window{Name: "hann", Verbose: true}, window{Rows: 3, Weights: long(1)},
		window{Rows: 3, Weights: long(2)}, &window{Rows: 4, Weights: long(2)}, (*window)(nil), nil, 3, solver{Name: "hann"},
	}
	return [][]any{
		{1, 2, 3, int64(1), 1.0, math.NaN(), math.Copysign(0, -1), 0.0, "1"},
		{long(0), long(1), long(2), []float32{1}, []float64(nil), []float64{}, map[string]int{"a": 1}, map[string]int{"a": 2}},
		windows,
		{strings.Repeat("x", 500) + "a", strings.Repeat("x", 500) + "b", time.Unix(0, 0), time.Unix(1, 0)},
	}
}

func randomArguments(r *rand.Rand, pools [][]any) []any {
	args := make([]any, r.IntN(len(pools)+1))
	for i := range args {
		args[i] = pools[i][r.IntN(min(len(pools[i]), 1+r.IntN(len(pools[i]))))]
	}
	return args
}

// trueDifferences compares two argument lists by the keys of their parts.
func trueDifferences(tb testing.TB, there, here []any) map[string]bool {
	tb.Helper()
	places := map[string]bool{}
	for i := range max(len(there), len(here)) {
		if i >= len(there) || i >= len(here) {
			places[fmt.Sprint(i+1, ".")] = true
			continue
		}
		if mustKey(tb, there[i]) == mustKey(tb, here[i]) {
			continue
		}
		a, okA := fieldsOf(there[i])
		b, okB := fieldsOf(here[i])
		found := false
		for name := range a {
			if _, common := b[name]; okA && okB && common && mustKey(tb, a[name]) != mustKey(tb, b[name]) {
				places[fmt.Sprint(i+1, ".", name)] = true
				found = true
			}
		}
		otherType := strings.TrimPrefix(fmt.Sprintf("%T", there[i]), "*") != strings.TrimPrefix(fmt.Sprintf("%T", here[i]), "*")
		if !found || otherType {
			places[fmt.Sprint(i+1, ".")] = true
		}
	}
	return places
}

func fieldsOf(arg any) (map[string]any, bool) {
	if p, ok := arg.(*window); ok && p != nil {
		arg = *p
	}
	switch v := arg.(type) {
	case window:
		return map[string]any{"Name": v.Name, "Rows": v.Rows, "Weights": v.Weights}, true
	case solver:
		return map[string]any{"Name": v.Name}, true
	}
	return nil, false
}

// Whatever is stored: what is named as different is so, all of it is named, and no
// other entry has less of it.
func TestNearestIsTrulyNearest(t *testing.T) {
	pools := argumentPools()
	compute := func(context.Context) (int, error) { return 1, nil }
	r := rand.New(rand.NewPCG(4, 2))
	misses := 0
	for range 40 {
		c := new(diskcache.DiskCacher[int])
		if err := c.SetOptions(diskcache.Options{Store: storage.Memory()}); err != nil {
			t.Fatal(err)
		}
		if err := c.SetTag(testTag, "root.A.method"); err != nil {
			t.Fatal(err)
		}
		lists := map[int64][]any{} // by when they were computed
		for range 30 {
			args := randomArguments(r, pools)
			var o diskcache.Outcome
			if _, err := c.Execute(diskcache.WithOutcome(t.Context(), &o), compute, args...); err != nil {
				t.Fatal(err)
			}
			if o.Source == diskcache.FromCompute {
				misses++
				checkNearest(t, &o, lists, args)
				lists[o.Computed.UnixNano()] = args
			}
		}
	}
	if misses < 200 {
		t.Errorf("only %d misses", misses)
	}
}

func checkNearest(t *testing.T, o *diskcache.Outcome, lists map[int64][]any, args []any) {
	t.Helper()
	if len(lists) == 0 {
		if o.Why != diskcache.NotStored || o.Nearest != nil {
			t.Errorf("%v, nearest %+v, where nothing is stored", o.Why, o.Nearest)
		}
		return
	}
	if o.Why != diskcache.OtherArguments || o.Nearest == nil {
		t.Fatalf("%v, nearest %v, where %d are stored", o.Why, o.Nearest, len(lists))
	}
	there, ok := lists[o.Nearest.Computed.UnixNano()]
	if !ok || !reflect.DeepEqual(o.Nearest.Arguments, diskcache.ArgumentTexts(there)) {
		t.Fatalf("the nearest entry %+v is none that was stored", o.Nearest)
	}
	want := trueDifferences(t, there, args)
	got := map[string]bool{}
	for _, d := range o.Nearest.Differences {
		got[fmt.Sprint(d.Argument, ".", d.Field)] = true
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v and %v differ in %v, the outcome says %v", there, args, want, got)
	}
	for _, other := range lists {
		if n := len(trueDifferences(t, other, args)); n < len(want) {
			t.Errorf("%v has %d differences from %v, the nearest %v has %d", other, n, args, there, len(want))
		}
	}
}

// Records from before there were digests show what their texts show.
func TestNearestByTexts(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, test := range map[string]struct {
		stored, asked []any
		want          []diskcache.Difference
		words         string
	}{
		"a number": {[]any{512, 3}, []any{512, 4}, []diskcache.Difference{{2, "", "3", "4"}}, "argument 2 differs from the nearest stored entry: 3 there, 4 here"},
		"a field": {[]any{window{Rows: 1}}, []any{window{Rows: 2}}, []diskcache.Difference{{1, "",
			`diskcache_test.window{Name: "", Rows: 1, Weights: []float64(nil)}`, `diskcache_test.window{Name: "", Rows: 2, Weights: []float64(nil)}`}}, "the argument differs from the nearest stored entry: diskcache_test.window{Name"},
		"the end": {[]any{long + "a"}, []any{long + "b"}, nil, "what is stored is for other arguments (computed 20"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			c, _ := newCacher[int](t, d.tmpdir)
			compute := func(context.Context) (int, error) { return 1, nil }
			mustExecute(t, c, compute, test.stored...)
			record := d.only(".dataelab/root")
			without := regexp.MustCompile(`(?s),\n "argument_digests": \[.*?\n \]`).ReplaceAllString(string(d.read(record)), "")
			if strings.Contains(without, "digests") {
				t.Fatal(without)
			}
			d.write(record, resealed(without))
			var o diskcache.Outcome
			if _, _, err := c.Peek(diskcache.WithOutcome(t.Context(), &o), test.asked...); err != nil {
				t.Fatal(err)
			}
			if o.Why != diskcache.OtherArguments || !equalDifferences(o.Nearest.Differences, test.want) || !strings.Contains(o.Reason, test.words) {
				t.Errorf("%v, %+v", o, o.Nearest)
			}
		})
	}
}

// What looks alike is not called alike.
func TestNearestSentences(t *testing.T) {
	long := func(last float64) []float64 { return append(make([]float64, 100), last) }
	for name, test := range map[string]struct {
		stored, asked []any
		words         string
	}{
		"long arrays":  {[]any{1, long(1)}, []any{1, long(2)}, "argument 2 differs from the nearest stored entry: []float64{0, 0, 0, 0, 0, 0, 0, 0, … 101 in all} in both, as far as it is shown (computed 20"},
		"a field":      {[]any{1, window{Rows: 3}}, []any{1, window{Rows: 4}}, "field Rows of argument 2 differs from the nearest stored entry: 3 there, 4 here (computed 20"},
		"a lone field": {[]any{&window{Rows: 3}}, []any{&window{Rows: 4}}, "field Rows differs from the nearest stored entry: 3 there, 4 here (computed 20"},
		"two fields":   {[]any{window{Rows: 3}}, []any{window{Rows: 4, Name: "hann"}}, `2 fields differ from the nearest stored entry: field Name is "" there, "hann" here; field Rows is 3 there, 4 here (`},
		"mixed":        {[]any{1, window{Rows: 3}}, []any{2, window{Rows: 4}}, "2 arguments and fields differ from the nearest stored entry: argument 1 is 1 there, 2 here; field Rows of argument 2 is 3 there, 4 here ("},
		"other type":   {[]any{window{Rows: 3, Name: "x"}}, []any{solver{Name: "y"}}, `2 arguments and fields differ from the nearest stored entry: the argument is of type diskcache_test.window there, of type diskcache_test.solver here; field Name is "x" there, "y" here (`},
		"no map":       {[]any{map[string]int(nil)}, []any{map[string]int{}}, "the argument differs from the nearest stored entry: map[string]int(nil) there, map[string]int(0 entries) here ("},
		"same text":    {[]any{5}, []any{5.0}, "the argument differs from the nearest stored entry: int(5) there, float64(5) here ("},
		"many":         {[]any{1, 2, 3, 4, 5}, []any{6, 7, 8, 9, 10}, "5 arguments differ from the nearest stored entry: argument 1 is 1 there, 6 here; argument 2 is 2 there, 7 here; argument 3 is 3 there, 8 here; and 2 more ("},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newCacher[int](t, t.TempDir())
			mustExecute(t, c, func(context.Context) (int, error) { return 1, nil }, test.stored...)
			var o diskcache.Outcome
			if _, ok, err := c.Peek(diskcache.WithOutcome(t.Context(), &o), test.asked...); ok || err != nil {
				t.Fatal(ok, err)
			}
			if !strings.Contains(o.Reason, test.words) {
				t.Errorf("%s\nhas no\n%s", o.Reason, test.words)
			}
		})
	}
}

// Neighbors whose names begin alike are other methods.
func TestNearestIsOfTheSameName(t *testing.T) {
	dir := t.TempDir()
	compute := func(context.Context) (int, error) { return 1, nil }
	for _, name := range []string{"root.A.method-2", "root.A.method2", "root.A.metho", "root.A.method-x"} {
		c, _ := newCacherNamed[int](t, dir, name)
		mustExecute(t, c, compute, 1)
		mustExecute(t, c, compute)
	}
	c, _ := newCacher[int](t, dir)
	var o diskcache.Outcome
	if _, err := c.Execute(diskcache.WithOutcome(t.Context(), &o), compute, 2); err != nil || o.Why != diskcache.NotStored || o.Nearest != nil {
		t.Errorf("%v, %v", o, err)
	}
}

// countingStore counts what is opened.
type countingStore struct {
	storage.Store
	opened atomic.Int64
}

func (s *countingStore) Open(ctx context.Context, name string) (storage.Object, error) {
	s.opened.Add(1)
	return s.Store.Open(ctx, name)
}

// However many entries there are, few are read, and none where nobody asks.
func TestNearestReadsFewRecords(t *testing.T) {
	s := &countingStore{Store: storage.Memory()}
	c := new(diskcache.DiskCacher[int])
	if err := c.SetOptions(diskcache.Options{Store: s}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetTag(testTag, "root.A.method"); err != nil {
		t.Fatal(err)
	}
	compute := func(context.Context) (int, error) { return 1, nil }
	before := s.opened.Load()
	for i := range 1000 {
		mustExecute(t, c, compute, i, -i)
	}
	each := (s.opened.Load() - before) / 1000
	var o diskcache.Outcome
	for what, test := range map[string]struct {
		args []any
		most int64
	}{
		"two differ": {[]any{-1, 1}, 102 + each},
		"one may":    {[]any{-1, -2}, 102 + each},
	} {
		before = s.opened.Load()
		if _, err := c.Execute(diskcache.WithOutcome(t.Context(), &o), compute, test.args...); err != nil {
			t.Fatal(err)
		}
		if n := s.opened.Load() - before; n > test.most || n <= each || o.Nearest == nil {
			t.Errorf("%s: %d opened, want at most %d; nearest %v", what, n, test.most, o.Nearest)
		}
	}
	before = s.opened.Load()
	mustExecute(t, c, compute, -5, 5)
	if n := s.opened.Load() - before; n != each {
		t.Errorf("%d opened without an outcome, want %d", n, each)
	}
}

// A record that somebody sealed with nonsense in it is not near, and no harm.
func TestNearestOfStrangeRecords(t *testing.T) {
	for _, digests := range []string{`"0 4f2d7b6fd303494a"`, `"x"`, `""`, `"1 4f"`, `"99999999999999999999 4f2d7b6fd303494a"`, `7`, `"-1.Rows 4f2d7b6fd303494a x"`} {
		d := newDisk(t)
		c, _ := newCacher[int](t, d.tmpdir)
		mustExecute(t, c, func(context.Context) (int, error) { return 1, nil }, 3)
		d.inRecord(`"1 `+mustKey(t, 3).String()[:16]+` int"`, digests)
		var o diskcache.Outcome
		if _, ok, err := c.Peek(diskcache.WithOutcome(t.Context(), &o), 4); ok || err != nil || o.Nearest != nil || o.Why != diskcache.NotStored {
			t.Errorf("%s: %v, %v, %v", digests, ok, err, o)
		}
	}
}

// Of very long lists the record shows the beginning; what comes after differs all the
// same, and nothing else is accused of it.
func TestNearestOfLongLists(t *testing.T) {
	list := func(last int) []any { return append(make([]any, 64), last) }
	wide := func(place, value int) any {
		fields := make([]reflect.StructField, 70)
		for i := range fields {
			fields[i] = reflect.StructField{Name: fmt.Sprint("F", i), Type: reflect.TypeFor[int]()}
		}
		v := reflect.New(reflect.StructOf(fields)).Elem()
		v.Field(place).SetInt(int64(value))
		return v.Interface()
	}
	for name, test := range map[string]struct {
		stored, asked []any
		want          []string // places
	}{
		"argument 65":       {list(1), list(2), nil},
		"argument 1 of 65":  {list(1), append([]any{7}, list(1)[1:]...), []string{"1."}},
		"field 3 of 70":     {[]any{wide(3, 1)}, []any{wide(3, 2)}, []string{"1.F3"}},
		"field 70":          {[]any{wide(69, 1)}, []any{wide(69, 2)}, []string{"1."}},
		"64 against 65":     {list(1)[:64], list(1), nil},
		"none against some": {nil, []any{1}, []string{"1."}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newCacher[int](t, t.TempDir())
			mustExecute(t, c, func(context.Context) (int, error) { return 1, nil }, test.stored...)
			var o diskcache.Outcome
			if _, ok, err := c.Peek(diskcache.WithOutcome(t.Context(), &o), test.asked...); ok || err != nil {
				t.Fatal(ok, err)
			}
			var got []string
			for _, d := range o.Nearest.Differences {
				got = append(got, fmt.Sprint(d.Argument, ".", d.Field))
			}
			if o.Why != diskcache.OtherArguments || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%v: %v, want %v", o, got, test.want)
			}
		})
	}
}

// fickle marshals itself once, for the key, and fails from then on.
type fickle struct{ calls *int }

func (f fickle) MarshalText() ([]byte, error) {
	if *f.calls++; *f.calls > 1 {
		return nil, fmt.Errorf("called %d times", *f.calls)
	}
	return []byte("fickle"), nil
}

// An argument that cannot be hashed a second time has no digest, and the call goes on.
func TestRecordOfFickleArgument(t *testing.T) {
	d := newDisk(t)
	c, _ := newCacher[int](t, d.tmpdir)
	calls := 0
	mustExecute(t, c, func(context.Context) (int, error) { return 1, nil }, fickle{&calls}, 3)
	if text := string(d.read(d.only(".dataelab/root"))); calls != 2 || !strings.Contains(text, "\n \"argument_digests\": [\n  \"2 ") {
		t.Errorf("%d calls, record %s", calls, text)
	}
}
