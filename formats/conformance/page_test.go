package conformance_test

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/formattest"
	"github.com/dataelab/dataelab-go/formats/npy"
)

var update = flag.Bool("update", false, "write docs/formats.md anew")

// Types of the table whose names say what they are.
type (
	Counts   []int32
	Celsius  float64
	Position struct{ X, Y, Z float64 }
	Star     struct { // flat: a row of a table
		ID        int64
		Name      string
		Magnitude float64
		Seen      time.Time
		Variable  bool
	}
	Observation struct { // nested
		Star   Star
		Series []float64
		Notes  map[string]string
		Sky    *float64
	}
	Spectrum struct { // of arrays, with a number beside them
		Wavelength, Flux []float64
		Covariance       *mat.Dense
		Exposure         float64
	}
	Optional struct { // an array that may be absent
		Flux []float64
		Dark [][]float64
	}
	private struct{ hidden int }
)

// A row of the table is a type, and how the page calls it if Go's name will not do.
type row struct {
	typ  reflect.Type
	text string
}

func rowOf[T any](text ...string) row {
	t := reflect.TypeFor[T]()
	name := strings.NewReplacer("interface {}", "any", "conformance_test.", "", "uint8", "byte", "github.com/dataelab/dataelab-go/formats/", "").Replace(t.String())
	return row{t, strings.Join(append([]string{"`" + name + "`"}, text...), ", ")}
}

// rows are the table, from top to bottom, in groups.
var rows = []struct {
	group string
	rows  []row
}{
	{"Arrays", []row{
		rowOf[[]float64](), rowOf[[]float32](), rowOf[[]npy.Float16](),
		rowOf[[]int](), rowOf[[]int8](), rowOf[[]int16](), rowOf[[]int32](), rowOf[[]int64](),
		rowOf[[]uint](), rowOf[[]byte](), rowOf[[]uint16](), rowOf[[]uint32](), rowOf[[]uint64](),
		rowOf[[]complex64](), rowOf[[]complex128](), rowOf[[]bool](),
		rowOf[[3]float64](), rowOf[[][]float64](), rowOf[[][3]float64](), rowOf[[][][]uint16](),
		rowOf[Counts]("a named `[]int32`"), rowOf[[]Celsius]("named `float64`"),
		rowOf[npy.Array[float32]](),
		rowOf[*mat.Dense](), rowOf[*mat.CDense](), rowOf[*mat.VecDense](), rowOf[*mat.SymDense](), rowOf[*mat.TriDense](),
	}},
	{"Several arrays", []row{
		rowOf[map[string][]float64](), rowOf[map[string]*mat.Dense](),
		rowOf[Spectrum]("a struct of arrays and numbers"), rowOf[Optional]("some of them nil"),
	}},
	{"Single values", []row{
		rowOf[float64](), rowOf[float32](), rowOf[int](), rowOf[uint64](), rowOf[bool](), rowOf[complex128](), rowOf[Celsius]("a named `float64`"),
		rowOf[string](), rowOf[time.Time](), rowOf[time.Duration](),
	}},
	{"Lists and tables", []row{
		rowOf[[]string](), rowOf[[][]string](), rowOf[[]time.Time](), rowOf[[]time.Duration](),
		rowOf[[]Star]("a flat struct"), rowOf[[]*Star](), rowOf[[]Observation]("a nested struct"),
		rowOf[[]*float64](),
	}},
	{"Structs, maps, pointers", []row{
		rowOf[Position]("numbers only"), rowOf[Star]("flat"), rowOf[Observation]("nested"), rowOf[*Observation](),
		rowOf[map[string]float64](), rowOf[map[string]string](), rowOf[map[int][]float64](), rowOf[map[string]map[string]int](),
		rowOf[map[string]any](), rowOf[[]any](), rowOf[*float64](),
	}},
	{"Not stored", []row{
		rowOf[private]("unexported fields"), rowOf[chan int](), rowOf[func() int](),
	}},
}

const page = `# Which format keeps which type

Written by a test (formats/conformance/page_test.go), which stores edge values of each type in each format and compares what
comes back, bit by bit: NaN with its payload, -0, the largest and smallest numbers, empty and nil, odd text.

- **yes**: every value came back equal. With numbers, some values are refused, for the reasons below the table, or, where
  the reason says so, come back without something; all others came back equal. What one format refuses, the next one in the
  row that says yes gets.
- **-**: the format is not for this type.

The first column after the type is the format that serves when nothing is said. A nil slice or map that is the whole
value may come back empty from a file; a cache remembers that it was nil.

`

// TestFormatsPage compares docs/formats.md with what the formats do.
func TestFormatsPage(t *testing.T) {
	comparePage(t, "TestFormatsPage", false, page+table(t)+"\n")
}

