package diskcache_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

func TestParseFieldOptions(t *testing.T) {
	for tag, want := range map[string]diskcache.FieldOptions{
		"":                              {},
		"mean":                          {Name: "mean"},
		",copy":                         {Copy: true},
		"mean,copy":                     {Name: "mean", Copy: true},
		",ttl=720h":                     {TTL: 720 * time.Hour},
		",ttl=1ns":                      {TTL: 1},
		",ttl=1h30m":                    {TTL: 90 * time.Minute},
		",version=2":                    {Version: "2"},
		",version=a=b":                  {Version: "a=b"},
		",version= 1 ":                  {Version: " 1 "},
		",version=日本":                   {Version: "日本"},
		"power,ttl=720h,version=2":      {Name: "power", TTL: 720 * time.Hour, Version: "2"},
		",format=npy,compress=zstd":     {Format: "npy", Compress: "zstd"},
		",mmap":                         {Mmap: true},
		"power,aka=psd":                 {Name: "power", Aka: []string{"psd"}},
		",aka=psd|spectrum,copy":        {Aka: []string{"psd", "spectrum"}, Copy: true},
		",nocheck":                      {NoCheck: true},
		",nomemory":                     {NoMemory: true},
		"power,version=2,copy,ttl=720h": {Name: "power", TTL: 720 * time.Hour, Version: "2", Copy: true},
	} {
		got, err := diskcache.ParseFieldOptions(tag)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v, want %+v", tag, got, err, want)
		}
	}
}

func TestParseFieldOptionsErrors(t *testing.T) {
	for tag, want := range map[string]string{
		",":                        `unknown option ""; known are copy, cutoff, mmap, nocheck, nomemory, pin, aka=, compress=, format=, ttl=, version=`,
		"mean,":                    `unknown option ""; known are copy, cutoff, mmap, nocheck, nomemory, pin, aka=, compress=, format=, ttl=, version=`,
		",Copy":                    `unknown option "Copy"; known are copy, cutoff, mmap, nocheck, nomemory, pin, aka=, compress=, format=, ttl=, version=`,
		",omitempty":               `unknown option "omitempty"; known are copy, cutoff, mmap, nocheck, nomemory, pin, aka=, compress=, format=, ttl=, version=`,
		",format":                  `format= needs a value such as format=json`,
		",mmap=1":                  `option mmap takes no value, not "1"`,
		",mmap,copy":               `mmap and copy exclude each other: a mapping is shared by its callers`,
		",nomemory,mmap":           `mmap and nomemory exclude each other: each call would map the file once more, and mappings stay until Close`,
		",compress=zstd,mmap":      `mmap and compress= exclude each other: what is compressed has to be read`,
		",copy=true":               `option copy takes no value, not "true"`,
		",copy=":                   `option copy takes no value, not ""`,
		",copy,copy":               `option "copy" is given twice`,
		",ttl=1h,version=1,ttl=2h": `option "ttl" is given twice`,
		",ttl":                     `ttl= needs a value such as ttl=720h`,
		",ttl=0s":                  `ttl="0s" is no positive duration such as 90s, 36h or 720h`,
		",ttl=-1h":                 `ttl="-1h" is no positive duration such as 90s, 36h or 720h`,
		",ttl=30d":                 `ttl="30d" is no positive duration such as 90s, 36h or 720h`,
		",ttl=1000000000000h":      `ttl="1000000000000h" is no positive duration such as 90s, 36h or 720h`,
		",aka":                     `aka= needs a value such as aka=psd`,
		",aka=psd|":                `aka="psd|" holds an empty name: several are written as in aka=psd|spectrum`,
		",aka=psd|b|psd":           `aka="psd|b|psd" holds "psd" twice`,
		",aka=a.b":                 `aka="a.b": not usable as a file name: the method name "a.b" holds a dot, which separates path, type and method`,
		",aka=../x":                `aka="../x": not usable as a file name: the method name "../x" holds a dot, which separates path, type and method`,
		"power,aka=power":          `aka="power" is the method's present name`,
		",version":                 `version= needs a value such as version=2`,
		",version=":                `version= needs a value such as version=2`,
		",version=\xff":            `version="\xff" is not valid UTF-8`,
		"a.b":                      `not usable as a file name: the method name "a.b" holds a dot, which separates path, type and method`,
		"copy":                     `not usable as a file name: the method name "copy" looks like an option, and options come after a comma: cache:",copy"`,
		"ttl=1h,copy":              `not usable as a file name: the method name "ttl=1h" looks like an option, and options come after a comma: cache:",ttl=1h"`,
		"a/b,copy":                 `not usable as a file name: the name "a/b" holds the path separator '/': use - or _`,
		"x-" + keyText:             `not usable as a file name: the name "x-` + keyText + `" ends like the key of an argument list`,
		strings.Repeat("x", 201):   `not usable as a file name: the name "` + strings.Repeat("x", 32) + `"… has 201 bytes, and 200 is the most`,
	} {
		if got, err := diskcache.ParseFieldOptions(tag); err == nil || err.Error() != want {
			t.Errorf("%q: %+v, error\n%v, want\n%s", tag, got, err, want)
		}
	}
}

