package diskcache_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// A record says what a person, or a program in any language, wants to know.
func TestRecord(t *testing.T) {
	d := newDisk(t)
	c, _ := bindField[[][]float32](t, d.tmpdir, ",version=<2>")
	before := time.Now()
	mustExecute(t, c, (&counted[[][]float32]{value: [][]float32{{1, 2, 3}, {4, 5, 6}}}).compute, 512, "hann", []float64{0.5})
	records, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "*.json"))
	if err != nil || len(records) != 1 {
		t.Fatal(records, err)
	}
	text := d.read(records[0])
	var got struct {
		Layout                                            int
		Tag, Name, Key, File, Format, DType, Digest, Host string
		GoType                                            string `json:"go_type"`
		Version                                           string
		Arguments                                         []string
		Shape                                             []int
		Bytes                                             int64
		Process                                           int
		Computed                                          time.Time
		Seconds                                           float64 `json:"compute_seconds"`
		Code                                              struct{ Program, Module, Go string }
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	key := mustKey(t, 512, "hann", []float64{0.5}).String()
	file := "root.A.method-" + key + ".npy"
	value := d.read(filepath.Join(d.tag, file))
	for what, pair := range map[string][2]any{
		"layout":    {got.Layout, 1},
		"tag":       {got.Tag, testTag},
		"name":      {got.Name, "root.A.method"},
		"key":       {got.Key, key},
		"file":      {got.File, file},
		"format":    {got.Format, "npy"},
		"dtype":     {got.DType, "<f4"},
		"shape":     {got.Shape, []int{2, 3}},
		"go type":   {got.GoType, "[][]float32"},
		"version":   {got.Version, "<2>"},
		"arguments": {got.Arguments, []string{"512", `"hann"`, "[]float64{0.5}"}},
		"bytes":     {got.Bytes, int64(len(value))},
		"digest":    {got.Digest, digest.Of(value)},
		"process":   {got.Process, os.Getpid()},
		"program":   {got.Code.Program, filepath.Base(os.Args[0])},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
	if got.Computed.Before(before.Add(-time.Second)) || time.Since(got.Computed) > time.Minute || got.Seconds < 0 || got.Seconds > 60 {
		t.Errorf("computed %v in %v s", got.Computed, got.Seconds)
	}
	if got.Host == "" || got.Code.Go == "" {
		t.Errorf("host %q, code %+v", got.Host, got.Code)
	}
	for _, want := range []string{`"dtype": "<f4"`, `"version": "<2>"`, "\n \"tag\": \"" + testTag + "\",\n"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the record is not for people: it has no %q\n%s", want, text)
		}
	}
}

// resealed makes the check of a record's text right again, after a change.
func resealed(text string) []byte {
	const check = "\n \"check\": \""
	body := text[:strings.LastIndex(text, check)]
	return []byte(body + check + digest.Of([]byte(body)) + "\"\n}\n")
}

// What another program sealed with all care is still checked for sense.
func TestRecordContradictions(t *testing.T) {
	for name, c := range map[string]struct{ old, replacement, reason string }{
		"no json":           {`"layout": 1`, `"layout": 1 1`, "record is not readable"},
		"text for a number": {`"layout": 1`, `"layout": "1"`, "record is not readable"},
		"layout 0":          {`"layout": 1`, `"layout": 0`, "record has layout 0"},
		"layout -1":         {`"layout": 1`, `"layout": -1`, "record has layout -1"},
		"negative size":     {`"bytes": 152`, `"bytes": -152`, "record says -152 bytes"},
		"other size":        {`"bytes": 152`, `"bytes": 9223372036854775807`, "has 152 bytes, its record says 9223372036854775807"},
		"size too large":    {`"bytes": 152`, `"bytes": 9223372036854775808`, "record is not readable"},
		"no digest":         {`"digest": "`, `"digest": "", "x": "`, "record has no digest"},
		"other digest":      {`"digest": "xxh3-128:`, `"digest": "sha256:`, "sha256:"},
		"other tag":         {`"tag": "` + testTag, `"tag": "other`, "record is of tag other"},
		"no name":           {`"name": "root.A.method"`, `"name": ""`, "record is of entry"},
		"a key":             {`"name": "root.A.method"`, `"name": "root.A.method", "key": "` + keyText + `"`, "record is of entry root.A.method " + keyText},
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t, "npy", []float64{1, 2, 3})
			s.replaceInRecord(c.old, c.replacement)
			s.write(s.record(), resealed(string(s.read(s.record()))))
			s.peekNothing(name, 0)
			s.recovers(c.reason, npyFile, recordFile)
		})
	}
}