// comparePage compares a part of docs/formats.md, the one from foreignHeading on or the one before, or writes it anew.
func comparePage(t *testing.T, test string, foreign bool, got string) {
	t.Helper()
	const file = "../../docs/formats.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(string(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))), foreignHeading)
	after = foreignHeading + after
	want := before
	if foreign {
		want = after
	}
	if got == want {
		return
	}
	if *update {
		if foreign {
			after = got
		} else {
			before = got
		}
		if err := os.WriteFile(file, []byte(before+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	old := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(old) || line != old[i] {
			t.Errorf("%s is no longer true, line %d of its part; it should be\n%s\nRun go test ./formats/conformance -run %s -update and read what changed.", file, i+1, line, test)
			return
		}
	}
	t.Errorf("%s is longer than it should be; run go test ./formats/conformance -run %s -update", file, test)
}

// table is the groups of rows, and the reasons.
func table(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	var why reasons
	all := formats.Set{}.All()
	for _, group := range rows {
		fmt.Fprintf(&out, "## %s\n\n| Go type | default |", group.group)
		for _, f := range all {
			fmt.Fprintf(&out, " %s |", f.Name())
		}
		out.WriteString("\n|---|---|" + strings.Repeat("---|", len(all)) + "\n")
		for _, r := range group.rows {
			served := "none"
			chosen, refused := formats.Set{}.For(r.typ)
			if refused == nil {
				served = "." + chosen[0].Ext()
			} else {
				served += why.numbers(refused.Error())
			}
			fmt.Fprintf(&out, "| %s | %s |", r.text, served)
			for _, f := range all {
				out.WriteString(" " + mark(t, f, r.typ, &why) + " |")
			}
			out.WriteString("\n")
		}
		out.WriteString("\n")
	}
	out.WriteString("## Reasons\n\nIn the words of the error, for one of the values.\n\n")
	for i, reason := range why.texts {
		fmt.Fprintf(&out, "%d. %s\n", i+1, reason)
	}
	return out.String()
}

// zooRules are typeRules, which take long to make.
var zooRules = sync.OnceValue(typeRules)

// mark is a cell: a round trip of each value.
func mark(t *testing.T, f formats.Format, typ reflect.Type, why *reasons) string {
	t.Helper()
	if f.Accepts(typ) != nil {
		return "-"
	}
	equal, refused := 0, []string{}
	for _, v := range formattest.Values(typ, 0, zooRules()...) {
		var file bytes.Buffer
		_, err := f.Encode(&file, v)
		if errors.Is(err, formats.ErrValue) {
			refused = append(refused, err.Error())
			continue
		}
		if err != nil {
			t.Errorf("%s, %v: Encode: %v", f.Name(), typ, err)
			continue
		}
		got := reflect.New(typ)
		if err := f.Decode(bytes.NewReader(file.Bytes()), got.Interface()); err != nil {
			t.Errorf("%s, %v: Decode: %v", f.Name(), typ, err)
			continue
		}
		if nothing(v) && nothing(got.Elem().Interface()) {
			continue // the page says so
		}
		lost, err := lostIn(f, v, got.Elem().Interface())
		if err != nil {
			t.Errorf("%s, %v: came back different: %v", f.Name(), typ, err)
		}
		refused = append(refused, lost...)
		equal++
	}
	if equal == 0 {
		t.Errorf("%s accepts %v and keeps none of its values: %q", f.Name(), typ, refused)
	}
	return "yes" + why.numbers(refused...)
}

// lostIn returns what the format says that it does not keep, as far as that was needed
// to take the values for equal.
func lostIn(f formats.Format, want, got any) (words []string, err error) {
	rules := slices.Clone(zooRules())
	if err = formattest.Diff(want, got, rules...); err == nil {
		return nil, nil
	}
	for _, l := range conforming[f.Name()].loses {
		rules = append(rules, l.rule)
		words = append(words, l.words)
		if err = formattest.Diff(want, got, rules...); err == nil {
			return words, nil
		}
	}
	return nil, err
}

// nothing tells a slice or map without elements.
func nothing(v any) bool {
	r := reflect.ValueOf(v)
	return (r.Kind() == reflect.Slice || r.Kind() == reflect.Map) && r.Len() == 0
}

// reasons are the different ones, each with the number of its place.
type reasons struct{ texts, kinds []string }

var (
	preamble = regexp.MustCompile(`^.*(value does not fit [^:]*|cannot be stored): `)
	place    = regexp.MustCompile(`^(\[("(\\.|[^"\\])*"|\d+)(\.\.\.)?\]|the value|[][*\w.]+(\[([\w./-]+|"(\\.|[^"\\])*"(\.\.\.)?)\])*): `)
	detail   = regexp.MustCompile(`the interface holds an? [^,]+|"(\\.|[^"\\])*"|\[[\d ]+\]|\d+|[][*]*\b(mat|npy|conformance_test)\.\w+|[][]+(float64|interface \{\})|map\[string\]interface \{\}|struct \{[^}]*\}`)
)

// printable keeps the page a text, whatever the keys of the values were.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// numbers notes errors and returns the numbers of the different ones. Errors that
// differ in a type, a number or a name are one.
func (r *reasons) numbers(errs ...string) string {
	slices.SortFunc(errs, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	var found []int
	for _, err := range errs {
		text := place.ReplaceAllString(preamble.ReplaceAllString(printable(err), ""), "")
		kind := detail.ReplaceAllString(text, "_")
		at := slices.Index(r.kinds, kind)
		if at < 0 {
			at = len(r.kinds)
			r.kinds = append(r.kinds, kind)
			r.texts = append(r.texts, strings.ReplaceAll(text, "conformance_test.", ""))
		}
		if !slices.Contains(found, at+1) {
			found = append(found, at+1)
		}
	}
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return " (" + strings.ReplaceAll(strings.Trim(fmt.Sprint(found), "[]"), " ", ", ") + ")"
}
