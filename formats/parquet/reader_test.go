package parquet_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/parquet"
)

type reading struct {
	I  int64
	U  uint64
	F  float64
	S  string
	P  *int32
	T  time.Time
	D  time.Duration
	OK bool
	L  []int8
}

func readings(n int) []reading {
	rows := make([]reading, n)
	for i := range rows {
		rows[i] = reading{I: int64(i - n/2), U: uint64(i) << 50, F: float64(i) / 4, S: fmt.Sprintf("%04d", i), T: time.Unix(int64(i), 0).UTC(),
			D: time.Duration(i), OK: i%2 == 0, L: make([]int8, i%3)}
		if i%7 == 3 {
			rows[i].F = math.NaN()
		}
		if i%5 > 0 {
			rows[i].P = to(int32(i))
		}
	}
	return rows
}

func open(t testing.TB, v any, opts ...parquet.Options) *parquet.Reader {
	t.Helper()
	file := codecs[0].encoded(t, v, opts...)
	r, err := parquet.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhere(t *testing.T) {
	rows := readings(1000)
	r := open(t, rows, parquet.Options{RowGroup: 100})
	at := func(p *int32, is func(int32) bool) bool { return p != nil && is(*p) }
	for _, test := range []struct {
		column, op string
		value      any
		keep       func(reading) bool
	}{
		{"I", "==", -500, func(x reading) bool { return x.I == -500 }},
		{"I", "<", int8(-100), func(x reading) bool { return x.I < -100 }},
		{"I", ">=", uint64(math.MaxUint64), func(x reading) bool { return false }},
		{"I", "!=", uint64(math.MaxUint64), func(x reading) bool { return true }},
		{"I", "<=", uint8(3), func(x reading) bool { return x.I <= 3 }},
		{"U", ">", uint64(900 << 50), func(x reading) bool { return x.U > 900<<50 }},
		{"U", ">", -1, func(x reading) bool { return true }},
		{"U", "==", 0, func(x reading) bool { return x.U == 0 }},
		{"F", "<", 10, func(x reading) bool { return x.F < 10 }},
		{"F", ">=", 200.25, func(x reading) bool { return x.F >= 200.25 }},
		{"F", "!=", 1.0, func(x reading) bool { return x.F != 1 }},
		{"F", "==", math.NaN(), func(x reading) bool { return false }},
		{"S", ">", "0990", func(x reading) bool { return x.S > "0990" }},
		{"s", "==", "0123", func(x reading) bool { return x.S == "0123" }},
		{"P", "<", 50, func(x reading) bool { return at(x.P, func(p int32) bool { return p < 50 }) }},
		{"P", "!=", 50, func(x reading) bool { return at(x.P, func(p int32) bool { return p != 50 }) }},
		{"T", ">", time.Unix(950, 1), func(x reading) bool { return x.T.After(time.Unix(950, 1)) }},
		{"D", "<=", 17 * time.Nanosecond, func(x reading) bool { return x.D <= 17 }},
		{"OK", "==", true, func(x reading) bool { return x.OK }},
		{"OK", "!=", true, func(x reading) bool { return !x.OK }},
	} {
		want := []reading{}
		for _, row := range rows {
			if test.keep(row) {
				want = append(want, row)
			}
		}
		var got []reading
		if err := r.Read(&got, parquet.Where(test.column, test.op, test.value)); err != nil || !same(t, got, want) {
			t.Errorf("%s %s %v: %d rows, %v; want %d", test.column, test.op, test.value, len(got), err, len(want))
		}
	}

	var both parquet.Columns
	err := r.Read(&both, parquet.Select("F", "L"), parquet.Where("I", ">=", -490), parquet.Where("S", "<", "0012"))
	if err != nil || !same(t, both, parquet.Columns{"F": []float64{math.NaN(), 2.75}, "L": [][]int8{{0}, {0, 0}}}) {
		t.Errorf("%v, %v", both, err)
	}
}

func TestRefusedSelections(t *testing.T) {
	r := open(t, readings(10))
	type some struct{ I, U int64 }
	for _, test := range []struct {
		dst  any
		opts []parquet.ReadOption
	}{
		{new([]reading), []parquet.ReadOption{parquet.Where("none", "==", 1)}},
		{new([]reading), []parquet.ReadOption{parquet.Where("I", "=", 1)}},
		{new([]reading), []parquet.ReadOption{parquet.Where("I", "==", 1.5)}},
		{new([]reading), []parquet.ReadOption{parquet.Where("I", "==", "1")}},
		{new([]reading), []parquet.ReadOption{parquet.Where("S", "==", 1)}},
		{new([]reading), []parquet.ReadOption{parquet.Where("F", "==", uint64(math.MaxUint64))}},
		{new([]reading), []parquet.ReadOption{parquet.Where("T", "==", 1)}},
		{new([]reading), []parquet.ReadOption{parquet.Where("D", "==", 1)}},
		{new([]reading), []parquet.ReadOption{parquet.Where("OK", "<", true)}},
		{new([]reading), []parquet.ReadOption{parquet.Where("L", "==", 1)}},
		{new([]reading), []parquet.ReadOption{parquet.Where("I", "==", nil)}},
		{new([]reading), []parquet.ReadOption{parquet.Select("I")}},
		{new([]some), nil},
		{new([]some), []parquet.ReadOption{parquet.Select()}}, // U may not fit
		{new(parquet.Columns), []parquet.ReadOption{parquet.Select("none")}},
	} {
		var mismatch *parquet.MismatchError
		if err := r.Read(test.dst, test.opts...); !errors.As(err, &mismatch) {
			t.Errorf("%T: %v", test.dst, err)
		}
	}
	for _, dst := range []any{nil, 5, reading{}, []reading{}, (*[]reading)(nil), new(int)} {
		if err := r.Read(dst); err == nil {
			t.Errorf("read into a %T", dst)
		}
	}
}

func TestGroups(t *testing.T) {
	rows := readings(1000)
	path := filepath.Join(t.TempDir(), "a.parquet")
	if err := parquet.Save(path, rows, parquet.Options{RowGroup: 300}); err != nil {
		t.Fatal(err)
	}
	r, err := parquet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.NumRows() != 1000 || r.NumRowGroups() != 4 || r.GroupRows(3) != 100 {
		t.Errorf("%d rows in %d groups, the last of %d", r.NumRows(), r.NumRowGroups(), r.GroupRows(3))
	}
	var sizes []int
	var all []reading
	for part, err := range parquet.Groups[[]reading](r) {
		if err != nil {
			t.Fatal(err)
		}
		sizes, all = append(sizes, len(part)), append(all, part...)
	}
	if !slices.Equal(sizes, []int{300, 300, 300, 100}) || !same(t, all, rows) {
		t.Errorf("groups of %v", sizes)
	}
	groups := 0
	for part, err := range parquet.Groups[parquet.Columns](r, parquet.Select("I"), parquet.Where("I", "<", -400)) {
		if groups++; err != nil || len(part["I"].([]int64)) != 100 {
			t.Errorf("%v, %v", part, err)
		}
	}
	if groups != 1 {
		t.Errorf("%d groups have such rows", groups)
	}
	var second []reading
	if err := r.ReadGroup(1, &second); err != nil || !same(t, second, rows[300:600]) {
		t.Errorf("%d rows, %v", len(second), err)
	}
	if err := r.ReadGroup(4, &second); err == nil {
		t.Error("there is a fifth group")
	}
	for _, err := range parquet.Groups[[]Pose](r) {
		if err == nil {
			t.Error("other rows are read")
		}
	}
}

func TestColumnsAndStatistics(t *testing.T) {
	r := open(t, readings(1000), parquet.Options{RowGroup: 500})
	var got []string
	for _, c := range r.Columns() {
		got = append(got, fmt.Sprintf("%s %s %v %v", c.Name, c.Type, c.Nullable, c.Err))
	}
	want := []string{"I int64 false <nil>", "U uint64 false <nil>", "F float64 false <nil>", "S string false <nil>", "P int32 true <nil>",
		"T timestamp[ns] true <nil>", "D duration[ns] false <nil>", "OK bool false <nil>", "L list of int8 true <nil>"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for name, want := range map[string]parquet.Statistics{
		"I":  {Min: int64(0), Max: int64(499)},
		"U":  {Min: uint64(500) << 50, Max: uint64(999) << 50},
		"F":  {Min: 125.25, Max: 249.75},
		"S":  {Min: "0500", Max: "0999"},
		"P":  {Min: int32(501), Max: int32(999), Nulls: 100},
		"T":  {Min: time.Unix(500, 0).UTC(), Max: time.Unix(999, 0).UTC()},
		"D":  {Min: 500 * time.Nanosecond, Max: 999 * time.Nanosecond},
		"OK": {Min: false, Max: true},
	} {
		if got, err := r.Statistics(1, name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	if _, err := r.Statistics(2, "I"); err == nil {
		t.Error("there is a third group")
	}
	if _, err := r.Statistics(0, "none"); err == nil {
		t.Error("there is another column")
	}
}

// TestWriter streams rows, of which the bytes change after they were written.
func TestWriter(t *testing.T) {
	type row struct {
		N int
		B []byte
	}
	path := filepath.Join(t.TempDir(), "a.parquet")
	w, err := parquet.Create[row](path, parquet.Options{RowGroup: 100})
	if err != nil {
		t.Fatal(err)
	}
	var want []row
	buf := make([]byte, 4)
	for i := range 250 {
		copy(buf, fmt.Sprintf("%04d", i))
		if err := w.Write(row{i, buf}); err != nil {
			t.Fatal(err)
		}
		want = append(want, row{i, []byte(fmt.Sprintf("%04d", i))})
	}
	if file, err := os.ReadFile(path); err != nil || codecs[0].decodeError(file, new([]row)) == nil {
		t.Errorf("an unfinished file is read: %v", err)
	}
	if err := w.Write(); err != nil || w.Rows() != 250 {
		t.Errorf("%d rows, %v", w.Rows(), err)
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(row{}); err == nil {
		t.Error("written after Close")
	}
	got, err := parquet.Load[[]row](path)
	if err != nil || !same(t, got, want) {
		t.Errorf("%d rows, %v", len(got), err)
	}
	r, err := parquet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if s, err := r.Statistics(0, "B"); err != nil || !reflect.DeepEqual(s, parquet.Statistics{Min: []byte("0000"), Max: []byte("0099")}) || r.NumRowGroups() != 3 {
		t.Errorf("%+v, %v, %d groups", s, err, r.NumRowGroups())
	}
}

func TestWriterGoesOnAfterABadRow(t *testing.T) {
	type row struct{ S string }
	var buf bytes.Buffer
	w, err := parquet.NewWriter[row](&buf)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(row{"a"}); err != nil {
		t.Error(err)
	}
	if err := w.Write(row{"b"}, row{"\xff"}); !isValue(err) {
		t.Error(err)
	}
	if err := errors.Join(w.Write(row{"c"}), w.Close()); err != nil {
		t.Error(err)
	}
	var got []row
	if err := codecs[0].decodeError(buf.Bytes(), &got); err != nil || !slices.Equal(got, []row{{"a"}, {"c"}}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := parquet.NewWriter[int](&buf); err == nil {
		t.Error("an int is a row")
	}
}