// A format that is not there any more is no damage.
func TestRecordOfUnknownFormat(t *testing.T) {
	s := store(t, "npy", []float64{1, 2, 3})
	s.replaceInRecord(`"format": "npy"`, `"format": "zarr"`)
	s.write(s.record(), resealed(string(s.read(s.record()))))
	_, log := s.execute(1)
	if e, _ := log.find(diskcache.Computed); !strings.Contains(e.Reason, "stored as zarr") {
		t.Errorf("reason %q", e.Reason)
	}
	if aside := s.setAside(); len(aside) > 0 {
		t.Errorf("set aside %v", aside)
	}
	s.checkConsistent()
	s.execute(0)
}

// A program that was not updated must not spoil what a newer one stored: it
// computes for itself, and says once that it stores nothing.
func TestNewerRecord(t *testing.T) {
	s := store(t, "npy", []float64{1, 2, 3})
	s.replaceInRecord(`"layout": 1`, `"layout": 3`)
	s.replaceInRecord(`"file": `, `"files": `) // later layouts need not have our fields
	s.replaceInRecord(`"digest": `, `"sum": `)
	s.replaceInRecord(`"bytes": 152`, `"bytes": [152]`)
	s.write(s.record(), resealed(string(s.read(s.record()))))
	value, record := s.read(s.file()), s.read(s.record())
	s.peekNothing("newer", 0)
	c, log := newCacher[[]float64](t, s.tmpdir)
	f := &counted[[]float64]{value: []float64{4}}
	for range 3 {
		if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, f.value) {
			t.Errorf("got %v", got)
		}
	}
	e, _ := log.find(diskcache.SaveFailed)
	if looked, _ := log.find(diskcache.LookedUp); !strings.HasSuffix(looked.Reason, "(layout 3, and this program knows 2)") {
		t.Errorf("look-up: %q", looked.Reason)
	}
	if f.runs != 1 || c.Stats().SaveFailed != 1 || e.Err == nil || !strings.HasSuffix(e.Err.Error(), "the entry was stored by a newer dataelab, and is left alone: update this program, or set another prefix") {
		t.Errorf("computed %d times, %+v, event %+v", f.runs, c.Stats(), e)
	}
	if v, err := c.Refresh(t.Context(), (&counted[[]float64]{value: []float64{5}}).compute); err != nil || v[0] != 5 {
		t.Errorf("Refresh: %v, %v", v, err)
	}
	if !bytes.Equal(value, s.read(s.file())) || !bytes.Equal(record, s.read(s.record())) {
		t.Error("the newer program's files were changed")
	}
}

type (
	shownStringer struct{ N int }
	shownHidden   struct {
		when time.Time
		note string
	}
	shownCelsius float64
	shownName    string
)

func (shownStringer) String() string         { panic("String was called") }
func (shownStringer) GoString() string       { panic("GoString was called") }
func (shownStringer) Format(fmt.State, rune) { panic("Format was called") }
func (shownStringer) Error() string          { panic("Error was called") }
func (c shownCelsius) String() string        { panic("String was called") }