// bindField gives a cacher its tag with the options of a struct tag.
func bindField[T any](tb testing.TB, dir, structTag string) (*diskcache.DiskCacher[T], *eventLog) {
	tb.Helper()
	field, err := diskcache.ParseFieldOptions(structTag)
	if err != nil {
		tb.Fatal(err)
	}
	c, log := newCacher[T](tb, dir)
	binding := diskcache.Binding{Cacher: c, Name: "root.A.method", Field: &field}
	if err := diskcache.BindAll(testTag, []diskcache.Binding{binding}, diskcache.Observer{}); err != nil {
		tb.Fatal(err)
	}
	return c, log
}

func TestVersionChange(t *testing.T) {
	dir := t.TempDir()
	f := &counted[int]{}
	for i, step := range []struct{ structTag, reason string }{
		{",version=1", "nothing is stored"},
		{",version=1", ""},
		{",version=2", `the version changed from "1" to "2"`},
		{"", `the version changed from "2" to ""`},
		{",copy", ""},
		{",version=日\u2028<&>", `the version changed from "" to "日\u2028<&>"`},
		{",version=日\u2028<&>", ""},
	} {
		c, log := bindField[int](t, dir, step.structTag)
		f.value = i
		before := f.runs
		mustExecute(t, c, f.compute)
		e, _ := log.find(diskcache.Computed)
		if e.Reason != step.reason || f.runs-before != map[bool]int{true: 0, false: 1}[step.reason == ""] {
			t.Errorf("step %d, %q: computed %d times for %q, want the reason %q", i, step.structTag, f.runs-before, e.Reason, step.reason)
		}
	}
}

// With copy, what a caller does to its value is its own business, wherever the
// value came from.
func TestCopyOption(t *testing.T) {
	type nested struct {
		Rows  [][]int
		ByKey map[string][]string
		Next  *nested
	}
	want := func() nested {
		return nested{[][]int{{1, 2}, nil, {}}, map[string][]string{"a": {"b"}}, &nested{ByKey: map[string][]string{}}}
	}
	dir := t.TempDir()
	f := func(context.Context) (nested, error) { return want(), nil }
	for _, from := range []string{"computation", "disk"} {
		c, _ := bindField[nested](t, dir, ",copy")
		for range 3 {
			for _, args := range [][]any{nil, {1}} {
				v := mustExecute(t, c, f, args...)
				if !reflect.DeepEqual(v, want()) {
					t.Fatalf("from %s: got %+v, want %+v", from, v, want())
				}
				v.Rows[0][0], v.ByKey["a"][0], v.Next.ByKey["new"] = 9, "changed", nil
				delete(v.ByKey, "a")
				if v, ok, err := c.Peek(t.Context(), args...); !ok || err != nil || !reflect.DeepEqual(v, want()) {
					t.Fatalf("Peek: %+v, %v, %v, want %+v", v, ok, err, want())
				}
			}
		}
		if v, err := c.Refresh(t.Context(), f); err != nil || !reflect.DeepEqual(v, want()) {
			t.Errorf("Refresh: %+v, %v", v, err)
		}
	}
}
