package dataelab_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

type (
	number = diskcache.Setting[float64]

	tuned struct {
		gain  number
		limit diskcache.Setting[[]int] `cache:"clip"`
		mean  cacher
	}
	inherits struct {
		tuned
		gain2 number
	}
	configuration struct {
		Level diskcache.Setting[string]
		Other *configuration
	}
	tunedSurvey struct {
		config   *configuration
		tuned    *tuned
		inherits inherits
		list     []*number
		byName   map[string]*configuration
		any      any
		sum      cacher
	}
)

func settingNames(root any) (names []string) {
	for name := range dataelab.Settings(root) {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// The rules are those of cachers.
func TestSettingNames(t *testing.T) {
	shared := new(configuration)
	shared.Other = shared
	root := &tunedSurvey{
		config: shared, tuned: new(tuned), list: []*number{nil, new(number)},
		byName: map[string]*configuration{"a b": new(configuration), "again": shared}, any: &inherits{},
	}
	if err := dataelab.SetTag(root, testTag); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"root.any.inherits.gain2", "root.any.tuned.clip", "root.any.tuned.gain",
		"root.byName.a%20b.configuration.Level",
		"root.config.configuration.Level",
		"root.inherits.inherits.gain2", "root.inherits.tuned.clip", "root.inherits.tuned.gain",
		"root.tuned.tuned.clip", "root.tuned.tuned.gain", "root.tunedSurvey.list.1",
	}
	if got := settingNames(root); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	var cachers []string
	for name := range dataelab.Cachers(root) {
		cachers = append(cachers, name)
	}
	slices.Sort(cachers)
	if want := []string{"root.any.tuned.mean", "root.inherits.tuned.mean", "root.tuned.tuned.mean", "root.tunedSurvey.sum"}; !slices.Equal(cachers, want) {
		t.Errorf("cachers: got %q, want %q", cachers, want)
	}
}

func TestSettingsShowValues(t *testing.T) {
	root := &tunedSurvey{tuned: new(tuned)}
	root.tuned.gain.Set(0.5)
	root.tuned.limit.Set([]int{1, 2})
	var got []string
	for name, s := range dataelab.Settings(root) {
		if strings.HasPrefix(name, "root.tuned.") {
			got = append(got, fmt.Sprint(name, " ", s.Text(), " ", s.ValueType()))
		}
	}
	want := []string{"root.tuned.tuned.gain 0.5 float64", "root.tuned.tuned.clip []int{1, 2} []int"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for name := range dataelab.Settings(&sameName{}) {
		t.Errorf("found %s where SetTag returns an error", name)
	}
}

// A tree of settings alone has a tag for their names, and no warning that nothing is cached.
func TestSettingsAlone(t *testing.T) {
	log := logTo(t, zerolog.WarnLevel)
	root := new(configuration)
	if err := errors.Join(dataelab.SetTmpdir(root, t.TempDir()), dataelab.SetTag(root, testTag)); err != nil {
		t.Fatal(err)
	}
	if got := settingNames(root); !slices.Equal(got, []string{"root.configuration.Level"}) {
		t.Errorf("got %q", got)
	}
	if lines := log(); len(lines) > 0 {
		t.Errorf("logged %v", lines)
	}
}

// analysis shares its configuration with those of other tags.
type analysis struct {
	config *configuration
	text   diskcache.DiskCacher[string]
	runs   int
}

func (a *analysis) Text(ctx context.Context) (string, error) {
	return a.text.Execute(ctx, func(ctx context.Context) (string, error) {
		a.runs++
		return "level " + a.config.Level.Use(ctx), nil
	})
}

func TestSharedConfiguration(t *testing.T) {
	dir := t.TempDir()
	process := func(level string, runs int) {
		t.Helper()
		shared := new(configuration)
		var all []*analysis
		for _, tag := range []string{"20240410_112233", "20240411_112233", "20240412_112233"} {
			a := &analysis{config: shared}
			if err := errors.Join(dataelab.SetTmpdir(a, dir), dataelab.SetTag(a, tag)); err != nil {
				t.Fatal(err)
			}
			all = append(all, a)
		}
		shared.Level.Set(level)
		for i, a := range all {
			if got, err := a.Text(t.Context()); err != nil || got != "level "+level || a.runs != runs {
				t.Errorf("analysis %d: got %s, %v after %d computations, want level %s after %d", i, got, err, a.runs, level, runs)
			}
		}
	}
	process("high", 1)
	process("high", 0)
	process("low", 1)
}

type (
	twoSettings struct {
		A number
		B number `cache:"A"`
	}
	likeCacher struct {
		Mean cacher
		MEAN number
	}
	settingOption struct {
		A number `cache:"a,ttl=1h"`
	}
	settingsOption struct {
		A []*number `cache:",version=2"`
	}
	settingSlash struct {
		A number `cache:"a/b"`
	}
	settingOfFunction struct {
		Mean cacher
		A    diskcache.Setting[func()]
	}
	settingHidden struct{ A diskcache.Setting[hidden] }
)

// wrongSettings are tried with the other wrong trees.
var wrongSettings = []wrongTree{
	{"two settings of one name", &twoSettings{}, []string{"root.Trouble.twoSettings.A", "field A", "field B", "struct tag"}, nil},
	{"a setting like a cacher", &likeCacher{}, []string{"likeCacher.Mean", "likeCacher.MEAN", "a setting and a method", "case"}, nil},
	{"settings in a map", map[string]number{"x": {}}, []string{"no address", "store a pointer"}, nil},
	{"structs with settings in a map", map[string]configuration{"x": {}}, []string{"field Level of dataelab_test.configuration", "no address"}, nil},
	{"option of a setting", &settingOption{}, []string{"field A of dataelab_test.settingOption", "no options", "name"}, nil},
	{"option of settings", &settingsOption{[]*number{{}}}, []string{"field A of dataelab_test.settingsOption", "no options"}, nil},
	{"setting with a slash", &settingSlash{}, []string{"field A of dataelab_test.settingSlash", "a/b"}, diskcache.ErrName},
	{"function as setting", &settingOfFunction{}, []string{"field A of dataelab_test.settingOfFunction", "func()", "compared"}, diskcache.ErrArgument},
	{"hidden fields in a setting", &settingHidden{}, []string{"field A of dataelab_test.settingHidden", "secret"}, diskcache.ErrArgument},
	{"settings by keys without names", map[position]*configuration{{}: {}}, []string{"field Level", "strings, numbers or bools"}, diskcache.ErrName},
	{"setting with a long key", map[string]*configuration{strings.Repeat("k", 190): {}}, []string{"bytes", "field Level of dataelab_test.configuration"}, diskcache.ErrName},
}