func TestArgumentTexts(t *testing.T) {
	cyclic := []any{nil}
	cyclic[0] = cyclic
	wide := []any{}
	for range 8 {
		wide = []any{wide, wide, wide, wide, wide, wide, wide, wide}
	}
	for _, c := range []struct {
		arg  any
		want string
	}{
		{nil, "nil"},
		{1, "1"},
		{-0.5, "-0.5"},
		{math.Copysign(0, -1), "-0"},
		{math.NaN(), "NaN"},
		{true, "true"},
		{"a \"b\"\n", `"a \"b\"\n"`},
		{"\xff\x00é", `"\xff\x00é"`},
		{int8(1), "int8(1)"},
		{float32(0.1), "float32(0.1)"},
		{complex64(0.1i), "complex64((0+0.1i))"},
		{uintptr(7), "uintptr(7)"},
		{time.Second, "time.Duration(1s)"},
		{time.Date(2024, 4, 10, 11, 22, 33, 5e8, time.UTC), "time.Time(2024-04-10T11:22:33.5Z)"},
		{shownCelsius(21.5), "diskcache_test.shownCelsius(21.5)"},
		{shownName("x"), `diskcache_test.shownName("x")`},
		{[]float64{1, 2}, "[]float64{1, 2}"},
		{[]float64(nil), "[]float64(nil)"},
		{[]float64{}, "[]float64{}"},
		{[3]int8{1, 2, 3}, "[3]int8{1, 2, 3}"},
		{[]any{1, int8(2), "c", nil}, `[]interface {}{1, int8(2), "c", nil}`},
		{make([]float64, 1<<20), "[]float64{0, 0, 0, 0, 0, 0, 0, 0, … 1048576 in all}"},
		{map[string]int{"a": 1}, "map[string]int(1 entries)"},
		{goldenPoint{1, 2}, "diskcache_test.goldenPoint{X: 1, Y: 2}"},
		{&goldenPoint{1, 2}, "&diskcache_test.goldenPoint{X: 1, Y: 2}"},
		{(*goldenPoint)(nil), "*diskcache_test.goldenPoint(nil)"},
		{[]goldenPoint{{1, 2}}, "[]diskcache_test.goldenPoint{{X: 1, Y: 2}}"},
		{shownHidden{note: "n"}, `diskcache_test.shownHidden{when: {wall: 0, ext: 0, loc: *time.Location(nil)}, note: "n"}`},
		{shownStringer{3}, "diskcache_test.shownStringer{N: 3}"},
		{&shownStringer{3}, "&diskcache_test.shownStringer{N: 3}"},
		{func() {}, "func()"},
		{make(chan int), "chan int"},
	} {
		if got := diskcache.ArgumentTexts([]any{c.arg}); len(got) != 1 || got[0] != c.want {
			t.Errorf("%T: %q, want %q", c.arg, got, c.want)
		}
	}
	const most = 200 + len("…")
	for _, arg := range []any{
		cyclic, wide, &endlessList{}, strings.Repeat("é", 1<<20), strings.Repeat("\xff", 1<<20), strings.Repeat("\U0010ffff", 100),
		"x" + strings.Repeat("é", 1<<20), make([]string, 1000), [][]float64{make([]float64, 1<<20)}, reflect.ValueOf(cyclic),
		struct {
			AVeryLongNameOfAFieldThatTakesMuchSpace, AnotherVeryLongNameOfAFieldThatTakesMuchSpace  map[string]map[string]map[string]int
			AThirdVeryLongNameOfAFieldThatTakesMuchSpace, AFourthLongNameOfAFieldThatTakesMuchSpace map[string]map[string]map[string]int
		}{},
	} {
		got := diskcache.ArgumentTexts([]any{arg})
		if len(got) != 1 || len(got[0]) > most || !utf8.ValidString(got[0]) {
			t.Errorf("%T: %q", arg, got)
		}
	}
	huge := make([]float64, 1<<24)
	if n := testing.AllocsPerRun(10, func() { diskcache.ArgumentTexts([]any{huge}) }); n > 50 {
		t.Errorf("a huge slice: %v allocations", n)
	}
}

// A record never grows so large that it would not be read again.
func TestManyArguments(t *testing.T) {
	args := make([]any, 20_000)
	for i := range args {
		args[i] = strings.Repeat("argument ", 30)
	}
	texts := diskcache.ArgumentTexts(args)
	if last := texts[len(texts)-1]; len(texts) != 65 || last != "… 20000 in all" {
		t.Errorf("%d texts, the last %q", len(texts), last)
	}
	dir := t.TempDir()
	f := &counted[int]{value: 1}
	for range 2 {
		c, _ := newCacher[int](t, dir)
		mustExecute(t, c, f.compute, args...)
	}
	if f.runs != 1 {
		t.Errorf("computed %d times, want once", f.runs)
	}
}
